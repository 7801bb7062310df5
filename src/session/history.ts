/**
 * Pages of a room's history, read when there is place for them on their way out.
 */
import { sizeOf } from "../room/history.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, Direction, type HistoryFrame, ServerKind } from "../wire/frames.ts";
import { tellBecame } from "./became.ts";
import type { Connection } from "./seat.ts";

/** Most bytes of one page. A page is whole blocks, so it can be longer by less than one block. */
export const PAGE_BYTES = 192 * 1024;

export function sendPage(session: Connection, frame: HistoryFrame): void {
  const seat = session.seat(frame.room);
  if (!seat) {
    session.refuse(ClientKind.history, frame.request, Refusal.notInRoom, { room: frame.room });
    return;
  }
  const { rooms } = session.house;
  const { room } = seat;
  const maxRecords = Math.max(1, Math.min(frame.limit, rooms.limits.maxPageRecords));
  session.page(async () => {
    if (!session.person) return;
    const isOut = () => {
      if (session.seat(room.number)) return false;
      if (session.person)
        session.refuse(ClientKind.history, frame.request, Refusal.notInRoom, { room: room.number });
      return true;
    };
    // Whoever waits long for place may be out of the room by then, and must not read on.
    if (isOut()) return;
    const retryAfterMs = session.mayRead();
    if (retryAfterMs > 0) {
      session.refuse(ClientKind.history, frame.request, Refusal.tooFast, { room: room.number, retryAfterMs });
      return;
    }
    const options = { maxBytes: PAGE_BYTES, maxRecords };
    const before = frame.direction === Direction.before;
    const seq = Math.min(frame.seq, room.head + 1);
    const blocks = before
      ? await rooms.history.readBackward(room, seq, options)
      : await rooms.history.readForward(room, seq + 1, options);
    if (blocks === null) {
      session.refuse(ClientKind.history, frame.request, Refusal.damaged, { room: room.number });
      return;
    }
    session.didRead(sizeOf(blocks));
    const lowest = blocks[0]?.seq ?? seq;
    const last = blocks[blocks.length - 1];
    const highest = last ? last.seq + last.count - 1 : seq;
    const range = before ? { from: lowest, to: Math.min(highest, seq - 1) } : { from: seq + 1, to: highest };
    const became = frame.became && last ? await tellBecame(session, room, range, !before) : null;
    const { from, to } = became ?? { from: lowest, to: highest };
    // Nothing of the room follows when somebody is put out of it.
    if (isOut()) return;
    const { request } = frame;
    session.cork(() => {
      if (became)
        session.send(encodeServerFrame({ kind: ServerKind.became, request, room: room.number, ...became }));
      session.send(
        encodeServerFrame({
          kind: ServerKind.page,
          request,
          room: room.number,
          first: room.first,
          // An empty page never says that there is more: whoever asks for it would ask forever.
          more: last !== undefined && (before ? from > room.first : to < room.head),
          blocks: blocks
            .filter(({ seq, count }) => seq <= to && seq + count > from)
            .map((block) => block.bytes),
        }),
      );
    });
  });
}
