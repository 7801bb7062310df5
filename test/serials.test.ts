/** Which token of an author holds: over orders of asking, crashes of the log, and a log that lost the memory of it. */
import { describe, expect, test } from "vitest";
import type { Log } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { SignedIdentities } from "../src/server/identities.ts";
import { Serials } from "../src/server/serials.ts";
import { TokenWorth } from "../src/session/socket.ts";
import { LogFolder } from "./log-folder.ts";
import { oldToken } from "./old-folder.ts";

const fail = (error: unknown) => {
  throw error;
};
const clock = { now: 1_000 };

async function open(log: Log): Promise<Serials> {
  const serials = new Serials(log, () => clock.now, fail);
  await serials.load();
  return serials;
}

const shown = (serials: Serials, author: number, serial: number) =>
  new Promise<TokenWorth>((then) => serials.show(author, serial, then));

test("the first token of an author is known at once to hold, as long as none was given after it", async () => {
  const serials = await open(new MemoryLog());
  const worths: TokenWorth[] = [];
  serials.show(5, 0, (worth) => worths.push(worth));
  expect(worths).toEqual([TokenWorth.holds]);
  expect(await serials.give(5)).toBe(1);
  serials.show(5, 0, (worth) => worths.push(worth));
  // By now it may be ended at any moment, so the log is asked.
  expect(worths).toHaveLength(1);
  await expect.poll(() => worths).toEqual([TokenWorth.holds, TokenWorth.holds]);
});

test("whoever asks while the next one is being shown is judged after it, however slow the log", async () => {
  let release = (): void => undefined;
  let held = false;
  const log = new MemoryLog({
    faults: { beforeCommit: () => (held ? new Promise<void>((go) => (release = go)) : undefined) },
  });
  const serials = await open(log);
  await serials.give(5);
  held = true;
  const told: [number, TokenWorth][] = [];
  serials.show(5, 1, (worth) => told.push([1, worth]));
  serials.show(5, 0, (worth) => told.push([0, worth]));
  serials.show(6, 0, (worth) => told.push([6, worth]));
  for (let n = 0; n < 20; n++) await Promise.resolve();
  // Others do not wait.
  expect(told).toEqual([[6, TokenWorth.holds]]);
  held = false;
  release();
  await expect
    .poll(() => told.slice(1))
    .toEqual([
      [1, TokenWorth.holdsFirst],
      [0, TokenWorth.ended],
    ]);
});

test("another server on the same log is heeded", async () => {
  const log = new MemoryLog();
  const [one, other] = [await open(log), await open(log)];
  expect(await Promise.all([one.give(5), other.give(5), one.give(5)])).toEqual(
    expect.arrayContaining([1, 2, 3]),
  );
  expect(await shown(other, 5, 3)).toBe(TokenWorth.holdsFirst);
  expect(await shown(one, 5, 3)).toBe(TokenWorth.holds);
  expect(await shown(one, 5, 2)).toBe(TokenWorth.ended);
  expect(await shown(one, 5, 0)).toBe(TokenWorth.ended);
});

test("a log that was put back does not lock out who moved after that, and ends the one before", async () => {
  const serials = await open(new MemoryLog());
  expect(await shown(serials, 5, 2)).toBe(TokenWorth.holdsFirst);
  expect(await shown(serials, 5, 0)).toBe(TokenWorth.ended);
  expect(await shown(serials, 5, 1)).toBe(TokenWorth.ended);
  expect(await serials.give(5)).toBe(3);
});

test("more authors than are read at once are known after a start, and nobody else is asked about in vain often", async () => {
  const log = new MemoryLog();
  const before = await open(log);
  for (let author = 1; author <= 2_500; author++) await shown(before, author * 3, 1);
  const reads = { count: 0 };
  const state = log.state.bind(log);
  log.state = (name) => {
    reads.count++;
    return state(name);
  };
  const serials = await open(log);
  for (let author = 1; author <= 2_500; author++)
    expect(await shown(serials, author * 3, 0)).toBe(TokenWorth.ended);
  reads.count = 0;
  for (let author = 1; author <= 7_500; author++)
    if (author % 3) serials.show(author, 0, (worth) => expect(worth).toBe(TokenWorth.holds));
  expect(reads.count).toBeLessThan(50);
});

