/**
 * The list of rooms that the front page shows: those with most people first, then the newest. A snapshot, never kept.
 */
import type { RoomSummary } from "../wire/frames.ts";
import type { Room } from "./room.ts";

export interface RoomList {
  roomCount: number;
  peopleCount: number;
  rooms: RoomSummary[];
}

/** What the list is made from. */
interface Source {
  readonly count: number;
  readonly people: { readonly count: number };
  readonly loaded: Iterable<Room>;
  readonly durableNames: Iterable<string>;
}

export function summarize(source: Source, most: number): RoomList {
  const rooms: RoomSummary[] = [];
  for (const { name, presence } of source.loaded) {
    if (presence.count > 0) rooms.push({ name, people: presence.count });
  }
  rooms.sort((a, b) => b.people - a.people || (a.name < b.name ? -1 : 1));
  rooms.length = Math.min(rooms.length, most);
  if (rooms.length < most) {
    const shown = new Set(rooms.map((room) => room.name));
    const rest = [...source.durableNames].filter((name) => !shown.has(name));
    for (const name of rest.slice(-(most - rooms.length)).reverse()) rooms.push({ name, people: 0 });
  }
  return { roomCount: source.count, peopleCount: source.people.count, rooms };
}
