/** Hashes of passwords as they are stored, by Node's scrypt. */
import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { nodeScrypt } from "../src/server/scrypt.ts";
import { type KeyDerivation, Passwords } from "../src/session/passwords.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { passwordOf } from "../src/wire/password.ts";

/** As it is, but fast. */
function counted(): KeyDerivation & { made: { logN: number; bytes: number }[] } {
  const made: { logN: number; bytes: number }[] = [];
  return {
    made,
    derive: (password, salt, cost, bytes) => {
      made.push({ logN: cost.logN, bytes });
      return nodeScrypt.derive(password, salt, { ...cost, logN: 4 }, bytes);
    },
    random: nodeScrypt.random,
  };
}

test("a hash opens with its password alone, and says with what cost it was made", async () => {
  const kdf = counted();
  const passwords = new Passwords(kdf, () => performance.now());
  const hash = (await passwords.hash({}, encodeText("sesame")))!;
  expect([...hash.subarray(0, 5)]).toEqual([1, 15, 8, 1, 16]);
  expect(hash).toHaveLength(4 + 1 + 16 + 1 + 32);
  expect(Buffer.from((await passwords.hash({}, encodeText("sesame")))!).equals(hash)).toBe(false);
  expect(await passwords.isRight({}, encodeText("sesame"), hash)).toBe(true);
  expect(await passwords.isRight({}, encodeText("Sesame"), hash)).toBe(false);
  expect(await passwords.isRight({}, null, hash)).toBe(false);
  expect(await passwords.isRight({}, encodeText("sesame"), hash.subarray(0, -1))).toBe(false);
  expect(await passwords.isRight({}, encodeText("sesame"), Uint8Array.of(2, ...hash.subarray(1)))).toBe(
    false,
  );
  // Of another cost, as an earlier version may have made it.
  const other = hash.slice();
  other[1] = 14;
  expect(await passwords.isRight({}, encodeText("sesame"), other)).toBe(true);
  expect(kdf.made.map(({ logN }) => logN)).toEqual([15, 15, 15, 15, 15, 15, 15, 14]);
});

test("a comparison with nothing costs the same", async () => {
  const kdf = counted();
  const passwords = new Passwords(kdf, () => performance.now());
  const hash = await passwords.hash({}, encodeText("sesame"));
  await passwords.isRight({}, encodeText("guess"), hash);
  expect(await passwords.isRight({}, encodeText("guess"), null)).toBe(false);
  expect(await passwords.isRight({}, null, null)).toBe(false);
  expect(new Set(kdf.made.map((each) => JSON.stringify(each))).size).toBe(1);
});

test("the main thread goes on while hashes are made", async () => {
  const passwords = new Passwords(nodeScrypt, () => performance.now());
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  turn();
  await Promise.all([1, 2, 3, 4].map((n) => passwords.hash({ n }, encodeText("sesame"))));
  isOver = true;
  // On the main thread each of the four would have been one turn of 80 ms.
  expect(turns).toBeGreaterThan(100);
});

test("what reads the same is the same password, and what is none has a code", () => {
  const of = (text: string) => passwordOf(encodeText(text));
  expect(of("각".normalize("NFD"))).toEqual(of("각"));
  expect(of("a ")).not.toEqual(of("a"));
  expect([of(""), of("\u200b"), of("a\0"), of("x".repeat(1_025))]).toEqual([
    Refusal.emptyText,
    Refusal.emptyText,
    Refusal.badText,
    Refusal.textTooLong,
  ]);
  expect(passwordOf(Uint8Array.of(0xff))).toBe(Refusal.badText);
});
