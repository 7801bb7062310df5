/**
 * One room as the log holds it at the end, judged by itself: every number once, every nonce once and in order, everything
 * as it was said and in the order in which its writer said it, and of a removed message no text. Where a text is gone
 * because of a removal, what stood there is known from those who saw it before.
 */
import type { FaultName, Found } from "./faults-found.ts";
import type { Event, Taken } from "./journal.ts";
import { isBlank, readLabel, readToken } from "./tokens.ts";

export class LogBook {
  readonly room: string;
  readonly #records: readonly Taken[];
  readonly #head: number;
  readonly #bySeq = new Map<number, Taken>();
  readonly #byLabel = new Map<string, number>();
  readonly #byNonce = new Map<string, number>();
  /** Numbers that have no text any more; with it what stood there, where anybody saw it. */
  readonly #blank = new Map<number, Taken | null>();
  readonly #removed = new Set<number>();
  /** Who said what as the how manieth thing: labels by writer. */
  readonly #said = new Map<string, { writer: string; place: number }>();
  readonly #places = new Map<string, number>();
  /** Edits that lost their text before anybody saw it: how many of each message. */
  #unseenEdits = new Map<number, number>();

  constructor({ room, head, records }: Event & { do: "log" }) {
    this.room = room;
    this.#records = records;
    this.#head = head;
    for (const record of records) {
      const { said, to } = readLabel(record[3]);
      if (said === "removal") this.#removed.add(to);
      if (isBlank(readLabel(record[3]))) this.#blank.set(record[0], null);
      this.#bySeq.set(record[0], record);
      this.#byNonce.set(`${record[1]}/${record[2]}`, record[0]);
    }
  }

  get records(): readonly Taken[] {
    return this.#records;
  }

  /** Takes over, before anything else, what one writer said and what one reader saw. */
  hear(writer: string, event: Event): void {
    if (event.do === "send") {
      const place = (this.#places.get(writer) ?? 0) + 1;
      this.#places.set(writer, place);
      this.#said.set(event.text, { writer, place });
    } else if (event.do === "take") for (const record of event.records) this.#restore(record);
  }

  #restore(record: Taken): void {
    const [seq, author, nonce, label] = record;
    if (this.#blank.get(seq) !== null || isBlank(readLabel(label))) return;
    const kept = this.#bySeq.get(seq)!;
    if (kept[1] === author && kept[2] === nonce && withoutText(label) === kept[3])
      this.#blank.set(seq, record);
  }

  judge(found: Found): void {
    const { room } = this;
    const lastNonce = new Map<number, number>();
    const lastPlace = new Map<string, number>();
    for (const [i, record] of this.#records.entries()) {
      const [seq, author, nonce] = record;
      const label = this.#label(record);
      if (seq !== i + 1) found("gaps accepted by a client", `the log of ${room} at ${seq}`);
      this.#judgeContent(record, found);
      if (this.#byNonce.get(`${author}/${nonce}`) !== seq)
        found("doubled", `${room}: nonce ${nonce} of ${author} at ${seq} and again`);
      if (nonce <= (lastNonce.get(author) ?? 0))
        found("reordered", `${room} ${seq}: nonce ${nonce} of ${author}`);
      lastNonce.set(author, nonce);
      if (isBlank(readLabel(label))) continue;
      const first = this.#byLabel.get(label);
      if (first !== undefined) found("doubled", `${room}: ${label} is ${first} and ${seq}`);
      this.#byLabel.set(label, seq);
      const said = this.#said.get(label);
      if (!said) continue;
      const last = lastPlace.get(said.writer) ?? 0;
      if (said.place < last)
        found(
          "reordered",
          `${room} ${seq}: ${label} of ${said.writer}, its ${said.place}. after its ${last}.`,
        );
      lastPlace.set(said.writer, said.place);
    }
    if (this.#records.length !== this.#head)
      found("seen but missing", `the log of ${room} has ${this.#records.length} of ${this.#head}`);
  }

  /** Whether what was said is in the log, as far as somebody can know. */
  holds(label: string): boolean {
    return this.#byLabel.has(label);
  }

  /** Whether it is there, if need be as an edit whose text went before anybody saw it; each such edit stands for one. */
  has(label: string): boolean {
    if (this.holds(label)) return true;
    const { said, to } = readLabel(label);
    const left = said === "edit" ? (this.#unseenEdits.get(to) ?? 0) : 0;
    if (left > 0) this.#unseenEdits.set(to, left - 1);
    return left > 0;
  }

  isRemoved(seq: number): boolean {
    return this.#removed.has(seq);
  }

  numberOf(author: number, nonce: number): number | undefined {
    return this.#byNonce.get(`${author}/${nonce}`);
  }

  /** What is wrong with something that was seen: nothing when it is what the log holds under that number, or held. */
  faultsOf([seq, author, nonce, label]: Taken): FaultName[] {
    const kept = this.#bySeq.get(seq);
    if (!kept) return ["seen but missing"];
    const wasOrIs = this.#label(kept) === label || (this.#blank.has(seq) && kept[3] === label);
    if (kept[1] === author && kept[2] === nonce && wasOrIs) return [];
    const isNowhere = !isBlank(readLabel(label)) && !this.holds(label);
    return ["same number with different content", ...(isNowhere ? (["seen but missing"] as const) : [])];
  }

  #label(record: Taken): string {
    return this.#blank.get(record[0])?.[3] ?? record[3];
  }

  #judgeContent([seq, , , label]: Taken, found: Found): void {
    const meaning = readLabel(label);
    const { said, to, text } = meaning;
    const where = `${this.room} ${seq}`;
    const about = said === "edit" ? to : seq;
    if (isBlank(meaning)) {
      if (!this.#removed.has(about))
        found("same number with different content", `${where} has no text, and nobody removed ${about}`);
      if (said === "edit" && this.#blank.get(seq) === null)
        this.#unseenEdits.set(to, (this.#unseenEdits.get(to) ?? 0) + 1);
      return;
    }
    if (said === "removal" || said === "on" || said === "off") return;
    if (!readToken(text))
      found("same number with different content", `${where} holds what nobody wrote: ${text.slice(0, 40)}`);
    if (this.#removed.has(about))
      found("removed but still served", `${where} still says ${label}, though ${about} was removed`);
  }
}

/** What is left of a label when its text is taken out. */
function withoutText(label: string): string {
  const { said, text } = readLabel(label);
  return said === "removal" ? label : label.slice(0, label.length - text.length);
}
