/**
 * Keeps a client within what its server allows: below the stated rate, with few messages unanswered, silent for as
 * long as the server said. There is one for all rooms and all connections, since a server counts for people as well.
 * Where it takes less than it stated, because others share an address, the rate sinks with each refusal and rises
 * again with each message that is stored.
 * Invariant: at most MOST_UNANSWERED messages of all rooms together are unanswered.
 */

import type { StatedLimits } from "../wire/limits.ts";
import { Pause } from "./pause.ts";

/** Messages that left evenly may arrive bunched. */
const MARGIN = 0.9;
/** A server ends a connection after some hundred refusals in a row, and in the worst case all of these are refused. */
const MOST_UNANSWERED = 128;
const SLOWER = 0.6;
const FASTER = 1.02;
const LEAST_SHARE = 0.05;

export class Pacer {
  #perMs = 0;
  #most = Number.POSITIVE_INFINITY;
  #tokens = Number.POSITIVE_INFINITY;
  #at = 0;
  /** Of the stated rate, what is made use of. */
  #share = 1;
  readonly #pause = new Pause();
  #unanswered = new Set<object>();
  /** Those who found no place among the unanswered, in the order in which they asked. */
  #waiting = new Set<() => void>();

  /** A new connection. Only the first one has a full bucket. `messagesPerSecond` 0: no limit. */
  begin({ messagesPerSecond: perSecond, messageBurst: burst }: StatedLimits, now: number): void {
    this.#grow(now);
    this.#perMs = (perSecond * MARGIN) / 1000;
    this.#most = Math.max(1, Math.floor(burst * MARGIN));
    this.#tokens = Math.min(this.#most, this.#tokens);
  }

  /** The connection is gone, and with it all answers. */
  lost(): void {
    this.#unanswered.clear();
    this.#waiting.clear();
  }

  /** Takes one and returns 0, or returns after how many milliseconds to ask again. */
  take(now: number): number {
    const held = this.#pause.left(now);
    if (held > 0 || this.#perMs === 0) return held;
    this.#grow(now);
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / (this.#perMs * this.#share));
    this.#tokens--;
    return 0;
  }

  /** Whether one more may be unanswered; if not, `again` is called when `next` comes to it. */
  hasPlace(again: () => void): boolean {
    if (this.#unanswered.size < MOST_UNANSWERED) return true;
    this.#waiting.add(again);
    return false;
  }

  sent(message: object): void {
    this.#unanswered.add(message);
  }

  isUnanswered(message: object): boolean {
    return this.#unanswered.has(message);
  }

  /** Whether an answer was waited for. Whoever says so calls `next` when it has taken the answer in. */
  answered(message: object): boolean {
    return this.#unanswered.delete(message);
  }

  /** Lets those who wait for a place have what is free. */
  next(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const again of waiting) again();
  }

  stored(): void {
    this.#share = Math.min(1, this.#share * FASTER);
  }

  /** The server counts differently: nothing leaves for that time, and what follows leaves more slowly. */
  hold(ms: number, now: number): void {
    const held = this.#pause.left(now);
    if (held >= ms) return;
    if (held === 0) this.#share = Math.max(LEAST_SHARE, this.#share * SLOWER);
    this.#pause.begin(ms, now);
    // One may leave when the time is over.
    this.#tokens = 1 - ms * this.#perMs * this.#share;
    this.#at = now;
  }

  #grow(now: number): void {
    const grown = Math.max(0, now - this.#at) * this.#perMs * this.#share;
    this.#tokens = Math.min(this.#most, this.#tokens + grown);
    this.#at = now;
  }
}
