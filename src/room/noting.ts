/**
 * Notes in the back room of a room what those do who look after it: follows the room's log from the last act that is
 * noted there to its newest one. It keeps no position of its own, so that it goes on where it was after any crash.
 * Invariant: an act is noted once, in order, when it is stored; what went before it could be noted is said to be lost.
 */
import { BlockReader, fullNameOf } from "../wire/block.ts";
import { decodeText, WireError, Writer } from "../wire/bytes.ts";
import { LOST_ACTS, type Noted, noted } from "../wire/records/noted.ts";
import { pin } from "../wire/records/pin.ts";
import { kindOf } from "../wire/records/registry.ts";
import { takedown } from "../wire/records/takedown.ts";
import type { History } from "./history.ts";
import { isNoted, type Ledger } from "./ledger.ts";
import { messageAt, nameInTail } from "./message-at.ts";
import type { People } from "./people.ts";
import type { Room } from "./room.ts";

/** What is read at once. */
export const NOTING_PAGE = { maxBytes: 256 * 1024, maxRecords: 10_000 };
/** A record has a name. */
const NOBODY = "–";
const FREE = { didRead: () => undefined };

/** What it needs of the rooms. */
export interface NotingRooms {
  readonly history: History;
  readonly people: Pick<People, "get">;
  /**
   * Runs `step` when the back room of the room of this name is in memory and nothing is on its way to it. @returns null
   * when there is no such room, or it is damaged
   */
  withBack<T>(front: string, step: (back: Room, front: Room) => T): Promise<T | null>;
  /** All is noted of the room of this name that can be now. */
  over(front: string): void;
  /** Says a record of the server's own, under this name. @returns false when there is no place for it */
  say(back: Room, kind: number, name: string, body: Uint8Array): boolean;
}

/** An act that is to be noted, with the name of who said it. */
interface Act extends Noted {
  name: string;
}

export class Noting {
  readonly #rooms: NotingRooms;
  /** By name of the room; `again`: something came since that pass looked. */
  readonly #passes = new Map<string, { again: boolean; over: Promise<void> }>();

  constructor(rooms: NotingRooms) {
    this.#rooms = rooms;
  }

  /**
   * Something may be to be noted. Resolves when it is, or cannot be now: then the next act, or the next to enter,
   * tries.
   */
  note({ name }: Pick<Room, "name">): Promise<void> {
    const running = this.#passes.get(name);
    if (running) {
      running.again = true;
      return running.over;
    }
    const pass = { again: true, over: Promise.resolve() };
    this.#passes.set(name, pass);
    pass.over = this.#run(name, pass);
    return pass.over;
  }

  async #run(name: string, pass: { again: boolean }): Promise<void> {
    while (pass.again) {
      pass.again = false;
      await this.#pass(name);
    }
    this.#passes.delete(name);
    this.#rooms.over(name);
  }

  /** Whether it is at work in the back room of the room of this name. */
  isAt(name: string): boolean {
    return this.#passes.has(name);
  }

  async #pass(name: string): Promise<void> {
    const { withBack, say, history } = this.#rooms;
    let from = 0;
    for (;;) {
      const behind = await withBack(name, (back, front) => {
        const [there, here] = [ledgerOf(front), ledgerOf(back)];
        from = Math.max(from, here.newest + 1, front.first);
        if (from <= there.newest) return { front, newest: there.newest };
        const lost = there.count - here.count;
        if (here.newest < there.newest || lost > 0) {
          const said = new Writer(8).varint(Math.max(0, lost)).take();
          const nobody = { by: 0, at: 0, person: 0, personName: "", said };
          say(back, noted.kind, NOBODY, noted.write({ front: there.newest, act: LOST_ACTS, ...nobody }));
        }
        return null;
      });
      if (!behind) return;
      const blocks = await history.readForward(behind.front, from, NOTING_PAGE);
      if (!blocks) return;
      const acts = await this.#read(behind.front, blocks, from);
      const isSaid = await withBack(name, (back, front) => {
        // It may have been closed, and its name be another's, while this was read.
        if (front.number !== behind.front.number) return false;
        const { newest } = ledgerOf(back);
        return acts.every((act) => act.front <= newest || say(back, noted.kind, act.name, noted.write(act)));
      });
      if (!isSaid) return;
      const last = blocks.at(-1);
      from = last ? last.seq + last.count : behind.newest + 1;
    }
  }

  /** The acts among some blocks, from a number on. */
  async #read(front: Room, blocks: readonly { bytes: Uint8Array }[], from: number): Promise<Act[]> {
    const acts: Act[] = [];
    for (const { bytes } of blocks) {
      const r = new BlockReader(bytes);
      while (r.next()) {
        if (r.seq < from || !isNoted(r.kind, r.author)) continue;
        const { seq, kind, author, time, body } = r;
        const name = decodeText(fullNameOf(r));
        const whom = await this.#whom(front, kind, body);
        acts.push({ front: seq, act: kind, by: author, at: time, ...whom, said: body, name });
      }
    }
    return acts;
  }

  /** Whom an act is about: who wrote the message, where it is about one. */
  async #whom(front: Room, kind: number, body: Uint8Array): Promise<Pick<Noted, "person" | "personName">> {
    const read = readBody(kind, body);
    if (read?.to && (kind === takedown.kind || kind === pin.kind)) {
      const message = await messageAt(this.#rooms.history, front, read.to, FREE);
      return { person: message?.author ?? 0, personName: message?.name ?? "" };
    }
    const person = read?.who ?? 0;
    return { person, personName: person ? this.#nameIn(front, person) : "" };
  }

  /** Empty: it is not known. */
  #nameIn(front: Room, author: number): string {
    const { name } =
      front.presence.get(author) ??
      front.projections.roles?.holders.get(author) ??
      this.#rooms.people.get(author) ??
      {};
    return name || nameInTail(front, author);
  }
}

const ledgerOf = ({ projections }: Room): Ledger => projections.ledger!;

/** Nothing of a body that only a later version can read. */
function readBody(kind: number, body: Uint8Array): { who?: number; to?: number } | undefined {
  try {
    return kindOf(kind)?.read(body);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
