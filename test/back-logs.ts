/** Logs that end in the middle of things and go on, for tests of what is noted in a back room; and what stands there. */
import type { Batch, Log, ReadOptions, TailListener } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { NOTING_PAGE } from "../src/room/noting.ts";
import { type ActRecord, decodeBlock } from "../src/wire/block.ts";
import { noted } from "../src/wire/records/noted.ts";
import type { FakeHouse } from "./fake-house.ts";
import { EVERYTHING } from "./log-blocks.ts";

/** Ends at the write of that number, before or after it: nobody who waits for it, or asks since, hears anything. */
export class EndingLog extends MemoryLog {
  isOver = false;
  /** Reads of what is to be noted wait while they are held. */
  readonly pages = {
    isHeld: false,
    waiting: [] as (() => void)[],
    release() {
      this.isHeld = false;
      for (const go of this.waiting.splice(0)) go();
    },
  };
  #left: number;
  readonly #isWritten: boolean;

  constructor(endsAt: number, isWritten: boolean) {
    super();
    this.#left = endsAt;
    this.#isWritten = isWritten;
  }

  override async append(batch: Batch): Promise<void> {
    if (!this.isOver && --this.#left > 0) return super.append(batch);
    const isLast = !this.isOver;
    this.isOver = true;
    if (isLast && this.#isWritten) await super.append(batch);
    await new Promise(() => undefined);
  }

  override async readForward(room: number, from: number, options: ReadOptions) {
    const { pages } = this;
    if (pages.isHeld && options === NOTING_PAGE) await new Promise<void>((go) => pages.waiting.push(go));
    return super.readForward(room, from, options);
  }

  override tail(listener: TailListener): void {
    super.tail({
      committed: (blocks) => {
        if (!this.isOver) listener.committed(blocks);
      },
    });
  }

  /** The next process has it, to its end. */
  revive(): void {
    this.isOver = false;
    this.#left = Number.POSITIVE_INFINITY;
  }
}

/** The acts of a room of the log, by its name; none where there is no such room. */
export async function actsOf(log: Log, name: string): Promise<ActRecord[]> {
  const meta = (await log.rooms()).find((one) => one.name === name);
  const blocks = meta ? await log.readForward(meta.room, 1, EVERYTHING) : [];
  return blocks.flatMap(({ bytes }) => decodeBlock(bytes).acts);
}

/** What is noted of a room: the numbers of the acts, in order. */
export const notedOf = async ({ log }: Pick<FakeHouse, "log">, name = "yard"): Promise<number[]> =>
  (await actsOf(log, `${name}/back`)).filter(({ kind }) => kind === noted.kind).map(({ front = 0 }) => front);
