/**
 * All rooms of the server: opens and lets go of them, and holds what they share. A room is created by entering it and
 * becomes durable with its first message; one that never had a message is forgotten when the last person leaves.
 * Loading, seating and reading are done elsewhere. Invariant: at most one Room object exists for a name and for a number.
 */
import type { Log } from "../log/log.ts";
import { backNameOf, frontNameOf, SERVER_ROOM } from "../wire/back-name.ts";
import type { Limits } from "../wire/limits.ts";
import { StoredAddresses } from "./address-bans.ts";
import { BackRooms } from "./back-rooms.ts";
import { Blanking } from "./blanking.ts";
import { Counters } from "./counters.ts";
import { type DurableRoom, DurableRooms } from "./durable-rooms.ts";
import { EmptyRooms } from "./empty-rooms.ts";
import type { Fanout } from "./fanout.ts";
import { Flusher } from "./flusher.ts";
import { History } from "./history.ts";
import { IdleRooms } from "./idle-rooms.ts";
import { KeepTimes } from "./keep-times.ts";
import type { Loop } from "./loop.ts";
import { Operation } from "./operation.ts";
import { Overseer } from "./overseer.ts";
import { People } from "./people.ts";
import { PresenceFlusher } from "./presence-flusher.ts";
import { Projections } from "./projections.ts";
import { type PutOut, putOutFrame } from "./put-out.ts";
import { Quota } from "./quota.ts";
import { Retention } from "./retention.ts";
import type { Room } from "./room.ts";
import { isBack, isOwned, needsPassword, RoomFlag } from "./room-flags.ts";
import { CachedRoomList, type RoomList } from "./room-list.ts";
import { RoomLoader } from "./room-loader.ts";
import { RoomPasswords } from "./room-passwords.ts";
import { type SeatedRooms, Seating } from "./seating.ts";
import { Silence } from "./silence.ts";
import { Skeletons } from "./skeletons.ts";
import { StorageGuard } from "./storage-guard.ts";

export interface RoomsOptions {
  log: Log;
  fanout: Fanout;
  loop: Loop;
  limits: Limits;
  onFatal: (error: unknown) => void;
  /** Called with a plain sentence when a read met damage on disk. */
  onDamage: (message: string) => void;
  /** For how long the operator keeps messages, by their age; 0: for ever. */
  keepMs?: number;
  /** Somebody may operate the server: there is a key for it. */
  isOperated?: boolean;
  /** What a room is to know of its records, nothing yet. Only a server that is broken on purpose has other ones. */
  projections?: (room: number, isOwned: boolean, isBack: boolean) => Projections;
}

const HOUR_MS = 3_600_000;

export class Rooms {
  readonly limits: Limits;
  readonly loop: Loop;
  readonly people = new People();
  readonly counters = new Counters();
  readonly flusher: Flusher;
  readonly presence: PresenceFlusher;
  readonly quota: Quota;
  readonly history: History;
  readonly seating: Seating;
  readonly blanking: Blanking;
  /** Hours for which the operator keeps messages; 0: for ever. */
  readonly keepHours: number;
  readonly isOperated: boolean;
  readonly backRooms: BackRooms;
  readonly passwords: RoomPasswords;
  readonly addresses: StoredAddresses;
  readonly operation: Operation;
  readonly overseer: Overseer;
  /** Called when the number of people somewhere, or of rooms, changed. */
  onListChanged: () => void = () => undefined;
  #log: Log;
  #durable = new DurableRooms();
  #loaded = new Map<string, Room>();
  #byNumber = new Map<number, Room>();
  #loading = new Map<string, Promise<Room | null>>();
  /** How many go through all durable rooms just now. */
  #rounds = 0;
  /** Rooms that are being ended; their names are free afterwards. */
  #ending = new Map<string, Promise<unknown>>();
  #idle = new IdleRooms((room) => this.#drop(room));
  #guard: StorageGuard;
  #loader: RoomLoader;
  #retention: Retention;
  #emptyRooms: EmptyRooms;
  #keepTimes: KeepTimes;
  #list: CachedRoomList;
  #next = 1;
  #temporary = 0;

