/** Rooms on a log in memory whose commits are let through one by one. */
import type { AppendBlock, Batch, TailListener } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { Room } from "../src/room/room.ts";
import { BLOCK, decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { FakeHouse, fakeTab } from "./fake-house.ts";

/** A log whose commits are let through one by one. */
export class HeldLog extends MemoryLog {
  readonly batches: Batch[] = [];
  held = false;
  fails = false;
  /** The tail says nothing by itself. */
  silent = false;
  report: (blocks: readonly AppendBlock[]) => void = () => undefined;
  #waiting: (() => void)[] = [];

  override async append(batch: Batch): Promise<void> {
    this.batches.push({ ...batch, blocks: [...batch.blocks] });
    if (this.held) await new Promise<void>((go) => this.#waiting.push(go));
    if (this.fails) throw new Error("the disk is gone");
    return super.append(batch);
  }

  override tail(listener: TailListener): void {
    this.report = (blocks) => listener.committed(blocks);
    super.tail({
      committed: (blocks) => {
        if (!this.silent) listener.committed(blocks);
      },
    });
  }

  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

/**
 * A house on such a log: in `say` Ada writes in a room of a name, and `texts` are those of the blocks that were
 * published.
 */
export function flushingHouse(limits = {}) {
  const log = new HeldLog();
  const house = new FakeHouse({ log, limits });
  const rooms = new Map<string, Room>();
  const say = (name: string, text: string): void => {
    let room = rooms.get(name);
    if (!room) {
      room = house.rooms.open(name) as Room;
      rooms.set(name, room);
      house.rooms.seating.enter(room, house.rooms.people.connect(1, "Ada", fakeTab()), "Ada");
    }
    const nonce = (room.authors.get(1)?.nonce ?? 0) + 1;
    room.accept(room.presence.get(1)!, nonce, encodeText(text), house.loop.now());
    house.rooms.pending(room);
  };
  const texts = () =>
    house.transport.published
      .filter(({ frame }) => frame[0] === BLOCK)
      .map(({ frame }) => decodeBlock(frame).records.map(({ text }) => text));
  return { log, house, say, texts, loop: house.loop, flusher: house.rooms.flusher, rooms };
}
