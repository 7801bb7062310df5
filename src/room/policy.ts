/**
 * Who may do what in a room: the one place where that is decided. A room that belongs to nobody lets everybody in and
 * speak, and nobody look after it but whoever operates the server, who is above everybody everywhere. Asked again at
 * the moment at which something is accepted, whatever was said before.
 */
import { Refusal } from "../wire/codes.ts";
import { checkRoomTitle } from "../wire/names.ts";
import type { RecordKind } from "../wire/records/kind.ts";
import { type Pin, pin } from "../wire/records/pin.ts";
import { reaction } from "../wire/records/reaction.ts";
import { removal } from "../wire/records/removal.ts";
import { OPERATOR, Role, type RoleChange, role } from "../wire/records/role.ts";
import { isLasting, Sanction, type SanctionBody, sanction } from "../wire/records/sanction.ts";
import { type SettingsBody, Speakers, settings } from "../wire/records/settings.ts";
import { type Sweep, sweep } from "../wire/records/sweep.ts";
import { takedown } from "../wire/records/takedown.ts";
import { topic } from "../wire/records/topic.ts";
import type { Notices } from "./notices.ts";
import type { Roles } from "./roles.ts";
import type { Room } from "./room.ts";
import { isBack, isOwned, needsPassword } from "./room-flags.ts";

/** People who have a role in one room. */
export const MAX_ROLES = 1_000;
/** Messages that are pinned in one room. */
export const MAX_PINNED = 50;
/** How far back a sweep goes: an hour, and some minutes for the way to the server. */
const MAX_SWEPT_MS = 70 * 60_000;
/** Longest time that is told at once: the longest that clients can wait. */
const MAX_TOLD_MS = 2 ** 31 - 1;

/** Kinds by which a room is looked after. */
const RULINGS = [role, topic, pin, takedown, settings, sanction, sweep];
/** A bit for each: every message is asked, some of them several times. */
const RULING_BITS = RULINGS.reduce((bits, { kind }) => bits | (1 << kind), 0);

/** Whether what came before it has to be stored before this can be judged. */
export const isRuling = (kind: number): boolean => kind < 32 && (RULING_BITS & (1 << kind)) !== 0;

/** What somebody may in a room. Whether somebody operates the server is asked here and nowhere else. */
export const roleOf = (room: Room, author: number): Role =>
  room.isOperator(author) ? OPERATOR : (room.projections.roles?.of(author) ?? Role.none);

/** Whether a room is to be looked after that nobody was to look after yet: then it has to be taken over first. */
export const isToBeTakenOver = (room: Room, author: number, kind: number): boolean =>
  isRuling(kind) && !isOwned(room.flags) && roleOf(room, author) === OPERATOR;

/** Why somebody may not do something. */
export interface Refused {
  code: Refusal;
  /** After this time it may be otherwise; 0: no waiting helps. */
  retryAfterMs: number;
}

/** Null: nothing here is against it. `kind`: of what is said; 0: nothing is. */
type Question = (room: Room, author: number, kind: number) => Refused | null;

/** What is asked of whoever enters, in this order. */
const ENTERING: readonly Question[] = [whileOutside, whileBanned, whileClosed, whileLocked];
/** And of whoever says something. */
const SPEAKING: readonly Question[] = [whileMuted, whileOthersSpeak];

const ask = (questions: readonly Question[], room: Room, author: number, kind = 0): Refused | null => {
  for (const question of questions) {
    const refused = question(room, author, kind);
    if (refused) return refused;
  }
  return null;
};

/** Of those who showed its password. */
const ENTERING_WITH: readonly Question[] = ENTERING.filter((question) => question !== whileClosed);

/** Why somebody may not be in a room; null when they may. `hasShown`: the password that the room has. */
export function mayEnter(room: Room, author: number, hasShown = false): Refused | null {
  return ask(hasShown ? ENTERING_WITH : ENTERING, room, author);
}

/** Why somebody who came into a room by what they are no more may not stay; null when they may. */
export const mayStay = (room: Room, author: number): Refused | null =>
  ask([whileOutside, whileBanned], room, author);

/**
 * Why somebody who is new may not come from an address; null when they may. `mark`: of the address in this room, asked
 * only where it matters; null: none is known. Whoever has a role, wrote here before or is here is not new.
 */
