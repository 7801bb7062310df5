/**
 * What those who look after a room do, as lines of its conversation: who has which role, the topic, pins, settings, who
 * was put out or kept silent. They come as acts, live or in pages, in any order and more than once. Invariant: each
 * stands there once, at its own number, with the name of whom it is about as it was when that was first known.
 */
import type { ActRecord } from "../src/wire/block.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { operated } from "../src/wire/records/operated.ts";
import { pin } from "../src/wire/records/pin.ts";
import { role } from "../src/wire/records/role.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { Speakers, settings } from "../src/wire/records/settings.ts";
import { sweep } from "../src/wire/records/sweep.ts";
import { topic } from "../src/wire/records/topic.ts";
import type { Telling } from "./became.ts";
import { isolated } from "./components/sentence.tsx";
import type { RulingTexts } from "./texts/en-rulings.ts";

/** Beyond that those go first that were told first. */
const MOST_RULINGS = 1_000;
const MOST_KEPT = 100;
/** Letters of a topic or a title; over the messages all of it stands. */
const MOST_QUOTED = 120;

const KINDS: readonly RecordKind[] = [topic, pin, role, settings, sanction, sweep, operated];
/** Of a back room: read when they are drawn, by back-part.tsx. Copied, as a body is a view on all that came with it. */
const IN_BACK_ROOMS = [16, 17];

export interface Ruling extends ActRecord {
  /** Whom it is about, once that is known. */
  whom?: string;
  /** Whether its author operated the server. */
  isOperators?: boolean;
}

export class Rulings {
  readonly #all = new Map<number, Ruling>();
  readonly #nameOf: (author: number) => string;

  constructor(nameOf: (author: number) => string) {
    this.#nameOf = nameOf;
  }

  take(tellings: readonly Telling[]): void {
    for (const { body, ...act } of tellings as (Ruling & { body?: Uint8Array })[]) {
      if (this.#all.has(act.seq)) continue;
      if (IN_BACK_ROOMS.includes(act.kind))
        this.#all.set(act.seq, { ...act, ...(body && { said: body.slice() }) });
      const kind = KINDS.find((one) => one.kind === act.kind);
      if (!kind) continue;
      const read = body ? kind.read(body) : act;
      // Of settings a later version may know more than these.
      if (kind.fits?.({ ...read, more: undefined }) === false) continue;
      this.#all.set(act.seq, { ...act, ...read });
    }
    for (const seq of this.#all.keys()) {
      if (this.#all.size <= MOST_RULINGS) break;
      this.#all.delete(seq);
    }
  }

  /** Those from number `seq` on, in order. */
  from(seq: number): Ruling[] {
    const rulings = this.kept(seq, Number.POSITIVE_INFINITY).filter(({ kind }) => kind !== operated.kind);
    for (const one of rulings) one.isOperators = this.#all.get(one.seq - 1)?.kind === operated.kind;
    return rulings;
  }

  /** Those to keep on the device, and the operator's marks among them. */
  kept(seq: number, most = MOST_KEPT): Ruling[] {
    const rulings = [...this.#all.values()].filter((one) => one.seq >= seq);
    for (const one of rulings) if (one.who) one.whom ||= this.#nameOf(one.who);
    return rulings.sort((a, b) => a.seq - b.seq).slice(-most);
  }
}

/** In one line, and without marks of its own around it. */
const quoted = (text: string): string => {
  const letters = [...text.replace(/[\s\u2066-\u2069]+/g, " ").trim()];
  const shown = letters.slice(0, MOST_QUOTED).join("") + (letters.length > MOST_QUOTED ? "…" : "");
  return shown && isolated(shown);
};

const SANCTIONS = ["", ...Object.keys(Sanction)] as ["", ...(keyof typeof Sanction)[]];

/** `tagOf`: how one is told apart whose name nobody knows. */
export function rulingText(
  {
    kind,
    author,
    name,
    text = "",
    on,
    who = 0,
    whom,
    role: given = 0,
    what = 0,
    until,
    address,
    since,
    isOperators,
    ...set
  }: Ruling,
  texts: RulingTexts,
  tagOf: (author: number) => string,
  dayAndTime: (ms: number) => string,
): string {
  const by = isOperators ? texts.operator(isolated(name)) : isolated(name);
  const about = isolated(whom || texts.nameless(tagOf(who)));
  const said = quoted(text);
  if (kind === topic.kind) return texts.topic(by, said);
  if (kind === pin.kind) return on ? texts.pin(by) : texts.unpin(by);
  if (kind === role.kind)
    return (!given && who === author ? texts.gaveUp(by) : texts.role(by, about)[given]) ?? "";
  if (kind === sweep.kind) return texts.sweep(by, about, said, dayAndTime(since ?? 0));
  if (kind === sanction.kind)
    return (
      texts[SANCTIONS[what] || "kick"](by, about, said, until ? dayAndTime(until) : "") +
      (address ? texts.address : "")
    );
  const { slowSeconds, speakers, locked, title, keepHours } = set;
  return [
    slowSeconds !== undefined && texts.slow(by, slowSeconds),
    speakers !== undefined && texts.speakers(by, speakers === Speakers.named),
    locked !== undefined && texts.locked(by, locked),
    title !== undefined && texts.title(by, quoted(title)),
    keepHours !== undefined && texts.keeps(by, keepHours),
  ]
    .filter((one) => one)
    .join(" · ");
}
