/**
 * What became of messages: the newest edit of each, whether it was removed, who put which signs on it, and what of that
 * is still on its way from here. A fold over acts, which may come in any order and more than once: live, while catching
 * up, with pages of history, from the device; and over what the server told of the messages of a page as of a number,
 * on top of which later acts count. Pure; it knows no DOM and no language but the words handed in. Invariants: of
 * edits, and of one person's words on one sign, the one with the highest number counts; a removal counts for good; only
 * an author's own edits and removals do, and takedowns. What is told of a message is another object when it changed.
 */
import type { OutboxEntry } from "../src/client/contract.ts";
import { readTold, type ToldSign, writeTold, writeToldMessage } from "../src/wire/became.ts";
import type { ActRecord, TextRecord } from "../src/wire/block.ts";
import { type BecameFrame, ServerKind } from "../src/wire/frames.ts";
import { action } from "../src/wire/records/action.ts";
import { edit } from "../src/wire/records/edit.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import type { KeptPage } from "./kept-pages.ts";
import type { Fold } from "./timeline.ts";

/** Messages of which something is remembered; beyond that those go first that are not on the page. */
const MOST_MESSAGES = 4_000;
/** Of one message; the newest ones stay. */
const MOST_EDITS = 20;
const MOST_KEPT = 1_000;
/** Of one person on one sign: the first, which says how it was before, and the last ones. */
const MOST_WORDS = 8;
const MOST_RANGES = 100;

/** How that looks which somebody does instead of says. */
export const DEED = " is-deed";

/** What is told of what became of messages: acts as they come, and what the server told in their place. */
export type Telling = ActRecord | Omit<BecameFrame, "request" | "room">;

/** A sign on a message, and who put it there: so many, and of some of them, oneself among them, names by author. */
export interface Sign {
  text: string;
  count: number;
  people: ReadonlyMap<number, string>;
}

export interface Told {
  turn: number;
  text: string;
  look: string;
  isRemoved: boolean;
  /** Its author is ignored on this device, and it was not asked for. */
  isHidden: boolean;
  /** In order. */
  edits: readonly ActRecord[];
  signs: readonly Sign[];
  /** Own acts that were refused, and wait for what their writer says. */
  refused: readonly OutboxEntry[];
}

interface State {
  turn: number;
  told: Told | null;
  /** In order. */
  edits: ActRecord[];
  /** By author, or by `ANYBODY`. */
  removals: Map<number, ActRecord>;
  /** What was told of the signs, by acts up to this number; 0: nothing was. */
  asOf: number;
  signs: readonly ToldSign[];
  /** Acts above that, by author and sign, in order. */
  words: Map<string, ActRecord[]>;
  /** The last round in which it was on the page. */
  round: number;
}

export interface BecameWords {
  removed: string;
  hidden: string;
}

const KINDS = [edit, removal, reaction, takedown];
/** In place of an author: whoever it was. The server lets nobody take down but those who look after the room. */
const ANYBODY = 0;

/** An act as the room's part leaves it, not read yet, or as it was kept; null of what does nothing to a message. */
function read<Act extends { kind: number }>(act: Act & { body?: Uint8Array }): (Act & { to: number }) | null {
  const { body, ...head } = act;
  const kind = KINDS.find((one) => one.kind === act.kind);
  return kind ? ({ ...head, ...(body && kind.read(body)) } as Act & { to: number }) : null;
}

/** Whether the message of this author is removed. */
const isGone = ({ removals }: State, author: number): boolean =>
  removals.has(author) || removals.has(ANYBODY);

/** What an entry of the outbox does to which message. */
const actOf = ({ act }: OutboxEntry) => (act ? read(act) : null);

export class Became {
  #states = new Map<number, State>();
  /** Where it was told that nothing became of all that is not told of. */
  readonly #ranges: { from: number; to: number; asOf: number }[] = [];
  #pending: readonly OutboxEntry[] = [];
  #me = 0;
  #turn = 0;
  #round = 0;
  /** Numbers of messages that are shown although their author is ignored. */
  readonly #opened = new Set<number>();
  readonly #words: BecameWords;
  readonly ignores: (author: number) => boolean;

  constructor(words: BecameWords, ignores: (author: number) => boolean) {
    this.#words = words;
    this.ignores = ignores;
  }

