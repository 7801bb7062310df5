/**
 * All rooms of the server: finds, loads, creates and lets go of them, and seats people in them. A room is created by
 * entering it and becomes durable with its first message; one that never had a message is forgotten when the last
 * person leaves. Invariant: at most one Room object exists for a name and for a number.
 */
import {
  type Bounds,
  type Log,
  LogError,
  LogErrorCode,
  type ReadOptions,
  type StoredBlock,
} from "../log/log.ts";
import { WireError } from "../wire/bytes.ts";
import type { Limits } from "../wire/limits.ts";
import { Authors, findNonce } from "./authors.ts";
import { Counters } from "./counters.ts";
import { EmptyRooms, isEmpty } from "./empty-rooms.ts";
import type { Fanout } from "./fanout.ts";
import { Flusher } from "./flusher.ts";
import type { Loop } from "./loop.ts";
import { suggestName } from "./names.ts";
import { People, type PersonHere } from "./people.ts";
import type { Member } from "./presence.ts";
import { PresenceFlusher } from "./presence-flusher.ts";
import { Quota } from "./quota.ts";
import { type DurableRoom, Retention } from "./retention.ts";
import { Room, type RoomSurroundings } from "./room.ts";
import { CachedRoomList, type RoomList } from "./room-list.ts";
import { Skeletons } from "./skeletons.ts";
import { Slab } from "./slab.ts";

/**
 * Rooms without people that stay in memory, so that a busy link does not load its room again and again: so many, and
 * as many as have so many bytes of authors and tails together.
 */
const MAX_IDLE_ROOMS = 256;
const MAX_IDLE_BYTES = 64 * 1024 * 1024;
/** How much is read from the log at once while a room is loaded or a nonce looked for. */
const LOAD_BYTES = 256 * 1024;

/** Who pays for what is read. */
export interface ReadPayer {
  /** 0, or milliseconds to wait before reading. */
  mayRead(): number;
  didRead(bytes: number): void;
}

const FREE: ReadPayer = { mayRead: () => 0, didRead: () => undefined };

export class Rooms {
  readonly limits: Limits;
  readonly log: Log;
  readonly loop: Loop;
  readonly people = new People();
  readonly counters = new Counters();
  readonly flusher: Flusher;
  readonly presence: PresenceFlusher;
  readonly quota: Quota;
  #onFatal: (error: unknown) => void;
  #Authors: new () => Authors;
  /** Called when the number of people somewhere, or of rooms, changed. */
  onListChanged: () => void = () => undefined;
  /** Called with a plain sentence when a read met damage on disk. */
  onDamage: (message: string) => void = () => undefined;
  #durable = new Map<string, DurableRoom>();
  /** The same, in the order in which they became durable. */
  #inOrder: DurableRoom[] = [];
  #loaded = new Map<string, Room>();
  #byNumber = new Map<number, Room>();
  #loading = new Map<string, Promise<Room | null>>();
  /** Rooms that are being ended; their names are free afterwards. */
  #ending = new Map<string, Promise<unknown>>();
  /** With their bytes; the one that is idle longest first. */
  #idle = new Map<Room, number>();
  #idleBytes = 0;
  #slab = new Slab();
  #retention: Retention;
  #emptyRooms: EmptyRooms;
  #list: CachedRoomList;
  #skeletons = new Skeletons();
  #around: RoomSurroundings;
  #next = 1;
  #temporary = 0;

