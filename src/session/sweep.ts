/**
 * What a sweep does once it is stored: reads back from it, and says a takedown of each message that it is about, in
 * order, as far as is allowed. So whatever hears of takedowns needs to know nothing of sweeps. They are the server's
 * own words, under the name of who swept, so that the nonces of nobody are used up. A kill in between leaves some: then
 * it is to be said again. Invariant: only messages that were stored before the sweep are taken down, each once.
 */
import { RECORD_BYTES } from "../room/quota.ts";
import type { Room } from "../room/room.ts";
import { BlockReader } from "../wire/block.ts";
import { kindOf } from "../wire/records/registry.ts";
import type { Sweep } from "../wire/records/sweep.ts";
import { takedown } from "../wire/records/takedown.ts";
import { HTTP_AUTHOR } from "./post-keys.ts";
import type { Connection } from "./seat.ts";

/** Messages that one sweep takes down, the newest ones, and numbers before it that are looked through for them. */
export const MAX_SWEPT = 1_000;
export const MAX_LOOKED_THROUGH = 20_000;
const PAGE = { maxBytes: 256 * 1024, maxRecords: 10_000 };

/** `number`: that of the sweep, which is on its way to the log. */
export function sweepAfter(
  session: Connection,
  from: Room,
  number: number,
  name: string,
  { who, since, text }: Sweep,
): void {
  const { rooms } = session.house;
  session.wait(async () => {
    await new Promise<void>((stored) => from.whenCommitted(number, stored));
    const found = await find(session, from, number, who, since);
    // It may have been let go of meanwhile.
    const room = rooms.isOpen(from) ? from : await rooms.open(from.name);
    if (!room) return;
    const named = { name, nameBytes: null, namedInBlock: 0 };
    for (const to of found) {
      const body = takedown.write({ to, text });
      if (room.isFull || rooms.quota.refusal(room, body.length + RECORD_BYTES) !== null) break;
      if (to < room.first || room.projections.amendments.isRemoved(to) || room.underWay?.isRemoved(to))
        continue;
      rooms.quota.take(room, body.length + RECORD_BYTES);
      room.append(HTTP_AUTHOR, room.lastGiven + 1, named, body, rooms.loop.now(), takedown.kind);
      rooms.pending(room);
    }
    rooms.release(room);
  });
}

/** Numbers of messages of a person, ascending: the newest ones before `number`, none of before `since`. */
async function find(
  session: Connection,
  room: Room,
  number: number,
  who: number,
  since: number,
): Promise<number[]> {
  const found: number[] = [];
  const { amendments } = room.projections;
  const lowest = Math.max(room.first, number - MAX_LOOKED_THROUGH);
  for (let before = number, isOlder = false; !isOlder && before > lowest && found.length < MAX_SWEPT; ) {
    const blocks = await session.house.rooms.history.readBackward(room, before, PAGE);
    const first = blocks?.[0];
    if (!blocks || !first) break;
    for (const { bytes } of blocks.reverse()) {
      session.didRead(bytes.length);
      const r = new BlockReader(bytes);
      const here: number[] = [];
      while (r.next()) {
        const isTheirs = r.author === who && r.time >= since && kindOf(r.kind)?.isMessage;
        if (isTheirs && r.seq < before && r.seq >= lowest && !amendments.isRemoved(r.seq)) here.push(r.seq);
      }
      found.unshift(...here);
      isOlder ||= r.baseTime < since;
    }
    before = first.seq;
  }
  return found.slice(-MAX_SWEPT);
}
