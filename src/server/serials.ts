/**
 * Which token of an identity holds, where that is not its first one. Tokens of an author carry serials that rise; the
 * highest given and the one that holds stand in the log as a named value, `serial/<author>`, and nowhere else, so that
 * every server on that log says the same. One that was given holds from when it is shown, and ends the one before in
 * that write: whoever loses the answer in which it came still has the other. Authors of whom no token was ever ended
 * have no such value, and are told from the others in memory, by a set that now and then says "perhaps" of one too many.
 * Invariant: of all tokens of an author at most one holds, and what is asked and changed about them goes one by one.
 */
import { TokenWorth } from "../session/socket.ts";
import { Reader, Writer } from "../wire/bytes.ts";

const PREFIX = "serial/";
const VERSION = 1;
/** In which a token that was given has to be shown. */
export const SHOWN_WITHIN_MS = 600_000;
/** 256 KiB, once there is any. With 100,000 authors in it, one in twenty others is looked for in vain. */
const PERHAPS_BITS = 21;
const READ_AT_ONCE = 1_000;

/** What it needs of the log. */
export interface SerialLog {
  state(name: string): Promise<{ version: number; bytes: Uint8Array }>;
  setState(name: string, ifVersion: number, bytes: Uint8Array | null): Promise<number | null>;
  states(prefix: string, after: string, most: number): Promise<{ name: string }[]>;
}

/** `given` above `holds` may take its place before `until`. */
interface Serial {
  holds: number;
  given: number;
  until: number;
}

export class Serials {
  readonly #log: SerialLog;
  readonly #now: () => number;
  readonly #onFatal: (error: unknown) => void;
  #perhaps: Uint8Array | null = null;
  /** The end of the queue of each author of whom something is asked. */
  readonly #turns = new Map<number, Promise<void>>();

  constructor(log: SerialLog, now: () => number, onFatal: (error: unknown) => void) {
    this.#log = log;
    this.#now = now;
    this.#onFatal = onFatal;
  }

  /** To be awaited before anything is asked. */
  async load(): Promise<void> {
    for (let after = ""; ; ) {
      const some = await this.#log.states(PREFIX, after, READ_AT_ONCE);
      for (const { name } of some) this.#mark(Number(name.slice(PREFIX.length)));
      if (some.length < READ_AT_ONCE) return;
      after = some.at(-1)!.name;
    }
  }

  /** A token with that serial is shown: `then` is called once, at once if that is known, and in the author's turn. */
  show(author: number, serial: number, then: (worth: TokenWorth) => void): void {
    if (serial === 0 && !this.#mayHave(author)) {
      then(TokenWorth.holds);
      return;
    }
    let worth: TokenWorth;
    const decide = (known: Serial): Serial | null => {
      // Of one that is above all that were given the log has lost the memory: it is the newest nonetheless.
      const mayHold = serial > known.given || (serial === known.given && this.#now() < known.until);
      worth = serial === known.holds ? TokenWorth.holds : mayHold ? TokenWorth.holdsFirst : TokenWorth.ended;
      return worth === TokenWorth.holdsFirst ? { holds: serial, given: serial, until: 0 } : null;
    };
    this.#change(author, decide, () => then(worth));
  }

  /** A serial for another token; what was given before it and not shown will not hold any more. */
  give(author: number): Promise<number> {
    return new Promise((resolve) => {
      let given: number;
      const decide = (known: Serial): Serial => {
        given = known.given + 1;
        return { ...known, given, until: this.#now() + SHOWN_WITHIN_MS };
      };
      this.#change(author, decide, () => resolve(given));
    });
  }

  /** What was given and not shown will not hold. */
  withdraw(author: number): void {
    const decide = (known: Serial) => (known.until > 0 ? { ...known, until: 0 } : null);
    this.#change(author, decide, () => undefined);
  }

  /** `decide`: what is to be written, null for nothing; asked again when another server was faster. Durable at `then`. */
  #change(author: number, decide: (known: Serial) => Serial | null, then: () => void): void {
    this.#mark(author);
    const before = this.#turns.get(author) ?? Promise.resolve();
    const turn = before
      .then(() => this.#write(PREFIX + author, decide))
      .then(then)
      .catch(this.#onFatal);
    this.#turns.set(author, turn);
    void turn.then(() => {
      if (this.#turns.get(author) === turn) this.#turns.delete(author);
    });
  }

  async #write(name: string, decide: (known: Serial) => Serial | null): Promise<void> {
    for (let isWritten = false; !isWritten; ) {
      const { version, bytes } = await this.#log.state(name);
      const next = decide(decode(bytes));
      isWritten = next === null || (await this.#log.setState(name, version, encode(next))) !== null;
    }
  }

  #mayHave(author: number): boolean {
    const bit = bitOf(author);
    return this.#perhaps !== null && (this.#perhaps[bit >>> 3]! & (1 << (bit & 7))) !== 0;
  }

  #mark(author: number): void {
    this.#perhaps ??= new Uint8Array(2 ** PERHAPS_BITS / 8);
    const bit = bitOf(author);
    this.#perhaps[bit >>> 3]! |= 1 << (bit & 7);
  }
}

/** All 53 bits of a number in a few, spread by the golden ratio. */
function bitOf(author: number): number {
  const folded = author ^ Math.floor(author / 2 ** 32);
  return Math.imul(folded, 0x9e3779b1) >>> (32 - PERHAPS_BITS);
}

/** u8 version = 1, varint holds, varint given, u48 until */
function encode({ holds, given, until }: Serial): Uint8Array {
  return new Writer(16).u8(VERSION).varint(holds).varint(given).u48(until).take();
}

function decode(bytes: Uint8Array): Serial {
  if (bytes.length === 0) return { holds: 0, given: 0, until: 0 };
  const r = new Reader(bytes);
  if (r.u8() !== VERSION) throw new Error("a serial of a later version");
  const serial = { holds: r.varint(), given: r.varint(), until: r.u48() };
  r.end();
  return serial;
}
