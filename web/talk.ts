/**
 * What passes between the people of one room: who is meant by what is said, what answers what, and what is answered
 * next. It looks on at the room's view and never changes it but by the view's own methods.
 * Invariants: a row is another one whenever its quote, the count of its answers or who it is meant for is; a message
 * that is asked for to be quoted changes nothing of where the reader is.
 */
import type { TextRecord } from "../src/wire/block.ts";
import { reply } from "../src/wire/records/reply.ts";
import { isGone } from "./gone.ts";
import { Meant } from "./meant.ts";
import { type Mention, Roster } from "./mentions.ts";
import type { Originals } from "./originals.ts";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";
import type { Fold, MessageRow } from "./timeline.ts";

const MOST_SEEN = 1_000;

/** What is shown of a message that is answered. */
export interface Quote {
  seq: number;
  author: number;
  name: string;
  /** Null: it is not there, or no longer kept. Undefined: it is on its way. */
  text: string | null | undefined;
}

interface Shown {
  /** What it is shown with. */
  sign: string;
  row: ReturnType<Fold>;
}

export class Talk {
  readonly meant: Meant;
  /** Called when what stands around the composer is another thing. */
  onChange: (() => void) | null = null;
  /** How a message reads by what became of it. */
  read: Fold = () => null;
  readonly #store: Store;
  readonly #view: RoomView;
  /** Loaded with the first one that is not here. */
  #originals: Originals | null = null;
  #comesOriginals = false;
  /** Messages that were on the page. */
  readonly #seen = new Map<number, TextRecord>();
  /** Numbers of the answers to a message, as far as they are known, in order. */
  readonly #answers = new Map<number, number[]>();
  readonly #shown = new WeakMap<TextRecord, Shown>();
  /** Meant ones that one went to before what stands above them was read. */
  readonly #visited = new Set<number>();
  #unread: readonly number[] = [];
  #roster: { people: RoomView["people"]; last: number; names: Roster } | null = null;
  #turn = 0;
  #isToRetell = false;
  #epoch = "";

  constructor(store: Store, view: RoomView) {
    this.#store = store;
    this.#view = view;
    this.meant = new Meant(() => {
      const { me } = store;
      return (
        me && {
          epoch: view.room?.position?.epoch ?? "",
          author: me.author,
          name: view.ownName ?? me.name,
          roster: () => this.roster,
          authorOf: (seq) => {
            const record = this.#find(seq);
            return record ? record.author : record;
          },
        }
      );
    });
  }

  /** Numbers of what is unread and meant for oneself. */
  get unread(): readonly number[] {
    return this.#unread;
  }

