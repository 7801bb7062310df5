/**
 * What whoever operates the server decided for all of it: names that are reserved, what is announced, and which open
 * rooms were taken over. It lies in named values of the log, so that it outlives the process, and says nothing of who
 * may decide. Invariant: what a promise of it resolved is on disk. A room that is said to be taken over is one that the
 * log knows.
 *
 *   operated/<number of the room>   varint: nothing of what such a room is looked after by stands up to this number
 *   operator/reserved               see orders.ts
 *   operator/announced              u48 at, u48 until, text to the end
 */
import type { Log } from "../log/log.ts";
import { decodeText, encodeText, Reader, Writer } from "../wire/bytes.ts";
import type { AnnouncedFrame } from "../wire/frames.ts";
import { Operators } from "./operators.ts";
import { ReservedNames } from "./reserved-names.ts";

const OPERATED = "operated/";
const RESERVED = "operator/reserved";
const ANNOUNCED = "operator/announced";
/** Named values that are read at once. */
const PAGE = 1_000;

export interface Announcement extends Pick<AnnouncedFrame, "at" | "until"> {
  text: string;
}

const NOTHING: Announcement = { at: 0, until: 0, text: "" };

export class Operation {
  readonly operators = new Operators();
  readonly reserved = new ReservedNames();
  readonly #log: Pick<Log, "state" | "setState" | "states">;
  readonly #takenOver = new Map<number, number>();
  #announced = NOTHING;

  constructor(log: Pick<Log, "state" | "setState" | "states">) {
    this.#log = log;
  }

  /**
   * `isRoom`: whether the log knows a room of this number; of others nothing is kept, since they may get it yet.
   * @throws LogError `damaged`; what was read before that holds
   */
  async load(isRoom: (number: number) => boolean): Promise<void> {
    const reserved = await this.#log.state(RESERVED);
    if (reserved.version > 0) this.reserved.decode(reserved.bytes);
    const announced = await this.#log.state(ANNOUNCED);
    if (announced.version > 0) {
      const r = new Reader(announced.bytes);
      this.#announced = { at: r.u48(), until: r.u48(), text: decodeText(r.rest()) };
    }
    for (let last = ""; ; ) {
      const page = await this.#log.states(OPERATED, last, PAGE);
      for (const { name, bytes } of page) {
        const number = Number(name.slice(OPERATED.length));
        if (isRoom(number)) this.#takenOver.set(number, new Reader(bytes).varint());
        else await this.#write(name, null);
      }
      if (page.length < PAGE) break;
      last = page.at(-1)!.name;
    }
  }

  /** From behind which number a room is looked after by whoever operates the server; undefined: it is not. */
  takenOver(room: number): number | undefined {
    return this.#takenOver.get(room);
  }

  /** For a room that the log knows. */
  async takeOver(room: number, seq: number): Promise<void> {
    await this.#write(OPERATED + room, new Writer(8).varint(seq).take());
    this.#takenOver.set(room, seq);
  }

  /** The log does not know the room any more. */
  async forget(room: number): Promise<void> {
    if (this.#takenOver.delete(room)) await this.#write(OPERATED + room, null);
  }

  /** To be called when something in `reserved` changed. */
  async keepReserved(): Promise<void> {
    await this.#write(RESERVED, this.reserved.size > 0 ? this.reserved.encode() : null);
  }

  /** What holds at that time; with an empty text nothing does. */
  announced(now: number): Announcement {
    const { until } = this.#announced;
    return until !== 0 && until <= now ? NOTHING : this.#announced;
  }

  async announce(announcement: Announcement): Promise<void> {
    const { at, until, text } = announcement;
    const bytes = new Writer(64).u48(at).u48(until).bytes(encodeText(text)).take();
    await this.#write(ANNOUNCED, text === "" ? null : bytes);
    this.#announced = announcement;
  }

  /** The last word counts, also where several processes share the log. */
  async #write(name: string, bytes: Uint8Array | null): Promise<void> {
    let written: number | null = null;
    while (written === null) {
      const { version } = await this.#log.state(name);
      written = await this.#log.setState(name, version, bytes);
    }
  }
}
