/** What `madang token` makes, and where it puts it. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCommand } from "../src/config.ts";
import { makeToken } from "../src/token.ts";

test("a token of 256 bits goes to whoever asked, and only a sentence beside it", () => {
  const [given, said]: string[][] = [[], []];
  for (let i = 0; i < 2; i++)
    expect(
      makeToken(
        "",
        (token) => given!.push(token),
        (sentence) => said!.push(sentence),
      ),
    ).toBe(true);
  expect(new Set(given).size).toBe(2);
  for (const token of given!) {
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(readCommand([], { MADANG_OPERATOR_KEY: token })).toMatchObject({ config: { operatorKey: token } });
    expect(said!.join()).not.toContain(token);
  }
  expect(said![0]).toContain("--operator-key-file");
});

test("into a file that its owner alone can read, that says what to do next, and is never written over", () => {
  const folder = mkdtempSync(join(tmpdir(), "madang-token-"));
  const file = join(folder, "key");
  const [given, said]: string[][] = [[], []];
  const make = (path: string) =>
    makeToken(
      path,
      (token) => given!.push(token),
      (sentence) => said!.push(sentence),
    );
  try {
    expect(make(file)).toBe(true);
    const token = readFileSync(file, "utf8");
    expect([token.trim().length, statSync(file).mode & 0o777]).toEqual([43, 0o600]);
    expect(readCommand(["--operator-key-file", file], {})).toMatchObject({
      config: { operatorKey: token.trim() },
    });
    expect(given).toEqual([]);
    expect(said!.join()).toContain(`--operator-key-file ${file}`);
    expect(said!.join()).not.toContain(token.trim());
    expect(make(file)).toBe(false);
    expect(make(join(folder, "no", "such"))).toBe(false);
    expect(said!.slice(1).every((sentence) => sentence.startsWith("No token was written: "))).toBe(true);
    expect(readFileSync(file, "utf8")).toBe(token);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