  constructor(options: RoomsOptions) {
    const { log, loop, limits, fanout, onFatal, onDamage, keepMs = 0, isOperated = false } = options;
    const { projections = (_, isOwned, isBack) => new Projections(undefined, isOwned, isBack) } = options;
    const { people, counters } = this;
    const { maxWindowMs, graceMs } = limits;
    const skeletons = new Skeletons();
    const skeletonOf = (name: string) => skeletons.of(name);
    const around = {
      skeletonOf,
      now: () => loop.now(),
      monotonic: () => loop.monotonic(),
      blank: (room: Room) => this.blanking.blank(room),
      putOut: (room: Room, put: PutOut) => this.#putOut(room, put),
      keeps: (room: number, hours: number) => this.#keepTimes.stored(room, hours),
      ruled: (room: Room, block: Uint8Array) => this.backRooms.ruled(room, block),
      isOperator: (author: number) => this.operation.operators.has(author),
    };
    const roomOf = (number: number) => this.#byNumber.get(number);
    this.#log = log;
    this.loop = loop;
    this.limits = limits;
    this.isOperated = isOperated;
    this.keepHours = keepMs / HOUR_MS;
    this.#keepTimes = new KeepTimes(log);
    this.#guard = new StorageGuard({ onFatal, onDamage });
    const guard = <T>(work: Promise<T>) => this.#guard.run(work);
    this.addresses = new StoredAddresses(log, guard);
    this.blanking = new Blanking(log, guard);
    const durable = (name: string) => this.#durable.get(name);
    this.passwords = new RoomPasswords({ log, guard, durable, changed: () => this.#listChanged() });
    this.operation = new Operation(log);
    const takenOver = (room: number) => this.operation.takenOver(room);
    this.#loader = new RoomLoader({ log, limits, around, projections, takenOver, onDamage });
    this.flusher = new Flusher({ log, fanout, loop, counters, maxWindowMs, roomOf, onFatal });
    this.presence = new PresenceFlusher({ fanout, loop, counters });
    this.quota = new Quota({ log, loop, limits, onFatal });
    this.history = new History(log, this.#guard);
    this.seating = new Seating({ rooms: this.#seatedRooms(), people, loop, graceMs, skeletonOf });
    this.backRooms = new BackRooms(this, (room, put) => this.#putOut(room, put));
    this.#list = new CachedRoomList(this, loop, () => this.onListChanged());
    this.#retention = new Retention({
      log,
      loop,
      keepMs: (room) => this.#keepTimes.of(this.#saysHowLong(room)) * HOUR_MS,
      someKeep: () => this.#keepTimes.size > 0,
      durable: this.#durable.inOrder,
      // One that was closed meanwhile is not to come into being again.
      open: (name) => (this.#durable.has(name) ? this.#openToTrim(name) : null),
      isOpen: (room) => this.isOpen(room),
      release: (room) => this.release(room),
      snapshot: (room) => this.flusher.snapshot(room),
      guard: (work, isOver) => this.#guard.run(work, isOver),
    });
    this.overseer = new Overseer({
      ...{ log, people, operation: this.operation, flusher: this.flusher, seating: this.seating },
      open: (name) => (this.has(name) ? this.open(name) : null),
      isOpen: (room) => this.isOpen(room),
      loaded: (name) => this.#loaded.get(name),
      coming: (name) => this.#loading.get(name),
      current: (room) => roomOf(room.number) ?? room,
      durable: (name) => this.#durable.get(name),
      detach: (name, end) => this.#detach(name, end),
      forget: (room) => this.#forget(room),
      letGo: (room) => void this.#byNumber.delete(room.number),
      guard: (work) => this.#guard.run(work),
    });
    this.#emptyRooms = new EmptyRooms({
      durable: this.#durable.inOrder,
      silence: new Silence({ log, loop, guard }),
      monotonic: () => loop.monotonic(),
      end: (room) => this.#end(room),
    });
  }

  /** Reads the directory of durable rooms. To be awaited before anything else is called. */
  async load(): Promise<void> {
    await this.quota.look();
    for (const { room: number, name, createdAt, flags } of await this.#log.rooms()) {
      this.#durable.add({ number, name, createdAt, flags });
    }
    const numbers = new Set(this.#durable.inOrder.map(({ number }) => number));
    await this.#guard.run(this.#keepTimes.load((room) => numbers.has(room)));
    this.#next = this.#log.nextRoom;
    // Should it not be known who needs a password, nobody is let in: this ends the start.
    await this.passwords.load(this.#durable.inOrder);
    await this.#guard.run(this.addresses.sweep(this.#durable.inOrder, this.loop.now()));
    const durable = new Map(this.#durable.inOrder.map((room) => [room.number, room]));
    await this.#guard.run(this.operation.load((number) => durable.has(number)));
    for (const [number, room] of durable)
      if (this.operation.takenOver(number) !== undefined) room.flags |= RoomFlag.owned | RoomFlag.operated;
  }

  /** Names this life of the log. */
  get epoch(): string {
    return this.#log.epoch;
  }

  /** Messages ever committed in the log. */
  get messageCount(): number {
    return this.#log.totals.records;
  }

  /** Rooms that exist: durable ones, and those that somebody is in. */
  get count(): number {
    return this.#durable.count + this.#temporary;
  }

  /** Rooms in memory. */
  get loaded(): Iterable<Room> {
    return this.#loaded.values();
  }

  /** Names of durable rooms that may stand in lists, the newest first. */
  newestNames(): Iterable<string> {
    return this.#durable.newestNames();
  }

  /** Whether a room of this canonical name exists. */
  has(name: string): boolean {
    return this.#durable.has(name) || this.#loaded.has(name) || this.#loading.has(name);
  }

  /** What has to be known of a room before it is read; null: there is none, or it is being made. */
  about(name: string): Pick<DurableRoom, "number" | "flags"> | null {
    return this.#durable.get(name) ?? this.#loaded.get(name) ?? null;
  }

  list(most: number): RoomList {
    return { roomCount: this.count, peopleCount: this.people.count, rooms: this.#list.get(most) };
  }

  /**
   * The room of a canonical name: at once when it is in memory or new, otherwise loaded from the log. Null when the
   * server holds as many rooms as it may; a promise of null when the room is damaged on disk. A caller that does
   * not seat anyone calls `release` afterwards; one that waits for anything before it seats asks `isOpen` first,
   * because another caller's `release` may have let go of the room meanwhile. `flags`: of the room that is made when
   * there is none; `hash`: of its password, which is stored before there is a room.
   */
  open(name: string, flags = 0, hash: Uint8Array | null = null): Room | Promise<Room | null> | null {
    return this.#open(name, flags, hash);
  }

  /**
   * As `open`, of the back room of a room that is in memory and belongs to somebody; that one stays there as long. Of
   * null that of the server. It is made when there is none: of those that people make or enter there may be so many,
   * and of these one for each.
   */
  openBack(front: Room | null): Room | Promise<Room | null> | null {
    if (front) this.#idle.remove(front);
    const name = backNameOf(front?.name ?? SERVER_ROOM);
    const back = this.#open(name, RoomFlag.back | RoomFlag.unlisted, null, front);
    if (!(back instanceof Promise) || !front) return back;
    return back.then((room) => {
      if (!room) this.release(front);
      return room;
    });
  }

  /** The back room of the room of a name, if it is in memory. */
  loadedBack(front: string): Room | undefined {
    return this.#loaded.get(backNameOf(front));
  }

  #open(
    name: string,
    flags: number,
    hash: Uint8Array | null,
    front: Room | null = null,
  ): Room | Promise<Room | null> | null {
    const room = this.#loaded.get(name);
    if (room) {
      this.#idle.remove(room);
      return room;
    }
    // All who ask meanwhile wait for the same promise, and so go on in the order in which they asked.
    const loading = this.#loading.get(name);
    if (loading) return loading;
    const durable = this.#durable.get(name);
    if (durable)
      return this.#loadingOf(name, this.#load(durable, front), (room) => this.backRooms.loaded(room));
    const ending = this.#ending.get(name);
    if (ending) return ending.then(() => this.#open(name, flags, hash, front));
    if (!isBack(flags) && this.count >= this.limits.maxRooms) return null;
    if (!isBack(flags)) this.#temporary++;
    const made = this.#loader.make(this.#next++, name, flags, front);
    if (!hash) return this.#keep(made);
    return this.#loadingOf(
      name,
      this.#guard.run(this.passwords.write(made.number, hash)).then(() => made),
    );
  }

  /** Whether this is still the one Room object of its name. */
  isOpen(room: Room): boolean {
    return this.#loaded.get(room.name) === room;
  }

  /** Lets go of a room that nobody is in. One that was let go of before stays as it is. */
  release(room: Room): void {
    if (room.presence.count > 0 || room.watchers.size > 0) return;
    if (!this.isOpen(room) || this.#isHeld(room)) return;
    if (room.pendingBytes > 0) {
      room.whenCommitted(room.lastGiven, () => this.release(room));
      return;
    }
    if (isBack(room.flags)) {
      this.#drop(room);
      if (room.front) this.release(room.front);
      return;
    }
    if (this.#durable.has(room.name)) {
      this.#idle.add(room);
      return;
    }
    this.#drop(room);
    if (needsPassword(room.flags)) void this.passwords.forget(room.number);
    this.#temporary--;
    this.#listChanged();
  }

  /** Whether its back room needs it. */
  #isHeld({ name, flags }: Room): boolean {
    if (!isOwned(flags)) return false;
    const back = backNameOf(name);
    return this.#loaded.has(back) || this.#loading.has(back);
  }

  /** Takes a message that `room.accept` numbered on its way: it is committed with the next flush. */
  pending(room: Room): void {
    if (room.dirty) return;
    if (!this.#durable.has(room.name)) {
      this.#durable.add(room).room = room;
      if (!isBack(room.flags)) this.#temporary--;
      this.#list.changed();
    }
    this.flusher.messages(room);
  }

  /** Retention: goes through all rooms once, as `Retention.apply` says. */
  async applyRetention(wallOlderThan: number, keepRecords: number, isOver: () => boolean): Promise<void> {
    this.#rounds++;
    await this.#retention.apply(wallOlderThan, keepRecords, isOver);
    this.#rounds--;
  }

  /** Ends rooms in which nothing is to be read, when nobody was in them for so long; see `EmptyRooms`. */
  async endEmpty(afterMs: number, isOver: () => boolean): Promise<void> {
    this.#rounds++;
    await this.#emptyRooms.apply(afterMs, isOver);
    this.#rounds--;
    if (this.#durable.tidy()) this.#listChanged();
  }

  /** Nobody gets at this room any more; whoever asks for its name waits for the end of it. */
  async #detach(name: string, end: () => Promise<unknown>): Promise<void> {
    const room = this.#loaded.get(name);
    const durable = this.#durable.get(name);
    this.#loaded.delete(name);
    if (room) this.#idle.remove(room);
    for (const wake of room?.watchers ?? []) wake();
    if (durable) this.#durable.delete(durable);
    else if (!room || !isBack(room.flags)) this.#temporary--;
    const ending = end().finally(() => this.#ending.delete(name));
    this.#ending.set(name, ending);
    await ending;
    // Whoever goes through all of them does not expect fewer.
    if (this.#rounds === 0) this.#durable.tidy();
    this.#listChanged();
  }

  async #end(durable: DurableRoom): Promise<void> {
    const { name, room, flags } = durable;
    const back = isOwned(flags) ? backNameOf(name) : "";
    const isBusy = this.#loading.has(name) || this.#loading.has(back) || this.#loaded.has(back);
    if (isBusy || !this.#emptyRooms.isEmpty(durable) || !this.#durable.delete(durable)) return;
    if (room) this.#drop(room);
    // Whoever makes a room of that name again is not to come into the back room of this one.
    const behind = this.#durable.get(back);
    if (behind) this.#durable.delete(behind);
    const ended = behind ? [behind, durable] : [durable];
    const ending = this.#dropAll(ended).finally(() => {
      for (const each of ended) this.#ending.delete(each.name);
    });
    for (const each of ended) this.#ending.set(each.name, ending);
    await ending;
  }

  async #dropAll(rooms: readonly DurableRoom[]): Promise<void> {
    for (const durable of rooms) await this.overseer.drop(durable);
  }

  async #forget({ number, flags }: DurableRoom): Promise<void> {
    await this.#guard.run(this.#keepTimes.agree(number, 0));
    if (isOwned(flags)) await Promise.all([this.passwords.forget(number), this.addresses.forget(number)]);
  }

  async #load(durable: DurableRoom, front: Room | null): Promise<Room | null> {
    const room = await this.#guard.run(this.#loader.load(durable, front));
    const { keepHours = 0 } = room?.projections.settings?.now ?? {};
    if (room && this.#keepTimes.of(room.number) !== keepHours)
      await this.#guard.run(this.#keepTimes.agree(room.number, keepHours));
    return room;
  }

  /** The number of the room whose settings say how long this one keeps its messages: of a back room, the one before it. */
  #saysHowLong({ number, name, flags }: DurableRoom): number {
    const front = isBack(flags) ? frontNameOf(name) : null;
    return front === null ? number : (this.#durable.get(front)?.number ?? number);
  }

  /** For retention, which is not to be faster than what is noted of a room. */
  async #openToTrim(name: string): Promise<Room | null> {
    const front = frontNameOf(name);
    if (front !== null)
      return front === SERVER_ROOM || this.#durable.has(front) ? this.backRooms.open(front) : null;
    const room = await this.open(name);
    if (!room || !isOwned(room.flags)) return room;
    await this.backRooms.noted(room);
    return this.isOpen(room) ? room : this.#openToTrim(name);
  }

  #loadingOf(
    name: string,
    coming: Promise<Room | null>,
    kept: (room: Room) => void = () => undefined,
  ): Promise<Room | null> {
    const loading = coming.then((room) => {
      this.#loading.delete(name);
      if (!room) return null;
      this.#keep(room);
      kept(room);
      return room;
    });
    this.#loading.set(name, loading);
    return loading;
  }

  #keep(room: Room): Room {
    this.#loaded.set(room.name, room);
    this.#byNumber.set(room.number, room);
    const durable = this.#durable.get(room.name);
    // A password may have been set while it was read.
    if (durable) [durable.room, room.flags] = [room, durable.flags];
    return room;
  }

  #drop(room: Room): void {
    this.#loaded.delete(room.name);
    this.#byNumber.delete(room.number);
    this.#idle.remove(room);
    for (const wake of room.watchers) wake();
    const durable = this.#durable.get(room.name);
    if (!durable) return;
    durable.room = null;
    durable.head = room.head;
  }

  #putOut(room: Room, put: PutOut): void {
    const person = this.people.get(put.who);
    if (person) this.seating.putOut(room, person, putOutFrame(room.number, put));
  }

  #seatedRooms(): SeatedRooms {
    return {
      occupied: (room) => this.#idle.remove(room),
      peopleChanged: (room) => {
        this.presence.changed(room);
        this.#listChanged();
      },
      renamed: (room) => this.presence.changed(room),
      release: (room) => this.release(room),
    };
  }

  #listChanged(): void {
    this.#list.changed();
    this.onListChanged();
  }
}
