/**
 * Which messages of a room are meant for this person: by name, with everybody, or as an answer to something of theirs.
 * A name is one's own from when one took it to when one took another; somebody else may have it since. Pure.
 * Invariant: each message told is looked at once; an answer to a message that is not here yet is looked at until one
 * knows whose that is.
 */
import type { TextRecord } from "../src/wire/block.ts";
import { keyOf, type Roster } from "./mentions.ts";

/** Of the oldest one is to be led to the first only. */
const MOST_MEANT = 1_000;
const MOST_UNSURE = 200;
const MOST_NAMES = 1_000;

/** What of the room is to be known. */
export interface Around {
  /** The life of its log. */
  epoch: string;
  author: number;
  /** The own name in the room. */
  name: string;
  /** Names that could be meant. */
  roster(): Roster;
  /** Whose message that is; null: nobody can tell any more, undefined: not known yet. */
  authorOf(seq: number): number | null | undefined;
}

interface OwnName {
  /** Number of the last message at which it was not known to be the name, and of the first at which it was. */
  after: number;
  from: number;
  key: string;
}

export class Meant {
  /** In order of when they began. */
  #names: OwnName[] = [];
  #epoch = "";
  #upTo = 0;
  #meant: number[] = [];
  #unsure: TextRecord[] = [];
  readonly #around: () => Around | null;

  /** Null while one does not know who one is. */
  constructor(around: () => Around | null) {
    this.#around = around;
  }

  /** The newest messages of the room, in order; those of before may be among them. */
  heed(records: readonly TextRecord[]): void {
    const around = this.#around();
    const last = records.at(-1)?.seq ?? 0;
    if (!around) return;
    if (around.epoch !== this.#epoch) this.#forget(around.epoch);
    const before = this.#upTo;
    // What comes from now on is said to whom one is now.
    if (before > 0) this.#call(before, before + 1, around.name);
    if (last === before) return;
    let at = records.length;
    while (at > 0 && (records[at - 1] as TextRecord).seq > before) at--;
    const fresh = records.slice(at);
    let spoken = before;
    for (const { seq, author, name } of fresh) {
      if (author !== around.author) continue;
      this.#call(spoken, seq, name);
      spoken = seq;
    }
    // Whoever comes back under another name took it at some time since.
    if (before === 0) this.#call(spoken, last + 1, around.name);
    for (const record of fresh) this.#judge(record);
    this.#upTo = last;
  }

  /** Numbers of those after number `read`. */
  unread(read: number): number[] {
    const unsure = this.#unsure;
    this.#unsure = [];
    for (const record of unsure) if (record.seq > read) this.#judge(record);
    return this.#meant.filter((seq) => seq > read);
  }

  /** By name, or with everybody. */
  isNamed({ seq, author, text }: TextRecord): boolean {
    const around = this.#around();
    if (!around || author === around.author) return false;
    const found = around.roster().mentionsIn(text);
    if (found.length === 0) return false;
    const own = this.#namesAt(seq);
    return found.some(({ key }) => key === "" || own.includes(key));
  }

  /** As an answer; undefined while one cannot tell. */
  isAnswered({ author, to }: TextRecord): boolean | undefined {
    const around = this.#around();
    if (!around || to === undefined || author === around.author) return false;
    const whose = around.authorOf(to);
    return whose === undefined ? undefined : whose === around.author;
  }

  /** Whether one was called so at number `seq`. */
  isOwn(key: string, seq: number): boolean {
    return this.#namesAt(seq).includes(key);
  }

  #judge(record: TextRecord): void {
    const isFor = this.isNamed(record) || this.isAnswered(record);
    if (isFor === undefined && this.#unsure.length < MOST_UNSURE) this.#unsure.push(record);
    if (!isFor) return;
    const at = this.#meant.findLastIndex((seq) => seq < record.seq) + 1;
    if (this.#meant[at] !== record.seq) this.#meant.splice(at, 0, record.seq);
    if (this.#meant.length > MOST_MEANT) this.#meant.shift();
  }

  /** One was called so at number `from`, and not known to be at number `after`. */
  #call(after: number, from: number, name: string): void {
    const key = keyOf(name);
    const last = this.#names.at(-1);
    if (last?.key === key) return;
    this.#names.push({ after: last ? after : 0, from, key });
    if (this.#names.length > MOST_NAMES) this.#names.shift();
  }

  /** More than one where one took another name somewhere around number `seq`. */
  #namesAt(seq: number): string[] {
    const next = this.#names.findIndex(({ from }) => from > seq);
    const at = next < 0 ? this.#names.length - 1 : next - 1;
    const known = [this.#names[at]?.key];
    const coming = this.#names[at + 1];
    if (coming && coming.after < seq) known.push(coming.key);
    return known.filter((key) => key !== undefined);
  }

  #forget(epoch: string): void {
    this.#epoch = epoch;
    this.#names = [];
    this.#upTo = 0;
    this.#meant = [];
    this.#unsure = [];
  }
}
