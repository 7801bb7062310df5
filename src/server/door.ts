/**
 * What every request passes before anything is done for it, plain ones and upgrades alike. Invariant: what is refused
 * here has cost a look at its head and nothing else, and its connection ends.
 */

import type { HttpResponse } from "uWebSockets.js";
import type { Budget } from "../session/budget.ts";
import type { CostName } from "../session/costs.ts";
import type { Tell } from "../telling/events.ts";
import { type Hosts, parseHost } from "./hosts.ts";
import type { RequestHead } from "./request-head.ts";
import { type Answer, problem, tooMany } from "./respond.ts";
import type { Visitors, Who } from "./visitors.ts";

/** Longest list of forwarding hops that is looked at; a longer one is as good as none. */
const MAX_FORWARDED = 8_192;

export interface DoorOptions {
  hosts: Hosts;
  visitors: Visitors;
  budget: Budget;
  /** Told one sentence for the operator, once. */
  report: Tell;
}

export class Door {
  readonly hosts: Hosts;
  readonly visitors: Visitors;
  readonly #budget: Budget;
  #report: Tell;
  #hasReported = false;

  constructor({ hosts, visitors, budget, report }: DoorOptions) {
    this.hosts = hosts;
    this.visitors = visitors;
    this.#budget = budget;
    this.#report = report;
  }

  /** Who asks, or why the request is refused. */
  admit(res: HttpResponse, head: RequestHead): Who | Answer {
    if (head.fault) return head.fault;
    if (!this.hosts.allows(head.get("host"))) return this.#foreign(head.get("host"));
    const who = this.visitors.ofRequest(res, head.get("x-forwarded-for", MAX_FORWARDED));
    return "code" in who ? problem(403, who.code, who.message) : who;
  }

  /** Takes what a plain request costs. @returns why it is refused; null when it may go on. */
  charge({ visitor }: Who, cost: CostName): Answer | null {
    const waitMs = this.#budget.may({ identity: null, visitor }, cost);
    return waitMs > 0 ? tooMany("Too many requests came from your address.", waitMs) : null;
  }

  #foreign(header: string): Answer {
    const host = parseHost(header);
    if (!host) return problem(400, "bad_host", "The header Host holds no name of a host.");
    const { name } = host;
    const why = `This server does not answer to the name ${name}.`;
    const remedy = `If it should, start it with --allow-host ${name}, or with --public-url and its whole address.`;
    if (!this.#hasReported)
      this.#report("host_unknown", `Refused a request. ${why} ${remedy} This is said once.`, { host: name });
    this.#hasReported = true;
    return problem(421, "wrong_host", `${why} ${remedy}`);
  }
}
