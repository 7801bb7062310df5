/**
 * Rooms without people that stay in memory, so that a busy link does not load its room again and again. It decides only
 * which of them go. Invariant: there are so many at the most, and as many as have so many bytes of authors and tails
 * together; one that is larger than that by itself stays until another comes.
 */
import type { Room } from "./room.ts";

const MAX_ROOMS = 256;
const MAX_BYTES = 64 * 1024 * 1024;

export class IdleRooms {
  #letGo: (room: Room) => void;
  /** With their bytes; the one that is idle longest first. */
  #rooms = new Map<Room, number>();
  #bytes = 0;

  /** `letGo`: takes a room out of memory, and out of here. */
  constructor(letGo: (room: Room) => void) {
    this.#letGo = letGo;
  }

  /** The last person left it, or somebody looked into it. */
  add(room: Room): void {
    this.remove(room);
    const bytes = room.projections.bytes + room.tail.bytes;
    this.#rooms.set(room, bytes);
    this.#bytes += bytes;
    for (const oldest of this.#rooms.keys()) {
      const fits = this.#rooms.size <= MAX_ROOMS && this.#bytes <= MAX_BYTES;
      if (fits || oldest === room) return;
      this.#letGo(oldest);
    }
  }

  /** It is in use again, or gone. */
  remove(room: Room): void {
    this.#bytes -= this.#rooms.get(room) ?? 0;
    this.#rooms.delete(room);
  }
}
