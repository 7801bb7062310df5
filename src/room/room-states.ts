/**
 * Named values of the log that belong to a room, one of a kind, under its number. What is in them others know.
 * Invariant: a value whose room is gone, or never came to be, goes at the next start at the latest.
 */
import type { Log, State } from "../log/log.ts";

const AT_ONCE = 1_000;

export class RoomStates {
  readonly #log: Pick<Log, "state" | "setState" | "states">;
  readonly #prefix: string;

  constructor(log: Pick<Log, "state" | "setState" | "states">, prefix: string) {
    this.#log = log;
    this.#prefix = prefix;
  }

  read(room: number): Promise<State> {
    return this.#log.state(this.#prefix + room);
  }

  /** Durably. `bytes` is asked once it is known that nobody is faster; null: there is none from now on. */
  async put(room: number, bytes: () => Uint8Array | null): Promise<void> {
    for (;;) {
      const { version } = await this.read(room);
      const next = bytes();
      if (!next && version === 0) return;
      if ((await this.#log.setState(this.#prefix + room, version, next)) !== null) return;
    }
  }

  /** Goes through all of them once. `kept`: what is to stand in the place of one; null: it goes. */
  async sweep(kept: (room: number, bytes: Uint8Array) => Uint8Array | null): Promise<void> {
    for (let after = ""; ; ) {
      const some = await this.#log.states(this.#prefix, after, AT_ONCE);
      for (const { name, version, bytes } of some) {
        const next = kept(Number(name.slice(this.#prefix.length)), bytes);
        if (next !== bytes) await this.#log.setState(name, version, next);
        after = name;
      }
      if (some.length < AT_ONCE) return;
    }
  }
}
