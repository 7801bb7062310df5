/**
 * What may be had of the server, by whom: a rate in the long run and an amount at once for each resource, for one
 * identity, for one visitor (an address) and for the whole server. Numbers only; `src/session/budget.ts` keeps count.
 * Invariant: everything that costs the server something is counted in one of these resources.
 */

/** What is counted, with its unit. */
export const RESOURCES = {
  connections: "sockets",
  requests: "requests, weighed by their work",
  messages: "messages",
  bytes: "bytes read from the log",
  stored: "bytes written to the log",
  identities: "new identities",
  rooms: "rooms founded",
  moves: "phrases asked for or said, and tokens renewed",
  passwords: "passwords that were wrong or set",
  refusals: "requests refused with a code",
  reports: "messages reported",
  guesses: "wrong keys of the operator",
} as const;
export type Resource = keyof typeof RESOURCES;

/** `perSecond` in the long run and `burst` at once. `perSecond` 0: no limit. */
export interface Allowance {
  perSecond: number;
  burst: number;
}

export const SCOPES = ["identity", "visitor", "server"] as const;
export type Scope = (typeof SCOPES)[number];

/** A resource that is not named has no limit in that scope. */
export type Allowances = Record<Scope, Partial<Record<Resource, Allowance>>>;

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const MIB = 2 ** 20;

/**
 * An identity is one person, a visitor may be a school or a carrier: some five hundred people behind one address come
 * in within a minute and all write now and then. What an identity may send and ask stands in `Limits`, since
 * WELCOME states it.
 */
export const DEFAULT_ALLOWANCES: Allowances = {
  identity: {
    bytes: { perSecond: 4 * MIB, burst: 64 * MIB },
    moves: { perSecond: 1 / 30, burst: 10 },
    refusals: { perSecond: 50, burst: 1_000 },
    reports: { perSecond: 20 / HOUR_SECONDS, burst: 20 },
    passwords: { perSecond: 1 / 30, burst: 10 },
  },
  visitor: {
    connections: { perSecond: 100, burst: 4_000 },
    requests: { perSecond: 300, burst: 6_000 },
    messages: { perSecond: 50, burst: 500 },
    bytes: { perSecond: 16 * MIB, burst: 256 * MIB },
    stored: { perSecond: (256 * MIB) / DAY_SECONDS, burst: 256 * MIB },
    identities: { perSecond: 10, burst: 1_000 },
    rooms: { perSecond: 1 / 30, burst: 100 },
    moves: { perSecond: 1 / 10, burst: 30 },
    refusals: { perSecond: 500, burst: 5_000 },
    reports: { perSecond: 60 / HOUR_SECONDS, burst: 60 },
    passwords: { perSecond: 1 / 20, burst: 100 },
    guesses: { perSecond: 1 / 60, burst: 10 },
  },
  server: {
    connections: { perSecond: 2_000, burst: 20_000 },
    identities: { perSecond: 1_000, burst: 20_000 },
    rooms: { perSecond: 5, burst: 2_000 },
    moves: { perSecond: 20, burst: 1_000 },
    passwords: { perSecond: 10, burst: 3_000 },
  },
};

/** For those who measure or break a server of their own. */
export const NO_ALLOWANCES: Allowances = { identity: {}, visitor: {}, server: {} };
