/**
 * Who looks after a room that belongs to somebody: the newest word on each person's role counts, and the founder is its
 * first owner. Records are trusted: they were judged before they were stored.
 * Their names are those under which they wrote last, while they had a role.
 * Invariant: a person stands here with a role above none, or not at all.
 *
 *   snapshot   u8 version, 2; varint n, n times: varint author, u8 role, str8 name
 *              with 1 as first byte there are no names
 */
import type { BlockReader } from "../wire/block.ts";
import { decodeText, Reader, WireError, Writer } from "../wire/bytes.ts";
import { founding } from "../wire/records/founding.ts";
import { Role, role } from "../wire/records/role.ts";
import type { RoleHolder } from "../wire/standing.ts";
import type { Projection } from "./projection.ts";

const VERSION = 2;
const NAMELESS_VERSION = 1;
/** Of a person in a map, with a short name. */
const ENTRY_BYTES = 120;

export class Roles implements Projection {
  readonly id = 4;
  readonly #holders = new Map<number, RoleHolder>();

  get size(): number {
    return this.#holders.size;
  }

  get bytes(): number {
    return this.#holders.size * ENTRY_BYTES;
  }

  /** Everybody who has one. */
  get holders(): ReadonlyMap<number, RoleHolder> {
    return this.#holders;
  }

  of(author: number): Role {
    return this.#holders.get(author)?.role ?? Role.none;
  }

  get owners(): number {
    let owners = 0;
    for (const { role } of this.#holders.values()) if (role === Role.owner) owners++;
    return owners;
  }

  apply(record: BlockReader): void {
    const { kind, author } = record;
    if (kind === founding.kind) this.#put(author, Role.owner);
    else if (kind === role.kind) {
      const change = role.read(record.body);
      this.#put(change.who, change.role);
    }
    const holder = this.#holders.get(author);
    if (!holder) return;
    const { name } = record;
    // In a block a name that was written once is left out.
    if (name.length > 0) holder.name = decodeText(name);
  }

  lose(): void {
    // Whoever lost a role by what is lost, or was given one, has the one of before.
  }

  encode(): Uint8Array {
    const w = new Writer(16).u8(VERSION).varint(this.#holders.size);
    for (const [author, { role, name }] of this.#holders) w.varint(author).u8(role).str8(name);
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    const version = r.u8();
    if (version !== VERSION && version !== NAMELESS_VERSION) throw new WireError("roles of another version");
    for (let n = r.varint(); n > 0; n--)
      this.#put(r.varint(), r.u8() as Role, version === VERSION ? r.str8() : "");
    r.end();
  }

  #put(author: number, role: Role, name = this.#holders.get(author)?.name ?? ""): void {
    if (role === Role.none) this.#holders.delete(author);
    else this.#holders.set(author, { role, name });
  }
}
