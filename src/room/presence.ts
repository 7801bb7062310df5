/**
 * Who is in one room. A member is an identity, whatever number of connections it has here; somebody whose last
 * connection dropped stays a member for a grace, so that a reload is no leave and no enter. What changed is told
 * once per flush as the difference to what anybody was told before: at the last flush, or as a newcomer since. Nothing
 * here is numbered or stored. Invariant: no two members have names that look alike.
 */

import { Presence as Change } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { type PresenceEvent, ServerKind } from "../wire/frames.ts";
import { KEPT_RECORDS, KeptNames } from "./kept-names.ts";
import { nameSkeleton } from "./names.ts";

/** How long somebody counts as writing after they last said so, milliseconds. */
const TYPING_MS = 6_000;
/** A large room lists so many of those who wrote lately: whoever only fills it up does not hide who talks there. */
const MAX_WRITERS = 100;
/** In rooms with more people than this nobody is told who is writing. */
const TYPING_MAX_PEOPLE = 50;

export interface Member {
  readonly author: number;
  name: string;
  /** UTF-8 of `name`, as it stands in records; made when the member first sends: most people only read. */
  nameBytes: Uint8Array | null;
  skeleton: string;
  /** Connections of this identity in this room. 0 during the grace. */
  connections: number;
  /** Which grace is running; a late one of an older number does nothing. */
  grace: number;
  /** Serial of the block that holds the name last, so that it is written once per block. */
  namedInBlock: number;
  /** Number and time of the last record under this name; 0 before there is one. */
  wroteSeq: number;
  wroteAt: number;
}

/** What presence knows of the room and the world around it. */
export interface Surroundings {
  skeletonOf(name: string): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from a clock that never goes back. */
  monotonic(): number;
  /** Number of the newest record of the room. */
  newestSeq(): number;
}

const NOWHERE: Surroundings = {
  skeletonOf: nameSkeleton,
  now: () => 0,
  monotonic: () => 0,
  newestSeq: () => 0,
};

interface Changed {
  /** The name that was told at the last flush, or null when they were not here. */
  was: string | null;
  /** A newcomer was told otherwise since: then all are told, whatever became of it. */
  toldOtherwise: boolean;
}

export class Presence {
  #room: number;
  #maxListed: number;
  #around: Surroundings;
  #members = new Map<number, Member>();
  #bySkeleton = new Map<string, number>();
  /** Null while nobody who wrote has gone: most rooms are quiet. */
  #kept: KeptNames | null = null;
  /** Those who changed since the last flush. */
  #changed = new Map<number, Changed>();
  #toldCount = 0;
  /** A newcomer was told another count since. */
  #countToldOtherwise = false;
  /** What newcomers are told, until something changes. */
  #peopleFrame: Uint8Array | null = null;
  /** Of a large room, those who wrote lately, as of the last flush; null when that is to be found out. */
  #writers: Member[] | null = null;
  #listed = true;
  /** `listed` as everybody was last told. A newcomer may have been told otherwise since: then all are told anew. */
  #toldListed = true;
  #toldOtherwise = false;
  /** Until when somebody counts as writing. Null while nobody ever did: most rooms are quiet. */
  #typing: Map<number, number> | null = null;
  #typingChanged = false;

  constructor(room: number, maxListed: number, around: Surroundings = NOWHERE) {
    this.#room = room;
    this.#maxListed = maxListed;
    this.#around = around;
  }

  get count(): number {
    return this.#members.size;
  }

  get listed(): boolean {
    return this.#listed;
  }

