/** Guesses of passwords: what they cost, and that they hold up nobody else. */
import { describe, expect, test } from "vitest";
import { Account } from "../src/session/account.ts";
import { NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { HELLO } from "./fake-house.ts";
import { answerTo, ask, closedYard, enter, isIn } from "./password-yard.ts";

describe("guesses", () => {
  const allowances = {
    identity: { passwords: { perSecond: 0.1, burst: 3 } },
    visitor: { passwords: { perSecond: 1, burst: 5 } },
    server: {},
  };

  test("are paid for by the person, and right ones are not", async () => {
    const { house, bo } = await closedYard({ allowances });
    for (let n = 0; n < 20; n++) {
      expect(await enter(house, bo, "yard", "sesame")).toEqual(isIn);
      bo.write({ kind: ClientKind.leave, room: 1 });
    }
    for (let n = 0; n < 3; n++) expect(await enter(house, bo, "yard", "guess")).toBe(Refusal.wrongPassword);
    const made = house.hashes.made;
    // The right one has to wait as well: otherwise the answer would tell it.
    expect(await enter(house, bo, "yard", "sesame")).toBe(Refusal.tooFast);
    expect(house.hashes.made).toBe(made);
    const { retryAfterMs } = bo.last(ServerKind.refused);
    expect(retryAfterMs).toBe(10_000);
    await house.loop.advance(retryAfterMs);
    expect(await enter(house, bo, "yard", "sesame")).toEqual(isIn);
  });

  test("are paid for by all at an address, by new identities too, and by nobody elsewhere", async () => {
    const { house } = await closedYard({ allowances });
    const visitor = new Account();
    const guess = async (from = visitor) => {
      const socket = house.connect(from);
      socket.write(HELLO);
      return enter(house, socket, "yard", "guess");
    };
    for (let n = 0; n < 5; n++) expect(await guess()).toBe(Refusal.wrongPassword);
    expect(await guess()).toBe(Refusal.tooFast);
    expect(await guess(new Account())).toBe(Refusal.wrongPassword);
  });

  test("that are sent all at once cost no more hashes than may be had", async () => {
    const { house, bo } = await closedYard({ allowances });
    for (let n = 0; n < 30; n++) ask(bo, n % 2 ? "yard" : "nowhere", `guess ${n}`);
    await house.loop.settle();
    expect(house.hashes.made).toBe(3);
    expect(bo.all(ServerKind.refused).filter(({ code }) => code === Refusal.tooFast)).toHaveLength(27);
  });

  test("of many at one address take no place of others, and never more than two are made at a time", async () => {
    const { house } = await closedYard({ allowances: NO_ALLOWANCES });
    house.hashes.isHeld = true;
    const school = new Account();
    const guess = (visitor: Account, password: string) => {
      const socket = house.connect(visitor);
      socket.write(HELLO);
      return { socket, request: ask(socket, "yard", password) };
    };
    const crowd = Array.from({ length: 60 }, () => guess(school, "guess"));
    await house.loop.settle();
    expect(house.hashes.atOnce).toBe(2);
    const told = crowd.filter(({ socket, request }) => answerTo(socket, request) === Refusal.tooFast);
    // Two are at work and sixteen wait.
    expect(told).toHaveLength(42);
    const one = guess(new Account(), "sesame");
    await house.loop.settle();
    // It comes after one more of theirs, not after all.
    house.hashes.letGo(2);
    await house.loop.settle();
    house.hashes.letGo(2);
    await house.loop.settle();
    expect(answerTo(one.socket, one.request)).toEqual(isIn);
    house.hashes.letGo();
    await house.loop.settle();
  });

  test("that lost their place to others were never made, and cost nothing", async () => {
    const { house } = await closedYard({
      allowances: { ...NO_ALLOWANCES, identity: { passwords: { perSecond: 0.001, burst: 1 } } },
    });
    house.hashes.isHeld = true;
    const come = (visitor: Account, password: string) => {
      const socket = house.connect(visitor);
      socket.write(HELLO);
      return { socket, request: ask(socket, "yard", password) };
    };
    // Two at work and sixty-four who wait, of addresses that have several each.
    const addresses = [1, 2, 3, 4, 5].map(() => new Account());
    const crowd = Array.from({ length: 66 }, (_, n) => come(addresses[n % 5]!, "sesame"));
    await house.loop.settle();
    come(new Account(), "sesame");
    await house.loop.settle();
    const isToldToWait = ({ socket, request }: (typeof crowd)[0]) =>
      answerTo(socket, request) === Refusal.tooFast;
    const [lost, ...others] = crowd.filter(isToldToWait);
    expect(others).toEqual([]);
    house.hashes.letGo();
    await house.loop.settle();
    expect(await enter(house, lost!.socket, "yard", "sesame")).toEqual(isIn);
  });
});
