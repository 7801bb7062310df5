/**
 * The rooms that the log knows: by name, and in the order in which they became durable. It reads nothing and loads no
 * room. Invariant: a name stands here once, from the room's first message until the log is told to drop it.
 */
import type { Room } from "./room.ts";
import { isBack, isListed } from "./room-flags.ts";

/** A room that the log knows, with what is remembered of it while it is not in memory. */
export interface DurableRoom {
  number: number;
  name: string;
  createdAt: number;
  /** Bits of `RoomFlag`. */
  flags: number;
  /** The object in memory, if there is one. */
  room: Room | null;
  /** Its last number when it was let go of. */
  head: number;
  /** Last number of the oldest block; 0: not known. An empty room has its head here, and no end of time below. */
  oldestEnd: number;
  /** The youngest record of the oldest block is not older than this. */
  oldestTime: number;
}

export class DurableRooms {
  #byName = new Map<string, DurableRoom>();
  #inOrder: DurableRoom[] = [];
  #backRooms = 0;

  /** Without back rooms. */
  get count(): number {
    return this.#byName.size - this.#backRooms;
  }

  /** Always the same list; whoever goes through it step by step meets what is added meanwhile, and what is deleted. */
  get inOrder(): readonly DurableRoom[] {
    return this.#inOrder;
  }

  get(name: string): DurableRoom | undefined {
    return this.#byName.get(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Of those that may stand in lists, the newest first. */
  *newestNames(): Iterable<string> {
    for (let i = this.#inOrder.length - 1; i >= 0; i--) {
      const { name, flags } = this.#inOrder[i]!;
      if (isListed(flags) && this.#byName.get(name) === this.#inOrder[i]) yield name;
    }
  }

  add(meta: Pick<DurableRoom, "number" | "name" | "createdAt" | "flags">): DurableRoom {
    const { number, name, createdAt, flags } = meta;
    const durable = { number, name, createdAt, flags, room: null, head: 0, oldestEnd: 0, oldestTime: 0 };
    this.#byName.set(name, durable);
    this.#inOrder.push(durable);
    if (isBack(flags)) this.#backRooms++;
    return durable;
  }

  /**
   * Its name is free. In the order it stands until `tidy`. @returns false when it went before, and the name may be
   * another's
   */
  delete(durable: DurableRoom): boolean {
    const isIt = this.#byName.get(durable.name) === durable && this.#byName.delete(durable.name);
    if (isIt && isBack(durable.flags)) this.#backRooms--;
    return isIt;
  }

  /** Takes what was deleted out of the order, while nobody goes through it. @returns whether there was any */
  tidy(): boolean {
    const left = this.#inOrder.filter((each) => this.#byName.get(each.name) === each);
    if (left.length === this.#inOrder.length) return false;
    this.#inOrder.length = 0;
    for (const each of left) this.#inOrder.push(each);
    return true;
  }
}
