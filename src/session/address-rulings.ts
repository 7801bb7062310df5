/**
 * What a ban or its end means for the addresses of a room: they are noted, or forgotten, when it is given its number, and
 * count while the ban does. Invariant: a record says that a ban is with the address only if one was known.
 */
import type { Room } from "../room/room.ts";
import type { Rooms } from "../room/rooms.ts";
import { Sanction, sanction } from "../wire/records/sanction.ts";
import type { Connection } from "./seat.ts";

/** A connection is in a room: a ban of its person may be with the address. */
export function noteAddress({ house, person, visitor }: Connection, { number, projections }: Room): void {
  if (!projections.sanctions || !person) return;
  const mark = house.markOf(visitor, number);
  projections.sanctions.addresses.seen(person.author, mark, house.rooms.loop.monotonic());
}

/** The body of a sanction that was judged, as it is to be stored. */
export function ruleAddresses(rooms: Rooms, room: Room, body: Uint8Array): Uint8Array {
  const said = sanction.read(body);
  const { who, what, until } = said;
  const addresses = room.projections.sanctions?.addresses;
  if (!addresses || (what !== Sanction.ban && what !== Sanction.unban)) return body;
  const { loop } = rooms;
  const isHere = room.presence.get(who) !== undefined;
  const marks =
    said.address && addresses.hasPlace(who, loop.now())
      ? addresses.marksOf(who, isHere, loop.monotonic())
      : [];
  // The newest word on a person counts, for the address too.
  const wasThere = addresses.lift(who);
  if (marks.length > 0) addresses.ban(who, { until, marks });
  if (wasThere || marks.length > 0) void rooms.addresses.write(room, () => loop.now());
  return said.address && marks.length === 0 ? sanction.write({ ...said, address: false }) : body;
}
