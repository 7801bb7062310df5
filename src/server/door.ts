/**
 * What every request passes before anything is done for it, plain ones and upgrades alike. Invariant: what is refused
 * here has cost a look at its head and nothing else, and its connection ends.
 */
import type { HttpResponse } from "uWebSockets.js";
import { type Hosts, parseHost } from "./hosts.ts";
import type { RequestHead } from "./request-head.ts";
import { type Answer, problem } from "./respond.ts";

export interface DoorOptions {
  hosts: Hosts;
  /** Told one sentence for the operator, once. */
  report: (sentence: string) => void;
}

export class Door {
  readonly hosts: Hosts;
  #report: (sentence: string) => void;
  #hasReported = false;

  constructor({ hosts, report }: DoorOptions) {
    this.hosts = hosts;
    this.#report = report;
  }

  /** Why the request is refused; null when it may go on. */
  admit(_res: HttpResponse, head: RequestHead): Answer | null {
    if (head.fault) return head.fault;
    return this.hosts.allows(head.get("host")) ? null : this.#foreign(head.get("host"));
  }

  #foreign(header: string): Answer {
    const host = parseHost(header);
    if (!host) return problem(400, "bad_host", "The header Host holds no name of a host.");
    const { name } = host;
    const why = `This server does not answer to the name ${name}.`;
    const remedy = `If it should, start it with --allow-host ${name}, or with --public-url and its whole address.`;
    if (!this.#hasReported) this.#report(`Refused a request. ${why} ${remedy} This is said once.`);
    this.#hasReported = true;
    return problem(421, "wrong_host", `${why} ${remedy}`);
  }
}
