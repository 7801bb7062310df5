import { describe, expect, test } from "vitest";
import { Account, TICKS_PER_MS } from "../src/session/account.ts";
import { Budget, type Payer } from "../src/session/budget.ts";
import { COSTS, type CostName } from "../src/session/costs.ts";
import { type Allowances, DEFAULT_ALLOWANCES, NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { DEFAULT_LIMITS } from "../src/wire/limits.ts";
import { FakeLoop } from "./fake-loop.ts";

const NONE = { ...DEFAULT_LIMITS, messagesPerSecond: 0, framesPerSecond: 0 };

function budgetOf(allowances: Partial<Allowances>, limits = NONE) {
  const loop = new FakeLoop();
  return { loop, budget: new Budget(loop, limits, { ...NO_ALLOWANCES, ...allowances }) };
}

const somebody = (visitor = new Account(), identity: Account | null = null): Payer => ({ identity, visitor });

/** How often something is allowed before a wait is told, and that wait. */
function untilRefused(budget: Budget, payer: Payer, cost: CostName, times = 1): [number, number] {
  for (let n = 0; n < 100_000; n++) {
    const wait = budget.may(payer, cost, times);
    if (wait > 0) return [n, wait];
  }
  return [100_000, 0];
}

describe("an allowance", () => {
  test("is a burst at once and a rate in the long run", async () => {
    const { budget, loop } = budgetOf({ visitor: { messages: { perSecond: 4, burst: 10 } } });
    const payer = somebody();
    expect(untilRefused(budget, payer, "message")).toEqual([10, 250]);
    await loop.advance(1_000);
    expect(untilRefused(budget, payer, "message")[0]).toBe(4);
    await loop.advance(60_000);
    expect(untilRefused(budget, payer, "message")[0]).toBe(10);
  });

  test("tells a wait that is true: a moment before it is refused, then it is had", async () => {
    for (const perSecond of [0.3, 1, 7, 33, 900]) {
      const { budget, loop } = budgetOf({ visitor: { messages: { perSecond, burst: 3 } } });
      const payer = somebody();
      const [, wait] = untilRefused(budget, payer, "message");
      await loop.advance(wait - 1);
      expect(budget.may(payer, "message"), `${perSecond} a second`).toBeGreaterThan(0);
      await loop.advance(1);
      expect(budget.may(payer, "message"), `${perSecond} a second`).toBe(0);
    }
  });

  test("holds for rates far above a thousand a second, and for bytes", async () => {
    const { budget, loop } = budgetOf({ visitor: { bytes: { perSecond: 1_000_000, burst: 100_000 } } });
    const payer = somebody();
    // Fractions of a tick are added up, so the last byte of the burst may be one too many.
    expect(Math.abs(untilRefused(budget, payer, "byte")[0] - 100_000)).toBeLessThanOrEqual(1);
    await loop.advance(10);
    const [had] = untilRefused(budget, payer, "byte");
    expect(had).toBeGreaterThanOrEqual(9_990);
    expect(had).toBeLessThanOrEqual(10_010);
  });

  test("of less than one thing is given when nothing is used, and is paid for afterwards", async () => {
    const { budget, loop } = budgetOf({ visitor: { stored: { perSecond: 100, burst: 50 } } });
    const payer = somebody();
    expect(budget.may(payer, "storedByte", 4_096)).toBe(0);
    expect(budget.may(payer, "storedByte", 1)).toBeGreaterThan(40_000);
    await loop.advance(42_000);
    expect(budget.may(payer, "storedByte", 1)).toBe(0);
  });
});

describe("everybody who pays", () => {
  test("must have it, and nothing is taken when one has not", () => {
    const { budget } = budgetOf({
      visitor: { requests: { perSecond: 1, burst: 100 } },
      server: { requests: { perSecond: 1, burst: 5 } },
    });
    const payer = somebody();
    expect(untilRefused(budget, payer, "frame")[0]).toBe(5);
    const used = payer.visitor!.requests;
    expect(budget.may(payer, "frame")).toBeGreaterThan(0);
    expect(payer.visitor!.requests).toBe(used);
  });

  test("is told the longest of the waits", () => {
    const { budget } = budgetOf({
      visitor: { requests: { perSecond: 1, burst: 1 } },
      server: { requests: { perSecond: 10, burst: 1 } },
    });
    const payer = somebody();
    expect(budget.may(payer, "frame")).toBe(0);
    expect(budget.may(payer, "frame")).toBe(1_000);
  });

  test("has one allowance, whatever number of connections and however often they come anew", async () => {
    const { budget, loop } = budgetOf({}, { ...NONE, messagesPerSecond: 10, messageBurst: 30 });
    const first = budget.hold(7);
    const second = budget.hold(7);
    expect(second).toBe(first);
    expect(untilRefused(budget, somebody(new Account(), first), "message")[0]).toBe(30);
    expect(budget.may(somebody(new Account(), second), "message")).toBeGreaterThan(0);
    budget.release(first);
    budget.release(second);
    await loop.advance(500);
    expect(untilRefused(budget, somebody(new Account(), budget.hold(7)), "message")[0]).toBe(5);
    expect(untilRefused(budget, somebody(new Account(), budget.hold(8)), "message")[0]).toBe(30);
  });

  test("many identities behind one address share what the address has", () => {
    const { budget } = budgetOf(DEFAULT_ALLOWANCES, DEFAULT_LIMITS);
    const address = new Account();
    let sent = 0;
    for (let author = 1; author <= 200; author++)
      sent += untilRefused(budget, somebody(address, budget.hold(author)), "message")[0];
    expect(sent).toBe(DEFAULT_ALLOWANCES.visitor.messages!.burst);
    expect(untilRefused(budget, somebody(new Account(), budget.hold(999)), "message")[0]).toBe(30);
  });
});

describe("a debt", () => {
  test("is made by what is known only afterwards, and waited for", async () => {
    const { budget, loop } = budgetOf({ visitor: { bytes: { perSecond: 1_000, burst: 10_000 } } });
    const payer = somebody();
    expect(budget.may(payer, "byte", 0)).toBe(0);
    budget.owe(payer, "byte", 30_000);
    expect(budget.may(payer, "byte", 0)).toBe(20_000);
    await loop.advance(20_000);
    expect(budget.may(payer, "byte", 0)).toBe(0);
  });
});

describe("accounts", () => {
  test("that are fresh and held by nobody are forgotten", async () => {
    const { budget, loop } = budgetOf({}, { ...NONE, messagesPerSecond: 10, messageBurst: 30 });
    const held = budget.hold(1);
    for (let author = 2; author <= 1_000; author++) {
      const account = budget.hold(author);
      budget.may(somebody(new Account(), account), "message");
      budget.release(account);
    }
    expect(budget.accounts).toBe(1_000);
    await loop.advance(60_000);
    expect(budget.accounts).toBe(1);
    expect(budget.hold(1)).toBe(held);
  });

  test("count in whole ticks for years", () => {
    const account = new Account();
    const years = 3 * 365 * 86_400_000 * TICKS_PER_MS;
    account.take("messages", 1, { perSecond: 10, burst: 1 }, years);
    expect(account.waitFor("messages", 1, { perSecond: 10, burst: 1 }, years)).toBe(100 * TICKS_PER_MS);
    expect(account.isFresh(years)).toBe(false);
    expect(account.isFresh(years + 100 * TICKS_PER_MS)).toBe(true);
  });
});

test("everything that has a cost takes of something, and what is lifted takes of nothing", () => {
  const { budget } = budgetOf({});
  const payer = somebody(new Account(), new Account());
  for (const name of Object.keys(COSTS) as CostName[]) {
    expect(Object.values(COSTS[name]).every((amount) => amount > 0)).toBe(true);
    expect(untilRefused(budget, payer, name, 1_000_000)[1], name).toBe(0);
  }
  expect(payer.visitor!.isFresh(0)).toBe(true);
});
