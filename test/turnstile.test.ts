/** What takes a processor for long is let through a few at a time, and visitors in turn. */
import { expect, test } from "vitest";
import { Turnstile } from "../src/session/turnstile.ts";

const settle = () => new Promise<void>((done) => setImmediate(done));

function stile(mostWaiting = 4, mostWaitingOfOne = 3) {
  const done: string[] = [];
  const held: (() => void)[] = [];
  let now = 0;
  const turnstile = new Turnstile({ most: 2, mostWaiting, mostWaitingOfOne, now: () => now });
  const come = (visitor: object, name: string) =>
    turnstile
      .through(visitor, () => new Promise<string>((go) => held.push(() => go(name))))
      .then((what) => done.push(what ?? `${name} lost its place`));
  /** The one that began first is done after so many milliseconds. */
  const end = async (ms = 10) => {
    now += ms;
    held.shift()?.();
    await settle();
  };
  return { turnstile, come, end, done, held };
}

test("two are at work, and visitors take turns whatever one of them asks for", async () => {
  const [loud, quiet] = [{ loud: 1 }, { quiet: 1 }];
  const { turnstile, come, end, done } = stile();
  for (const name of ["a", "b", "c", "d"]) void come(loud, name);
  void come(quiet, "q");
  await settle();
  expect([turnstile.working, turnstile.waiting]).toEqual([2, 3]);
  for (let n = 0; n < 5; n++) await end();
  expect(done).toEqual(["a", "b", "c", "q", "d"]);
  expect([turnstile.working, turnstile.waiting]).toEqual([0, 0]);
});

test("whoever comes in the same turn in which somebody is done does not come between", async () => {
  const { turnstile, come, held } = stile();
  const [one, other] = [{}, {}];
  for (const name of ["a", "b", "c"]) void come(one, name);
  await settle();
  held.shift()!();
  await Promise.resolve();
  void come(other, "d");
  await settle();
  expect(turnstile.working).toBe(2);
});

test("one visitor waits with so many, and is told when there is a place", async () => {
  const { turnstile, come, end } = stile();
  const visitor = {};
  for (const name of ["a", "b", "c", "d"]) void come(visitor, name);
  expect(turnstile.waitFor(visitor)).toBe(0);
  void come(visitor, "e");
  // Two at a time, of 100 ms each as long as nothing was measured; and the next one comes behind that.
  expect([1, 2, 3].map(() => turnstile.waitFor(visitor))).toEqual([50, 100, 150]);
  expect(turnstile.waitFor({})).toBe(0);
  for (let n = 0; n < 5; n++) await end();
  expect(turnstile.waitFor(visitor)).toBe(0);
  // However many were told before.
  for (const name of ["f", "g", "h", "i", "j"]) void come(visitor, name);
  for (let n = 0; n < 10_000; n++) turnstile.waitFor(visitor);
  expect(turnstile.waitFor(visitor)).toBe(30_000);
});

test("when all places are taken, whoever has most gives one to a visitor who has none, and nobody with one loses it", async () => {
  const { turnstile, come, end, done } = stile();
  const loud = {};
  for (const name of ["a", "b", "c", "d", "e"]) void come(loud, name);
  void come({}, "f");
  await settle();
  expect(turnstile.waiting).toBe(4);
  expect(turnstile.waitFor(loud)).toBeGreaterThan(0);
  const newcomers = [{}, {}, {}];
  expect(turnstile.waitFor(newcomers[0]!)).toBe(0);
  void come(newcomers[0]!, "g");
  void come(newcomers[1]!, "h");
  await settle();
  expect(done).toEqual(["e lost its place", "d lost its place"]);
  // Each who waits has one place now.
  expect(turnstile.waitFor(newcomers[2]!)).toBeGreaterThan(0);
  for (let n = 0; n < 6; n++) await end();
  expect(done.slice(2)).toEqual(["a", "b", "c", "f", "g", "h"]);
});

test("work that fails lets the next one in", async () => {
  const { turnstile } = stile();
  const failing = () => turnstile.through({}, () => Promise.reject(new Error("no memory")));
  await Promise.all([1, 2, 3, 4].map(() => expect(failing()).rejects.toThrow("no memory")));
  expect(await turnstile.through({}, async () => "in")).toBe("in");
});