describe.each(["in memory", "on disk"])("with the log %s", (where) => {
  test("a crash at any write leaves one token that holds, and the one who has it is let in", async () => {
    // Writes: the reservation of numbers, the giving, the showing. Each is the last one once.
    for (let last = 0; last <= 2; last++)
      for (const isWritten of [false, true]) {
        const folder = new LogFolder();
        let writes = 0;
        const crash = () => {
          if (writes++ === last) throw new Error("the power is gone");
        };
        const faults = isWritten ? { afterCommit: crash } : { beforeCommit: crash };
        const memory = new MemoryLog();
        const first = where === "on disk" ? await folder.open() : memory;
        const author = 5;
        await (await open(first)).give(author);
        await shown(await open(first), author, 1);
        if (where === "on disk") await first.close();
        const crashing = where === "on disk" ? await folder.open({ faults }) : first;
        if (where === "in memory") {
          const set = first.setState.bind(first);
          first.setState = async (...args) => {
            if (!isWritten) crash();
            const done = await set(...args);
            if (isWritten) crash();
            return done;
          };
        }
        const serials = new Serials(
          crashing,
          () => clock.now,
          () => undefined,
        );
        await serials.load();
        // 1 holds; 2 is given and shown, 3 is given: as far as it comes.
        const got: number[] = [1];
        let welcomed = 1;
        const ended = new Promise<void>((resolve) => setTimeout(resolve, 30));
        const steps = async () => {
          got.push(await serials.give(author));
          if ((await shown(serials, author, 2)) !== TokenWorth.ended) welcomed = 2;
          got.push(await serials.give(author));
        };
        await Promise.race([steps(), ended]);
        if (where === "on disk") await crashing.close().catch(() => undefined);
        const after = where === "on disk" ? await folder.open() : first;
        if (where === "in memory") Object.assign(after, { setState: MemoryLog.prototype.setState });
        const again = await open(after);
        const label = `${last} ${isWritten}: ${got}`;
        // Whoever holds a token that was welcomed, or the newest that was given, gets in; then nobody else does.
        const newest = got.at(-1) as number;
        expect(await shown(again, author, newest), label).not.toBe(TokenWorth.ended);
        expect(await shown(again, author, newest), label).toBe(TokenWorth.holds);
        for (const other of [0, 1, 2, 3].filter((one) => one < newest))
          expect(await shown(again, author, other), label).toBe(TokenWorth.ended);
        expect(welcomed).toBeLessThanOrEqual(newest);
        if (where === "on disk") await after.close();
      }
  });
});

test("tokens of before there were serials hold, are renewed, and end", async () => {
  const secret = new Uint8Array(32).fill(7);
  const log = new MemoryLog({
    secret,
    oldAuthors: 100,
    generations: [{ epoch: "00000000000000aa", firstAuthor: 500 }],
  });
  const identities = new SignedIdentities(log, () => clock.now, fail);
  await Promise.all([identities.ready(), identities.load()]);
  const old = oldToken(secret, 42);
  expect(identities.verify(old)).toBe(42);
  const next = await identities.give(42);
  expect([identities.verify(next), next[0]]).toEqual([42, 3]);
  const worth = (token: Uint8Array) => new Promise((then) => identities.show(token, then));
  expect([await worth(old), await worth(next), await worth(old)]).toEqual([
    TokenWorth.holds,
    TokenWorth.holdsFirst,
    TokenWorth.ended,
  ]);
  for (let bit = 0; bit < next.length * 8; bit++) {
    const flipped = next.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(identities.verify(flipped)).toBeNull();
  }
});
