/**
 * A person writes, and the server ends itself while the message is on its way: before it is on disk, or when it is
 * and nobody was told. The page sends again what it was not told of, and the room holds every message once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launch, launchOptions, ServerProcess, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const POLL = { timeout: 30_000 };

/** Where the server ends. After the first two nobody has been told, at the third the acknowledgement just leaves. */
type Point = "beforeCommit" | "afterCommit" | "duringPublish";

let browser: Browser;
let server: ServerProcess;
let profile: string;
let context: BrowserContext | null = null;

beforeAll(async () => {
  browser = await launch();
}, TIMEOUT_MS);
afterAll(() => browser.close());
beforeEach(() => {
  server = new ServerProcess();
  profile = mkdtempSync(join(tmpdir(), "madang-profile-"));
});
afterEach(async () => {
  await context?.close();
  for (const other of browser.contexts()) await other.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
});

/** The writer, in a browser that keeps what it stored when it is closed. */
async function openWriter(): Promise<Visitor> {
  await context?.close();
  context = await chromium.launchPersistentContext(profile, { ...launchOptions, locale: "en-US" });
  return Visitor.inContext(context, `${server.url}/r/yard`);
}

function live(wishes: { killAt?: Point; n?: number; control: string }): Promise<void> {
  return server.start([], wishes);
}

/**
 * Writes one message for each point, at which the server ends, and starts it again each time; then one more, after
 * which nothing is under way. The writer's browser is closed and opened again after every `reopenEvery`-th end.
 * @returns what was written, and what those who were there and somebody who comes at the end are shown
 */
async function writeThrough(points: Point[], { reopenEvery = 0, control = "" }) {
  const written: string[] = [];
  const complaints: string[] = [];
  let writer: Visitor | undefined;
  let witness: Visitor | undefined;
  // Whether the life that begins takes the message of the one before first.
  let resent = false;

  for (const [index, point] of points.entries()) {
    // Each life reserves numbers for newcomers in its first commit.
    const n = (point === "duringPublish" ? 1 : 2) + (resent ? 1 : 0);
    await live({ killAt: point, n, control });
    if (index > 0 && reopenEvery > 0 && index % reopenEvery === 0) {
      complaints.push(...writer!.complaints);
      writer = await openWriter();
    }
    writer ??= await openWriter();
    witness ??= await Visitor.come(browser, `${server.url}/r/yard`);
    await Promise.all([writer, witness].map((one) => one.returns(written.at(-1)!)));
    // Who comes is shown first what is in sight, and then what stands above it.
    for (const one of [writer, witness]) await expect.poll(() => one.shown(), POLL).toEqual(written);
    const before = [...written];

    const text = `message ${index + 1}`;
    await writer.say(text);
    expect(await server.ended, text).toBe("SIGKILL");
    await Promise.all([writer.loses(), witness.loses()]);
    if (point !== "duringPublish") {
      expect(await writer.shown()).toEqual([...before, `is-pending${text}`]);
      expect(await witness.shown()).toEqual(before);
    }
    written.push(text);
    resent = point === "beforeCommit";
  }

  await live({ control });
  const people = [writer!, witness!];
  await Promise.all(people.map((one) => one.returns(written.at(-1)!)));
  written.push("the last one");
  await writer!.say("the last one");
  people.push(await Visitor.come(browser, `${server.url}/r/yard`));
  const shown: string[][] = [];
  for (const one of people) {
    await one.returns("the last one");
    await expect.poll(() => one.shown(), POLL).toContain(written[0]);
    shown.push(await one.shown());
    complaints.push(...one.complaints);
  }
  expect(complaints).toEqual([]);
  return { written, shown };
}

test(
  "what was written arrives once although the server ends 50 times between the send and the acknowledgement",
  async () => {
    const points: Point[] = Array.from({ length: 50 }, (_, i) => (i % 2 ? "afterCommit" : "beforeCommit"));
    // And some times just when the acknowledgement leaves, which may arrive or not.
    for (let i = 5; i < points.length; i += 6) points.splice(i, 0, "duringPublish");
    const { written, shown } = await writeThrough(points, { reopenEvery: 11 });
    for (const one of shown) expect(one).toEqual(written);
  },
  TIMEOUT_MS * 2,
);

test(
  "a server that does not know repeats shows a message twice",
  async () => {
    const { written, shown } = await writeThrough(["afterCommit"], { control: "dedupe-off" });
    const [first, last] = written;
    for (const one of shown) expect(one).toEqual([first, first, last]);
  },
  TIMEOUT_MS,
);