  /** Those that could be meant. */
  get roster(): Roster {
    const { people, newest, ownName } = this.#view;
    const last = newest.at(-1)?.seq ?? 0;
    if (this.#roster?.people !== people || this.#roster.last !== last) {
      const own = [ownName ?? "", this.#store.me?.name ?? ""].filter(Boolean);
      const names = new Roster([...people.values(), ...newest.map(({ name }) => name), ...own]);
      this.#roster = { people, last, names };
    }
    return this.#roster.names;
  }

  /** Something of the room changed. */
  heed(): void {
    const { newest, place, room } = this.#view;
    const epoch = room?.position?.epoch ?? "";
    if (epoch !== this.#epoch) {
      if (this.#epoch) {
        this.#seen.clear();
        this.#answers.clear();
        this.#visited.clear();
        this.#originals?.forget();
      }
      this.#epoch = epoch;
    }
    this.meant.heed(newest);
    const unread = this.#view.unread === 0 ? [] : this.meant.unread(place.read ?? 0);
    const left = unread.filter((seq) => !this.#visited.has(seq));
    if (`${left}` === `${this.#unread}`) return;
    this.#unread = left;
    this.onChange?.();
  }

  /** Goes to the first one that is meant and was not read. */
  goToMeant(): void {
    const [first] = this.#unread;
    if (first === undefined) return;
    this.#visited.add(first);
    void this.#view.showMessage(first);
    this.heed();
  }

  isMeant(record: TextRecord): boolean {
    return this.meant.isNamed(record) || this.meant.isAnswered(record) === true;
  }

  /** How a message reads, with what it answers and for whom it is meant. */
  fold(record: TextRecord): ReturnType<Fold> {
    const { seq, to } = record;
    const told = this.read(record);
    this.#see(record);
    const hasText = !isGone(told?.look);
    if (to !== undefined) this.#note(to, seq, hasText);
    const count = this.#answers.get(seq)?.length ?? 0;
    const text = told?.text ?? record.text;
    if (to === undefined && count === 0 && !(hasText && /[@＠]/.test(text))) return told;
    const quote = to === undefined || !hasText ? null : this.quote(to);
    const spots = hasText ? this.roster.mentionsIn(text) : [];
    const isMeant = hasText && this.isMeant({ ...record, text });
    const sign = JSON.stringify([told?.turn, told?.look, text, quote, count, spots.length, isMeant]);
    const before = this.#shown.get(record);
    if (before?.sign === sign) return before.row;
    const look = `${told?.look ?? ""}${isMeant ? " is-meant" : ""}`;
    const row = { ...told, text, look, turn: ++this.#turn + (told?.turn ?? 0) * 1e6 };
    this.#shown.set(record, { sign, row });
    return row;
  }

  /** Number of the message that a row answers; null: it answers none. */
  answeredIn({ seq, entry }: Pick<MessageRow, "seq" | "entry">): number | null {
    const { act } = entry ?? {};
    return (act ? act.kind === reply.kind && answeredBy(act.body) : this.#seen.get(seq)?.to) || null;
  }

  /** What is shown of message `seq`. */
  quote(seq: number): Quote {
    const record = this.#find(seq);
    if (!record) return { seq, author: 0, name: "", text: record };
    const { author, name } = record;
    return { seq, author, name, text: this.read(record)?.text ?? record.text };
  }

  /** Numbers of the answers to message `seq` that are known. */
  answersTo(seq: number): readonly number[] {
    return this.#answers.get(seq) ?? [];
  }

  /** Where people are named in a text of now, and whether that is oneself. */
  callsIn(text: string, seq: number): (Mention & { isMe: boolean })[] {
    return this.roster
      .mentionsIn(text)
      .map((mention) => ({ ...mention, isMe: mention.key === "" || this.meant.isOwn(mention.key, seq) }));
  }

  /** The message that is answered by what is written. */
  get answering(): number | null {
    return this.#store.drafts?.answering(this.#view.name) ?? null;
  }

  answer(seq: number | null): void {
    this.#store.drafts?.answer(this.#view.name, seq);
    this.onChange?.();
  }

  /** Sends a text as an answer; false where none is being written. */
  send(text: string): boolean {
    const { room, pending, editing } = this.#view;
    const changed = pending.find(({ id }) => id === editing);
    const to = changed?.act?.kind === reply.kind ? answeredBy(changed.act.body) : this.answering;
    if (!room || to === null || (changed && !changed.act)) return false;
    room.act(reply, { to, text });
    if (changed) room.discard(changed.id);
    else this.answer(null);
    return true;
  }

  #find(seq: number): TextRecord | null | undefined {
    const { newest } = this.#view;
    // From the first of them on all are here.
    if (seq >= (newest[0]?.seq ?? Number.POSITIVE_INFINITY))
      return newest.find((record) => record.seq === seq) ?? null;
    return this.#seen.get(seq) ?? this.#original(seq);
  }

  #original(seq: number): TextRecord | null | undefined {
    const view = this.#view;
    if (!this.#comesOriginals) {
      this.#comesOriginals = true;
      import("./originals.ts").then(
        ({ Originals }) => {
          this.#originals = new Originals(
            () => {
              const { room } = view;
              return room && ((direction, seq, limit) => room.page(direction, seq, limit));
            },
            ({ acts }) => {
              view.became?.take(acts, view.pending, this.#store.me?.author ?? 0);
              this.#retell();
            },
          );
          this.#retell();
        },
        () => {
          this.#comesOriginals = false;
        },
      );
    }
    return this.#originals?.get(seq);
  }

  #see(record: TextRecord): void {
    this.#seen.set(record.seq, record);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_SEEN) this.#seen.delete(oldest as number);
  }

  #note(to: number, seq: number, isThere: boolean): void {
    const known = this.#answers.get(to) ?? [];
    const at = known.findLastIndex((one) => one <= seq);
    if ((known[at] === seq) === isThere) return;
    const others = known.filter((one) => one !== seq);
    this.#answers.set(to, isThere ? [...others, seq].sort((a, b) => a - b) : others);
    // What they answer was told before.
    this.#retell();
  }

  #retell(): void {
    if (this.#isToRetell) return;
    this.#isToRetell = true;
    queueMicrotask(() => {
      this.#isToRetell = false;
      this.#view.retell();
    });
  }
}

/** The number of the message that a reply's body answers. */
export function answeredBy(body: Uint8Array): number | null {
  try {
    return reply.read(body).to;
  } catch {
    return null;
  }
}
