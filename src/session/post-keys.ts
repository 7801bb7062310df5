/**
 * What makes a post over HTTP idempotent: for each room the keys that posts came with, and the numbers they got. A key
 * stands in the log as the nonce of its record (author 0, whose nonces therefore do not rise), so that a room's keys
 * can be read back after a restart. Invariant: what is known of a room is all that its newest messages hold, or
 * nothing: it is read before the first post with a key, and dropped as a whole.
 */
import type { Room } from "../room/room.ts";
import type { Rooms } from "../room/rooms.ts";
import { BlockReader } from "../wire/block.ts";

/** Identities begin at 1. */
export const HTTP_AUTHOR = 0;
/** Nonces from here on are made of keys; those of posts without one lie below. */
export const FIRST_KEY_NONCE = 2 ** 52;
/** Keys of a room that are known, the newest. */
const MAX_KEYS = 10_000;
/** Messages that are looked through for keys, the newest. */
const MAX_SCANNED = 100_000;
/** Keys of all rooms, and rooms, that are kept in memory: some 5 MB. The rest is read again when it is needed. */
const MAX_KEPT_KEYS = 50_000;
const MAX_KEPT_ROOMS = 256;
const READ_BYTES = 256 * 1024;

/** By nonce, oldest first. */
type Numbers = Map<number, number>;

export class PostKeys {
  /** By number of the room, least recently used first. */
  #kept = new Map<number, Numbers>();
  #reading = new Map<number, Promise<boolean>>();

  /** How much is in memory. */
  get size(): { rooms: number; keys: number } {
    let keys = 0;
    for (const numbers of this.#kept.values()) keys += numbers.size;
    return { rooms: this.#kept.size, keys };
  }

  /** Reads what is not known of a room. @returns false when the log cannot tell */
  async ready(rooms: Rooms, room: Room): Promise<boolean> {
    return this.#kept.has(room.number) || (await this.#read(rooms, room));
  }

  /** Whether the room's keys are known at this moment. */
  knows(room: Room): boolean {
    return this.#kept.has(room.number);
  }

  /** The number of the post that came with this key. The room's keys are known. */
  find(room: Room, nonce: number): number | undefined {
    return this.#kept.get(room.number)!.get(nonce);
  }

  /** Notes a post. The room's keys are known. */
  note(room: Room, nonce: number, seq: number): void {
    const numbers = this.#kept.get(room.number)!;
    numbers.set(nonce, seq);
    if (numbers.size > MAX_KEYS) {
      const [oldest] = numbers.keys();
      numbers.delete(oldest!);
    }
    this.#keep(room.number, numbers);
  }

  #read(rooms: Rooms, room: Room): Promise<boolean> {
    const { number } = room;
    const reading =
      this.#reading.get(number) ??
      this.#scan(rooms, room).then((numbers) => {
        this.#reading.delete(number);
        if (numbers) this.#keep(number, numbers);
        return numbers !== null;
      });
    this.#reading.set(number, reading);
    return reading;
  }

  async #scan(rooms: Rooms, room: Room): Promise<Numbers | null> {
    // What is still on its way to the log has to be there before it can be found.
    await new Promise<void>((committed) => room.whenCommitted(room.lastGiven, committed));
    const found: [nonce: number, seq: number][] = [];
    const oldest = Math.max(room.first, room.head + 1 - MAX_SCANNED);
    for (let before = room.head + 1; before > oldest && found.length < MAX_KEYS; ) {
      const blocks = await rooms.history.readBackward(room, before, {
        maxBytes: READ_BYTES,
        maxRecords: 10_000,
      });
      if (blocks === null) return null;
      if (blocks.length === 0) break;
      for (const { bytes } of blocks.reverse()) found.push(...keysOf(bytes));
      before = blocks.at(-1)!.seq;
    }
    return new Map(found.slice(0, MAX_KEYS).reverse());
  }

  #keep(number: number, numbers: Numbers): void {
    this.#kept.delete(number);
    this.#kept.set(number, numbers);
    let { keys } = this.size;
    for (const [oldest, kept] of this.#kept) {
      if (keys <= MAX_KEPT_KEYS && this.#kept.size <= MAX_KEPT_ROOMS) break;
      this.#kept.delete(oldest);
      keys -= kept.size;
    }
  }
}

/** The keys in a block, newest first. */
function keysOf(block: Uint8Array): [nonce: number, seq: number][] {
  const keys: [number, number][] = [];
  const r = new BlockReader(block);
  while (r.next()) if (r.author === HTTP_AUTHOR && r.nonce >= FIRST_KEY_NONCE) keys.push([r.nonce, r.seq]);
  return keys.reverse();
}
