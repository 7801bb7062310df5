/**
 * A password that came with an ENTER: judged by one hash, whether there is a room of that name or not, and against what
 * the room has when it is entered. Each wrong one is paid for; one that is right, or that nobody had to show, is not.
 * Invariant: nothing here tells whether there is a room of that name to somebody who has neither its password nor a role.
 */
import type { PersonHere } from "../room/people.ts";
import { mayEnter, type Refused } from "../room/policy.ts";
import type { Room } from "../room/room.ts";
import { needsPassword } from "../room/room-flags.ts";
import { Refusal } from "../wire/codes.ts";
import { passwordOf } from "../wire/password.ts";
import { hashGivenUp } from "./paid-hash.ts";
import type { Connection } from "./seat.ts";

/** Null: none was shown, or the room has none. `bytes` are a view that is gone after this returns. */
export function shownPassword(
  session: Connection,
  person: PersonHere,
  name: string,
  bytes: Uint8Array | undefined,
): ShownPassword | null {
  const { rooms } = session.house;
  const about = rooms.about(name);
  if (!bytes || (about && !needsPassword(about.flags))) return null;
  const password = passwordOf(bytes);
  return new ShownPassword(session, person, name, typeof password === "number" ? null : password);
}

export class ShownPassword {
  readonly #session: Connection;
  readonly #person: PersonHere;
  readonly #name: string;
  /** Null: no room can have it. */
  readonly #password: Uint8Array | null;
  #isRight = false;
  #wait = 0;
  /** Whether a hash was made and is to be paid for. */
  #isPaid = false;
  /** Of what it was compared with. */
  #room = 0;
  #version = -1;
  /** How many passwords had been changed by then. */
  #changes = -1;

  constructor(session: Connection, person: PersonHere, name: string, password: Uint8Array | null) {
    this.#session = session;
    this.#person = person;
    this.#name = name;
    this.#password = password;
  }

  /** Some password was changed since it was judged: it is to be judged again. */
  get isStale(): boolean {
    return this.#wait === 0 && this.#changes !== this.#session.house.rooms.passwords.changes;
  }

  /** Compares it with what is stored now, unless that was done. */
  async judge(): Promise<void> {
    const { rooms } = this.#session.house;
    do {
      this.#changes = rooms.passwords.changes;
      const room = rooms.about(this.#name)?.number ?? 0;
      const { version, hash } = room === 0 ? NOTHING : await rooms.passwords.read(room);
      if (version === this.#version && room === this.#room) continue;
      this.#version = version;
      this.#room = room;
      await this.#compare(hash);
    } while (this.isStale);
  }

  /** To be called once it is judged: what was wrong stays paid for, unless its person may enter without. */
  settle(room: Room | null): void {
    const isFree = this.#isRight || (room !== null && mayEnter(room, this.#person.author) === null);
    if (this.#isPaid && isFree) this.#session.owe("password", -1);
  }

  /** As of the policy, once it is not stale. */
  mayEnter(room: Room): Refused | null {
    const refused = mayEnter(room, this.#person.author, this.#isRight);
    return refused?.code === Refusal.passwordNeeded ? this.#refused : refused;
  }

  /** What is said where there is no room; null where there is one that cannot be read. */
  refusal(): Refused | null {
    return this.#isRight ? null : this.#refused;
  }

  get #refused(): Refused {
    const retryAfterMs = this.#wait;
    return { code: retryAfterMs > 0 ? Refusal.tooFast : Refusal.wrongPassword, retryAfterMs };
  }

  async #compare(hash: Uint8Array | null): Promise<void> {
    const { visitor, house } = this.#session;
    this.#isRight = false;
    this.#wait = house.passwords.waitFor(visitor);
    if (this.#wait === 0 && !this.#isPaid) this.#wait = this.#session.may("password");
    if (this.#wait > 0) return;
    this.#isPaid = true;
    const isRight = await house.passwords.isRight(visitor, this.#password, hash);
    if (isRight !== null) this.#isRight = isRight;
    else {
      this.#wait = hashGivenUp(this.#session).retryAfterMs;
      this.#isPaid = false;
    }
  }
}

const NOTHING = { version: 0, hash: null };
