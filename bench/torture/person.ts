/**
 * One person of the workload: a headless client that writes, reads, and writes down all of it. It may be reloaded,
 * which keeps what its storage holds, or die, which keeps nothing. Invariant: what a former client of this person
 * still says is not listened to.
 */
import { Client } from "../../src/client/client.ts";
import type { ClientRoom } from "../../src/client/client-room.ts";
import { ClientState, type ClientStorage, type OutboxEntry, RoomState } from "../../src/client/contract.ts";
import { MemoryStorage } from "../../src/client/memory-storage.ts";
import { Language } from "../../src/wire/frames.ts";
import { type Journal, taken } from "./journal.ts";
import type { Random } from "./random.ts";
import { RawSocket } from "./socket.ts";
import { makeText, shorten } from "./tokens.ts";
import { type Mischief, WireTap } from "./wire-tap.ts";

export interface Surroundings {
  url: string;
  random: Random;
  mischief: Mischief;
  /** Called for each message that is settled or given up. */
  settled: (acknowledged: boolean) => void;
  took: (records: number) => void;
}

interface Seat {
  index: number;
  name: string;
  room: ClientRoom | null;
  messages: number;
  /** Own messages that are not settled, by their id in the outbox. */
  open: Map<string, string>;
  /** Of those, the ones this client has shown as pending. */
  shown: Set<string>;
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
    this.#seats = rooms.map((room) => ({
      ...room,
      room: null,
      messages: 0,
      open: new Map(),
      shown: new Set(),
    }));
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
    const token = { person: this.number, room: seat.index, message: seat.messages++, padding };
    const text = makeText(token);
    this.journal.note({ do: "send", room: seat.name, text: shorten(text) });
    const { id } = seat.room!.send(text);
    seat.open.set(id, shorten(text));
    this.#look(seat, seat.room!.pending);
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
    for (const { name, open } of this.#seats) {
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
    for (const { name, room } of this.#seats) {
      const { epoch, seq } = room?.position ?? { epoch: "", seq: 0 };
      this.journal.note({ do: "end", room: name, epoch, seq });
    }
    this.die();
    return this.journal.close();
  }

  #end(): void {
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
      clock: {
        now: Date.now,
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
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
    seat.room = this.#client!.enter(room, {
      // Whoever stands nowhere yet begins with what comes, now and then after some history.
      history: this.#around.random.pick([0, 0, 7, 100]),
      anyName: true,
      ...(before?.position && { position: { ...before.position, oldest: before.oldest } }),
      listener: {
        appended: (records) => {
          note({ do: "take", room, records: taken(records) });
          this.#around.took(records.length);
        },
        reset: () => note({ do: "reset", room }),
        gap: (from, to) => note({ do: "gap", room, from, to }),
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
