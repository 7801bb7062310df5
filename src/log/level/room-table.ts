/**
 * The table of rooms: founds them, each with a number of its own, and ends them. Several that are founded while a write
 * is under way go into one. It knows no blocks. Invariant: a name belongs to one room, and a number is given once.
 */
import { namePart, outOfOrder } from "../blocks.ts";
import { LogError, LogErrorCode, type RoomMeta } from "../log.ts";
import type { Commits, EngineBatch } from "./commits.ts";
import type { Engine } from "./engine.ts";
import { type Commit, decodeMeta, encodeBounds, encodeMeta, encodeNumber } from "./entries.ts";
import { allMetas, boundsKey, floorKey, metaKey } from "./keys.ts";
import type { RoomBounds } from "./room-bounds.ts";

/** Bytes of rows fetched in one go. */
const ROWS_AT_ONCE_BYTES = 1 << 20;
const MAX_ROOM = 0xffffffffffff;

interface Founding {
  meta: RoomMeta;
  floor: number;
}

export interface RoomTableOptions {
  db: Engine;
  /** For the sentences of errors. */
  folder: string;
  commits: Commits;
  bounds: RoomBounds;
  /** The highest number of a dropped room, by part of the names. */
  floors: Map<number, number>;
}

export class RoomTable {
  #options: RoomTableOptions;
  /** Numbers of rooms by name; read when it is asked for first. */
  #names: Promise<Map<string, number>> | null = null;
  #founding = new Map<string, Promise<RoomMeta>>();
  /** Those that go into the next write, and that write. */
  #waiting: Founding[] = [];
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: RoomTableOptions) {
    this.#options = options;
  }

  /** All rows, by number. */
  async all(): Promise<RoomMeta[]> {
    const metas = await this.#read();
    // Whatever changes them asks for the names first.
    this.#names ??= Promise.resolve(namesOf(metas));
    return metas;
  }

  async #read(): Promise<RoomMeta[]> {
    const { db, folder, commits } = this.#options;
    const expected = commits.last.rooms;
    const rows = await db.iterator({ ...allMetas(), highWaterMarkBytes: ROWS_AT_ONCE_BYTES }).all();
    const metas = rows.map(([key, value]) => decodeMeta(key, value));
    // The engine does not check its keys: a room that cannot be found would be founded a second time.
    if (metas.length < Math.min(expected, commits.last.rooms))
      throw new LogError(
        LogErrorCode.damaged,
        `The log in ${folder} is damaged: ${expected - metas.length} of ${expected} rooms are missing.`,
      );
    return metas;
  }

  async found(name: string, createdAt: number, flags: number): Promise<RoomMeta> {
    const names = await this.known();
    const room = names.get(name);
    if (room !== undefined) return this.#row(room);
    const under = this.#founding.get(name);
    if (under) return under;
    const founding = this.#found(name, createdAt, flags).finally(() => this.#founding.delete(name));
    this.#founding.set(name, founding);
    return founding;
  }

  /** Rooms that come with a batch, under numbers of its caller's. @throws LogError `outOfOrder` when one is there */
  async checkNew(rooms: readonly RoomMeta[]): Promise<void> {
    if (rooms.length === 0) return;
    const names = await this.known();
    const there = await this.#options.db.hasMany(rooms.map(({ room }) => metaKey(room)));
    for (const [i, { room, name }] of rooms.entries())
      if (there[i] || names.has(name) || this.#founding.has(name))
        throw outOfOrder(`room ${room}, or its name, is durable already`);
  }

  /** The last number of dropped rooms that a room of this name begins above. */
  floorOf(name: string): number {
    return this.#options.floors.get(namePart(name)) ?? 0;
  }

  /** Adds the end of a room to the write that makes it; `head`: its last number. */
  putEnd(write: EngineBatch, { room, name }: RoomMeta, head: number): void {
    const floor = Math.max(this.floorOf(name), head);
    const key = floorKey(namePart(name));
    write.del(metaKey(room)).put(key, encodeNumber(key, floor));
  }

  /** To be called once that write is synced. */
  ended({ name }: RoomMeta, head: number, names: Map<string, number>): void {
    const { floors } = this.#options;
    floors.set(namePart(name), Math.max(this.floorOf(name), head));
    names.delete(name);
  }

  /** Null: there is no such room. */
  async row(room: number): Promise<RoomMeta | null> {
    const value = await this.#options.db.get(metaKey(room));
    return value ? decodeMeta(metaKey(room), value) : null;
  }

  async #row(room: number): Promise<RoomMeta> {
    const row = await this.row(room);
    if (!row)
      throw new LogError(LogErrorCode.damaged, `The log is damaged: the row of room ${room} is gone.`);
    return row;
  }

  /** Live: whoever has it sees what changes. */
  known(): Promise<Map<string, number>> {
    if (this.#names) return this.#names;
    const names = this.#read().then(namesOf);
    this.#names = names;
    // A failure is told to whoever asked; the next one asks anew.
    names.catch(() => {
      this.#names = null;
    });
    return names;
  }

  async #found(name: string, createdAt: number, flags: number): Promise<RoomMeta> {
    const founding: Founding = { meta: { room: 0, name, createdAt, flags }, floor: 0 };
    this.#waiting.push(founding);
    if (this.#waiting.length === 1) this.#writing = this.#write();
    await this.#writing;
    return { ...founding.meta };
  }

  async #write(): Promise<void> {
    const { db, commits, bounds } = this.#options;
    const names = await this.known();
    const write = db.batch();
    let taken: Founding[] = [];
    const prepare = (before: Commit): Partial<Commit> => {
      taken = this.#waiting;
      this.#waiting = [];
      let { nextRoom } = before;
      if (nextRoom + taken.length > MAX_ROOM) throw outOfOrder("there are no room numbers left");
      for (const founding of taken) {
        const { meta } = founding;
        meta.room = nextRoom++;
        founding.floor = this.floorOf(meta.name);
        write.put(metaKey(meta.room), encodeMeta(metaKey(meta.room), meta));
        const { floor } = founding;
        const key = boundsKey(meta.room);
        if (floor > 0) write.put(key, encodeBounds(key, { first: floor + 1, head: floor }));
      }
      return { rooms: before.rooms + taken.length, nextRoom };
    };
    await commits.write(write, prepare, () => {
      for (const { meta, floor } of taken) {
        names.set(meta.name, meta.room);
        if (floor > 0) bounds.begin(meta.room, floor);
      }
    });
  }
}

function namesOf(metas: readonly RoomMeta[]): Map<string, number> {
  return new Map(metas.map(({ room, name }) => [name, room]));
}
