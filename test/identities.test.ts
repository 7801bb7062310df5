import { describe, expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { SignedIdentities } from "../src/server/identities.ts";

const fail = (error: unknown) => {
  throw error;
};

async function ready(log = new MemoryLog()): Promise<SignedIdentities> {
  const identities = new SignedIdentities(log, fail);
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
    const identities = new SignedIdentities(log, (error) => fatals.push(error));
    await identities.ready();
    expect(fatals).toHaveLength(1);
    expect(identities.issue()).toBeNull();
  });
});
