import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLevelLog } from "../src/log/level/level-log.ts";
import { jumpAhead } from "../src/log/level/recovery.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { SignedIdentities } from "../src/server/identities.ts";
import { oldToken, writeOldFolder } from "./old-folder.ts";

const fail = (error: unknown) => {
  throw error;
};

async function ready(log = new MemoryLog()): Promise<SignedIdentities> {
  const identities = new SignedIdentities(log, Date.now, fail);
  await identities.ready();
  return identities;
}

describe("identities", () => {
  test("a token proves its author, on every server with that log", async () => {
    const log = new MemoryLog();
    const identities = await ready(log);
    const restarted = await ready(log);
    for (let i = 0; i < 300; i++) {
      const { author, token } = identities.issue()!;
      expect(identities.verify(token)).toBe(author);
      expect(restarted.verify(token)).toBe(author);
    }
    expect(await ready(new MemoryLog({ secret: new Uint8Array(32) }))).toSatisfy(
      (other: SignedIdentities) => other.verify(identities.issue()!.token) === null,
    );
  });

  test("nothing else proves anything: every flipped bit, every truncation, anything longer", async () => {
    const identities = await ready();
    const { token } = identities.issue()!;
    for (let bit = 0; bit < token.length * 8; bit++) {
      const flipped = token.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(identities.verify(flipped)).toBeNull();
    }
    for (let length = 0; length < token.length; length++) {
      expect(identities.verify(token.subarray(0, length))).toBeNull();
    }
    expect(identities.verify(Uint8Array.of(...token, 0))).toBeNull();
    expect(identities.verify(new Uint8Array(64))).toBeNull();
  });

  test("numbers are reserved before they are given, and never given twice", async () => {
    const log = new MemoryLog();
    const given = new Set<number>();
    for (let life = 0; life < 3; life++) {
      const identities = await ready(log);
      for (let i = 0; i < 5000; i++) {
        const identity = identities.issue();
        if (identity === null) {
          await identities.ready();
          continue;
        }
        expect(given.has(identity.author)).toBe(false);
        given.add(identity.author);
      }
    }
    expect(given.has(0)).toBe(false);
    // What is reserved lies above all that was given.
    expect(await log.reserveAuthors(1)).toBeGreaterThan(Math.max(...given));
  });

  test("they do not run out while more are reserved in time, and wait when they do", async () => {
    let reserve: () => void = () => undefined;
    class SlowLog extends MemoryLog {
      slow = false;
      override async reserveAuthors(count: number): Promise<number> {
        if (this.slow) await new Promise<void>((go) => (reserve = go));
        return super.reserveAuthors(count);
      }
    }
    const log = new SlowLog();
    const identities = await ready(log);
    log.slow = true;
    for (let i = 0; i < 4096; i++) expect(identities.issue()).not.toBeNull();
    expect(identities.issue()).toBeNull();
    let done = false;
    const waiting = Promise.all([identities.ready(), identities.ready()]).then(() => {
      done = true;
    });
    await Promise.resolve();
    expect(done).toBe(false);
    reserve();
    await waiting;
    expect(identities.issue()!.author).toBe(4097);
  });

  test("a log that cannot reserve is fatal", async () => {
    const log = new MemoryLog();
    await log.close();
    const fatals: unknown[] = [];
    const identities = new SignedIdentities(log, Date.now, (error) => fatals.push(error));
    await identities.ready();
    expect(fatals).toHaveLength(1);
    expect(identities.issue()).toBeNull();
  });
});

