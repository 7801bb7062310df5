/**
 * Who may do what in a room: the one place where that is decided. A room that belongs to nobody lets everybody in and
 * speak, and nobody look after it. Asked again at the moment at which something is accepted, whatever was said before.
 */
import { Refusal } from "../wire/codes.ts";
import type { RecordKind } from "../wire/records/kind.ts";
import { type Pin, pin } from "../wire/records/pin.ts";
import { Role, type RoleChange, role } from "../wire/records/role.ts";
import { takedown } from "../wire/records/takedown.ts";
import { topic } from "../wire/records/topic.ts";
import type { Notices } from "./notices.ts";
import type { Roles } from "./roles.ts";
import type { Room } from "./room.ts";

/** People who have a role in one room. */
export const MAX_ROLES = 1_000;
/** Messages that are pinned in one room. */
export const MAX_PINNED = 50;

/** Kinds by which a room is looked after: nothing else is weighed by roles that are still on their way to the log. */
const RULINGS: ReadonlySet<number> = new Set([role.kind, topic.kind, pin.kind, takedown.kind]);

/** Whether what came before it has to be stored before this can be judged. */
export const isRuling = (kind: number): boolean => RULINGS.has(kind);

/** Why somebody may not say this in a room; null when they may. `read`: its body, well-formed. */
export function mayAct(room: Room, author: number, kind: RecordKind, read: object): Refusal | null {
  if (kind.isServers) return Refusal.unknownKind;
  if (!isRuling(kind.kind)) return null;
  const { roles, notices } = room.projections;
  if (!roles || !notices) return Refusal.openRoom;
  if (kind === role) return judgeRole(roles, author, read as RoleChange);
  if (roles.of(author) < Role.moderator) return Refusal.notAllowed;
  return kind === pin ? judgePin(notices, read as Pin) : null;
}

/** As `mayAct`, once it is known whose message it is about: nobody whose role is as high. */
export function mayActOn(room: Room, author: number, kind: RecordKind, whose: number): Refusal | null {
  const { roles } = room.projections;
  if (kind !== takedown || !roles || whose === author) return null;
  return roles.of(whose) < roles.of(author) ? null : Refusal.notAllowed;
}

function judgePin({ pinned }: Notices, { to, on }: Pin): Refusal | null {
  return on && pinned.size >= MAX_PINNED && !pinned.has(to) ? Refusal.tooManyKept : null;
}

/** Owners give any role; moderators say who is a speaker; and everybody may give up what they have. */
function judgeRole(roles: Roles, author: number, change: RoleChange): Refusal | null {
  const own = roles.of(author);
  const before = roles.of(change.who);
  const isGivenUp = change.who === author && change.role < own;
  const isUpTo = Math.max(before, change.role);
  const may = isGivenUp || own === Role.owner || (own === Role.moderator && isUpTo < own);
  if (!may) return Refusal.notAllowed;
  if (before === Role.owner && change.role !== Role.owner && roles.owners === 1) return Refusal.lastOwner;
  const isNew = before === Role.none && change.role !== Role.none;
  return isNew && roles.size >= MAX_ROLES ? Refusal.tooManyKept : null;
}
