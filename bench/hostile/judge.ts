/**
 * The good ones, in a process of their own: twenty who talk in a few rooms, and a newcomer every two seconds. It
 * decides nothing: it counts what they noticed. Invariant: it never knows which attack goes on.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { serve } from "../torture/roles.ts";
import { GoodOne } from "./good-one.ts";
import { type Findings, Ledger } from "./ledger.ts";
import { bringNewcomer } from "./newcomer.ts";

export const GOOD_ROOMS = ["yard", "porch", "kitchen"];
export const GOOD_ONES = 20;
const NEWCOMER_EVERY_MS = 2_000;
/** For all of them to be there on a busy machine. */
const ENTER_MS = 20_000;
const LOOK_MS = 20;

/** What good ones noticed since the last account. */
export interface Account extends Findings {
  disconnected: number;
  /** Messages of theirs that the server refused for good. */
  refused: number;
  newcomers: number;
  newcomersRefused: number;
  /** Where refused newcomers ended, each once. */
  troubles: string[];
  /** Good ones who are told people by number only. */
  unlisted: number;
  /** How late this process itself ran, 99th percentile: its own share of the times. */
  ownDelayMs: number;
}

export function runJudge(): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let ledger = new Ledger();
  let good: GoodOne[] = [];
  let port = 0;
  let newcomers = 0;
  let refusedBefore = 0;
  let arrivals = { came: 0, refused: 0, troubles: new Set<string>() };
  let timer: NodeJS.Timeout | null = null;
  const under = new Set<Promise<void>>();

  const bring = (): void => {
    const number = newcomers++;
    const arrival = arrivals;
    arrival.came++;
    const done = bringNewcomer(port, number, GOOD_ROOMS[number % GOOD_ROOMS.length]!).then((trouble) => {
      under.delete(done);
      if (trouble === null) return;
      arrival.refused++;
      arrival.troubles.add(trouble);
    });
    under.add(done);
  };

  const until = async (done: () => boolean, ms: number): Promise<void> => {
    const end = performance.now() + ms;
    while (!done() && performance.now() < end) await new Promise((next) => setTimeout(next, LOOK_MS));
  };

  const leave = (): void => {
    if (timer) clearInterval(timer);
    for (const one of good) one.stop();
    good = [];
  };

  serve({
    /** Brings everybody in; they talk from then on. */
    enter: async (order: { port: number }) => {
      leave();
      ({ port } = order);
      refusedBefore = 0;
      ledger = new Ledger();
      for (let i = 0; i < GOOD_ONES; i++) {
        const room = GOOD_ROOMS[i % GOOD_ROOMS.length]!;
        ledger.join(room, i);
        good.push(new GoodOne(port, i, room, ledger));
      }
      await until(() => good.every(({ isLive }) => isLive), ENTER_MS);
      const there = good.filter(({ isLive }) => isLive).length;
      if (there < GOOD_ONES) throw new Error(`only ${there} of ${GOOD_ONES} good ones could enter`);
      good.forEach((one, i) => {
        one.talk(i / GOOD_ONES);
      });
      timer = setInterval(bring, NEWCOMER_EVERY_MS);
    },
    /** From here on what is sent is timed; one newcomer comes at once. */
    begin: () => {
      ledger.timed = true;
      delay.reset();
      bring();
    },
    /** What is sent from here on is not timed. */
    pause: () => {
      ledger.timed = false;
    },
    /** Waits for what is under way, then tells what was noticed since the last time. */
    account: async ({ settleMs }: { settleMs: number }): Promise<Account> => {
      const cut = performance.now();
      // Newcomers have a patience of their own.
      await Promise.all(under);
      await until(() => ledger.missing(cut) === 0, cut + settleMs - performance.now());
      const { came, refused, troubles } = arrivals;
      arrivals = { came: 0, refused: 0, troubles: new Set() };
      const account: Account = {
        ...ledger.take(cut),
        disconnected: good.reduce((sum, { disconnections }) => sum + disconnections, 0),
        refused: good.reduce((sum, one) => sum + one.refused, 0) - refusedBefore,
        newcomers: came,
        newcomersRefused: refused,
        troubles: [...troubles],
        unlisted: good.filter(({ listed }) => !listed).length,
        ownDelayMs: delay.percentile(99) / 1e6,
      };
      for (const one of good) one.disconnections = 0;
      refusedBefore += account.refused;
      return account;
    },
    leave,
  });
}
