/**
 * Makes rooms: new ones, and those that the log knows from what it holds of them, by replaying what came after the
 * newest snapshot. It keeps none of them. Invariant: of a room that it made every nonce is known that was ever stored
 * in it, or it is known from where to where nobody knows.
 */
import { type Bounds, type Log, LogError, LogErrorCode } from "../log/log.ts";
import { WireError } from "../wire/bytes.ts";
import type { Limits } from "../wire/limits.ts";
import { ADDRESS_STATES } from "./address-bans.ts";
import { BackRoom } from "./back-room.ts";
import type { DurableRoom } from "./durable-rooms.ts";
import type { Projections } from "./projections.ts";
import { Room, type RoomSurroundings } from "./room.ts";
import { isBack, isOwned } from "./room-flags.ts";
import { RoomStates } from "./room-states.ts";
import { Slab } from "./slab.ts";
import { isDamage } from "./storage-guard.ts";

/** How much is read from the log at once. */
const READ = { maxBytes: 256 * 1024, maxRecords: 10_000 };

export class RoomLoader {
  #log: Log;
  #limits: Limits;
  #around: RoomSurroundings;
  #projections: (room: number, isOwned: boolean, isBack: boolean) => Projections;
  #onDamage: (message: string) => void;
  #takenOver: (room: number) => number | undefined;
  #slab = new Slab();
  #addresses: RoomStates;

  constructor(options: {
    log: Log;
    limits: Limits;
    around: RoomSurroundings;
    /** From behind which number a room is looked after that was open before; undefined: it was not. */
    takenOver: (room: number) => number | undefined;
    /** Those of a room, which know nothing yet. */
    projections: (room: number, isOwned: boolean, isBack: boolean) => Projections;
    /** Called with a plain sentence. */
    onDamage: (message: string) => void;
  }) {
    this.#log = options.log;
    this.#addresses = new RoomStates(options.log, ADDRESS_STATES);
    this.#limits = options.limits;
    this.#around = options.around;
    this.#projections = options.projections;
    this.#onDamage = options.onDamage;
    this.#takenOver = options.takenOver;
  }

  /** A room that nothing was said in. `front`: of a back room the one that it belongs to, if any. */
  make(number: number, name: string, flags: number, front: Room | null = null): Room {
    const { epoch } = this.#log;
    const first = this.#log.firstOf(name);
    const projections = this.#projections(number, isOwned(flags), isBack(flags));
    // A room of before had them, and nobody knows any more what was stored in it.
    projections.skipTo(first);
    const meta = { number, name, flags, createdAt: this.#around.now(), epoch, durable: false };
    return this.#room(meta, { first, head: first - 1 }, projections, front);
  }

  /** @throws LogError `damaged` when it is not known how far the room goes */
  async load({ number, name, createdAt, flags }: DurableRoom, front: Room | null = null): Promise<Room> {
    const log = this.#log;
    const bounds = await log.bounds(number);
    const projections = await this.#readSnapshot(number, bounds.head, flags);
    const takenOver = this.#takenOver(number);
    if (takenOver !== undefined) projections.own(Math.min(takenOver, bounds.head));
    // Retention leaves a snapshot behind. Should it be lost, nobody knows what was stored.
    projections.skipTo(bounds.first);
    const meta = { number, name, flags, createdAt, epoch: log.epoch, durable: true };
    const room = this.#room(meta, bounds, projections, front);
    while (projections.seq < bounds.head) {
      const at = projections.seq;
      const blocks = await log.readForward(number, at + 1, READ);
      for (const block of blocks) projections.apply(block.bytes);
      if (blocks.length > 0) continue;
      // Retention may have been faster.
      const { first } = await log.bounds(number);
      if (first <= at + 1) {
        throw new LogError(LogErrorCode.damaged, `room ${number} ends at ${at}, not at ${bounds.head}`);
      }
      projections.skipTo(first);
    }
    // A kill may have come between a removal and what it says.
    if (projections.amendments.toBlank.size > 0) await this.#around.blank(room);
    const newest = { maxBytes: this.#limits.tailBytes, maxRecords: this.#limits.pageRecords };
    for (const block of await log.readBackward(number, bounds.head + 1, newest)) room.tail.push(block);
    room.trimmed((await log.bounds(number)).first);
    room.keepNames();
    room.storedBytes = await log.roomBytes(number);
    // Read last, so that what was written meanwhile is in it.
    projections.sanctions?.addresses.decode((await this.#addresses.read(number)).bytes);
    return room;
  }

  /**
   * What the newest snapshot says; nothing when there is none, or none that can be read. One beyond the head was made of
   * records that are gone: what it says was stored is not.
   */
  async #readSnapshot(number: number, head: number, flags: number): Promise<Projections> {
    try {
      const snapshot = await this.#log.snapshot(number);
      if (snapshot && snapshot.seq <= head) {
        const projections = this.#projections(number, isOwned(flags), isBack(flags));
        projections.decode(snapshot.bytes, snapshot.seq);
        return projections;
      }
    } catch (error) {
      if (!isDamage(error) && !(error instanceof WireError)) throw error;
      this.#onDamage(`The snapshot of room ${number}, made again from its messages: ${error.message}`);
    }
    return this.#projections(number, isOwned(flags), isBack(flags));
  }

  #room(
    meta: ConstructorParameters<typeof Room>[0],
    bounds: Bounds,
    projections: Projections,
    front: Room | null,
  ): Room {
    const room = [meta, bounds, projections, this.#limits, this.#slab, this.#around] as const;
    return front ? new BackRoom(front, ...room) : new Room(...room);
  }
}