describe("identities of a log on disk", () => {
  class Place {
    path = mkdtempSync(join(tmpdir(), "madang-identities-"));
    data = join(this.path, "data");

    /** That of the last start. */
    epoch = "";

    /** Starts on the folder, ending this epoch, lets some newcomers come, and stops. */
    async start<T>(newEpoch: string, use: (identities: SignedIdentities) => T): Promise<T> {
      const log = await openLevelLog(this.data, { newEpoch });
      if (newEpoch !== "") expect(log.epoch).not.toBe(newEpoch);
      this.epoch = log.epoch;
      const identities = new SignedIdentities(log, Date.now, fail);
      await identities.ready();
      const result = use(identities);
      await identities.ready();
      await log.close();
      return result;
    }

    [Symbol.dispose](): void {
      rmSync(this.path, { recursive: true });
    }
  }

  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

  test("a copy of the folder, put back after many starts, gives nobody what anybody has, time after time", async () => {
    using place = new Place();
    const numbers = new Set<number>();
    const tokens = new Map<string, number>();
    const newcomer = (identities: SignedIdentities) => {
      const { author, token } = identities.issue()!;
      expect(numbers).not.toContain(author);
      expect([...tokens.keys()]).not.toContain(hex(token));
      numbers.add(author);
      tokens.set(hex(token), author);
      return token;
    };
    const early = await place.start("", newcomer);
    const [backup, backupEpoch] = [join(place.path, "backup"), place.epoch];
    cpSync(place.data, backup, { recursive: true });
    const after: Uint8Array[] = [];
    for (let start = 0; start < 20; start++) after.push(await place.start("", newcomer));
    for (let restored = 0; restored < 3; restored++) {
      rmSync(place.data, { recursive: true });
      cpSync(backup, place.data, { recursive: true });
      const inBetween = await place.start(backupEpoch, newcomer);
      await place.start("", (identities) => {
        newcomer(identities);
        // Who has a token of before is who he was, even when this folder never heard of him.
        for (const token of [early, ...after, inBetween])
          expect(identities.verify(token)).toBe(tokens.get(hex(token)));
      });
      await place.start(place.epoch, (identities) => {
        newcomer(identities);
        for (const token of [early, inBetween]) expect(identities.verify(token)).toBe(tokens.get(hex(token)));
      });
    }
  });

  test("a life that this folder did not live has other tokens for the same numbers", async () => {
    const [one, other] = ["1111111111111111", "2222222222222222"].map(
      (epoch) => new SignedIdentities(new MemoryLog({ epoch }), Date.now, fail),
    );
    await one!.ready();
    await other!.ready();
    const [mine, yours] = [one!.issue()!, other!.issue()!];
    expect(mine.author).toBe(yours.author);
    expect(hex(mine.token)).not.toBe(hex(yours.token));
    expect(one!.verify(yours.token)).toBeNull();
    expect(other!.verify(mine.token)).toBeNull();
  });

  test("a number belongs to the generation that begins nearest below it", async () => {
    const [early, late] = [
      { epoch: "1111111111111111", firstAuthor: 1_000 },
      { epoch: "2222222222222222", firstAuthor: 5_000 },
    ] as const;
    const lived = await ready(new MemoryLog({ epoch: late.epoch, generations: [early, late] }));
    const first = await ready(new MemoryLog({ epoch: early.epoch, generations: [early] }));
    expect(lived.verify(first.issue()!.token)).toBe(1_000);
    expect(lived.verify(lived.issue()!.token)).toBe(5_000);
    const beyond = await ready(
      new MemoryLog({ epoch: early.epoch, generations: [{ ...early, firstAuthor: 5_001 }] }),
    );
    expect(lived.verify(beyond.issue()!.token)).toBeNull();
    const below = await ready(
      new MemoryLog({ epoch: early.epoch, generations: [{ ...early, firstAuthor: 999 }] }),
    );
    expect(lived.verify(below.issue()!.token)).toBeNull();
  });

  test("tokens of before generations hold for the numbers that were given then, through a new epoch too", async () => {
    using place = new Place();
    const secret = new Uint8Array(32).fill(3);
    const old = { epoch: "0123456789abcdef", secret, write: 5, commits: 2, records: 0, rooms: [] };
    await writeOldFolder(place.data, { ...old, nextAuthor: 8_193 });
    const check = (identities: SignedIdentities) => {
      for (const author of [1, 127, 128, 8_192])
        expect(identities.verify(oldToken(secret, author))).toBe(author);
      for (const author of [8_193, 8_194, 2 ** 40])
        expect(identities.verify(oldToken(secret, author))).toBeNull();
      expect(identities.verify(oldToken(new Uint8Array(32), 1))).toBeNull();
      return identities.issue()!;
    };
    expect((await place.start("", check)).author).toBe(8_193);
    const { author, token } = await place.start("", check);
    expect((await place.start(place.epoch, check)).author).toBeGreaterThan(2 ** 32);
    await place.start("", (identities) => expect(identities.verify(token)).toBe(author));
    // Restored and of a new epoch at once.
    rmSync(place.data, { recursive: true });
    await writeOldFolder(place.data, { ...old, nextAuthor: 8_193 });
    expect((await place.start(old.epoch, check)).author).toBeGreaterThan(2 ** 32);
    await place.start("", (identities) => expect(identities.verify(token)).toBeNull());
  });

  test("a new epoch's numbers lie far above those before while there are any, and are never too large", () => {
    const firsts = new Set<number>();
    let reached = 4_097;
    let rises = 0;
    for (let epoch = 0; epoch < 1_000; epoch++) {
      const first = jumpAhead(reached);
      expect(first + 2 ** 39).toBeLessThan(Number.MAX_SAFE_INTEGER);
      expect(first).toBeGreaterThanOrEqual(2 ** 32);
      if (first > reached) expect(first - reached).toBeGreaterThanOrEqual(2 ** 32);
      else expect(reached).toBeGreaterThan(2 ** 53 - 2 ** 48 - 2 ** 40);
      if (first > reached) rises++;
      firsts.add(first);
      reached = first;
    }
    expect(firsts.size).toBe(1_000);
    expect(rises).toBeGreaterThan(950);
  });
});
