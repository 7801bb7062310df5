/**
 * The head of a request, read once: method, path, query and every header that the transport shows. Invariants: a head
 * whose message could end at two places has a `fault`, and nothing of it may be acted on; a value is never split,
 * matched or compared before its length was.
 */
import type { HttpRequest } from "uWebSockets.js";
import { type Answer, problem } from "./respond.ts";

/** Longest path with its query: longer than any room's link can be. */
const MAX_TARGET = 2_000;
/** Longest header. Cookies of other programs on the same name come here too. */
const MAX_VALUE = 8_192;

/** Headers that mean something only once. Of two, another program might believe the other one. */
const SINGLE = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
  "authorization",
  "idempotency-key",
  "origin",
  "sec-websocket-key",
  "sec-websocket-version",
]);

export class RequestHead {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Why it is refused whatever it asks for, or null. */
  readonly fault: Answer | null;
  #values = new Map<string, string>();

  /** Only within the transport's handler: `req` is gone afterwards, the head stays. */
  constructor(req: HttpRequest) {
    this.method = req.getMethod().toUpperCase();
    this.path = req.getUrl();
    let fault: Answer | null = null;
    req.forEach((name, value) => {
      if (value.length > MAX_VALUE) fault ??= tooLarge();
      else if (!this.#values.has(name)) this.#values.set(name, value);
      else if (SINGLE.has(name)) fault ??= malformed(`The header ${name} stands there twice.`);
      else if (!this.#join(name, value)) fault ??= tooLarge();
    });
    // Against its type, undefined when there is none.
    this.query = (req.getQuery() as string | undefined) ?? "";
    if (this.path.length + this.query.length > MAX_TARGET) {
      fault ??= problem(414, "address_too_long", `An address has at most ${MAX_TARGET} characters here.`);
    }
    this.fault = fault ?? this.#lengthFault();
  }

  get isHead(): boolean {
    return this.method === "HEAD";
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** A header, empty when it is not there or longer than `most`. */
  get(name: string, most = 300): string {
    const value = this.#values.get(name);
    return value === undefined || value.length > most ? "" : value;
  }

  /**
   * Lines of one name are one list (RFC 9110, section 5.3). @returns false when it grows too long: the part that would
   * be left may be a stranger's, and the one that is dropped a proxy's.
   */
  #join(name: string, value: string): boolean {
    const before = this.#values.get(name)!;
    if (before.length + value.length + 2 > MAX_VALUE) return false;
    this.#values.set(name, `${before}, ${value}`);
    return true;
  }

  #lengthFault(): Answer | null {
    const length = this.#values.get("content-length");
    const coding = this.#values.get("transfer-encoding");
    if (length !== undefined && coding !== undefined) return malformed("A request has one length, not two.");
    if (length !== undefined && !/^\d{1,15}$/.test(length)) return malformed("Content-Length is no number.");
    if (coding !== undefined && coding.toLowerCase() !== "chunked") {
      return malformed("The only Transfer-Encoding here is chunked.");
    }
    return null;
  }
}

function malformed(message: string): Answer {
  return problem(400, "bad_request", message);
}

function tooLarge(): Answer {
  return problem(431, "header_too_long", `A header has at most ${MAX_VALUE} characters here.`);
}
