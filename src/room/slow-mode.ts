/**
 * A room that is flooded slows down by itself: while more comes than its rate, each visitor (an address) gets an equal
 * share of that rate, and each person an equal share of the visitor's, so that whoever floods waits and whoever writes
 * now and then does not notice. It keeps nothing while the room is calm. Times are milliseconds of the monotonic clock.
 * Invariant: when a wait that was told is over, what this person sends next is let through, unless others behind the
 * same address used the share, or more have begun to write.
 */
import type { Allowance } from "../wire/allowances.ts";

/** The flood is over when no more was tried than the room takes for this long. */
const CALM_MS = 10_000;
/** What was tried is ahead of what the room takes by more than this: it is still flooded. */
const FLOODED_MS = 2_000;
/** Who has not tried to write for so long has no share. */
const ACTIVE_MS = 10_000;
/** How often those are looked for. */
const LOOK_EVERY_MS = 1_000;
/** Messages that each may write at once, however small the share. */
const SHARE_BURST = 4;

export class SlowMode {
  readonly #allowance: Allowance;
  /** The room's own bucket: until when its rate is used. */
  #usedUntil = 0;
  /** The same of all that was tried, whether it was let through or not. */
  #triedUntil = 0;
  #flood: { visitors: Shares; until: number } | null = null;

  /** `allowance`: messages of the room; 0 a second: it never slows down. */
  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  get isOn(): boolean {
    return this.#flood !== null;
  }

  /** Takes one message. @returns 0, or milliseconds to wait, and then nothing was taken. */
  take(author: number, visitor: object, now: number): number {
    const { perSecond, burst } = this.#allowance;
    if (perSecond === 0) return 0;
    const interval = 1_000 / perSecond;
    const used = Math.max(0, this.#usedUntil - now);
    this.#triedUntil = Math.min(Math.max(this.#triedUntil, now) + interval, now + 2 * FLOODED_MS);
    if (used > burst * interval) this.#flood ??= { visitors: new Shares(), until: now + CALM_MS };
    const flood = this.#flood;
    if (flood) {
      if (this.#triedUntil - now > FLOODED_MS) flood.until = now + CALM_MS;
      else if (now >= flood.until) this.#flood = null;
      const share = flood.visitors.of(visitor, now);
      const own = share.persons.of(author, now);
      // Milliseconds a message of this address, and of this person among those behind it.
      const ofVisitor = interval * flood.visitors.size;
      const ofPerson = ofVisitor * share.persons.size;
      const wait = Math.max(share.waitFor(ofVisitor, now), own.waitFor(ofPerson, now));
      if (wait > 0) return Math.ceil(wait);
      share.take(ofVisitor, now);
      own.take(ofPerson, now);
    }
    // What is let through in a flood is within the shares: it makes no debt that would outlast it.
    this.#usedUntil = Math.min(Math.max(this.#usedUntil, now) + interval, now + (burst + 1) * interval);
    return 0;
  }
}

/** What one has used of its share. */
class Share {
  usedUntil: number;
  /** When it was last heard of. */
  at: number;
  #persons: Shares | null = null;

  constructor(now: number) {
    this.usedUntil = now;
    this.at = now;
  }

  /** Those who share this share. */
  get persons(): Shares {
    this.#persons ??= new Shares();
    return this.#persons;
  }

  /** `own`: milliseconds a message of this share. */
  waitFor(own: number, now: number): number {
    // What was used of a smaller share is no debt of a larger one.
    const used = Math.min(this.usedUntil - now, SHARE_BURST * own);
    return Math.max(0, used - (SHARE_BURST - 1) * own);
  }

  take(own: number, now: number): void {
    this.usedUntil = Math.min(Math.max(this.usedUntil, now) + own, now + SHARE_BURST * own);
  }
}

/** All who write at the moment. */
class Shares {
  readonly #all = new Map<unknown, Share>();
  #lookedAt = 0;

  get size(): number {
    return this.#all.size;
  }

  of(who: unknown, now: number): Share {
    this.#forget(now);
    let share = this.#all.get(who);
    if (!share) {
      share = new Share(now);
      this.#all.set(who, share);
    }
    share.at = now;
    return share;
  }

  #forget(now: number): void {
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    for (const [who, { at, usedUntil }] of this.#all)
      if (now - at > ACTIVE_MS && usedUntil <= now) this.#all.delete(who);
  }
}
