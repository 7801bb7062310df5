import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAddress } from "../src/server/addresses.ts";
import { DenyList, DenyListError } from "../src/server/deny-list.ts";
import { FakeLoop } from "./fake-loop.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deny-"));
  path = join(folder, "deny");
});
afterEach(() => rmSync(folder, { recursive: true }));

const has = (list: DenyList, text: string) => list.has(parseAddress(text)!);

describe("a deny list", () => {
  test("names addresses and prefixes of both kinds, one a line, with comments", () => {
    writeFileSync(path, "# spam\n192.0.2.1\n\n198.51.100.0/24  # a network\n2001:db8::/32\r\n::1\n");
    const list = new DenyList(path);
    for (const denied of ["192.0.2.1", "198.51.100.77", "2001:db8:9::1", "::1", "::ffff:192.0.2.1"])
      expect(has(list, denied), denied).toBe(true);
    for (const other of ["192.0.2.2", "198.51.101.1", "2001:db9::1", "::2"])
      expect(has(list, other), other).toBe(false);
  });

  test("without a path denies nobody; one that is missing or wrong is an error at the start", () => {
    expect(has(new DenyList(""), "192.0.2.1")).toBe(false);
    expect(() => new DenyList(path)).toThrow(DenyListError);
    writeFileSync(path, "192.0.2.1\nnot an address\n");
    expect(() => new DenyList(path)).toThrow("line 2");
  });

  test("is read anew when it changed; a wrong one changes nothing and is told", async () => {
    writeFileSync(path, "192.0.2.1\n");
    const loop = new FakeLoop();
    const list = new DenyList(path);
    let changes = 0;
    const reports: string[] = [];
    const stop = list.watch(
      (ms, run) => loop.after(ms, run),
      () => changes++,
      (_event, sentence) => reports.push(sentence),
    );
    await loop.advance(5_000);
    expect([changes, reports]).toEqual([0, []]);
    writeFileSync(path, "192.0.2.2\n192.0.2.3\n");
    await loop.advance(5_000);
    expect([changes, has(list, "192.0.2.1"), has(list, "192.0.2.2")]).toEqual([1, false, true]);
    writeFileSync(path, "what?\n");
    await loop.advance(5_000);
    rmSync(path);
    await loop.advance(5_000);
    expect([changes, has(list, "192.0.2.2")]).toEqual([1, true]);
    expect(reports[0]).toMatch(/line 1\. The list before it stays in force\.$/);
    expect(reports.at(-1)).toMatch(/cannot be read/);
    // Each once, not every two seconds.
    expect(reports).toHaveLength(2);
    stop();
    expect(loop.pendingTimers).toBe(0);
  });
});
