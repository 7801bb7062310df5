/**
 * Somebody in a room that belongs to one of them: writes, and does whatever a role allows, and now and then what it does
 * not; is put out and comes back. All that it is told it writes down. Invariant: whoever was put out asks to be let in
 * again, soon and again and again.
 */
import { Client, kinds, StandingFold } from "../../src/client/client.ts";
import type { ClientRoom } from "../../src/client/client-room.ts";
import { ClientState, type OutboxEntry, RoomState } from "../../src/client/contract.ts";
import { MemoryStorage } from "../../src/client/memory-storage.ts";
import type { ActRecord, TextRecord } from "../../src/wire/block.ts";
import { Language } from "../../src/wire/frames.ts";
import type { RecordKind } from "../../src/wire/records/kind.ts";
import { Role } from "../../src/wire/records/role.ts";
import { Sanction } from "../../src/wire/records/sanction.ts";
import { machineClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { type CourtRow, courtStanding } from "./court-state.ts";
import { CourtTap } from "./court-tap.ts";
import type { Journal } from "./journal.ts";
import { RawSocket } from "./socket.ts";
import { makeText, shorten } from "./tokens.ts";
import type { Mischief } from "./wire-tap.ts";

export interface CourtSurroundings {
  url: string;
  room: string;
  random: Random;
  mischief: Mischief;
  /** Numbers of all who have one, the founder's first. */
  authors: () => number[];
}

/** A record as it is compared. */
export function courtRow({ name: _, ...record }: TextRecord | ActRecord): CourtRow {
  const { text, kind = kinds.text.kind } = record;
  return { ...record, kind, ...(text !== undefined && { text: shorten(text) }) } as CourtRow;
}

export class Courtier {
  readonly number: number;
  readonly journal: Journal;
  readonly #around: CourtSurroundings;
  readonly #storage = new MemoryStorage();
  readonly #tap: CourtTap;
  #client: Client;
  #socket: RawSocket | null = null;
  #room: ClientRoom | null = null;
  #fold: StandingFold | null = null;
  #generation = 0;
  #said = 0;
  #messages: number[] = [];
  #own: number[] = [];
  /** What is under way, by id, as it was last; and of that, what this client has shown. */
  readonly #open = new Map<string, OutboxEntry>();
  readonly #shown = new Set<string>();

  constructor(number: number, journal: Journal, around: CourtSurroundings) {
    this.number = number;
    this.journal = journal;
    this.#around = around;
    this.#tap = new CourtTap(journal, around);
    this.#client = this.#connect();
  }

  get author(): number {
    return this.#tap.author;
  }

  get unsettled(): number {
    return this.#open.size;
  }

  /** -1 while it is not live. */
  get position(): number {
    return this.#room?.state === RoomState.live ? (this.#room.position?.seq ?? 0) : -1;
  }

  get isOwner(): boolean {
    return this.#role === Role.owner;
  }

  get #role(): number {
    return this.#fold?.now.roles.get(this.author)?.role ?? Role.none;
  }

  found(): Promise<string> {
    return this.#client.makeRoom(this.#around.room, false);
  }

  enter(): void {
    const { random, room: name } = this.#around;
    const generation = this.#generation;
    const isCurrent = () => generation === this.#generation;
    const before = this.#room;
    before?.leave();
    this.#shown.clear();
    const position = random.chance(0.7) ? before?.position : null;
    if (!position) this.#messages = [];
    const room: ClientRoom = this.#client.enter(name, {
      history: random.pick([0, 7, 100]),
      anyName: true,
      ...(position && { position: { ...position, oldest: before?.oldest ?? 1 } }),
      listener: {
        appended: (records) => isCurrent() && this.#took(records),
        acted: (acts) => {
          if (!isCurrent()) return;
          this.#took(acts);
          this.#fold?.take(acts);
        },
        standing: (frame) => {
          if (isCurrent()) this.#fold = new StandingFold(frame);
        },
        pending: (entries) => isCurrent() && this.#look(room, entries),
        state: (state) => {
          if (state !== RoomState.refused || !isCurrent()) return;
          setTimeout(() => isCurrent() && this.#room === room && this.enter(), random.between(50, 600));
        },
      },
    });
    this.#room = room;
  }

  /** Says or does something. */
  act(): void {
    const room = this.#room;
    if (!room || this.#open.size > 50) return;
    const { random } = this.#around;
    const chance = random.next();
    if (chance < 0.08 && this.#own.length > 0) this.#do(kinds.removal, { to: random.pick(this.#own) });
    else if (chance < (this.#role >= Role.moderator ? 0.6 : 0.12)) this.#rule();
    else {
      const token = { person: this.number, room: 99, message: this.#said++, padding: 0 };
      this.#note(room.send(makeText(token)));
    }
  }

  /** Everybody may do everything again. */
  forgive(): void {
    const { bans, mutes } = this.#fold ? courtStanding(this.#fold.now) : { bans: [], mutes: [] };
    for (const [who] of bans) this.#do(kinds.sanction, { who, what: Sanction.unban, until: 0, text: "" });
    for (const [who] of mutes) this.#do(kinds.sanction, { who, what: Sanction.unmute, until: 0, text: "" });
    this.#do(kinds.settings, { slowSeconds: 0, speakers: 0, locked: false });
  }

  /** What is gone from the storage was stored, even if the client that sent it is gone too. */
  async settle(): Promise<void> {
    const kept = new Set((await this.#storage.outbox(this.#around.room)).map(({ id }) => id));
    for (const { id } of this.#room?.pending ?? []) kept.add(id);
    for (const [id, entry] of [...this.#open]) if (!kept.has(id)) this.#stored(id, entry);
  }

  probe(): void {
    this.#client.probe();
  }

  /** The page is loaded again. */
  reload(): void {
    this.#end();
    this.#client = this.#connect();
    this.enter();
  }

  finish(): Promise<void> {
    this.#end();
    const asOf = this.#room?.position?.seq ?? 0;
    if (this.#fold && asOf > 0)
      this.journal.note({
        ...{ do: "court-end", room: this.#around.room, asOf, at: Date.now() },
        told: courtStanding(this.#fold.now),
      });
    return this.journal.close();
  }

  #end(): void {
    this.#generation++;
    if (this.#around.random.chance(0.5)) this.#socket?.vanish();
    this.#client.stop();
  }

  #connect(): Client {
    const { url, random } = this.#around;
    const client = new Client({
      url,
      open: (address, protocol) => {
        this.#socket = new RawSocket(address, protocol, this.#tap);
        return this.#socket;
      },
      clock: machineClock,
      random: random.next,
      storage: this.#storage,
      language: Language.en,
      listener: {
        failed: ({ message }) => this.journal.note({ do: "failed", message }),
        state: (state, { code }) => {
          if (state === ClientState.closed) this.journal.note({ do: "closed", code: code ?? 0 });
        },
      },
    });
    client.start();
    return client;
  }

  #took(records: readonly (TextRecord | ActRecord)[]): void {
    const rows = records.map(courtRow);
    this.journal.note({ do: "court-took", room: this.#around.room, rows });
    for (const { seq, kind, author } of rows) {
      if (kind !== kinds.text.kind) continue;
      this.#messages.push(seq);
      if (author === this.author) this.#own.push(seq);
    }
  }

  /** By whatever role: those who have none are refused. */
  #rule(): void {
    const { random, authors } = this.#around;
    const [founder, ...others] = authors();
    const who = random.pick(others.length > 0 ? others : [founder ?? 0]);
    if (!who) return;
    const soon = () => (random.chance(0.4) ? 0 : Date.now() + random.between(300, 2_500));
    const to = this.#messages.length > 0 ? random.pick(this.#messages.slice(-30)) : 0;
    const text = `by ${this.number}`;
    const chance = random.next();
    if (chance < 0.14) this.#do(kinds.sanction, { who, what: Sanction.ban, until: soon(), text });
    else if (chance < 0.28) this.#do(kinds.sanction, { who, what: Sanction.unban, until: 0, text: "" });
    else if (chance < 0.38) this.#do(kinds.sanction, { who, what: Sanction.mute, until: soon(), text });
    else if (chance < 0.46) this.#do(kinds.sanction, { who, what: Sanction.unmute, until: 0, text: "" });
    else if (chance < 0.54) this.#do(kinds.sanction, { who, what: Sanction.kick, until: 0, text });
    else if (chance < 0.66) this.#do(kinds.role, { who, role: random.pick([0, 1, 2, 2]) as Role });
    else if (chance < 0.74)
      this.#do(kinds.topic, { text: random.chance(0.2) ? "" : `topic ${this.#said++}` });
    else if (chance < 0.84 && to) this.#do(kinds.pin, { to, on: random.chance(0.7) });
    else if (chance < 0.88 && to) this.#do(kinds.takedown, { to, text: "" });
    else this.#do(kinds.settings, random.pick(SETTINGS));
  }

  #do<Body extends object>(kind: RecordKind<Body>, body: Body): void {
    if (this.#room) this.#note(this.#room.act(kind, body));
  }

  #note(entry: OutboxEntry): void {
    this.#open.set(entry.id, entry);
    if (this.#room) this.#look(this.#room, this.#room.pending);
  }

  #look(room: ClientRoom, entries: readonly OutboxEntry[]): void {
    const pending = new Map(entries.map((entry) => [entry.id, entry]));
    const name = this.#around.room;
    for (const [id, before] of [...this.#open]) {
      const entry = pending.get(id);
      if (entry && !entry.refused) {
        this.#open.set(id, entry);
        this.#shown.add(id);
      } else if (entry) {
        this.#open.delete(id);
        // What an act says others may say as well.
        if (!entry.act)
          this.journal.note({
            do: "court-declined",
            room: name,
            text: entry.text,
            code: entry.refused!.code,
          });
        room.discard(id);
      } else if (this.#shown.has(id)) this.#stored(id, before);
    }
  }

  #stored(id: string, { author, nonce }: OutboxEntry): void {
    this.#open.delete(id);
    this.#shown.delete(id);
    if (nonce > 0) this.journal.note({ do: "court-stored", room: this.#around.room, author, nonce });
  }
}

const SETTINGS = [
  { slowSeconds: 1 },
  { slowSeconds: 0 },
  { slowSeconds: 0, speakers: 0 as const },
  { speakers: 1 as const },
  { speakers: 0 as const },
  { locked: true },
  { locked: false },
  { locked: false, title: "The yard" },
  { title: "" },
  { keepHours: 24 },
  { keepHours: 0 },
];
