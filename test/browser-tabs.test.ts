/**
 * Several tabs of one browser: one that stands still mutes none of the others, and all are one person. With Web Locks
 * and, on an address without https, without them.
 */
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launch, launchOptions, ServerProcess, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const POLL = { timeout: 30_000 };

const server = new ServerProcess(["--allow-host", "yard.test"]);
const browsers: Record<string, Browser> = {};

beforeAll(async () => {
  const rule = "--host-resolver-rules=MAP yard.test 127.0.0.1";
  browsers.locks = await launch();
  browsers.plain = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, rule] });
  await server.start();
}, TIMEOUT_MS);
afterEach(async () => {
  for (const browser of Object.values(browsers))
    for (const context of browser.contexts()) await context.close();
});
afterAll(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await server.close();
});

const origins = { locks: () => server.url, plain: () => server.url.replace("127.0.0.1", "yard.test") };
const kinds = ["locks", "plain"] as const;

/** Stops all scripts of a page, until `wake`. */
async function halt(page: Page): Promise<{ wake: () => Promise<void> }> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send("Debugger.enable");
  const paused = new Promise((resolve) => session.once("Debugger.paused", resolve));
  await session.send("Debugger.pause");
  // It pauses with the next script that runs.
  void session.send("Runtime.evaluate", { expression: "0" }).catch(() => undefined);
  await paused;
  return {
    wake: async () => {
      await session.send("Debugger.resume");
      await session.detach();
    },
  };
}

/** What the log of the room holds, in order. */
async function stored(room: string): Promise<string[]> {
  const answer = await fetch(`${server.url}/api/rooms/${room}/messages?limit=100`);
  return (await answer.json()).messages.map(({ text }: { text: string }) => text);
}

test.each(kinds)(
  "what is written beside a tab that stands still goes out, and nothing of either is lost or sent twice (%s)",
  async (kind) => {
    const context = await browsers[kind]!.newContext({ locale: "en-US" });
    const room = `halted-${kind}`;
    const one = await Visitor.inContext(context, `${origins[kind]()}/r/${room}`);
    expect(await one.page.evaluate(() => "locks" in navigator)).toBe(kind === "locks");
    await one.say("before");
    await one.sees(["before"]);
    const two = await Visitor.inContext(context, `${origins[kind]()}/r/${room}`);
    await two.sees(["before"]);
    const { wake } = await halt(one.page);
    for (const text of ["beside 1", "beside 2"]) await two.say(text);
    await two.sees(["before", "beside 1", "beside 2"]);
    await wake();
    // It knows of nothing yet, and has a number ready that was used meanwhile.
    await one.say("awake");
    await two.say("beside 3");
    const all = ["before", "beside 1", "beside 2"];
    await expect
      .poll(async () => (await stored(room)).sort(), POLL)
      .toEqual(["awake", ...all, "beside 3"].sort());
    for (const tab of [one, two]) await tab.sees(await stored(room));
    await two.page.close();
    await one.say("alone");
    await one.sees([...(await stored(room)).filter((text) => text !== "alone"), "alone"]);
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test.each(kinds)(
  "a rename in one tab is one in the other, in rooms and on the front page (%s)",
  async (kind) => {
    const context = await browsers[kind]!.newContext({ locale: "en-US" });
    const origin = origins[kind]();
    const one = await Visitor.inContext(context, `${origin}/r/named-${kind}`);
    await one.say("hello");
    await one.sees(["hello"]);
    const tabs = [
      await Visitor.inContext(context, `${origin}/r/named-${kind}`),
      await Visitor.inContext(context, `${origin}/r/other-${kind}`),
      await Visitor.inContext(context, `${origin}/`),
    ];
    const before = await one.name();
    for (const tab of tabs) await expect.poll(() => tab.name(), POLL).toBe(before);
    await one.page.getByRole("textbox", { name: "Nickname" }).fill("새 이름");
    await one.page.getByRole("textbox", { name: "Nickname" }).press("Enter");
    for (const tab of [one, ...tabs]) {
      await expect.poll(() => tab.name(), POLL).toBe("새 이름");
      // Nobody else has it.
      expect(await tab.page.locator(".notice").count()).toBe(0);
    }
    for (const tab of tabs.slice(0, 2)) await tab.page.getByPlaceholder("Message as 새 이름").waitFor();
    await tabs[1]!.say("as before");
    await tabs[1]!.sees(["as before"]);
    await tabs[1]!.page.reload();
    await expect.poll(() => tabs[1]!.name(), POLL).toBe("새 이름");
    for (const tab of [one, ...tabs]) expect(tab.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
