/**
 * Somebody reports a message to those who look after the room, or the server where nobody does: whether they may, and
 * the record of it in the back room. Invariant: a report is answered when it is stored, and whoever reports one message
 * again is told so.
 */
import type { Room } from "../room/room.ts";
import { isBack } from "../room/room-flags.ts";
import { type Target, targetInTail } from "../room/targets.ts";
import { SERVER_ROOM } from "../wire/back-name.ts";
import { decodeText } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type ReportFrame, ServerKind } from "../wire/frames.ts";
import { LOST } from "../wire/records/lost.ts";
import { kindOf } from "../wire/records/registry.ts";
import { MAX_EXCERPT_LETTERS, MAX_REPORT_LETTERS, report } from "../wire/records/report.ts";
import { hasVisible, isText } from "../wire/text.ts";
import type { Connection, RefusalDetail, Seat } from "./seat.ts";
import { StoredTexts } from "./stored-texts.ts";

export function reportMessage(session: Connection, frame: ReportFrame): void {
  const { request } = frame;
  const seat = session.seat(frame.room);
  const refuse = (code: Refusal, more: RefusalDetail = {}) =>
    session.refuse(ClientKind.report, request, code, { room: frame.room, ...more });
  if (!seat) {
    refuse(Refusal.notInRoom);
    return;
  }
  const { room } = seat;
  const hears = session.house.rooms.backRooms.hearsOf(room);
  const code = judgePlace(room, hears) ?? judgeReason(frame.reason) ?? judgeNumber(room, frame.seq);
  if (code !== null || hears === null) {
    refuse(code ?? Refusal.openRoom);
    return;
  }
  const told = { seq: frame.seq, reason: decodeText(frame.reason) };
  session.wait(() => tell(session, seat, hears, told, request, refuse));
}

const lettersOf = (text: string, most: number): string => [...text].slice(0, most).join("");

function judgePlace({ flags }: Room, hears: string | null): Refusal | null {
  if (isBack(flags)) return Refusal.backRoom;
  return hears === null ? Refusal.openRoom : null;
}

/** It may be empty. */
function judgeReason(reason: Uint8Array): Refusal | null {
  if (reason.length === 0) return null;
  if (!isText(reason)) return Refusal.badText;
  if (!hasVisible(reason)) return Refusal.emptyText;
  return [...decodeText(reason)].length > MAX_REPORT_LETTERS ? Refusal.textTooLong : null;
}

function judgeNumber(room: Room, seq: number): Refusal | null {
  if (seq === 0 || seq > room.head) return Refusal.noSuchMessage;
  return seq < room.first ? Refusal.notKept : null;
}

/** `author`: who reports. */
function judgeTarget(room: Room, seq: number, author: number, target: Target | null): Refusal | null {
  if (target === null || target.kind === LOST || seq < room.first) return Refusal.notKept;
  if (!kindOf(target.kind)?.isMessage) return Refusal.notAMessage;
  if (target.author === author) return Refusal.notAllowed;
  const isRemoved = room.projections.amendments.isRemoved(seq) || room.underWay?.isRemoved(seq);
  return target.isBlank || isRemoved ? Refusal.removed : null;
}

async function tell(
  session: Connection,
  { room, member }: Seat,
  hears: string,
  { seq, reason }: { seq: number; reason: string },
  request: number,
  refuse: (code: Refusal, more?: RefusalDetail) => void,
): Promise<void> {
  const { rooms } = session.house;
  // Before the text as it is now is read: what is removed meanwhile is told below.
  const early = targetInTail(room, seq);
  const refused = early && judgeTarget(room, seq, member.author, early);
  if (refused) {
    refuse(refused);
    return;
  }
  // Its edits are newer, and so in memory where it is.
  const wait = early ? 0 : session.mayRead();
  if (wait > 0) {
    refuse(Refusal.tooFast, { retryAfterMs: wait });
    return;
  }
  const texts = new StoredTexts(session, room);
  const found = await texts.read(seq);
  const edit = found && room.projections.amendments.lastEdit(seq);
  const now = edit ? await texts.read(edit) : found;
  const answered = await rooms.backRooms.withBack(hears, (back) => {
    if (!session.seat(room.number)) return Refusal.notInRoom;
    const target = found && { ...found, isBlank: found.text === "" };
    const code = judgeTarget(room, seq, member.author, target);
    if (code !== null || found === null) return code ?? Refusal.notKept;
    const ledger = back.projections.ledger!;
    const from = hears === SERVER_ROOM ? room.name : "";
    if (ledger.hasReported(member.author, seq, from)) return Refusal.alreadyReported;
    const retryAfterMs = ledger.waitForReport(back.now) || session.may("report");
    if (retryAfterMs > 0) return { retryAfterMs };
    const body = report.write({
      ...{ front: seq, room: from, by: member.author, person: found.author, personName: found.name },
      ...{ excerpt: lettersOf(now?.text ?? "", MAX_EXCERPT_LETTERS), text: reason },
    });
    const full = rooms.backRooms.say(back, report.kind, member.name, body);
    if (full !== null) {
      session.owe("report", -1);
      return full;
    }
    back.whenCommitted(back.lastGiven, () =>
      session.send(encodeServerFrame({ kind: ServerKind.reported, request, room: room.number, seq })),
    );
    return undefined;
  });
  if (answered === undefined) return;
  if (typeof answered === "object" && answered !== null) refuse(Refusal.tooFast, answered);
  // Who was put out while the room was closed hears that, and not that its back room cannot be read.
  else refuse(answered ?? (session.seat(room.number) ? Refusal.damaged : Refusal.notInRoom));
}