  /** Everybody who is here, or within the grace. */
  get authors(): number[] {
    return [...this.#members.keys()];
  }

  get(author: number): Member | undefined {
    return this.#members.get(author);
  }

  /** Whether `author` could be called `name` here without looking like somebody else. */
  isFree(name: string, author: number): boolean {
    return this.isFreeSkeleton(this.#around.skeletonOf(name), author);
  }

  /** As `isFree`, for the skeleton of a name. */
  isFreeSkeleton(skeleton: string, author: number): boolean {
    const owner =
      this.#bySkeleton.get(skeleton) ??
      this.#kept?.ownerOf(skeleton, this.#around.newestSeq(), this.#around.monotonic());
    return owner === undefined || owner === author;
  }

  /** Keeps a name for whoever wrote under it, although they are not here or have another. */
  keepName(skeleton: string, author: number, seq: number, wroteAt: number): void {
    const { now, monotonic } = this.#around;
    this.#kept ??= new KeptNames();
    this.#kept.keep(skeleton, author, seq, now() - wroteAt, monotonic());
  }

  /** Adds one connection of an identity. The name must be free; a member that is here keeps the name it has. */
  enter(author: number, name: string): Member {
    let member = this.#members.get(author);
    if (!member) {
      this.#touch(author, null);
      const skeleton = this.#around.skeletonOf(name);
      // One literal of all fields: one that is put together takes twice the memory, and there are many members.
      member = {
        author,
        name,
        nameBytes: null,
        skeleton,
        connections: 0,
        grace: 0,
        namedInBlock: 0,
        wroteSeq: 0,
        wroteAt: 0,
      };
      this.#members.set(author, member);
      this.#bySkeleton.set(skeleton, author);
      this.#countChanged();
    }
    member.connections++;
    member.grace++;
    return member;
  }

  /** Takes one connection away. @returns true when it was the last one and the grace begins. */
  disconnect(member: Member): boolean {
    member.connections--;
    if (member.connections > 0) return false;
    member.grace++;
    return true;
  }

  /** Ends the membership of an identity without connections. */
  leave(author: number): void {
    const member = this.#members.get(author);
    if (!member) return;
    this.#touch(author, member.name);
    this.#members.delete(author);
    this.#freeName(member);
    this.#countChanged();
    if (this.#typing?.delete(author)) this.#typingChanged = true;
  }

  rename(member: Member, name: string): void {
    this.#touch(member.author, member.name);
    this.#freeName(member);
    member.name = name;
    member.nameBytes = null;
    member.skeleton = this.#around.skeletonOf(name);
    member.namedInBlock = 0;
    member.wroteSeq = 0;
    this.#bySkeleton.set(member.skeleton, member.author);
  }

  /** `now`: of a clock that never goes back, as for `flush`. @returns whether there is something to tell. */
  typing(author: number, on: boolean, now: number): boolean {
    if (on && this.#members.size <= TYPING_MAX_PEOPLE) {
      this.#typing ??= new Map();
      if (!this.#typing.has(author)) this.#typingChanged = true;
      this.#typing.set(author, now + TYPING_MS);
    } else if (this.#typing?.delete(author)) this.#typingChanged = true;
    return this.#typingChanged;
  }

  /** Frames that tell everyone in the room what changed since the last call; none when nothing did. */
  flush(now: number): Uint8Array[] {
    const frames: Uint8Array[] = [];
    if (this.#listed !== this.#toldListed || this.#toldOtherwise) {
      this.#toldListed = this.#listed;
      frames.push(this.people());
      this.#toldOtherwise = false;
    } else {
      const events = this.#listed ? this.#events() : [];
      if (events.length > 0 || this.count !== this.#toldCount || this.#countToldOtherwise) {
        const { count } = this;
        frames.push(encodeServerFrame({ kind: ServerKind.presence, room: this.#room, count, events }));
      }
    }
    this.#changed.clear();
    this.#toldCount = this.count;
    this.#countToldOtherwise = false;
    this.#writers = null;
    if (!this.#listed) this.#peopleFrame = null;
    for (const [author, until] of this.#typing ?? []) {
      if (until > now) continue;
      this.#typing?.delete(author);
      this.#typingChanged = true;
    }
    if (this.#typingChanged) {
      const authors = [...(this.#typing?.keys() ?? [])];
      frames.push(encodeServerFrame({ kind: ServerKind.typing, room: this.#room, authors }));
      this.#typingChanged = false;
    }
    return frames;
  }

  /** When the next writing mark ends by itself, or 0. */
  get nextTypingEnd(): number {
    let next = 0;
    for (const until of this.#typing?.values() ?? []) if (next === 0 || until < next) next = until;
    return next;
  }

  /** The frame that tells a newcomer who is here. */
  people(): Uint8Array {
    if (this.#listed !== this.#toldListed) this.#toldOtherwise = true;
    if (this.count !== this.#toldCount) this.#countToldOtherwise = true;
    for (const [author, changed] of this.#changed) {
      if (this.#nameOf(author) !== changed.was) changed.toldOtherwise = true;
    }
    if (this.#peopleFrame) return this.#peopleFrame;
    const people = this.#listed ? [...this.#members.values()] : this.#writersHere();
    const { count, listed } = this;
    const room = this.#room;
    this.#peopleFrame = encodeServerFrame({ kind: ServerKind.people, room, count, listed, people });
    return this.#peopleFrame;
  }

  /** At once, so that a crowd that comes between two flushes is not sent one growing list each. */
  #countChanged(): void {
    // Some distance between the two bounds, so that a room at the edge does not switch back and forth.
    if (this.count > this.#maxListed) this.#listed = false;
    else if (this.count <= this.#maxListed * 0.9) this.#listed = true;
  }

  #events(): PresenceEvent[] {
    const events: PresenceEvent[] = [];
    for (const [author, { was, toldOtherwise }] of this.#changed) {
      const name = this.#nameOf(author);
      if (name === was && !toldOtherwise) continue;
      if (name === null) events.push({ change: Change.leave, author, name: "" });
      // Whoever was told otherwise may have been told that there is nobody.
      else
        events.push({ change: was === null || toldOtherwise ? Change.enter : Change.rename, author, name });
    }
    return events;
  }

  #touch(author: number, was: string | null): void {
    this.#peopleFrame = null;
    if (!this.#changed.has(author)) this.#changed.set(author, { was, toldOtherwise: false });
  }

  /** Those who wrote among the newest records and are here, the last one first; found once between two flushes. */
  #writersHere(): Member[] {
    if (!this.#writers) {
      const oldest = this.#around.newestSeq() - KEPT_RECORDS;
      this.#writers = [];
      for (const member of this.#members.values()) {
        if (member.wroteSeq > 0 && member.wroteSeq > oldest) this.#writers.push(member);
      }
      this.#writers.sort((a, b) => b.wroteSeq - a.wroteSeq);
      this.#writers.splice(MAX_WRITERS);
    }
    return this.#writers.filter((member) => this.#members.get(member.author) === member);
  }

  #freeName({ skeleton, author, wroteSeq, wroteAt }: Member): void {
    this.#bySkeleton.delete(skeleton);
    if (wroteSeq > 0) this.keepName(skeleton, author, wroteSeq, wroteAt);
  }

  #nameOf(author: number): string | null {
    return this.#members.get(author)?.name ?? null;
  }
}
