/**
 * The list of rooms that the front page shows: those with most people first, then the newest. It is made at most once
 * a second, whoever asks and how often. Invariant: what was told of it late is told again once it is due.
 */
import type { RoomSummary } from "../wire/frames.ts";
import type { Loop } from "./loop.ts";
import type { Room } from "./room.ts";
import { isListed } from "./room-flags.ts";

export interface RoomList {
  roomCount: number;
  peopleCount: number;
  rooms: RoomSummary[];
}

/** What the list is made from. */
interface Source {
  readonly loaded: Iterable<Pick<Room, "name" | "flags"> & { readonly presence: { readonly count: number } }>;
  /** Of durable rooms that may stand in lists, the newest first; asked for no more than needed. */
  newestNames(): Iterable<string>;
}

const LASTS_MS = 1_000;

export class CachedRoomList {
  #source: Source;
  #loop: Pick<Loop, "monotonic" | "after">;
  #onDue: () => void;
  #rooms: RoomSummary[] = [];
  /** For how many rooms it was made, and when. */
  #most = -1;
  #madeAt = 0;
  #isStale = true;
  #waits = false;

  /** `onDue`: somebody was given a list that was not true any more, and it can be made anew now. */
  constructor(source: Source, loop: Pick<Loop, "monotonic" | "after">, onDue: () => void) {
    this.#source = source;
    this.#loop = loop;
    this.#onDue = onDue;
  }

  /** Rooms came or went, or people in them. */
  changed(): void {
    this.#isStale = true;
  }

  get(most: number): RoomSummary[] {
    const now = this.#loop.monotonic();
    const left = LASTS_MS - (now - this.#madeAt);
    if (most > this.#most || (this.#isStale && left <= 0)) {
      this.#rooms = summarize(this.#source, most);
      this.#most = most;
      this.#madeAt = now;
      this.#isStale = false;
    } else if (this.#isStale && !this.#waits) {
      this.#waits = true;
      this.#loop.after(Math.ceil(left), () => {
        this.#waits = false;
        this.#onDue();
      });
    }
    return this.#rooms.length <= most ? this.#rooms : this.#rooms.slice(0, most);
  }
}

export function summarize(source: Source, most: number): RoomSummary[] {
  const rooms: RoomSummary[] = [];
  for (const { name, flags, presence } of source.loaded) {
    if (presence.count > 0 && isListed(flags)) insert(rooms, { name, people: presence.count }, most);
  }
  if (rooms.length >= most) return rooms;
  const shown = new Set(rooms.map((room) => room.name));
  for (const name of source.newestNames()) {
    if (rooms.length >= most) break;
    if (!shown.has(name)) rooms.push({ name, people: 0 });
  }
  return rooms;
}

/** Puts a room at its place among at most so many: sorting all of them would take longer the more there are. */
function insert(rooms: RoomSummary[], room: RoomSummary, most: number): void {
  let low = 0;
  let high = rooms.length;
  if (high === most && (most === 0 || compare(rooms[high - 1]!, room) <= 0)) return;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(rooms[middle]!, room) <= 0) low = middle + 1;
    else high = middle;
  }
  rooms.splice(low, 0, room);
  if (rooms.length > most) rooms.pop();
}

function compare(a: RoomSummary, b: RoomSummary): number {
  return b.people - a.people || (a.name < b.name ? -1 : 1);
}
