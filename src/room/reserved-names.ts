/**
 * Names that nobody but whoever operates the server may give: to a room that is not there yet, and to oneself. What
 * looks like a reserved name is reserved as well. It keeps nothing on disk. Invariant: a name stands here once for each
 * sort, and so many at most.
 */
import { decodeReserved, encodeReserved, type ReservedName, Sort } from "../wire/orders.ts";
import { nameSkeleton } from "./names.ts";

/** All of them fit into one named value of the log, however long they are. */
export const MAX_RESERVED = 300;

const isNickname = (sort: Sort): boolean => sort === Sort.nickname;

export class ReservedNames {
  /** By skeleton. */
  readonly #rooms = new Map<string, ReservedName>();
  readonly #nicknames = new Map<string, ReservedName>();

  get size(): number {
    return this.#rooms.size + this.#nicknames.size;
  }

  /** Of a room of this canonical name, or one that looks like it; undefined: it is free. */
  room(name: string): ReservedName | undefined {
    // Most servers have none, and need not judge the name.
    return this.#rooms.size === 0 ? undefined : this.#rooms.get(nameSkeleton(name));
  }

  nickname(name: string): ReservedName | undefined {
    return this.#nicknames.size === 0 ? undefined : this.#nicknames.get(nameSkeleton(name));
  }

  /** Another one of the same look and sort gives way. */
  add(reserved: ReservedName): void {
    this.#of(reserved.sort).set(nameSkeleton(reserved.name), reserved);
  }

  /** @returns whether it was there */
  delete({ sort, name }: ReservedName): boolean {
    return this.#of(sort).delete(nameSkeleton(name));
  }

  encode(): Uint8Array {
    return encodeReserved([...this.#rooms.values(), ...this.#nicknames.values()]);
  }

  /** Takes over what `encode` gave. @throws WireError */
  decode(bytes: Uint8Array): void {
    for (const reserved of decodeReserved(bytes)) this.add(reserved);
  }

  #of(sort: Sort): Map<string, ReservedName> {
    return isNickname(sort) ? this.#nicknames : this.#rooms;
  }
}
