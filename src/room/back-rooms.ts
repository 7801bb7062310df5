/**
 * The back rooms of rooms that belong to somebody, and the one of the server for whoever operates it: opens them, has
 * noted in them what was done, and puts out whoever looks after the room no more. Who may be in one is decided in
 * policy.ts. Invariant: nobody is in a back room who may not be, once that is stored.
 */
import { SERVER_ROOM } from "../wire/back-name.ts";
import { BlockReader, fullNameOf } from "../wire/block.ts";
import { decodeText } from "../wire/bytes.ts";
import type { Refusal } from "../wire/codes.ts";
import { PutOutWhy } from "../wire/frames.ts";
import { encodeOrder, type OrderBody } from "../wire/orders.ts";
import { noted } from "../wire/records/noted.ts";
import { role } from "../wire/records/role.ts";
import { sanction } from "../wire/records/sanction.ts";
import type { History } from "./history.ts";
import type { Loop } from "./loop.ts";
import { Noting } from "./noting.ts";
import type { Operation } from "./operation.ts";
import type { People, PersonHere } from "./people.ts";
import { looksAfter } from "./policy.ts";
import type { PutOut } from "./put-out.ts";
import { type Quota, RECORD_BYTES } from "./quota.ts";
import type { Room } from "./room.ts";
import { isBack, isOwned } from "./room-flags.ts";

const SERVER = 0;

/** What it needs of the rooms. */
interface Source {
  readonly loop: Pick<Loop, "now">;
  readonly quota: Quota;
  readonly history: History;
  readonly people: People;
  readonly operation: Pick<Operation, "operators">;
  readonly isOperated: boolean;
  has(name: string): boolean;
  open(name: string): Room | Promise<Room | null> | null;
  openBack(front: Room | null): Room | Promise<Room | null> | null;
  loadedBack(front: string): Room | undefined;
  isOpen(room: Room): boolean;
  release(room: Room): void;
  pending(room: Room): void;
}

export class BackRooms {
  readonly #rooms: Source;
  readonly #putOut: (room: Room, put: PutOut) => void;
  readonly #noting: Noting;

  constructor(rooms: Source, putOut: (room: Room, put: PutOut) => void) {
    const { history, people } = rooms;
    this.#rooms = rooms;
    this.#putOut = putOut;
    this.#noting = new Noting({
      ...{ history, people },
      withBack: (front, step) => this.withBack(front, (back) => step(back, back.front!)),
      over: (name) => this.#over(name),
      say: (back, kind, name, body) => this.say(back, kind, name, body) === null,
    });
  }

  /**
   * The name of the room to whose back room goes what members of a room report, or `SERVER_ROOM`; null: nobody hears it.
   * The one place in which that is decided.
   */
  hearsOf({ name, flags }: Room): string | null {
    if (isOwned(flags)) return name;
    return this.#rooms.isOperated && !isBack(flags) ? SERVER_ROOM : null;
  }

  /**
   * The back room of the room of a canonical name; to be released, or entered. Null: there is no such room, or it is
   * damaged.
   */
  async open(name: string): Promise<Room | null> {
    if (name === SERVER_ROOM) return this.#rooms.openBack(null);
    if (!this.#rooms.has(name)) return null;
    const front = await this.#rooms.open(name);
    if (!front) return null;
    if (!this.#rooms.isOpen(front)) return this.open(name);
    // One that the log does not know may be forgotten at any time, and its name be another's.
    if (isOwned(front.flags) && front.durable) return this.#rooms.openBack(front);
    this.#rooms.release(front);
    return null;
  }

  /**
   * As `open`, for somebody who is to look after the room, as it is stored, and with all that was done there in it; null
   * as well when they do not.
   */
  async enter(name: string, author: number): Promise<Room | null> {
    // Who does not operate the server does not make it look into it either.
    if (name === SERVER_ROOM) return this.#rooms.operation.operators.has(author) ? this.open(name) : null;
    if (!this.#rooms.has(name)) return null;
    const front = await this.#rooms.open(name);
    if (!front) return null;
    await new Promise<void>((stored) => front.whenCommitted(front.lastRuling, stored));
    const may = looksAfter(front, author);
    if (this.#rooms.isOpen(front)) this.#rooms.release(front);
    if (!may) return null;
    await this.#noting.note(front);
    return this.open(name);
  }

  /** Runs `step` when nothing is on its way to the back room of a room: nobody comes between. Null as for `open`. */
  async withBack<T>(name: string, step: (back: Room) => T): Promise<T | null> {
    for (;;) {
      const back = await this.open(name);
      if (!back) return null;
      await new Promise<void>((stored) => back.whenCommitted(back.lastGiven, stored));
      if (!this.#rooms.isOpen(back) || back.lastGiven > back.head) continue;
      const done = step(back);
      // While it is noted in, it is asked for again and again.
      if (!this.#noting.isAt(name)) this.#rooms.release(back);
      return done;
    }
  }

  /**
   * What whoever operates the server wanted of all of it is done: all who operate it find it. Resolves when that is
   * stored, or when there is no place for it.
   */
  async ordered({ author: by, name }: PersonHere, order: OrderBody): Promise<void> {
    const about = { front: 0, act: order.what, by, at: this.#rooms.loop.now(), person: 0, personName: "" };
    const body = noted.write({ ...about, said: encodeOrder(order) });
    await this.withBack(SERVER_ROOM, (back) => {
      if (this.say(back, noted.kind, name, body) !== null) return undefined;
      return new Promise<void>((stored) => back.whenCommitted(back.lastGiven, stored));
    });
  }

  /** Says a record of the server's own under the name of somebody. @returns why there is no place for it, or null */
  say(back: Room, kind: number, name: string, body: Uint8Array): Refusal | null {
    const { quota, loop } = this.#rooms;
    const bytes = body.length + RECORD_BYTES;
    const full = quota.refusal(back, bytes);
    if (full !== null) return full;
    quota.take(back, bytes);
    const named = { name, nameBytes: null, namedInBlock: 0 };
    back.append(SERVER, back.lastGiven + 1, named, body, loop.now(), kind);
    this.#rooms.pending(back);
    return null;
  }

  /** A room came into memory: the process may have ended before all was noted of it. */
  loaded(room: Room): void {
    if (isOwned(room.flags) && room.projections.ledger!.count > 0) void this.#noting.note(room);
  }

  /** Resolves when all is noted of a room that can be. */
  noted(room: Room): Promise<void> {
    return this.#noting.note(room);
  }

  #over(name: string): void {
    const back = this.#rooms.loadedBack(name);
    if (back) this.#rooms.release(back);
  }

  /** Acts by which a room is looked after are stored, in this block. */
  ruled(front: Room, block: Uint8Array): void {
    const back = this.#rooms.loadedBack(front.name);
    if (back && back.presence.count > 0) for (const put of lostBy(front, block)) this.#putOut(back, put);
    void this.#noting.note(front);
  }
}

/** Those who look after the room no more by what stands in a block of it. */
function lostBy(front: Room, block: Uint8Array): PutOut[] {
  const puts: PutOut[] = [];
  const r = new BlockReader(block);
  while (r.next()) {
    const isBan = r.kind === sanction.kind;
    if (!isBan && r.kind !== role.kind) continue;
    const { who, until, text } = { until: 0, text: "", ...(isBan ? sanction : role).read(r.body) };
    if (looksAfter(front, who)) continue;
    const what = isBan ? PutOutWhy.ban : PutOutWhy.roleLost;
    puts.push({ who, what, until, text, name: decodeText(fullNameOf(r)) });
  }
  return puts;
}
