/**
 * All rooms of the server: opens and lets go of them, and holds what they share. A room is created by entering it and
 * becomes durable with its first message; one that never had a message is forgotten when the last person leaves.
 * Loading, seating and reading are done elsewhere. Invariant: at most one Room object exists for a name and for a number.
 */
import type { Log } from "../log/log.ts";
import type { Limits } from "../wire/limits.ts";
import { Blanking } from "./blanking.ts";
import { Counters } from "./counters.ts";
import { type DurableRoom, DurableRooms } from "./durable-rooms.ts";
import { EmptyRooms, isEmpty } from "./empty-rooms.ts";
import type { Fanout } from "./fanout.ts";
import { Flusher } from "./flusher.ts";
import { History } from "./history.ts";
import { IdleRooms } from "./idle-rooms.ts";
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
import { RoomFlag } from "./room-flags.ts";
import { CachedRoomList, type RoomList } from "./room-list.ts";
import { RoomLoader } from "./room-loader.ts";
import { type SeatedRooms, Seating } from "./seating.ts";
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
  /** What a room is to know of its records, nothing yet. Only a server that is broken on purpose has other ones. */
  projections?: (room: number, isOwned: boolean) => Projections;
}

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
  #list: CachedRoomList;
  #next = 1;
  #temporary = 0;

  constructor(options: RoomsOptions) {
    const { log, loop, limits, fanout, onFatal, onDamage } = options;
    const { projections = (_, isOwned) => new Projections(undefined, isOwned) } = options;
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
      isOperator: (author: number) => this.operation.operators.has(author),
    };
    const roomOf = (number: number) => this.#byNumber.get(number);
    this.#log = log;
    this.loop = loop;
    this.limits = limits;
    this.#guard = new StorageGuard({ onFatal, onDamage });
    this.blanking = new Blanking(log, (work) => this.#guard.run(work));
    this.operation = new Operation(log);
    const takenOver = (room: number) => this.operation.takenOver(room);
    this.#loader = new RoomLoader({ log, limits, around, projections, takenOver, onDamage });
    this.flusher = new Flusher({ log, fanout, loop, counters, maxWindowMs, roomOf, onFatal });
    this.presence = new PresenceFlusher({ fanout, loop, counters });
    this.quota = new Quota({ log, loop, limits, onFatal });
    this.history = new History(log, this.#guard);
    this.seating = new Seating({ rooms: this.#seatedRooms(), people, loop, graceMs, skeletonOf });
    this.#list = new CachedRoomList(this, loop, () => this.onListChanged());
    this.#retention = new Retention({
      log,
      loop,
      durable: this.#durable.inOrder,
      // One that was closed meanwhile is not to come into being again.
      open: (name) => (this.#durable.has(name) ? this.open(name) : null),
      isOpen: (room) => this.isOpen(room),
      release: (room) => this.release(room),
      snapshot: (room) => this.flusher.snapshot(room),
      guard: (work, isOver) => this.#guard.run(work, isOver),
    });
    this.overseer = new Overseer({
      ...{ log, people, operation: this.operation, flusher: this.flusher, seating: this.seating },
      open: (name) => (this.has(name) ? this.open(name) : null),
      isOpen: (room) => this.isOpen(room),
      current: (room) => roomOf(room.number) ?? room,
      durable: (name) => this.#durable.get(name),
      detach: (name, end) => this.#detach(name, end),
      letGo: (room) => void this.#byNumber.delete(room.number),
      guard: (work) => this.#guard.run(work),
    });
    this.#emptyRooms = new EmptyRooms({
      durable: this.#durable.inOrder,
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
    this.#next = this.#log.nextRoom;
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
    return this.#durable.has(name) || this.#loaded.has(name);
  }

  list(most: number): RoomList {
    return { roomCount: this.count, peopleCount: this.people.count, rooms: this.#list.get(most) };
  }

  /**
   * The room of a canonical name: at once when it is in memory or new, otherwise loaded from the log. Null when the
   * server holds as many rooms as it may; a promise of null when the room is damaged on disk. A caller that does
   * not seat anyone calls `release` afterwards; one that waits for anything before it seats asks `isOpen` first,
   * because another caller's `release` may have let go of the room meanwhile. `flags`: of the room that is made when
   * there is none.
   */
  open(name: string, flags = 0): Room | Promise<Room | null> | null {
    const room = this.#loaded.get(name);
    if (room) {
      this.#idle.remove(room);
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
    if (ending) return ending.then(() => this.open(name, flags));
    if (this.count >= this.limits.maxRooms) return null;
    this.#temporary++;
    return this.#keep(this.#loader.make(this.#next++, name, flags));
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
    if (this.#durable.has(room.name)) {
      this.#idle.add(room);
      return;
    }
    this.#drop(room);
    this.#temporary--;
    this.#listChanged();
  }

  /** Takes a message that `room.accept` numbered on its way: it is committed with the next flush. */
  pending(room: Room): void {
    if (room.dirty) return;
    if (!this.#durable.has(room.name)) {
      this.#durable.add(room).room = room;
      this.#temporary--;
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

  /** Ends rooms that retention left empty, when nobody was in them for so long; see `EmptyRooms`. */
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
    if (durable) this.#durable.delete(durable);
    else this.#temporary--;
    const ending = end().finally(() => this.#ending.delete(name));
    this.#ending.set(name, ending);
    await ending;
    // Whoever goes through all of them does not expect fewer.
    if (this.#rounds === 0) this.#durable.tidy();
    this.#listChanged();
  }

  async #end(durable: DurableRoom): Promise<void> {
    const { name, number, room } = durable;
    if (this.#loading.has(name) || !isEmpty(durable) || !this.#durable.delete(durable)) return;
    if (room) this.#drop(room);
    const ending = this.overseer.drop(number).finally(() => this.#ending.delete(name));
    this.#ending.set(name, ending);
    await ending;
  }

  async #load(durable: DurableRoom): Promise<Room | null> {
    const room = await this.#guard.run(this.#loader.load(durable));
    this.#loading.delete(durable.name);
    return room && this.#keep(room);
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
    this.#idle.remove(room);
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
