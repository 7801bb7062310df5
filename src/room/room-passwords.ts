/**
 * What is stored of the passwords of rooms: a named value of the log under the number of each room that has or had one.
 * It makes and compares no hashes. A room that was made with a password has it before it has a row in the table of rooms,
 * and a value without a room is removed at the next start.
 * Invariant: a room that was made with a password, and of which no value says otherwise, is closed.
 *
 *   value   u8 version; 0: the room has no password any more; else bytes of whoever made the hash
 */
import type { Log } from "../log/log.ts";
import type { DurableRoom } from "./durable-rooms.ts";
import type { Room } from "./room.ts";
import { RoomFlag } from "./room-flags.ts";
import { RoomStates } from "./room-states.ts";

const NONE = Uint8Array.of(0);

/** The flags of a room as its value says; `hash`: null for none. */
function flagsWith(flags: number, hash: Uint8Array | null): number {
  return hash ? flags | RoomFlag.password : flags & ~RoomFlag.password;
}

export interface RoomPasswordsOptions {
  log: Pick<Log, "state" | "setState" | "states">;
  durable: (name: string) => DurableRoom | undefined;
  /** What a failure costs is decided there. */
  guard: <T>(work: Promise<T>) => Promise<T | null>;
  /** Called when another room may stand in lists, or one less. */
  changed: () => void;
}

export class RoomPasswords {
  readonly #states: RoomStates;
  readonly #options: RoomPasswordsOptions;
  /** Grows with each change of any. Who looked at one before may have to look again. */
  #changes = 0;

  constructor(options: RoomPasswordsOptions) {
    this.#options = options;
    this.#states = new RoomStates(options.log, "password/");
  }

  get changes(): number {
    return this.#changes;
  }

  /** Tells all rooms whether they have one. To be awaited before anybody is let in. */
  async load(durable: readonly DurableRoom[]): Promise<void> {
    let byNumber: Map<number, DurableRoom> | null = null;
    await this.#states.sweep((number, bytes) => {
      byNumber ??= new Map(durable.map((room) => [room.number, room]));
      const room = byNumber.get(number);
      if (room) room.flags = flagsWith(room.flags, hashIn(bytes));
      return room ? bytes : null;
    });
  }

  /** Version 0: there is none, nor was. `hash`: null: it was taken away, or is lost. */
  async read(room: number): Promise<{ version: number; hash: Uint8Array | null }> {
    const state = await this.#options.guard(this.#states.read(room));
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
    await this.#options.guard(this.#states.put(room, () => hash ?? NONE));
    this.#changes++;
  }

  /** The room is gone, or was never there. */
  async forget(room: number): Promise<void> {
    await this.#options.guard(this.#states.put(room, () => null));
    this.#changes++;
  }
}

/** Null: it says that there is none, or says nothing. */
const hashIn = (bytes: Uint8Array): Uint8Array | null => ((bytes[0] ?? 0) === 0 ? null : bytes);
