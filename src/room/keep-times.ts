/**
 * How long rooms keep their messages that say so themselves, known without loading them: a named value of the log for
 * each, written in one batch with the record that sets it. It removes nothing. Of a room that is loaded its records say
 * it. Invariant: what is known here is stored, and as new as what is known of the room's records.
 *
 *   state   "retention/<number of the room>": varint hours; none: as the server has it
 */
import type { Log, NamedBytes } from "../log/log.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";

const PREFIX = "retention/";
/** Values read at once. */
const READ_AT_ONCE = 1_000;

const nameOf = (room: number): string => `${PREFIX}${room}`;

/** The value that goes with a record of settings. */
export const keepState = (room: number, hours: number): NamedBytes => ({
  name: nameOf(room),
  bytes: hours === 0 ? null : new Writer(8).varint(hours).take(),
});

export class KeepTimes {
  readonly #log: Pick<Log, "state" | "setState" | "states">;
  readonly #hours = new Map<number, number>();

  constructor(log: Pick<Log, "state" | "setState" | "states">) {
    this.#log = log;
  }

  /** Hours; 0: the room does not say. */
  of(room: number): number {
    return this.#hours.get(room) ?? 0;
  }

  get size(): number {
    return this.#hours.size;
  }

  /** Reads all; takes away what is left of rooms that are no more. */
  async load(isThere: (room: number) => boolean): Promise<void> {
    for (let after = ""; ; ) {
      const some = await this.#log.states(PREFIX, after, READ_AT_ONCE);
      for (const { name, bytes, version } of some) {
        after = name;
        const room = Number(name.slice(PREFIX.length));
        const hours = readHours(bytes);
        if (isThere(room)) this.stored(room, hours);
        else await this.#log.setState(name, version, null);
      }
      if (some.length < READ_AT_ONCE) return;
    }
  }

  /** A record that says so was stored, and the value with it. */
  stored(room: number, hours: number): void {
    if (hours === 0) this.#hours.delete(room);
    else this.#hours.set(room, hours);
  }

  /**
   * What the records of a room say, or that it ended; where the value is another, as after a loss of records, it is put
   * right.
   */
  async agree(room: number, hours: number): Promise<void> {
    if (this.of(room) === hours) return;
    this.stored(room, hours);
    const { name, bytes } = keepState(room, hours);
    const { version } = await this.#log.state(name);
    await this.#log.setState(name, version, bytes);
  }
}

/** 0 when it is none that is known: until the room is loaded. */
function readHours(bytes: Uint8Array): number {
  try {
    return new Reader(bytes).varint();
  } catch (error) {
    if (error instanceof WireError) return 0;
    throw error;
  }
}
