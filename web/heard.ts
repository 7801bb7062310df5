/**
 * What a screen reader is told of new messages. The first one at once; what comes in the second after it is gathered,
 * so that a busy room is told in sentences that can be listened to. Invariant: each message is told once, by itself or
 * as one of a number.
 */
import type { TextRecord } from "../src/wire/block.ts";

const GATHER_MS = 1_000;
/** Of more than so many at once only the number is told, and what is meant for whoever listens. */
const MOST_TOLD = 10;
/** What was told stays for a while: taken away at once it may not be read to its end. */
const MOST_KEPT = 4;

export interface Told {
  id: number;
  count: number;
  /** Fewer than `count` where the number is told: those that are meant for whoever listens. */
  messages: readonly TextRecord[];
}

/** Whether a message is meant for whoever listens. */
type IsMeant = (message: TextRecord) => boolean;

export class Heard {
  /** The latest last. Another list after each change. */
  told: readonly Told[] = [];
  #count = 0;
  #gathered: TextRecord[] = [];
  /** Of them those that are told whatever else is. */
  #meant: TextRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #changed: () => void;
  readonly #isMeant: IsMeant;

  constructor(changed: () => void, isMeant: IsMeant) {
    this.#changed = changed;
    this.#isMeant = isMeant;
  }

  add(messages: readonly TextRecord[]): void {
    this.#count += messages.length;
    this.#gathered.push(...messages.slice(0, MOST_TOLD + 1 - this.#gathered.length));
    for (const one of messages)
      if (this.#meant.length < MOST_TOLD && this.#isMeant(one)) this.#meant.push(one);
    if (this.#timer === undefined) this.#tell();
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#count === 0) return;
    const messages = this.#count > MOST_TOLD ? this.#meant : this.#gathered;
    const id = (this.told.at(-1)?.id ?? 0) + 1;
    this.told = [...this.told.slice(1 - MOST_KEPT), { id, count: this.#count, messages }];
    this.#count = 0;
    this.#gathered = [];
    this.#meant = [];
    this.#timer = setTimeout(() => this.#tell(), GATHER_MS);
    this.#changed();
  }
}

export const makeHeard = (changed: () => void, isMeant: IsMeant): Heard => new Heard(changed, isMeant);
