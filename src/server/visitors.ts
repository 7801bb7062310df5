/**
 * Who is behind a socket or a request: an address becomes a visitor, with one account whatever number of connections
 * it has. Addresses stay in memory and are forgotten when their account is fresh again. Only a proxy that the operator
 * named is believed about the address behind it.
 * Invariant: two requests from one address have one visitor, and the number of visitors is bounded.
 */

import type { HttpResponse } from "uWebSockets.js";
import { Account } from "../session/account.ts";
import type { Budget } from "../session/budget.ts";
import type { Tell } from "../telling/events.ts";
import {
  type Address,
  addressOf,
  clientOf,
  isWithin,
  networkOf,
  type Prefix,
  visitorKey,
} from "./addresses.ts";
import type { DenyList } from "./deny-list.ts";
import type { Loop } from "./loop.ts";

/** How often accounts that are fresh again are forgotten, once there are more than a few. */
const SWEEP_MS = 5_000;
const FEW_ACCOUNTS = 200;
/** Visitors that are remembered at once; more share one account. */
const MAX_VISITORS = 100_000;

/** One address, with what it has used. Its `holders` are its open connections. */
export class Visitor extends Account {
  /** The address of those that have one alone, made once: connections keep it. */
  readonly address: Address | null;
  /** What those of one visitor have in common; empty where that is not known. */
  readonly key: string;

  constructor(address: Address | null, key = "") {
    super();
    this.address = address;
    this.key = key;
  }
}

/** Who sent a request. The address is kept only by a connection, to look whether it is denied later. */
export interface Who {
  visitor: Visitor;
  address: Address;
  /** The socket is a trusted proxy's, so that it says nothing of how many this visitor opens. */
  isProxied: boolean;
}

/** Why a request has no visitor: the answer's stable code and sentence. */
export interface Turned {
  code: "address_denied" | "proxy_not_trusted";
  message: string;
}

export interface VisitorsOptions {
  loop: Loop;
  budget: Budget;
  trustedProxies: readonly Prefix[];
  denied: DenyList;
  /** Told once when a proxy seems to be there that was not named. */
  report: Tell;
  /** Addresses are told whole, not by their network alone. */
  wholeAddresses: boolean;
}

export class Visitors {
  readonly #options: VisitorsOptions;
  readonly #all = new Map<string, Visitor>();
  readonly #overflow = new Visitor(null);
  #sweeping = false;
  #hinted = false;

  constructor(options: VisitorsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#all.size;
  }

  /** Whoever is at the other end of a plain socket: null for a trusted proxy, which is many. */
  ofPeer(bytes: ArrayBuffer): Visitor | null {
    const address = addressOf(new Uint8Array(bytes));
    if (!address || this.#isTrusted(address)) return null;
    return this.#of(address);
  }

  isPeerDenied(bytes: ArrayBuffer): boolean {
    const address = addressOf(new Uint8Array(bytes));
    return address !== null && this.#options.denied.has(address);
  }

  /** Who sent a request, and whether a proxy says so. */
  ofRequest(res: HttpResponse, forwarded: string): Who | Turned {
    const peer = addressOf(new Uint8Array(res.getRemoteAddress()));
    // A socket of the system's own, or one that is gone already.
    if (!peer) return { visitor: this.#overflow, address: NOBODY, isProxied: false };
    const proxied = addressOf(new Uint8Array(res.getProxiedRemoteAddress()));
    const isTrusted = (address: Address) => this.#isTrusted(address);
    if (proxied && !isTrusted(peer)) return PROXY_NOT_TRUSTED;
    if (forwarded !== "" && !isTrusted(peer)) this.#hint(peer);
    const address = clientOf(proxied ?? peer, forwarded, isTrusted);
    if (this.#options.denied.has(address)) return ADDRESS_DENIED;
    const visitor = this.#of(address);
    return { visitor, address: visitor.address ?? address, isProxied: isTrusted(peer) };
  }

  /** How an address is written in the log. That of this machine itself is nobody's. */
  shown(address: Address): string {
    const isOwn = address.range() === "loopback";
    return this.#options.wholeAddresses || isOwn ? address.toString() : networkOf(address);
  }

  isDenied(address: Address): boolean {
    return this.#options.denied.has(address);
  }

  #isTrusted(address: Address): boolean {
    const { trustedProxies } = this.#options;
    return trustedProxies.length > 0 && isWithin(address, trustedProxies);
  }

  #of(address: Address): Visitor {
    const key = visitorKey(address);
    let visitor = this.#all.get(key);
    if (!visitor) {
      if (this.#all.size >= MAX_VISITORS) return this.#overflow;
      visitor = new Visitor(address.kind() === "ipv4" ? address : null, key);
      this.#all.set(key, visitor);
      this.#sweepLater();
    }
    return visitor;
  }

  /** Everybody behind a proxy that was not named would be one visitor, and soon be told to wait. */
  #hint(peer: Address): void {
    if (this.#hinted || !["loopback", "private", "uniqueLocal"].includes(peer.range())) return;
    this.#hinted = true;
    const shown = this.shown(peer);
    const whole = shown === peer.toString();
    this.#options.report(
      "proxy_not_trusted",
      `A proxy ${whole ? "at" : "in"} ${shown} sends X-Forwarded-For and is not trusted, so everybody behind it counts ` +
        `as one visitor. If it is yours, start with --trust-proxy ${whole ? shown : "and its address, which --log-addresses shows"}.`,
      { address: shown },
    );
  }

  #sweepLater(): void {
    if (this.#sweeping || this.#all.size <= FEW_ACCOUNTS) return;
    this.#sweeping = true;
    this.#options.loop.after(SWEEP_MS, () => {
      this.#sweeping = false;
      const now = this.#options.budget.now();
      for (const [key, visitor] of this.#all)
        if (visitor.holders === 0 && visitor.isFresh(now)) this.#all.delete(key);
      this.#sweepLater();
    });
  }
}

const NOBODY = addressOf(new Uint8Array(4))!;
const PROXY_NOT_TRUSTED: Turned = {
  code: "proxy_not_trusted",
  message: "This address may not speak for others (the PROXY protocol); --trust-proxy names those that may.",
};
const ADDRESS_DENIED: Turned = { code: "address_denied", message: "This address is not let in here." };
