/**
 * The table of costs: what each thing that a peer can make the server do takes of which resource. Weights of requests
 * are about tenths of a millisecond of the server's time. What depends on a length is told when it is known.
 */
import type { Resource } from "../wire/allowances.ts";

export type Cost = Readonly<Partial<Record<Resource, number>>>;

export const COSTS = {
  /** A socket is accepted, whatever it says then. */
  connection: { connections: 1 },
  /** The first frame of a connection. */
  hello: { requests: 1 },
  /** A newcomer gets an identity. */
  identity: { identities: 1 },
  /** A frame that needs no work to speak of: typing, ping, leave. */
  frame: { requests: 1 },
  message: { messages: 1 },
  /** A message that is stored already and is the author's newest: answered from memory. */
  repeat: { requests: 0.25 },
  /** A repeat of an older one, which is looked for in the log. */
  oldRepeat: { requests: 0.5 },
  enter: { requests: 2 },
  /** A room comes into being. */
  found: { rooms: 1 },
  /** A password is set, or tried; one that was right is given back. */
  password: { passwords: 1 },
  rename: { requests: 4 },
  /** A free name is looked for. */
  suggestion: { requests: 4 },
  roomList: { requests: 2 },
  /** A message is reported, beside the page of messages in which it is looked up. */
  report: { reports: 1 },
  /** A phrase is asked for or said, which may be a guess; or another token. */
  move: { requests: 4, moves: 1 },
  /** A page of messages is asked for. */
  page: { requests: 2 },
  /** Who put signs on a message: up to some thousands of people and names. */
  who: { requests: 2 },
  /** How a message read before: some reads of the log, which cost beside this. */
  edits: { requests: 2 },
  /** One read of the log, beside its bytes. */
  diskRead: { bytes: 16_384 },
  /** A byte that is read from the log for a page or a catch-up. */
  byte: { bytes: 1 },
  /** A byte that a message adds to the log. */
  storedByte: { stored: 1 },
  refusal: { refusals: 1 },
  /** The operator's key is shown; given back when it is the right one. */
  guess: { guesses: 1 },
  /** What whoever operates the server wants of all of it. */
  operate: { requests: 4 },
  /** HTTP: a file or a small answer; a list of rooms; a page of messages. */
  httpSmall: { requests: 1 },
  httpList: { requests: 10 },
  httpPage: { requests: 10 },
} as const satisfies Record<string, Cost>;

export type CostName = keyof typeof COSTS;