export function mayComeFrom(room: Room, author: number, mark: () => string | null): Refused | null {
  const { projections, authors, presence, now } = room;
  const { sanctions } = projections;
  if (!sanctions || sanctions.addresses.size === 0) return null;
  if (roleOf(room, author) || authors.get(author) || presence.get(author)) return null;
  const until = sanctions.addresses.banOf(mark(), (banned) => sanctions.banOf(banned, now));
  return untilThen(Refusal.banned, until, now);
}

/**
 * Why somebody may say nothing in a room; null when they may. To look after it, and to take away what one said, is not
 * to speak.
 */
export function maySpeak(room: Room, author: number, kind: number): Refused | null {
  if (whileOutside(room, author)) return { code: Refusal.notAllowed, retryAfterMs: 0 };
  return isSpeaking(room, kind) ? ask(SPEAKING, room, author, kind) : null;
}

/** Whether `maySpeak` asks whether somebody is to be silent. */
const isSpeaking = (room: Room, kind: number): boolean =>
  isOwned(room.flags) && !isRuling(kind) && kind !== removal.kind;

/**
 * Why somebody may not take another name, who is in these rooms: a name is a word that everybody there is shown, and
 * whoever is kept silent in one of them has none. The one that holds longest is told.
 */
export function mayRename(rooms: readonly Room[], author: number): Refused | null {
  const refused = rooms.map((room) => whileMuted(room, author)).filter((one) => one !== null);
  const isLonger = (a: Refused, b: Refused) =>
    b.retryAfterMs > 0 && (a.retryAfterMs === 0 || a.retryAfterMs > b.retryAfterMs);
  return refused.reduce<Refused | null>((most, one) => (most && !isLonger(one, most) ? most : one), null);
}

/** What has to be stored before it can be judged whether somebody may say anything here; null: nothing. */
export function decides(room: Room): { room: Room; seq: number } | null {
  // What is set, and who may what, counts once it is stored: whoever lost a role a moment ago must not use it any more.
  // Also for a removal: whoever is put out does nothing any more.
  const by = room.front ?? room;
  return by.lastRuling > by.head ? { room: by, seq: by.lastRuling } : null;
}

/** Whether somebody may be in the back room of a room, and hear there what is told to those who look after it. */
export const looksAfter = (room: Room, author: number): boolean =>
  roleOf(room, author) >= Role.moderator && !whileBanned(room, author);

/** Whoever may not be in a back room is not told whether there is one. */
function whileOutside(room: Room, author: number): Refused | null {
  if (!isBack(room.flags)) return null;
  const { front } = room;
  const may = front ? looksAfter(front, author) : roleOf(room, author) === OPERATOR;
  return may ? null : { code: Refusal.noSuchRoom, retryAfterMs: 0 };
}

/** How long the slow mode that was set holds somebody: 0, or milliseconds. Whoever looks after the room is exempt. */
export function mustWait(room: Room, author: number, kind: number): number {
  const { settings } = room.projections;
  if (!settings || roleOf(room, author) >= Role.moderator) return 0;
  return settings.waitOf(author, kind, room.now);
}

function whileBanned(room: Room, author: number): Refused | null {
  const { now } = room;
  const { sanctions } = room.projections;
  if (!sanctions || isOwner(room, author)) return null;
  return untilThen(Refusal.banned, sanctions.banOf(author, now), now);
}

function whileMuted(room: Room, author: number): Refused | null {
  const { now } = room;
  const { sanctions } = room.projections;
  if (!sanctions || isOwner(room, author)) return null;
  return untilThen(Refusal.muted, sanctions.muteOf(author, now), now);
}

/**
 * Whoever was made one while something was in force on them: nobody could lift that, and a room may have no other
 * owner.
 */
const isOwner = (room: Room, author: number): boolean => roleOf(room, author) >= Role.owner;

/** Whoever is here, or was a moment ago, stays when a password is set or changed. */
function whileClosed(room: Room, author: number): Refused | null {
  if (!needsPassword(room.flags) || roleOf(room, author) || room.presence.get(author)) return null;
  return { code: Refusal.passwordNeeded, retryAfterMs: 0 };
}

/** Whoever wrote here before, or is here, is not new. */
function whileLocked(room: Room, author: number): Refused | null {
  const { projections, authors, presence } = room;
  if (!projections.settings?.now.locked || roleOf(room, author)) return null;
  return authors.get(author) || presence.get(author) ? null : { code: Refusal.locked, retryAfterMs: 0 };
}

