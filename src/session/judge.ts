/**
 * Whether somebody may say this in a room: the one place where acts are judged. A plain text is judged on its bytes, so
 * that no string is made of it on the way through.
 */
import { decides, mayAct, mayActOn, maySpeak, type Refused } from "../room/policy.ts";
import type { Room } from "../room/room.ts";
import { type Target, targetInTail } from "../room/targets.ts";
import { encodeText, WireError } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { edit } from "../wire/records/edit.ts";
import { type RecordKind, type Referring, Whose } from "../wire/records/kind.ts";
import { LOST } from "../wire/records/lost.ts";
import { type Reaction, reaction } from "../wire/records/reaction.ts";
import { kindOf } from "../wire/records/registry.ts";
import { text } from "../wire/records/text.ts";
import { hasVisible, isText } from "../wire/text.ts";

/** Edits that one message may have: each is kept, and goes with it when it is removed. */
export const MAX_EDITS = 100;
/** And all of a room together, since their numbers are kept in memory: some 30 MB. */
export const MAX_ROOM_EDITS = 1_000_000;
/** Different signs on one message. */
export const MAX_SIGNS = 20;
/** Signs of all people on all messages of a room: some 110 MB. */
export const MAX_ROOM_REACTIONS = 1_000_000;

/**
 * What is wrong; null when nothing is. With a time, when that helps. A number to look for when that depends on a message
 * which is not in memory: then to be asked again with what was found as `target`, null for nothing. What to wait for, and
 * then to be asked again, when something that decides it is on its way to the log.
 */
export function judge(
  room: Room,
  author: number,
  number: number,
  body: Uint8Array,
  maxTextBytes: number,
  target?: Target | null,
): Refusal | Refused | { lookFor: number } | { waitFor: { room: Room; seq: number } } | null {
  const waitFor = decides(room);
  if (waitFor) return { waitFor };
  const refused = maySpeak(room, author, number);
  if (refused) return refused;
  if (number === text.kind) return judgeText(body, maxTextBytes);
  const kind = kindOf(number);
  if (!kind) return Refusal.unknownKind;
  const read = readBody(kind, body);
  if (!read) return Refusal.badBody;
  if (read.text !== undefined) {
    const most = Math.min(kind.maxTextBytes ?? maxTextBytes, maxTextBytes);
    const code = judgeText(encodeText(read.text), most);
    if (code !== null && !(kind.mayBeEmpty && read.text === "")) return code;
  }
  if (kind.fits && !kind.fits(read)) return Refusal.badBody;
  const code = mayAct(room, author, kind, read);
  if (code !== null) return code;
  return kind.refersTo === undefined ? null : judgeReference(room, author, kind, read as Referring, target);
}

function judgeReference(
  room: Room,
  author: number,
  kind: RecordKind,
  read: Referring,
  found: Target | null | undefined,
): Refusal | { lookFor: number } | null {
  const { underWay } = room;
  const { amendments } = room.projections;
  const { to } = read;
  if (to === 0 || to > room.head) return Refusal.noSuchMessage;
  if (to < room.first) return Refusal.notKept;
  const target = found === undefined ? targetInTail(room, to) : found;
  if (target === undefined) return { lookFor: to };
  if (target === null || target.kind === LOST) return Refusal.notKept;
  if (!kindOf(target.kind)?.isMessage) return Refusal.notAMessage;
  if (kind.refersTo === Whose.own && target.author !== author) return Refusal.notYours;
  const code = mayActOn(room, author, kind, target.author);
  if (code !== null) return code;
  if (target.isBlank || amendments.isRemoved(to) || underWay?.isRemoved(to)) return Refusal.removed;
  if (kind === reaction) return judgeSign(room, author, read as Reaction);
  if (kind !== edit) return null;
  const edits = amendments.editsOf(to) + (underWay?.editsOf(to) ?? 0);
  const isFull = amendments.edits + (underWay?.size ?? 0) >= MAX_ROOM_EDITS || edits >= MAX_EDITS;
  return isFull ? Refusal.tooManyEdits : null;
}

/** What is on its way to the log counts, or two tabs would put one sign twice. */
function judgeSign(room: Room, author: number, { to, on, text }: Reaction): Refusal | null {
  const { underWay } = room;
  const { reactions } = room.projections;
  const isOn = underWay?.isPut(to, text, author) ?? reactions.isPut(to, text, author);
  if (isOn === on) return Refusal.noChange;
  if (!on) return null;
  const signs = reactions.signs(to);
  for (const sign of underWay?.signsPut(to) ?? []) signs.add(sign);
  const isFull = reactions.size + (underWay?.size ?? 0) >= MAX_ROOM_REACTIONS;
  return isFull || signs.add(text).size > MAX_SIGNS ? Refusal.tooManyReactions : null;
}

/** Null: it is not one of this kind. */
function readBody(kind: RecordKind, body: Uint8Array): { to?: number; text?: string } | null {
  try {
    return kind.read(body);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** What is wrong with the text of a message; null when nothing is. */
function judgeText(bytes: Uint8Array, maxBytes: number): Refusal | null {
  if (bytes.length > maxBytes) return Refusal.textTooLong;
  if (!isText(bytes)) return Refusal.badText;
  return hasVisible(bytes) ? null : Refusal.emptyText;
}
