/**
 * What is stored of the passwords of rooms: a named value of the log under the number of each room that has or had one.
 * It makes and compares no hashes. A room that was made with a password has it before it has a row in the table of rooms,
 * and a value without a room is removed at the next start.
 * Invariant: a room that was made with a password, and of which no value says otherwise, is closed.
 *
 *   value   u8 version; 0: the room has no password any more; else bytes of whoever made the hash
 */
import type { Log, State } from "../log/log.ts";
import type { DurableRoom } from "./durable-rooms.ts";
import type { Room } from "./room.ts";
import { RoomFlag } from "./room-flags.ts";

const PREFIX = "password/";
const NONE = Uint8Array.of(0);
const AT_ONCE = 1_000;

type StateLog = Pick<Log, "state" | "setState" | "states">;

const nameOf = (room: number): string => `${PREFIX}${room}`;

/** The flags of a room as its value says; `hash`: null for none. */
function flagsWith(flags: number, hash: Uint8Array | null): number {
  return hash ? flags | RoomFlag.password : flags & ~RoomFlag.password;
}

export interface RoomPasswordsOptions {
  log: StateLog;
  durable: (name: string) => DurableRoom | undefined;
  /** What a failure costs is decided there. */
  guard: <T>(work: Promise<T>) => Promise<T | null>;
  /** Called when another room may stand in lists, or one less. */
  changed: () => void;
}

export class RoomPasswords {
  readonly #log: StateLog;
  readonly #options: RoomPasswordsOptions;
  /** Grows with each change of any. Who looked at one before may have to look again. */
  #changes = 0;

  constructor(options: RoomPasswordsOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  get changes(): number {
    return this.#changes;
  }

  /** Tells all rooms whether they have one. To be awaited before anybody is let in. */
  async load(durable: readonly DurableRoom[]): Promise<void> {
    let byNumber: Map<number, DurableRoom> | null = null;
    for (let after = ""; ; ) {
      const some = await this.#log.states(PREFIX, after, AT_ONCE);
      for (const { name, version, bytes } of some) {
        byNumber ??= new Map(durable.map((room) => [room.number, room]));
        const room = byNumber.get(Number(name.slice(PREFIX.length)));
        if (room) room.flags = flagsWith(room.flags, hashIn(bytes));
        else await this.#log.setState(name, version, null);
        after = name;
      }
      if (some.length < AT_ONCE) return;
    }
  }

  /** Version 0: there is none, nor was. `hash`: null: it was taken away, or is lost. */
  async read(room: number): Promise<{ version: number; hash: Uint8Array | null }> {
    const state = await this.#options.guard(this.#log.state(nameOf(room)));
    return { version: state?.version ?? 0, hash: state && hashIn(state.bytes) };
  }

  /** As `write`, of a room that is in memory, and tells it. What is written last counts. */
  async set(room: Room, hash: Uint8Array | null): Promise<void> {
    await this.write(room.number, hash);
    const durable = this.#options.durable(room.name);
    // It may have been let go of and read again meanwhile.
    for (const each of [room, durable, durable?.room]) if (each) each.flags = flagsWith(each.flags, hash);
    this.#options.changed();
  }

  /** Durably. `hash`: null: it has none from now on. */
  async write(room: number, hash: Uint8Array | null): Promise<void> {
    await this.#options.guard(this.#put(nameOf(room), hash ?? NONE));
    this.#changes++;
  }

  /** The room is gone, or was never there. */
  async forget(room: number): Promise<void> {
    await this.#options.guard(this.#put(nameOf(room), null));
    this.#changes++;
  }

  async #put(name: string, bytes: Uint8Array | null): Promise<void> {
    let state: State;
    do {
      state = await this.#log.state(name);
      if (!bytes && state.version === 0) return;
    } while ((await this.#log.setState(name, state.version, bytes)) === null);
  }
}

/** Null: it says that there is none, or says nothing. */
const hashIn = (bytes: Uint8Array): Uint8Array | null => ((bytes[0] ?? 0) === 0 ? null : bytes);