  constructor(options: {
    log: Log;
    fanout: Fanout;
    loop: Loop;
    limits: Limits;
    onFatal: (error: unknown) => void;
    /** What remembers nonces. Only a server that is broken on purpose has another. */
    authors?: new () => Authors;
  }) {
    const { log, loop, limits, fanout, onFatal } = options;
    this.#Authors = options.authors ?? Authors;
    this.log = log;
    this.loop = loop;
    this.limits = limits;
    this.#onFatal = onFatal;
    this.#retention = new Retention({
      log,
      loop,
      durable: this.#inOrder,
      open: (name) => this.open(name),
      isOpen: (room) => this.isOpen(room),
      release: (room) => this.release(room),
      snapshot: (room) => this.flusher.snapshot(room),
      guard: (work, isOver) => this.#guard(work, isOver),
    });
    this.#emptyRooms = new EmptyRooms({
      durable: this.#inOrder,
      monotonic: () => loop.monotonic(),
      end: (room) => this.#end(room),
    });
    this.#list = new CachedRoomList(this, loop, () => this.onListChanged());
    this.#around = {
      skeletonOf: (name) => this.#skeletons.of(name),
      now: () => loop.now(),
      monotonic: () => loop.monotonic(),
    };
    this.quota = new Quota({ log, loop, limits, onFatal });
    const { counters } = this;
    const { maxWindowMs } = limits;
    const roomOf = (number: number) => this.#byNumber.get(number);
    this.flusher = new Flusher({ log, fanout, loop, counters, maxWindowMs, roomOf, onFatal });
    this.presence = new PresenceFlusher({ fanout, loop, counters });
  }

  /** Reads the directory of durable rooms. To be awaited before anything else is called. */
  async load(): Promise<void> {
    await this.quota.look();
    for (const { room: number, name, createdAt } of await this.log.rooms()) {
      this.#addDurable({ number, name, createdAt });
    }
    this.#next = this.log.nextRoom;
  }

  /** Rooms that exist: durable ones, and those that somebody is in. */
  get count(): number {
    return this.#durable.size + this.#temporary;
  }

  /** Rooms in memory. */
  get loaded(): Iterable<Room> {
    return this.#loaded.values();
  }

  /** Names of durable rooms, the newest first. */
  *newestNames(): Iterable<string> {
    for (let i = this.#inOrder.length - 1; i >= 0; i--) yield this.#inOrder[i]!.name;
  }

  /** Whether a room of this canonical name exists. */
  has(name: string): boolean {
    return this.#durable.has(name) || this.#loaded.has(name);
  }

  list(most: number): RoomList {
    return { roomCount: this.count, peopleCount: this.people.count, rooms: this.#list.get(most) };
  }

  /**
   * The room of a canonical name: at once when it is in memory or new, otherwise loaded from the log. Null when the
   * server holds as many rooms as it may; a promise of null when the room is damaged on disk. A caller that does
   * not seat anyone calls `release` afterwards; one that waits for anything before it seats asks `isOpen` first,
   * because another caller's `release` may have let go of the room meanwhile.
   */
  open(name: string): Room | Promise<Room | null> | null {
    const room = this.#loaded.get(name);
    if (room) {
      this.#notIdle(room);
      return room;
    }
    const durable = this.#durable.get(name);
    if (durable) {
      // All who ask meanwhile wait for the same promise, and so go on in the order in which they asked.
      const loading = this.#loading.get(name) ?? this.#load(durable);
      this.#loading.set(name, loading);
      return loading;
    }
    const ending = this.#ending.get(name);
    if (ending) return ending.then(() => this.open(name));
    if (this.count >= this.limits.maxRooms) return null;
    const meta = {
      number: this.#next++,
      name,
      createdAt: this.loop.now(),
      epoch: this.log.epoch,
      durable: false,
    };
    this.#temporary++;
    const first = this.log.firstOf(name);
    const authors = new this.#Authors();
    // A room of before had them, and nobody knows any more what was stored in it.
    if (first > 1) authors.lose(1, first - 1);
    return this.#keep(this.#make(meta, { first, head: first - 1 }, authors));
  }

  /** Whether this is still the one Room object of its name. */
  isOpen(room: Room): boolean {
    return this.#loaded.get(room.name) === room;
  }

  /** Lets go of a room that nobody is in. One that was let go of before stays as it is. */
  release(room: Room): void {
    if (room.presence.count > 0 || !this.isOpen(room)) return;
    if (room.pendingBytes > 0) {
      room.whenCommitted(room.lastGiven, () => this.release(room));
      return;
    }
    if (!this.#durable.has(room.name)) {
      this.#drop(room);
      this.#temporary--;
      this.#listChanged();
      return;
    }
    this.#notIdle(room);
    const bytes = room.authors.bytes + room.tail.bytes;
    this.#idle.set(room, bytes);
    this.#idleBytes += bytes;
    for (const oldest of this.#idle.keys()) {
      const fits = this.#idle.size <= MAX_IDLE_ROOMS && this.#idleBytes <= MAX_IDLE_BYTES;
      if (fits || oldest === room) return;
      this.#drop(oldest);
    }
  }

  /** Seats one connection of a person under a name that is free there. */
  enter(room: Room, person: PersonHere, name: string): Member {
    this.#notIdle(room);
    const { presence } = room;
    const before = presence.count;
    const member = presence.enter(person.author, name);
    // A list of exactly one where it is one, as for most: a push would make place for seventeen.
    if (person.rooms.length === 0) person.rooms = [room];
    else if (!person.rooms.includes(room)) person.rooms.push(room);
    if (presence.count !== before) this.#peopleChanged(room);
    else if (member.connections === 1 && member.name !== name && presence.isFree(name, member.author)) {
      // Back within the grace, under another name.
      presence.rename(member, name);
      this.presence.changed(room);
    }
    return member;
  }

  /** One connection of a member goes: `now` true by the person's wish, false because the connection dropped. */
  leave(room: Room, person: PersonHere, member: Member, now: boolean): void {
    if (!room.presence.disconnect(member)) return;
    if (now || this.limits.graceMs === 0) {
      this.#gone(room, person);
      return;
    }
    const { grace } = member;
    this.loop.after(this.limits.graceMs, () => {
      if (member.grace === grace && room.presence.get(member.author) === member) this.#gone(room, person);
    });
  }

  /** Gives a person another name wherever the person is. @returns a free name to suggest when it is taken somewhere. */
  rename(person: PersonHere, name: string): { suggestion: string } | null {
    const skeleton = this.#skeletons.of(name);
    if (person.rooms.some(({ presence }) => !presence.isFreeSkeleton(skeleton, person.author)))
      return { suggestion: this.suggest(person, name) };
    person.name = name;
    for (const room of person.rooms) {
      const member = room.presence.get(person.author);
      if (!member || member.name === name) continue;
      room.presence.rename(member, name);
      this.presence.changed(room);
    }
    return null;
  }

  /** A name close to `name` that is free wherever the person is, and in `room` as well. */
  suggest(person: PersonHere, name: string, room?: Room): string {
    const rooms = room ? [room, ...person.rooms] : person.rooms;
    return suggestName(name, (skeleton) =>
      rooms.some(({ presence }) => !presence.isFreeSkeleton(skeleton, person.author)),
    );
  }

  /** Takes a message that `room.accept` numbered on its way: it is committed with the next flush. */
  pending(room: Room): void {
    if (room.dirty) return;
    if (!this.#durable.has(room.name)) {
      this.#addDurable(room).room = room;
      this.#temporary--;
      this.#list.changed();
    }
    this.flusher.messages(room);
  }

  /** Committed blocks that hold numbers >= `from`; null when what is there is damaged, which is reported. */
  readForward(room: Room, from: number, options: ReadOptions): Promise<StoredBlock[] | null> {
    return this.#guard(this.log.readForward(room.number, from, options));
  }

  /** Committed blocks before number `before`, ascending; null when what is there is damaged, which is reported. */
  readBackward(room: Room, before: number, options: ReadOptions): Promise<StoredBlock[] | null> {
    return this.#guard(this.log.readBackward(room.number, before, options));
  }

  /**
   * The number of (author, nonce) in the log. `absent`: it was certainly never stored. `unknown`: if it was stored, it
   * lies before what is kept, or is lost or damaged. Only what is committed is looked at. `pays`: asked before each
   * read; when it says how many milliseconds to wait, so does the answer.
   */
  async find(
    room: Room,
    author: number,
    nonce: number,
    pays: ReadPayer = FREE,
  ): Promise<number | "absent" | "unknown" | { retryAfterMs: number }> {
    // Nothing of the author stands behind the last record.
    let before = Math.min(room.authors.get(author)?.seq ?? room.head, room.head) + 1;
    let lost = false;
    while (before > room.first) {
      const retryAfterMs = pays.mayRead();
      if (retryAfterMs > 0) return { retryAfterMs };
      const blocks = await this.readBackward(room, before, { maxBytes: LOAD_BYTES, maxRecords: 10_000 });
      if (blocks === null) return "unknown";
      if (blocks.length === 0) break;
      pays.didRead(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0));
      for (const block of blocks.reverse()) {
        const found = findNonce(block.bytes, author, nonce, lost);
        if (found.seq !== null) return found.seq;
        ({ lost } = found);
        if (found.passed) return lost ? "unknown" : "absent";
        before = block.seq;
      }
    }
    return room.first === 1 && !lost ? "absent" : "unknown";
  }

  /** Retention: goes through all rooms once, as `Retention.apply` says. */
  applyRetention(wallOlderThan: number, keepRecords: number, isOver: () => boolean): Promise<void> {
    return this.#retention.apply(wallOlderThan, keepRecords, isOver);
  }

  /** Ends rooms that retention left empty, when nobody was in them for so long; see `EmptyRooms`. */
  async endEmpty(afterMs: number, isOver: () => boolean): Promise<void> {
    await this.#emptyRooms.apply(afterMs, isOver);
    const left = this.#inOrder.filter((each) => this.#durable.get(each.name) === each);
    if (left.length === this.#inOrder.length) return;
    // The same list: retention goes through it as well.
    this.#inOrder.length = 0;
    for (const each of left) this.#inOrder.push(each);
    this.#listChanged();
  }

  async #end(durable: DurableRoom): Promise<void> {
    const { name, number, room } = durable;
    if (this.#loading.has(name) || !isEmpty(durable)) return;
    if (room) this.#drop(room);
    this.#durable.delete(name);
    const ending = this.#guard(this.log.drop(number)).finally(() => this.#ending.delete(name));
    this.#ending.set(name, ending);
    await ending;
  }

  async #load(durable: DurableRoom): Promise<Room | null> {
    const room = await this.#guard(this.#read(durable));
    this.#loading.delete(durable.name);
    return room && this.#keep(room);
  }

  /** Damage costs the request that met it; any other error of the storage costs the process. */
  async #guard<T>(work: Promise<T>, isOver: () => boolean = () => false): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      const damaged = error instanceof LogError && error.code === LogErrorCode.damaged;
      if (damaged) this.onDamage(error.message);
      else if (!isOver()) this.#onFatal(error);
      return null;
    }
  }

  async #read(durable: DurableRoom): Promise<Room> {
    const { log, limits } = this;
    const { number, name, createdAt } = durable;
    const bounds = await log.bounds(number);
    const { authors, seq } = await this.#readAuthors(number, bounds.head);
    let at = seq;
    // Retention leaves a snapshot behind. Should it be lost, nobody knows what was stored.
    const skipTo = (first: number): void => {
      if (first > at + 1) authors.lose(at + 1, first - 1);
      at = Math.max(at, first - 1);
    };
    skipTo(bounds.first);
    const room = this.#make({ number, name, createdAt, epoch: log.epoch, durable: true }, bounds, authors);
    while (at < bounds.head) {
      const blocks = await log.readForward(number, at + 1, { maxBytes: LOAD_BYTES, maxRecords: 10_000 });
      for (const block of blocks) {
        authors.replay(block.bytes, at);
        at = block.seq + block.count - 1;
      }
      if (blocks.length > 0) continue;
      // Retention may have been faster.
      const { first } = await log.bounds(number);
      if (first <= at + 1) {
        throw new LogError(LogErrorCode.damaged, `room ${number} ends at ${at}, not at ${bounds.head}`);
      }
      skipTo(first);
    }
    const newest = { maxBytes: limits.tailBytes, maxRecords: limits.pageRecords };
    for (const block of await log.readBackward(number, bounds.head + 1, newest)) room.tail.push(block);
    room.trimmed((await log.bounds(number)).first);
    room.keepNames();
    room.storedBytes = await log.roomBytes(number);
    return room;
  }

  /**
   * What the newest snapshot says and its number; nobody and 0 when there is none, or none that can be read. One beyond
   * the head was made of records that are gone: what it says was stored is not.
   */
  async #readAuthors(number: number, head: number): Promise<{ authors: Authors; seq: number }> {
    try {
      const snapshot = await this.log.snapshot(number);
      if (snapshot && snapshot.seq <= head)
        return { authors: Authors.decode(snapshot.bytes, new this.#Authors()), seq: snapshot.seq };
    } catch (error) {
      const damaged = error instanceof LogError && error.code === LogErrorCode.damaged;
      if (!damaged && !(error instanceof WireError)) throw error;
      this.onDamage(`The authors of room ${number}, read again from its messages: ${error.message}`);
    }
    return { authors: new this.#Authors(), seq: 0 };
  }

  #make(meta: ConstructorParameters<typeof Room>[0], bounds: Bounds, authors: Authors): Room {
    return new Room(meta, bounds, authors, this.limits, this.#slab, this.#around);
  }

  #keep(room: Room): Room {
    this.#loaded.set(room.name, room);
    this.#byNumber.set(room.number, room);
    const durable = this.#durable.get(room.name);
    if (durable) durable.room = room;
    return room;
  }

  #drop(room: Room): void {
    this.#loaded.delete(room.name);
    this.#byNumber.delete(room.number);
    this.#notIdle(room);
    const durable = this.#durable.get(room.name);
    if (!durable) return;
    durable.room = null;
    durable.head = room.head;
  }

  #notIdle(room: Room): void {
    this.#idleBytes -= this.#idle.get(room) ?? 0;
    this.#idle.delete(room);
  }

  #gone(room: Room, person: PersonHere): void {
    room.presence.leave(person.author);
    person.rooms = person.rooms.filter((other) => other !== room);
    this.people.forgetIfGone(person);
    this.#peopleChanged(room);
    this.release(room);
  }

  #peopleChanged(room: Room): void {
    this.presence.changed(room);
    this.#listChanged();
  }

  #listChanged(): void {
    this.#list.changed();
    this.onListChanged();
  }

  #addDurable({ number, name, createdAt }: Pick<DurableRoom, "number" | "name" | "createdAt">): DurableRoom {
    const durable = { number, name, createdAt, room: null, head: 0, oldestEnd: 0, oldestTime: 0 };
    this.#durable.set(name, durable);
    this.#inOrder.push(durable);
    return durable;
  }
}
