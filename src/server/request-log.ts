/**
 * A line in the operator's log for each request over HTTP, where that was asked for. Invariant: of a query nothing is
 * told, nor what stands behind the `~` of an unlisted room's name, which is what its link keeps to itself.
 */
import type { Tell } from "../telling/events.ts";
import { bodyBytes } from "./http-outlet.ts";
import type { RequestHead } from "./request-head.ts";
import type { Answer } from "./respond.ts";
import type { Visitors, Who } from "./visitors.ts";

/** Longest path that is told. */
const MOST_PATH = 200;
/** Also as fullwidth letters have it, which the rules of names make the same. */
const BEHIND_TILDE = /([~\uff5e])[^/]+/g;

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

export class RequestLog {
  readonly #tell: Tell;
  readonly #visitors: Pick<Visitors, "shown">;

  constructor(tell: Tell, visitors: Pick<Visitors, "shown">) {
    this.#tell = tell;
    this.#visitors = visitors;
  }

  /** A request was answered. `who`: an answer where it was refused before that was known. `since`: see `now`. */
  answered(head: RequestHead, who: Who | Answer, answer: Answer, since: number): void {
    this.#line(head, who, answer.status, bodyBytes(answer, head.isHead), since);
  }

  upgraded(head: RequestHead, who: Who, since: number): void {
    this.#line(head, who, 101, 0, since);
  }

  now(): number {
    return performance.now();
  }

  #line(head: RequestHead, who: Who | Answer, status: number, bytes: number, since: number): void {
    const ms = Math.round((this.now() - since) * 10) / 10;
    const method = head.method.slice(0, 20);
    const path = shownPath(head.path);
    const address = "address" in who ? { address: this.#visitors.shown(who.address) } : {};
    this.#tell("request", `${method} ${path}: ${status}, ${bytes} bytes in ${ms} ms.`, {
      ...{ method, path, status, bytes, ms },
      ...address,
    });
  }
}

/** The path as it is meant; what of it means nothing is shown as such. */
export function shownPath(path: string): string {
  const meant = path.replace(ESCAPES, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString());
  return meant.replace(BEHIND_TILDE, "$1…").slice(0, MOST_PATH);
}
