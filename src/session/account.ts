/**
 * What one identity, one visitor or the server has used of each resource, as the time until which it is used: the
 * virtual scheduling of GCRA (ITU-T I.371, annex A), which needs one number for a resource and no timer.
 * Invariant: an account whose times lie all in the past is worth as much as a new one, and may be forgotten.
 */
import type { Allowance, Resource } from "../wire/allowances.ts";

/** Times are counted in sixteenths of a millisecond: whole numbers of that size take no memory of their own. */
export const TICKS_PER_MS = 16;

export class Account {
  /** Connections that use it; while there are any it is not forgotten. */
  holders = 0;
  // One field for each resource, in ticks of the monotonic clock. Fields, because there is one of these for each person.
  connections = 0;
  requests = 0;
  messages = 0;
  bytes = 0;
  stored = 0;
  identities = 0;
  rooms = 0;
  moves = 0;
  refusals = 0;
  reports = 0;
  passwords = 0;
  guesses = 0;

  /** Ticks to wait until `amount` can be had; 0 when it can now. More than the whole burst is asked for as the burst. */
  waitFor(resource: Resource, amount: number, { perSecond, burst }: Allowance, now: number): number {
    const interval = (TICKS_PER_MS * 1_000) / perSecond;
    const used = Math.max(0, this[resource] - now);
    return Math.max(0, used + (Math.min(amount, burst) - burst) * interval);
  }

  /** How much of the burst is used, from 0 to 1. */
  usedShare(resource: Resource, { perSecond, burst }: Allowance, now: number): number {
    const interval = (TICKS_PER_MS * 1_000) / perSecond;
    return Math.min(1, Math.max(0, this[resource] - now) / (burst * interval));
  }

  /** Takes `amount`, whether it is there or not: what is more than there is is a debt that others wait for. */
  take(resource: Resource, amount: number, { perSecond }: Allowance, now: number): void {
    const interval = (TICKS_PER_MS * 1_000) / perSecond;
    const until = Math.max(this[resource], now) + amount * interval;
    this[resource] = interval < 1 ? until : Math.ceil(until);
  }

  /** Whether it is worth as much as a new one. */
  isFresh(now: number): boolean {
    return (
      Math.max(
        this.connections,
        this.requests,
        this.messages,
        this.bytes,
        this.stored,
        this.identities,
        this.rooms,
        this.moves,
        this.refusals,
        this.reports,
        this.passwords,
        this.guesses,
      ) <= now
    );
  }
}
