/** Whoever runs a command: what they are told, and how they stop it. What is said at the end is counted here as well. */
import { readBlockKey } from "../log/level/keys.ts";
import type { Entry } from "../log/level/moment.ts";

export interface Operator {
  /** A line that stays. */
  say(line: string): void;
  /** The same beside the output, where that is what was asked for. */
  aside(line: string): void;
  /** Output. Resolves when there is place for more. */
  write(text: string): Promise<void>;
  /** A line that the next one takes the place of; shown on a terminal only. */
  progress(line: string): void;
  /** Its reason is what a command throws that was interrupted. */
  signal: AbortSignal;
}

/** It was stopped from outside, and what it had made is gone. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("Interrupted; nothing is left of what was begun.");
  }
}

const BLOCK = "b".charCodeAt(0);
const META = "m".charCodeAt(0);
const SHOW_EVERY_MS = 200;

/** What went by, and how long it took. */
export class Tally {
  rooms = 0;
  messages = 0;
  bytes = 0;
  readonly #startedAt = performance.now();
  #shownAt = 0;
  readonly #operator: Operator;

  constructor(operator: Operator) {
    this.#operator = operator;
  }

  count(entries: readonly Entry[]): void {
    for (const [key] of entries) {
      if (key[0] === META) this.rooms++;
      else if (key[0] === BLOCK) this.messages += readBlockKey(key).count;
    }
  }

  /** To be called often. @throws the signal's reason once it is aborted */
  step(doing: string): void {
    this.#operator.signal.throwIfAborted();
    const now = performance.now();
    if (now - this.#shownAt < SHOW_EVERY_MS) return;
    this.#shownAt = now;
    this.#operator.progress(`${doing}: ${this.#amounts()} …`);
  }

  /** "12 rooms, 3,456 messages, 1.2 MB in 0.8 s". */
  toString(): string {
    return `${this.#amounts()} in ${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s`;
  }

  #amounts(): string {
    const rooms = this.rooms > 0 ? [amount(this.rooms, "room")] : [];
    return [...rooms, amount(this.messages, "message"), sizeText(this.bytes)].join(", ");
  }
}

export const amount = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

export function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let n = 0;
  let size = bytes;
  for (; size >= 1000 && n < units.length - 1; n++) size /= 1000;
  return `${n === 0 ? size : size.toFixed(1)} ${units[n]}`;
}