  /** Takes acts, and what of the outbox is there now. */
  take(tellings: readonly (Telling | undefined)[], pending: readonly OutboxEntry[], me: number): void {
    this.#round++;
    for (const telling of tellings) {
      if (telling?.kind === ServerKind.became) this.#believe(telling as BecameFrame);
      else if (telling) {
        const act = read(telling as ActRecord);
        if (act) this.#apply(act);
      }
    }
    if (pending !== this.#pending || me !== this.#me) {
      const touched = [...this.#pending, ...pending].map((entry) => actOf(entry)?.to);
      this.#pending = pending;
      for (const to of touched) if (to !== undefined) this.#touch(to);
      if (me !== this.#me) for (const to of this.#states.keys()) this.#touch(to);
      this.#me = me;
    }
    this.#prune();
  }

  /** What is told of message `seq`, if it is on the page and something became of it. */
  of(seq: number): Told | null {
    return this.#states.get(seq)?.told ?? null;
  }

  /** Shows a message of somebody who is ignored. */
  open(seq: number): void {
    this.#opened.add(seq);
    this.#touch(seq);
  }

  readonly fold: Fold = (record) => {
    const { seq, author, text } = record;
    const isHidden = this.ignores(author) && !this.#opened.has(seq);
    // Only a removal leaves no text.
    if (!this.#states.has(seq) && !isHidden && text !== "" && record.kind !== action.kind) return null;
    const state = this.#state(seq);
    state.round = this.#round;
    if (!state.told || state.told.isHidden !== isHidden) {
      if (state.told) state.turn = ++this.#turn;
      state.told = this.#tell(state, record, isHidden);
    }
    return state.told;
  };

  /** The page to keep, with the last texts, and with what else became of its messages. */
  keep(page: KeptPage): KeptPage {
    const acts: Telling[] = [...(page.acts ?? [])];
    const records = page.records.map((record) => {
      const state = this.#states.get(record.seq);
      if (!state) return record;
      const edits = state.edits.filter(({ author }) => author === record.author);
      const isRemoved = isGone(state, record.author);
      acts.push(...(isRemoved ? state.removals.values() : edits.slice(-1)));
      if (!isRemoved) acts.push(this.#sumUp(state, record.seq, page.seq));
      return { ...record, text: isRemoved ? "" : (edits.at(-1)?.text ?? record.text) };
    });
    return { ...page, records, acts: acts.slice(-MOST_KEPT) };
  }

  #tell(state: State, { seq, author, text, kind }: TextRecord, isHidden: boolean): Told {
    const own = this.#pending.filter((entry) => actOf(entry)?.to === seq);
    const waiting = own.filter(({ refused }) => !refused).map(actOf) as unknown as ActRecord[];
    // Of a message that was removed the text is gone, and that of its edits.
    const edits = state.edits.filter((one) => one.author === author && one.text);
    const isMine = author === this.#me;
    const late = waiting.filter(({ kind }) => isMine && kind === edit.kind);
    const isGoing = waiting.some(({ kind }) => isMine && kind === removal.kind);
    const isRemoved = text === "" || isGoing || isGone(state, author);
    const last = [...edits, ...late].at(-1);
    const isWaiting = isGoing || late.length > 0;
    const isDeed = kind === action.kind && !isRemoved && !isHidden;
    const look = `${isRemoved ? " is-removed" : ""}${isHidden ? " is-hidden" : ""}${isWaiting ? " is-pending" : ""}${isDeed ? DEED : ""}`;
    // For all to read, and of a takedown alone.
    const reason = state.removals.get(ANYBODY)?.text;
    const gone = this.#words.removed + (reason ? `: ${reason}` : "");
    const shown = isRemoved ? gone : (last?.text ?? text);
    return {
      turn: state.turn,
      text: isHidden ? this.#words.hidden : shown,
      look,
      isRemoved,
      isHidden,
      edits: isRemoved || isHidden || !last ? [] : [...edits, ...late],
      signs: isRemoved || isHidden ? [] : this.#signs(state, waiting),
      refused: own.filter(({ refused }) => refused),
    };
  }

  #signs(state: State, waiting: ActRecord[]): Sign[] {
    const signs = new Map<string, { text: string; count: number; people: Map<number, string> }>();
    const put = ({ text = "", on, author, name }: ActRecord, wasThere: boolean) => {
      const sign = signs.get(text) ?? { text, count: 0, people: new Map() };
      const { people } = sign;
      // Each stands where it was put first by those whose it still is.
      if (on || sign.count > 0) signs.set(text, sign);
      sign.count += Number(on) - Number(wasThere || people.has(author));
      if (on) people.set(author, name);
      else people.delete(author);
    };
    for (const { sign, count, own, people } of state.signs) {
      const names = new Map(people.map(({ author, name }) => [author, name]));
      if (own) names.set(this.#me, "");
      signs.set(sign, { text: sign, count, people: names });
    }
    const words = [...state.words.values()].sort(([a], [b]) => (a?.seq ?? 0) - (b?.seq ?? 0));
    for (const said of words) {
      const [first, last] = [said[0], said.at(-1)];
      // The server takes no word that changes nothing: whoever takes a sign back had put it.
      if (first && last) put(last, state.asOf > 0 && !first.on);
    }
    for (const act of waiting)
      if (act.kind === reaction.kind) put({ ...act, author: this.#me, name: "" }, false);
    return [...signs.values()].filter(({ count }) => count > 0);
  }

  /** What the server told: all acts up to a number are in it. */
  #believe({ from, to, told }: Omit<BecameFrame, "request" | "room">): void {
    const { asOf, messages } = readTold(told);
    for (const [seq, state] of this.#states) if (seq >= from && seq <= to) this.#rebase(state, seq, asOf, []);
    for (const { to, removed, edit: newest, signs } of messages) {
      const head = { author: ANYBODY, nonce: 0, time: 0, name: "", to };
      // Of a takedown that came as a record the reason is known.
      if (removed && !this.#states.get(to)?.removals.has(ANYBODY))
        this.#apply({ ...head, kind: takedown.kind, seq: asOf });
      if (newest) this.#apply({ ...head, ...newest, kind: edit.kind, seq: newest.number });
      this.#rebase(this.#state(to), to, asOf, signs);
    }
    if (to > from) this.#ranges.push({ from, to, asOf });
    if (this.#ranges.length > MOST_RANGES) this.#ranges.shift();
  }

  #rebase(state: State, seq: number, asOf: number, signs: readonly ToldSign[]): void {
    if (asOf < state.asOf) return;
    state.asOf = asOf;
    state.signs = signs;
    for (const [key, words] of state.words) {
      const later = words.filter((word) => word.seq > asOf);
      if (later.length > 0) state.words.set(key, later);
      else state.words.delete(key);
    }
    this.#touch(seq);
  }

  /** The signs of a message as the server would tell them, as of number `seq`. */
  #sumUp(state: State, to: number, seq: number): Telling {
    const signs = this.#signs(state, []).map(({ text, count, people }) => {
      const others = [...people].filter(([author]) => author !== this.#me);
      return {
        sign: text,
        count,
        own: people.has(this.#me),
        people: others.map(([author, name]) => ({ author, name })),
      };
    });
    const message = writeToldMessage({ to, removed: false, edit: null, signs });
    const told = writeTold(Math.max(state.asOf, seq), [message]);
    return { kind: ServerKind.became, from: to, to, told };
  }

  #apply(act: ActRecord): void {
    const { kind, to = 0, seq, author, text } = act;
    const state = this.#state(to);
    if (kind === removal.kind) state.removals.set(author, act);
    else if (kind === takedown.kind) state.removals.set(ANYBODY, act);
    else if (kind === reaction.kind) {
      const key = `${author} ${text}`;
      const words = state.words.get(key) ?? [];
      if (seq <= state.asOf || words.some((one) => one.seq === seq)) return;
      words.push(act);
      words.sort((a, b) => a.seq - b.seq);
      if (words.length > MOST_WORDS) words.splice(1, 1);
      state.words.set(key, words);
    } else {
      if (state.edits.some((one) => one.seq === seq)) return;
      state.edits.push(act);
      state.edits.sort((a, b) => a.seq - b.seq);
      if (state.edits.length > MOST_EDITS) state.edits.shift();
    }
    this.#touch(to);
  }

  #state(seq: number): State {
    let state = this.#states.get(seq);
    if (!state) {
      state = {
        turn: ++this.#turn,
        told: null,
        edits: [],
        removals: new Map(),
        asOf: this.#ranges.reduce(
          (last, r) => (seq < r.from || seq > r.to ? last : Math.max(last, r.asOf)),
          0,
        ),
        signs: [],
        words: new Map(),
        round: this.#round,
      };
      this.#states.set(seq, state);
    }
    return state;
  }

  #touch(seq: number): void {
    const state = this.#state(seq);
    state.turn = ++this.#turn;
    state.told = null;
  }

  #prune(): void {
    let surplus = this.#states.size - MOST_MESSAGES;
    for (const [seq, { round }] of this.#states) {
      if (surplus <= 0) return;
      if (round >= this.#round - 1) continue;
      this.#states.delete(seq);
      surplus--;
    }
  }
}
