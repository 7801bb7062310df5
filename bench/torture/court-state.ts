/**
 * How a room that belongs to somebody stands after some of its records, written a second time and apart from the server:
 * the checker replays the log into one. It also says who may do what by that. Times of records are the server's.
 */
import { Role } from "../../src/wire/records/role.ts";
import { Sanction } from "../../src/wire/records/sanction.ts";
import { DEFAULT_SETTINGS, type Settings, Speakers } from "../../src/wire/records/settings.ts";
import type { Standing } from "../../src/wire/standing.ts";

/** Numbers of kinds, as PROTOCOL.md has them. */
const KIND = {
  ...{
    text: 1,
    removal: 5,
    founding: 8,
    role: 9,
    topic: 10,
    pin: 11,
    takedown: 12,
    settings: 13,
    sanction: 14,
  },
} as const;
/** The server asks and writes at two moments. */
const SLACK_MS = 50;

/** A record of such a room, with what its body holds. */
export interface CourtRow {
  seq: number;
  author: number;
  nonce: number;
  time: number;
  kind: number;
  to?: number;
  on?: boolean;
  text?: string;
  who?: number;
  role?: number;
  what?: number;
  until?: number;
  slowSeconds?: number;
  speakers?: number;
  locked?: boolean;
  title?: string;
  keepHours?: number;
}

/** [author, when it ends; 0: never] */
type Ends = [number, number][];

/** As a reader shows it, in one form. */
export interface CourtStanding {
  roles: [number, number][];
  topic: string;
  pinned: number[];
  settings: Settings;
  bans: Ends;
  mutes: Ends;
}

const sorted = (pairs: Iterable<[number, number]>) => [...pairs].sort(([a], [b]) => a - b);

/** How it was told, and folded. */
export function courtStanding({ roles, topic, pinned, settings, sanctions }: Standing): CourtStanding {
  const ends = (what: number): Ends =>
    sorted(sanctions.filter((one) => one.what === what).map(({ who, until }) => [who, until]));
  return {
    roles: sorted([...roles].map(([author, { role }]) => [author, role])),
    ...{ topic, pinned: [...pinned], settings },
    bans: ends(Sanction.ban),
    mutes: ends(Sanction.mute),
  };
}

export class CourtState {
  readonly #roles = new Map<number, number>();
  readonly #bans = new Map<number, number>();
  readonly #mutes = new Map<number, number>();
  readonly #authors = new Map<number, number>();
  readonly #wrote = new Map<number, number>();
  readonly #removed = new Set<number>();
  #topic = "";
  #pinned: number[] = [];
  #settings: Settings = DEFAULT_SETTINGS;

  isBanned(author: number, at: number): boolean {
    return this.#holds(this.#bans, author, at);
  }

  /** Whether the text of that number is to be gone by now. */
  isRemoved(seq: number): boolean {
    return this.#removed.has(seq);
  }

  /** Why this record must not be where it is; null when it may. */
  objection(row: CourtRow): string | null {
    const { kind, author, time } = row;
    if (author === 0 || kind === KIND.founding) return null;
    if (this.isBanned(author, time - SLACK_MS) && this.isBanned(author, time + SLACK_MS)) return "is banned";
    if (kind === KIND.text) return this.#whyNotSpeak(author, time);
    if (kind === KIND.removal) return this.#authors.get(row.to ?? 0) === author ? null : "removes another's";
    return this.#whyNotRule(row) ? "has no role for that" : null;
  }

  apply(row: CourtRow): void {
    const { seq, author, kind, time, who = 0, to = 0 } = row;
    if (kind === KIND.founding) this.#roles.set(author, Role.owner);
    else if (kind === KIND.role) {
      if (row.role) this.#roles.set(who, row.role);
      else this.#roles.delete(who);
    } else if (kind === KIND.topic) this.#topic = row.text ?? "";
    else if (kind === KIND.pin) {
      if (!row.on) this.#unpin(to);
      else if (!this.#pinned.includes(to)) this.#pinned.push(to);
    } else if (kind === KIND.settings) {
      const { slowSeconds, speakers, locked, title, keepHours } = row;
      const set = { slowSeconds, speakers, locked, title, keepHours };
      const known = Object.entries(set).filter(([, value]) => value !== undefined);
      this.#settings = { ...this.#settings, ...Object.fromEntries(known) };
      if (this.#settings.slowSeconds === 0) this.#wrote.clear();
    } else if (kind === KIND.sanction) this.#sanction(row);
    else if (kind === KIND.removal || kind === KIND.takedown) {
      this.#removed.add(to);
      this.#unpin(to);
    } else if (kind === KIND.text) {
      this.#authors.set(seq, author);
      if (this.#settings.slowSeconds > 0) this.#wrote.set(author, time);
    }
  }

  /** As a reader has to show it who was told everything up to here. */
  get standing(): CourtStanding {
    return {
      roles: sorted(this.#roles),
      topic: this.#topic,
      pinned: [...this.#pinned],
      settings: this.#settings,
      bans: sorted(this.#bans),
      mutes: sorted(this.#mutes),
    };
  }

  #roleOf(author: number): number {
    return this.#roles.get(author) ?? Role.none;
  }

  /** An owner is held by none. */
  #holds(ends: Map<number, number>, author: number, at: number): boolean {
    const until = ends.get(author);
    return until !== undefined && (until === 0 || until > at) && this.#roleOf(author) !== Role.owner;
  }

  #whyNotSpeak(author: number, time: number): string | null {
    const role = this.#roleOf(author);
    const isMuted = (at: number) => this.#holds(this.#mutes, author, at);
    if (isMuted(time - SLACK_MS) && isMuted(time + SLACK_MS)) return "is muted";
    if (this.#settings.speakers === Speakers.named && role === Role.none) return "is no speaker";
    const wait = (this.#wrote.get(author) ?? 0) + this.#settings.slowSeconds * 1_000 - time;
    return role < Role.moderator && this.#settings.slowSeconds > 0 && wait > SLACK_MS ? "is too soon" : null;
  }

  /** True: what is done is not for a role as theirs. */
  #whyNotRule({ kind, author, who = 0, role = 0, to = 0 }: CourtRow): boolean {
    const own = this.#roleOf(author);
    if (kind === KIND.role) {
      const before = this.#roleOf(who);
      if (who === author && role < own) return false;
      return own !== Role.owner && (own !== Role.moderator || Math.max(before, role) >= own);
    }
    if (own < Role.moderator) return true;
    if (kind === KIND.sanction) return this.#roleOf(who) >= own;
    const whose = this.#authors.get(to) ?? 0;
    return kind === KIND.takedown && whose !== author && this.#roleOf(whose) >= own;
  }

  #sanction({ who = 0, what, until = 0 }: CourtRow): void {
    if (what === Sanction.ban) this.#bans.set(who, until);
    else if (what === Sanction.unban) this.#bans.delete(who);
    else if (what === Sanction.mute) this.#mutes.set(who, until);
    else if (what === Sanction.unmute) this.#mutes.delete(who);
  }

  #unpin(message: number): void {
    this.#pinned = this.#pinned.filter((seq) => seq !== message);
  }
}
