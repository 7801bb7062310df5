/**
 * One person of the workload: a headless client that writes, reads, and writes down all of it. It may be reloaded,
 * which keeps what its storage holds, or die, which keeps nothing. Invariant: what a former client of this person
 * still says is not listened to.
 */
import { Client } from "../../src/client/client.ts";
import { ClientState, type ClientStorage, type OutboxEntry, RoomState } from "../../src/client/contract.ts";
import { MemoryStorage } from "../../src/client/memory-storage.ts";
import { Direction, Language } from "../../src/wire/frames.ts";
import { machineClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { becameEvent } from "./became-told.ts";
import type { Journal } from "./journal.ts";
import { Seat } from "./seat.ts";
import { RawSocket } from "./socket.ts";
import { type Meaning, writeLabel } from "./tokens.ts";
import { Told } from "./told.ts";
import { type Mischief, WireTap } from "./wire-tap.ts";

const PAGE = 50;

export interface Surroundings {
  url: string;
  random: Random;
  mischief: Mischief;
  /** Called for each message or act that is settled or given up. */
  settled: (acknowledged: boolean) => void;
  took: (records: number) => void;
}

export class Person {
  readonly number: number;
  readonly storage: MemoryStorage;
  readonly journal: Journal;
  #around: Surroundings;
  #seats: Seat[];
  #client: Client | null = null;
  #socket: RawSocket | null = null;
  #tap: WireTap;
  #generation = 0;

  /** `sharing`: another person whose storage this one uses, as a second tab does. */
  constructor(
    number: number,
    rooms: { index: number; name: string }[],
    journal: Journal,
    around: Surroundings,
    sharing?: Person,
  ) {
    this.number = number;
    this.journal = journal;
    this.#around = around;
    this.storage = new MemoryStorage(sharing?.storage);
    this.#tap = new WireTap(journal, around.random, around.mischief);
    this.#seats = rooms.map((room) => new Seat(room, number));
    this.#start();
  }

  get unsettled(): number {
    return this.#seats.reduce((sum, { open }) => sum + open.size, 0);
  }

  /** Where this reader stands, by room; 0 where it is not live. */
  get positions(): Map<string, number> {
    return new Map(
      this.#seats.map(({ name, room }) => [
        name,
        room?.state === RoomState.live ? (room.position?.seq ?? 0) : -1,
      ]),
    );
  }

  write(seatIndex: number, padding: number): void {
    const seat = this.#seats[seatIndex % this.#seats.length]!;
    this.#say(seat, seat.text(padding));
  }

  act(seatIndex: number, padding: number): void {
    const seat = this.#seats[seatIndex % this.#seats.length]!;
    this.#say(seat, seat.act(this.#around.random, padding));
  }

  /** Reads some page again, and what the server tells with it of what became of its messages. */
  pageBack(seatIndex: number): void {
    const { room } = this.#seats[seatIndex % this.#seats.length]!;
    const seq = room?.position?.seq ?? 0;
    if (!room || room.state !== RoomState.live || seq < 2) return;
    const generation = this.#generation;
    const before = Math.max(2, seq - this.#around.random.between(0, 400));
    room.page(Direction.before, before, PAGE).then(
      (page) => {
        const event = becameEvent(room.name, page);
        if (event && generation === this.#generation) this.journal.note(event);
      },
      // Whoever is in no room any more is given none.
      () => undefined,
    );
  }

  writeEverywhere(): void {
    for (let i = 0; i < this.#seats.length; i++) this.write(i, 0);
  }

  probe(): void {
    this.#client?.probe();
  }

  /** The page is loaded again: a new client on the same storage, from where the old one stood. */
  reload(): void {
    this.#end();
    this.#start();
  }

  /** The machine is gone, and with it all that it had not heard of. */
  die(): void {
    this.#end();
    for (const { name, open, conversation } of this.#seats) {
      const { first, last } = conversation;
      this.journal.note({ do: "end", room: name, from: first, to: last, states: conversation.states() });
      for (const text of open.values()) {
        this.journal.note({ do: "unknown", room: name, text });
        this.#around.settled(false);
      }
      open.clear();
    }
  }

  /** What is gone from the storage was sent, even if the client that sent it is gone too. */
  async settle(): Promise<void> {
    for (const seat of this.#seats) {
      const stored = new Set((await this.storage.outbox(seat.name)).map(({ id }) => id));
      const pending = new Set(seat.room?.pending.map(({ id }) => id));
      for (const id of [...seat.open.keys()])
        if (!stored.has(id) && !pending.has(id)) this.#acknowledged(seat, id);
    }
  }

  finish(): Promise<void> {
    this.die();
    return this.journal.close();
  }

  #say(seat: Seat, meaning: Meaning): void {
    const label = writeLabel(meaning);
    this.journal.note({ do: "send", room: seat.name, text: label });
    const { id } = seat.say(meaning);
    seat.open.set(id, label);
    this.#look(seat, seat.room!.pending);
  }

  #end(): void {
    for (const { told } of this.#seats) told?.flush();
    this.#generation++;
    if (this.#around.random.chance(0.5)) this.#socket?.vanish();
    this.#client?.stop();
  }

  #start(): void {
    const generation = this.#generation;
    const current = () => generation === this.#generation;
    const { url, random } = this.#around;
    const storage: ClientStorage = this.storage;
    this.#client = new Client({
      url,
      open: (address, protocol) => {
        this.#socket = new RawSocket(address, protocol, this.#tap);
        return this.#socket;
      },
      clock: machineClock,
      random: random.next,
      storage,
      language: Language.en,
      listener: {
        failed: ({ message }) => this.journal.note({ do: "failed", message }),
        state: (state, { code }) => {
          if (state === ClientState.closed) this.journal.note({ do: "closed", code: code ?? 0 });
        },
      },
    });
    for (const seat of this.#seats) this.#enter(seat, current);
    this.#client.start();
  }

  #enter(seat: Seat, current: () => boolean): void {
    const { journal } = this;
    const room = seat.name;
    const before = seat.room;
    seat.shown.clear();
    const note: Journal["note"] = (event) => {
      if (!current()) return;
      if (this.#around.mischief.gapCheckOff && (event.do === "take" || event.do === "gap")) return;
      journal.note(event);
    };
    const told = new Told((records) => {
      if (!current()) return;
      seat.take(records);
      note({ do: "take", room, records });
      this.#around.took(records.length);
    });
    seat.told = told;
    seat.room = this.#client!.enter(room, {
      // Whoever stands nowhere yet begins with what comes, now and then after some history.
      history: this.#around.random.pick([0, 0, 7, 100]),
      anyName: true,
      ...(before?.position && { position: { ...before.position, oldest: before.oldest } }),
      listener: {
        appended: told.appended,
        acted: told.acted,
        reset: () => {
          told.flush();
          if (current()) seat.reset();
          note({ do: "reset", room });
        },
        gap: (from, to) => {
          told.flush();
          note({ do: "gap", room, from, to });
        },
        pending: (entries) => current() && this.#look(seat, entries),
      },
    });
  }

  #look(seat: Seat, entries: readonly OutboxEntry[]): void {
    const pending = new Map(entries.map((entry) => [entry.id, entry]));
    for (const [id, text] of [...seat.open]) {
      const entry = pending.get(id);
      if (entry?.refused) {
        this.journal.note({ do: "refused", room: seat.name, text, code: entry.refused.code });
        seat.open.delete(id);
        seat.room?.discard(id);
        this.#around.settled(false);
      } else if (entry) seat.shown.add(id);
      else if (seat.shown.has(id)) this.#acknowledged(seat, id);
    }
  }

  #acknowledged(seat: Seat, id: string): void {
    this.journal.note({ do: "ack", room: seat.name, text: seat.open.get(id)! });
    seat.open.delete(id);
    seat.shown.delete(id);
    this.#around.settled(true);
  }
}
