/**
 * Who looks after a room that belongs to somebody: the newest word on each person's role counts, and the founder is its
 * first owner. Records are trusted: they were judged before they were stored.
 * Invariant: a person stands here with a role above none, or not at all.
 *
 *   snapshot   u8 version, 1; varint n, n times: varint author, u8 role
 */
import type { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { founding } from "../wire/records/founding.ts";
import { Role, role } from "../wire/records/role.ts";
import type { Projection } from "./projection.ts";

const VERSION = 1;
/** Of a person in a map. */
const ENTRY_BYTES = 40;

export class Roles implements Projection {
  readonly id = 4;
  readonly #roles = new Map<number, Role>();

  get size(): number {
    return this.#roles.size;
  }

  get bytes(): number {
    return this.#roles.size * ENTRY_BYTES;
  }

  of(author: number): Role {
    return this.#roles.get(author) ?? Role.none;
  }

  get owners(): number {
    let owners = 0;
    for (const role of this.#roles.values()) if (role === Role.owner) owners++;
    return owners;
  }

  apply({ kind, author, body }: BlockReader): void {
    if (kind === founding.kind) this.#put(author, Role.owner);
    else if (kind === role.kind) {
      const change = role.read(body);
      this.#put(change.who, change.role);
    }
  }

  lose(): void {
    // Whoever lost a role by what is lost, or was given one, has the one of before.
  }

  encode(): Uint8Array {
    const w = new Writer(16).u8(VERSION).varint(this.#roles.size);
    for (const [author, role] of this.#roles) w.varint(author).u8(role);
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) throw new WireError("roles of another version");
    for (let n = r.varint(); n > 0; n--) this.#put(r.varint(), r.u8() as Role);
    r.end();
  }

  #put(author: number, role: Role): void {
    if (role === Role.none) this.#roles.delete(author);
    else this.#roles.set(author, role);
  }
}