/** To put a sign on what others said is no word of one's own. */
function whileOthersSpeak(room: Room, author: number, kind: number): Refused | null {
  const { settings } = room.projections;
  const isForAll = settings?.now.speakers !== Speakers.named || kind === reaction.kind;
  return isForAll || roleOf(room, author) ? null : { code: Refusal.notASpeaker, retryAfterMs: 0 };
}

/** `until`: 0: for ever; null: not at all. */
function untilThen(code: Refusal, until: number | null, now: number): Refused | null {
  if (until === null) return null;
  return { code, retryAfterMs: until === 0 ? 0 : Math.min(until - now, MAX_TOLD_MS) };
}

/** Why somebody may not say this in a room; null when they may. `read`: its body, well-formed. */
export function mayAct(room: Room, author: number, kind: RecordKind, read: object): Refusal | null {
  if (kind.isServers) return Refusal.unknownKind;
  if (!isRuling(kind.kind)) return null;
  if (isBack(room.flags)) return Refusal.backRoom;
  const { roles, notices } = room.projections;
  const own = roleOf(room, author);
  // What is said in it is judged again when it was taken over.
  if (!roles || !notices) return own === OPERATOR ? null : Refusal.openRoom;
  if (kind === role) return judgeRole(roles, own, author, read as RoleChange);
  if (own < Role.moderator) return Refusal.notAllowed;
  if (kind === sanction) return judgeSanction(room, author, read as SanctionBody);
  if (kind === settings) return judgeSettings(read as SettingsBody);
  if (kind === sweep) return judgeSweep(room, author, read as Sweep);
  return kind === pin ? judgePin(notices, read as Pin) : null;
}

/** As `mayAct`, once it is known whose message it is about: nobody whose role is as high. */
export function mayActOn(room: Room, author: number, kind: RecordKind, whose: number): Refusal | null {
  if (kind !== takedown || !isOwned(room.flags) || whose === author) return null;
  return roleOf(room, whose) < roleOf(room, author) ? null : Refusal.notAllowed;
}

function judgePin({ pinned }: Notices, { to, on }: Pin): Refusal | null {
  return on && pinned.size >= MAX_PINNED && !pinned.has(to) ? Refusal.tooManyKept : null;
}

function judgeSettings({ title = "" }: SettingsBody): Refusal | null {
  const checked = checkRoomTitle(title);
  return title === "" || (checked.ok && checked.name === title) ? null : Refusal.badRoomName;
}

/** Concerns nobody whose role is as high, so oneself neither. */
function judgeSanction(room: Room, author: number, { who, what, until }: SanctionBody): Refusal | null {
  const { now } = room;
  const sanctions = room.projections.sanctions!;
  if (roleOf(room, who) >= roleOf(room, author)) return Refusal.notAllowed;
  if (until !== 0 && until <= now) return Refusal.badTime;
  const before = what === Sanction.ban ? sanctions.banOf(who, now) : sanctions.muteOf(who, now);
  return isLasting(what) && before === null && sanctions.isFull(now) ? Refusal.tooManyKept : null;
}

/** As a takedown, of anybody whose role is lower, and of oneself. */
function judgeSweep(room: Room, author: number, { who, since }: Sweep): Refusal | null {
  const { now } = room;
  if (who !== author && roleOf(room, who) >= roleOf(room, author)) return Refusal.notAllowed;
  return since < now - MAX_SWEPT_MS || since > now ? Refusal.badTime : null;
}

/**
 * Owners give any role; moderators say who is a speaker; and everybody may give up what they have. Only whoever
 * operates the server leaves a room without an owner.
 */
function judgeRole(roles: Roles, own: Role, author: number, change: RoleChange): Refusal | null {
  const before = roles.of(change.who);
  const isGivenUp = change.who === author && change.role < own;
  const isUpTo = Math.max(before, change.role);
  const may = isGivenUp || own >= Role.owner || (own === Role.moderator && isUpTo < own);
  if (!may) return Refusal.notAllowed;
  const isLast = before === Role.owner && change.role !== Role.owner && roles.owners === 1;
  if (isLast && own !== OPERATOR) return Refusal.lastOwner;
  const isNew = before === Role.none && change.role !== Role.none;
  return isNew && roles.size >= MAX_ROLES ? Refusal.tooManyKept : null;
}
