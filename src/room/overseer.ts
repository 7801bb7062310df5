/**
 * What whoever operates the server does to a whole room: an open one is taken over, so that it can be looked after, and
 * any one is closed. It asks nobody whether that may be. Invariants: a room is looked after by nothing before the log
 * knows that it was taken over; nothing is written to a room that was dropped.
 */
import type { Log } from "../log/log.ts";
import { backNameOf } from "../wire/back-name.ts";
import type { DurableRoom } from "./durable-rooms.ts";
import type { Flusher } from "./flusher.ts";
import type { Operation } from "./operation.ts";
import type { People } from "./people.ts";
import type { Room } from "./room.ts";
import { isOwned, RoomFlag } from "./room-flags.ts";
import type { Seating } from "./seating.ts";

interface Source {
  readonly log: Log;
  readonly people: People;
  readonly operation: Operation;
  readonly flusher: Flusher;
  readonly seating: Seating;
  /** As `Rooms.open`, and null when there is none. */
  open(name: string): Room | Promise<Room | null> | null;
  isOpen(room: Room): boolean;
  /** The room of that name if it is in memory. */
  loaded(name: string): Room | undefined;
  /** Resolves when the room of that name is read, where that is under way. */
  coming(name: string): Promise<unknown> | undefined;
  /** The one object that there is of it by now. */
  current(room: Room): Room;
  durable(name: string): DurableRoom | undefined;
  /** Nobody gets at the room any more, and whoever asks for its name waits for `end`. */
  detach(name: string, end: () => Promise<unknown>): Promise<void>;
  /** Nothing more of it is to come from the log. */
  letGo(room: Room): void;
  /** Named values that go with a room. */
  forget(durable: DurableRoom): Promise<void>;
  guard<T>(work: Promise<T>): Promise<T | null>;
}

export class Overseer {
  readonly #source: Source;
  /** By number of the room. */
  readonly #takingOver = new Map<number, Promise<void>>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** An open room is looked after from here on. Resolves when that is on disk and whoever is in the room is told. */
  async takeOver(room: Room): Promise<void> {
    const { number } = room;
    if (isOwned(room.flags)) return;
    const taking = this.#takingOver.get(number) ?? this.#takeOver(room);
    this.#takingOver.set(number, taking);
    await taking;
    this.#takingOver.delete(number);
  }

  async #takeOver(room: Room): Promise<void> {
    const { operation, people, current, durable, guard } = this.#source;
    // Its row in the table of rooms may be on its way. Before it is there the number may yet become another room's; and a
    // row that is not written yet will say itself what the room is.
    if (room.durable) {
      await new Promise<void>((stored) => room.whenCommitted(room.lastGiven, stored));
      await guard(operation.takeOver(room.number, room.head));
    }
    const known = durable(room.name);
    if (known?.number === room.number) known.flags |= RoomFlag.owned | RoomFlag.operated;
    // It may have been let go of, and loaded again, meanwhile.
    const now = current(room);
    for (const each of new Set([room, now])) if (!isOwned(each.flags)) each.takeOver();
    for (const author of now.presence.authors)
      for (const connection of people.get(author)?.connections ?? []) connection.stand(now);
  }

  /**
   * Ends a room whoever is in it: all are put out with this frame, and what was said in it is dropped. Afterwards its
   * name is free. @returns false when there is none
   */
  async close(name: string, frame: (room: number) => Uint8Array): Promise<boolean> {
    const { open, isOpen, loaded, coming, durable: find } = this.#source;
    const back = backNameOf(name);
    let room: Room | null;
    do {
      room = await open(name);
      await coming(back);
    } while ((room && !isOpen(room)) || coming(back));
    // One that is damaged cannot be opened, and has nobody in it.
    const durable = find(name);
    if (!room && !durable) return false;
    // Whoever makes a room of that name again is not to come into the back room of this one, whenever the process ends.
    const isBehind = loaded(back) ?? find(back);
    const behind = isBehind ? this.#close(back, loaded(back) ?? null, frame) : Promise.resolve();
    await this.#close(name, room, frame, behind);
    return true;
  }

  /** At once nobody gets at it any more. Resolves when it is dropped, which is not before what comes `first`. */
  #close(
    name: string,
    room: Room | null,
    frame: (room: number) => Uint8Array,
    first: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    const { detach, durable: find, people, seating } = this.#source;
    const durable = find(name);
    const ended = detach(name, () => first.then(() => this.#finish(room, durable)));
    if (room) {
      const told = frame(room.number);
      for (const author of room.presence.authors) {
        const person = people.get(author);
        if (person) seating.putOut(room, person, told);
      }
    }
    return ended;
  }

  /** The log drops a room to which nothing is written any more. */
  async drop(durable: DurableRoom): Promise<void> {
    const { log, operation, guard, forget } = this.#source;
    await guard(log.drop(durable.number));
    await guard(operation.forget(durable.number));
    await forget(durable);
  }

  /** What is on its way is stored before all of it is dropped. */
  async #finish(room: Room | null, durable: DurableRoom | undefined): Promise<void> {
    const { flusher, letGo } = this.#source;
    if (room) {
      const { lastGiven } = room;
      if (room.dirty) await flusher.snapshot(room);
      else await new Promise<void>((stored) => room.whenCommitted(lastGiven, stored));
      letGo(room);
    }
    if (durable) await this.drop(durable);
  }
}
