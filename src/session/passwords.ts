/**
 * Passwords of rooms, as hashes that take long to make (scrypt, RFC 7914), off the main thread and a few at a time. Where
 * they are stored is src/room/room-passwords.ts. Invariant: whether there is something to compare with or not, a
 * comparison makes one hash, and its answer tells nothing else.
 *
 *   hash   u8 version, 1; u8 log2 of N, u8 r, u8 p; bytes8 salt, bytes8 hash
 */
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { isSame } from "./is-same.ts";
import { Turnstile } from "./turnstile.ts";

/** What scrypt takes: 2^logN × r × 128 bytes of memory, and p times that in time. */
export interface HashCost {
  logN: number;
  r: number;
  p: number;
}

/** Makes hashes without holding up whoever asks. */
export interface KeyDerivation {
  derive(password: Uint8Array, salt: Uint8Array, cost: HashCost, bytes: number): Promise<Uint8Array>;
  /** Bytes that nobody can guess. */
  random(bytes: number): Uint8Array;
}

/** Of new ones. 32 MiB, and 80 to 110 ms on one core of a small virtual machine. */
export const HASH_COST: HashCost = { logN: 15, r: 8, p: 1 };

const VERSION = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const NOTHING = new Uint8Array(0);
/** The engine and the resolver of names share the pool of threads, four unless somebody chose otherwise. */
const AT_ONCE = 2;
const MOST_WAITING = 64;
/** A class behind one address comes in within a minute and is told when to ask again. */
const MOST_WAITING_OF_ONE = 16;

interface Hash {
  cost: HashCost;
  salt: Uint8Array;
  hash: Uint8Array;
}

export class Passwords {
  readonly #kdf: KeyDerivation;
  readonly #turnstile: Turnstile;
  /** What is compared where there is nothing to compare with. */
  readonly #dummy: Hash;

  constructor(kdf: KeyDerivation, now: () => number) {
    this.#kdf = kdf;
    const [most, mostWaiting, mostWaitingOfOne] = [AT_ONCE, MOST_WAITING, MOST_WAITING_OF_ONE];
    this.#turnstile = new Turnstile({ most, mostWaiting, mostWaitingOfOne, now });
    this.#dummy = { cost: HASH_COST, salt: kdf.random(SALT_BYTES), hash: kdf.random(HASH_BYTES) };
  }

  /** Whole milliseconds after which this visitor may ask for a hash; 0: now. */
  waitFor(visitor: object): number {
    return this.#turnstile.waitFor(visitor);
  }

  /** The hash to be stored. Null: others came first; see `waitFor`. */
  hash(visitor: object, password: Uint8Array): Promise<Uint8Array | null> {
    return this.#turnstile.through(visitor, async () => {
      const salt = this.#kdf.random(SALT_BYTES);
      const { logN, r, p } = HASH_COST;
      const hash = await this.#kdf.derive(password, salt, HASH_COST, HASH_BYTES);
      return new Writer().u8(VERSION).u8(logN).u8(r).u8(p).bytes8(salt).bytes8(hash).take();
    });
  }

  /** Whether a password is that of a hash; `password` null: it can be none. Null: others came first. */
  isRight(visitor: object, password: Uint8Array | null, stored: Uint8Array | null): Promise<boolean | null> {
    return this.#turnstile.through(visitor, async () => {
      const known = stored && readHash(stored);
      const { cost, salt, hash } = known ?? this.#dummy;
      const made = await this.#kdf.derive(password ?? NOTHING, salt, cost, hash.length);
      return isSame(made, hash) && known !== null && password !== null;
    });
  }
}

/** Null: it is none that this version can read. */
function readHash(bytes: Uint8Array): Hash | null {
  try {
    const r = new Reader(bytes);
    const version = r.u8();
    const cost = { logN: r.u8(), r: r.u8(), p: r.u8() };
    const read = { cost, salt: r.bytes8(), hash: r.bytes8() };
    r.end();
    return version === VERSION ? read : null;
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
