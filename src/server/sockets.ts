/**
 * Every socket that was accepted, plain or upgraded: counted, and cut at once when its address may not have one more or
 * there is no place, before it has said anything. So the process never runs out of files, where the transport would spin.
 * Invariant: `count` is the number of sockets that are open.
 */
import type { HttpResponse } from "uWebSockets.js";
import type { Budget } from "../session/budget.ts";
import type { Apps } from "./apps.ts";
import type { Visitors } from "./visitors.ts";

/** Files that are kept for everything but sockets: programs, libraries, the listener, those of the engine's journal. */
const RESERVED_FILES = 64;

/** Sockets that a process may hold whose limit of files is `files`, while its log may hold `logFiles`. */
export function socketsWithin(files: number, logFiles: number): number {
  return Math.max(16, files - logFiles - RESERVED_FILES);
}

/** Seconds for which a socket may stay open after its WebSocket was closed: the transport waits for the other side. */
const LINGER_SECONDS = 20;

export class Sockets {
  count = 0;
  /** Sockets of WebSockets that were closed in each of the last seconds, the present one last. */
  readonly #lingering: { second: number; count: number }[] = [];
  /** Sockets that were cut right after they were accepted. */
  cut = 0;

  /**
   * `most`: sockets at once. `hasFiles`: whether the process may open another file, asked when it is not sure that it
   * may, because sockets that linger are mostly gone at once.
   */
  constructor(apps: Apps, visitors: Visitors, budget: Budget, most: number, hasFiles: () => boolean) {
    // The transport tells of plain sockets only: one that was upgraded is counted down by `upgradedClosed`.
    const changed = (res: HttpResponse, change: number): void => {
      this.count += change;
      if (change < 0) return;
      const hasPlace = this.count <= most && (this.#open <= most || hasFiles());
      if (hasPlace && isWelcome(res, visitors, budget)) return;
      this.cut++;
      res.close();
    };
    apps.filter(changed);
  }

  /**
   * The transport does not tell its filter when a socket closes that was upgraded. `lingers`: the WebSocket is closed,
   * and the socket may be open until the other side closes it, too.
   */
  upgradedClosed(lingers: boolean): void {
    this.count--;
    if (!lingers) return;
    const second = Math.floor(performance.now() / 1_000);
    const last = this.#lingering.at(-1);
    if (last?.second === second) last.count++;
    else this.#lingering.push({ second, count: 1 });
  }

  /** Sockets that may have a file open. */
  get #open(): number {
    const oldest = performance.now() / 1_000 - LINGER_SECONDS;
    while (this.#lingering.length > 0 && this.#lingering[0]!.second < oldest) this.#lingering.shift();
    return this.#lingering.reduce((sum, { count }) => sum + count, this.count);
  }
}

function isWelcome(res: HttpResponse, visitors: Visitors, budget: Budget): boolean {
  const address = res.getRemoteAddress();
  if (visitors.isPeerDenied(address)) return false;
  // Behind a trusted proxy everybody has the same peer: those are asked for at the request.
  const visitor = visitors.ofPeer(address);
  return visitor === null || budget.may({ identity: null, visitor }, "connection") === 0;
}
