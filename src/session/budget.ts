/**
 * The one question about cost: `may`. A connection has no account of its own: what it does is taken from those of its
 * identity, of its visitor (its address), and of the whole server, so that neither a second connection nor a new one
 * has more. Accounts are kept while somebody holds them or they are not fresh yet.
 * Invariant: either all that something costs is taken from all accounts, or nothing is.
 */
import type { Loop } from "../room/loop.ts";
import { type Allowance, type Allowances, type Resource, SCOPES, type Scope } from "../wire/allowances.ts";
import type { Limits } from "../wire/limits.ts";
import { Account, TICKS_PER_MS } from "./account.ts";
import { COSTS, type Cost, type CostName } from "./costs.ts";

/** Who pays: null where there is no such account (yet). */
export interface Payer {
  readonly identity: Account | null;
  readonly visitor: Account | null;
}

/** How often accounts that are fresh again are forgotten, once there are more than a few. */
const SWEEP_MS = 5_000;
const FEW_ACCOUNTS = 200;
/** Accounts of identities that are kept; more share one, so that a flood of identities takes no memory. */
const MAX_IDENTITIES = 200_000;

/** One resource of a cost in one scope. */
interface Charge {
  scope: Scope;
  resource: Resource;
  amount: number;
  allowance: Allowance;
}

export class Budget {
  readonly #loop: Loop;
  /** What each thing is charged; empty where nothing limits it. */
  readonly #charges: Record<CostName, readonly Charge[]>;
  readonly #server = new Account();
  readonly #identities = new Map<number, Account>();
  readonly #overflow = new Account();
  #sweeping = false;
  /** Times that somebody was told to wait, by resource. */
  readonly denials = new Map<Resource, number>();

  constructor(loop: Loop, limits: Limits, allowances: Allowances) {
    this.#loop = loop;
    const all = {
      ...allowances,
      identity: {
        ...allowances.identity,
        messages: { perSecond: limits.messagesPerSecond, burst: limits.messageBurst },
        requests: { perSecond: limits.framesPerSecond, burst: limits.frameBurst },
      },
    };
    this.#charges = {} as Record<CostName, readonly Charge[]>;
    for (const name of Object.keys(COSTS) as CostName[]) this.#charges[name] = chargesOf(COSTS[name], all);
  }

  /** The account of an identity, for one connection more: give it back with `release`. */
  hold(author: number): Account {
    let account = this.#identities.get(author);
    if (!account) {
      if (this.#identities.size >= MAX_IDENTITIES) account = this.#overflow;
      else {
        account = new Account();
        this.#identities.set(author, account);
        this.#sweepLater();
      }
    }
    account.holders++;
    return account;
  }

  /** Identities that have an account. */
  get accounts(): number {
    return this.#identities.size;
  }

  release(account: Account): void {
    account.holders--;
  }

  /**
   * Takes what `times` of a thing cost, if everybody who pays has it.
   * @returns 0, or whole milliseconds after which to ask again; then nothing was taken.
   */
  may(payer: Payer, name: CostName, times = 1): number {
    const charges = this.#charges[name];
    if (charges.length === 0) return 0;
    const now = this.now();
    let ticks = 0;
    let short: Resource | null = null;
    for (const { scope, resource, amount, allowance } of charges) {
      const wait = this.#accountOf(payer, scope)?.waitFor(resource, amount * times, allowance, now) ?? 0;
      if (wait <= ticks) continue;
      ticks = wait;
      short = resource;
    }
    if (short === null) {
      this.#take(payer, charges, times, now);
      return 0;
    }
    this.denials.set(short, (this.denials.get(short) ?? 0) + 1);
    return Math.max(1, Math.ceil(ticks / TICKS_PER_MS));
  }

  /** Whether a visitor has founded no room lately: part of all rooms is kept for those. */
  isNewFounder(visitor: Account): boolean {
    return visitor.rooms <= this.now();
  }

  /**
   * Takes what a thing costs from the person alone, when others have used up what they share.
   * @returns how much the person has used, from 0 to 1; 1 where there is no account or no limit.
   */
  oweAlone({ identity }: Payer, name: CostName): number {
    const charge = this.#charges[name].find(({ scope }) => scope === "identity");
    if (!identity || !charge) return 1;
    const { resource, amount, allowance } = charge;
    const now = this.now();
    identity.take(resource, amount, allowance, now);
    return identity.usedShare(resource, allowance, now);
  }

  /** How much of what it needs is used, from 0 to 1, in the account that has least left. */
  pressure(payer: Payer, name: CostName): number {
    const now = this.now();
    let most = 0;
    for (const { scope, resource, allowance } of this.#charges[name])
      most = Math.max(most, this.#accountOf(payer, scope)?.usedShare(resource, allowance, now) ?? 0);
    return most;
  }

  /** Takes what is known only afterwards, such as bytes that were read: it may make a debt. */
  owe(payer: Payer, name: CostName, times: number): void {
    const charges = this.#charges[name];
    if (charges.length > 0) this.#take(payer, charges, times, this.now());
  }

  /** Ticks of the monotonic clock, in which accounts count. */
  now(): number {
    return Math.floor(this.#loop.monotonic() * TICKS_PER_MS);
  }

  #take(payer: Payer, charges: readonly Charge[], times: number, now: number): void {
    for (const { scope, resource, amount, allowance } of charges)
      this.#accountOf(payer, scope)?.take(resource, amount * times, allowance, now);
  }

  #accountOf(payer: Payer, scope: Scope): Account | null {
    return scope === "server" ? this.#server : payer[scope];
  }

  #sweepLater(): void {
    if (this.#sweeping || this.#identities.size <= FEW_ACCOUNTS) return;
    this.#sweeping = true;
    this.#loop.after(SWEEP_MS, () => {
      this.#sweeping = false;
      const now = this.now();
      for (const [author, account] of this.#identities)
        if (account.holders === 0 && account.isFresh(now)) this.#identities.delete(author);
      this.#sweepLater();
    });
  }
}

function chargesOf(cost: Cost, allowances: Allowances): Charge[] {
  const charges: Charge[] = [];
  for (const [resource, amount] of Object.entries(cost) as [Resource, number][]) {
    for (const scope of SCOPES) {
      const allowance = allowances[scope][resource];
      if (allowance && allowance.perSecond > 0) charges.push({ scope, resource, amount, allowance });
    }
  }
  return charges;
}
