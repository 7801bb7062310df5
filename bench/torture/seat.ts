/**
 * What one person knows of a room and has under way there, and what it finds to do: whom to answer, what of its own to
 * edit or to remove, what to put a sign on and when to take it back. Invariant: nothing is done that its writer knows to
 * be wrong, so that the one refusal of an act that may come is that of a message which somebody removed meanwhile.
 */
import type { ClientRoom } from "../../src/client/client-room.ts";
import type { OutboxEntry } from "../../src/client/contract.ts";
import { kinds } from "../../src/wire/records/registry.ts";
import type { Random } from "../random.ts";
import { Conversation } from "./conversation.ts";
import type { Taken } from "./journal.ts";
import { type Meaning, makeText, readLabel, readToken } from "./tokens.ts";
import type { Told } from "./told.ts";

/** Most acts are about what was said lately, which the server has in memory; the others it has to look for. */
const RECENT = 20;
const RECENT_SHARE = 0.8;

export class Seat {
  readonly index: number;
  readonly name: string;
  room: ClientRoom | null = null;
  told: Told | null = null;
  /** Own entries that are not settled: their labels by their id in the outbox. */
  readonly open = new Map<string, string>();
  /** Of those, the ones this client has shown as pending. */
  readonly shown = new Set<string>();
  #person: number;
  #said = 0;
  #conversation = new Conversation();
  /** Numbers of all messages that were told and had a text; of those the own ones. */
  #messages: number[] = [];
  #own: number[] = [];
  #removed = new Set<number>();
  /** Messages with the own sign, and those from which it was taken back. */
  #signed = new Set<number>();
  #unsigned = new Set<number>();

  constructor({ index, name }: { index: number; name: string }, person: number) {
    this.index = index;
    this.name = name;
    this.#person = person;
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  take(records: readonly Taken[]): void {
    for (const record of records) {
      this.#conversation.take(record);
      const { said, text } = readLabel(record[3]);
      const token = readToken(text);
      if (!token || (said !== "text" && said !== "reply")) continue;
      this.#messages.push(record[0]);
      if (token.person === this.#person) this.#own.push(record[0]);
    }
  }

  reset(): void {
    this.#conversation = new Conversation();
    this.#messages = [];
    this.#own = [];
  }

  text(padding: number): Meaning {
    const token = { person: this.#person, room: this.index, message: this.#said++, padding };
    return { said: "text", to: 0, text: makeText(token) };
  }

  /** Something to do to a message. A plain text when there is nothing. */
  act(random: Random, padding: number): Meaning {
    const chance = random.next();
    const to = this.#pick(random, chance < 0.5 ? this.#own : this.#messages);
    if (to === 0) return this.text(padding);
    if (chance < 0.35) return { ...this.text(padding), said: "edit", to };
    if (chance < 0.5) {
      this.#removed.add(to);
      return { said: "removal", to, text: "" };
    }
    if (chance < 0.7) return { ...this.text(padding), said: "reply", to };
    return this.#sign(to) ?? this.text(padding);
  }

  say({ said, to, text }: Meaning): OutboxEntry {
    const room = this.room!;
    if (said === "text") return room.send(text);
    if (said === "removal") return room.act(kinds.removal, { to });
    if (said === "reply" || said === "edit") return room.act(kinds[said], { to, text });
    return room.act(kinds.reaction, { to, on: said === "on", text });
  }

  /** Each puts its own sign on a message once, and takes it back once. */
  #sign(to: number): Meaning | null {
    if (this.#unsigned.has(to)) return null;
    const text = `👍${this.#person}`;
    const said = this.#signed.has(to) ? "off" : "on";
    (said === "on" ? this.#signed : this.#unsigned).add(to);
    return { said, to, text };
  }

  #pick(random: Random, from: readonly number[]): number {
    const recent = random.chance(RECENT_SHARE) ? from.slice(-RECENT) : from;
    if (recent.length === 0) return 0;
    const to = random.pick(recent);
    return this.#removed.has(to) || this.#conversation.isRemoved(to) ? 0 : to;
  }
}
