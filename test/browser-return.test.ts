/** Coming back, going away, several tabs: what a reader sees of it, in a real browser on a real server. */
import { chromium } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { ClientKind } from "../src/wire/frames.ts";
import { aBrowser, launchOptions, ServerProcess, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const TOKEN = "secret-secret-secret";

const stage = aBrowser();
let server: ServerProcess;

afterEach(() => server.close());

async function serve(...flags: string[]): Promise<string> {
  // For every start of it: a server inherits the environment.
  process.env.MADANG_POST_TOKEN = TOKEN;
  server = new ServerProcess(flags);
  await server.start();
  return `${server.url}/r/yard`;
}

async function post(text: string): Promise<void> {
  const answer = await fetch(`${server.url}/api/rooms/yard/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "post", text }),
  });
  expect(answer.status).toBe(201);
}

/** Notes from now on the fewest messages that were ever on the page, and tells them. */
async function watchFewest(visitor: Visitor): Promise<() => Promise<number>> {
  await visitor.page.evaluate(() => {
    const count = () => document.querySelectorAll(".message").length;
    const state = { fewest: count() };
    Object.assign(globalThis, { state });
    new MutationObserver(() => {
      state.fewest = Math.min(state.fewest, count());
    }).observe(document.body, { childList: true, subtree: true });
  });
  return () =>
    visitor.page.evaluate(() => (globalThis as unknown as { state: { fewest: number } }).state.fewest);
}

test(
  "where history no longer reaches back, a line says from when to when",
  async () => {
    const room = await serve();
    for (let n = 1; n <= 3; n++) await post(`seen ${n}`);
    const visitor = await Visitor.come(stage.browser, room);
    await visitor.sees(["seen 1", "seen 2", "seen 3"]);
    const fewest = await watchFewest(visitor);
    const context = visitor.page.context();

    // Away while more is said than is kept.
    await server.kill();
    await visitor.connection.getByText("lost").waitFor();
    await context.setOffline(true);
    await server.start(["--keep-messages", "2"]);
    for (let n = 4; n <= 9; n++) await post(`said ${n}`);
    const first = async () => (await (await fetch(`${server.url}/api/rooms/yard/messages`)).json()).first;
    await server.kill("SIGTERM");
    await server.start(["--keep-messages", "2"]);
    await expect.poll(first, { timeout: 20_000 }).toBe(8);
    await context.setOffline(false);
    const shown = ["seen 1", "seen 2", "seen 3", "said 8", "said 9"];
    await visitor.sees(shown);
    const line = visitor.log.locator(".gap");
    await expect
      .poll(() => line.innerText())
      .toMatch(/^4 messages from .+\d.* until .+\d.* are no longer kept\.$/);
    expect(await fewest()).toBe(3);
    const order = () =>
      visitor.log.locator(".gap, .message").evaluateAll((rows) => rows.map(({ tagName }) => tagName));
    expect(await order()).toEqual(["ARTICLE", "ARTICLE", "ARTICLE", "P", "ARTICLE", "ARTICLE"]);
    // What is at the top is where it all began, and not what is lost.
    await expect.poll(() => visitor.log.locator(".edge").innerText()).toBe("The conversation begins here.");

    // Whoever comes anew is told as well.
    const newcomer = await Visitor.come(stage.browser, room);
    await newcomer.sees(["said 8", "said 9"]);
    await expect
      .poll(() => newcomer.log.locator(".edge").innerText())
      .toMatch(/^7 messages until .+ no longer kept\.$/);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a page is never blank while it comes back, not even into another life of the log",
  async () => {
    const room = await serve();
    for (let n = 1; n <= 5; n++) await post(`message ${n}`);
    const visitor = await Visitor.come(stage.browser, room);
    const all = Array.from({ length: 5 }, (_, i) => `message ${i + 1}`);
    await visitor.sees(all);
    const fewest = await watchFewest(visitor);
    for (const what of ["a kill", "a new epoch"]) {
      const flags = what === "a kill" ? [] : ["--new-epoch", server.epoch];
      await server.kill();
      await visitor.connection.getByText("lost").waitFor();
      await server.start(flags);
      await post(`after ${what}`);
      all.push(`after ${what}`);
      await visitor.sees(all);
    }
    expect(await fewest()).toBe(5);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "after a wake-up the socket is asked at once",
  async () => {
    const room = await serve();
    const context = await stage.browser.newContext({ locale: "en-US" });
    await context.addInitScript(() => {
      const sent: number[] = [];
      Object.assign(globalThis, { sent });
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (data) {
        sent.push((data as Uint8Array)[0] as number);
        send.call(this, data);
      };
    });
    const visitor = await Visitor.inContext(context, room);
    await visitor.people.getByRole("listitem").first().waitFor();
    const pings = () =>
      visitor.page.evaluate(
        (ping) => (globalThis as unknown as { sent: number[] }).sent.filter((kind) => kind === ping).length,
        ClientKind.ping,
      );
    const events = {
      online: () => window.dispatchEvent(new Event("online")),
      pageshow: () => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
      visibility: () => document.dispatchEvent(new Event("visibilitychange")),
    };
    expect(await pings()).toBe(0);
    for (const [i, [name, dispatch]] of Object.entries(events).entries()) {
      await visitor.page.evaluate(dispatch);
      expect(await pings(), name).toBe(i + 1);
    }
  },
  TIMEOUT_MS,
);

test(
  "two tabs share what is unsent: each message goes out once, those of a closed tab too",
  async () => {
    const room = await serve();
    const context = await stage.browser.newContext({ locale: "en-US" });
    const one = await Visitor.inContext(context, room);
    await one.say("hello");
    await one.sees(["hello"]);
    const two = await Visitor.inContext(context, room);
    await two.sees(["hello"]);
    const name = await one.name();
    await expect.poll(() => two.name()).toBe(name);
    await expect.poll(() => two.people.getByRole("listitem").count()).toBe(1);

    await server.kill();
    for (const tab of [one, two]) await tab.connection.getByText("lost").waitFor();
    for (let n = 1; n <= 3; n++) {
      await one.say(`one ${n}`);
      await two.say(`two ${n}`);
    }
    const written = ["one 1", "two 1", "one 2", "two 2", "one 3", "two 3"];
    const shown = async (tab: Visitor) => (await tab.messages()).slice(1);
    await expect.poll(() => shown(two)).toEqual(written);
    await expect.poll(() => shown(one)).toEqual(written);
    await one.page.close();
    await server.start();
    await two.sees(["hello", ...written]);
    const witness = await Visitor.come(stage.browser, room);
    await witness.sees(["hello", ...written]);

    // Both online: both send through one of them, and both see all of it once.
    const three = await Visitor.inContext(context, room);
    await three.sees(["hello", ...written]);
    await Promise.all([two.say("from two"), three.say("from three")]);
    await expect.poll(async () => (await witness.messages()).length).toBe(9);
    const all = await witness.messages();
    expect(all.slice(7).sort()).toEqual(["from three", "from two"]);
    for (const tab of [two, three]) await tab.sees(all);
    expect([...two.complaints, ...three.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "two tabs on an address without https, where there are no locks, send each message once as well",
  async () => {
    await serve("--no-budgets", "--allow-host", "yard.test");
    const rule = "--host-resolver-rules=MAP yard.test 127.0.0.1";
    const plain = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, rule] });
    try {
      const context = await plain.newContext({ locale: "en-US" });
      const address = `${server.url.replace("127.0.0.1", "yard.test")}/r/yard`;
      const one = await Visitor.inContext(context, address);
      await one.say("hello");
      await one.sees(["hello"]);
      expect(await one.page.evaluate(() => [isSecureContext, "locks" in navigator])).toEqual([false, false]);
      const two = await Visitor.inContext(context, address);
      await two.sees(["hello"]);
      const written: string[] = [];
      for (let n = 1; n <= 20; n++) {
        written.push(`one ${n}`, `two ${n}`);
        await Promise.all([one.say(`one ${n}`), two.say(`two ${n}`)]);
      }
      const said = async () => {
        const answer = await fetch(`${server.url}/api/rooms/yard/messages?limit=100`);
        return (await answer.json()).messages.map(({ text }: { text: string }) => text);
      };
      await expect
        .poll(async () => (await said()).slice(1).sort(), { timeout: 20_000 })
        .toEqual(written.sort());
      const all: string[] = await said();
      for (const tab of [one, two]) await tab.sees(all);
      const of = (tab: string) => all.filter((text) => text.startsWith(tab));
      for (const tab of ["one", "two"])
        expect(of(tab)).toEqual(Array.from({ length: 20 }, (_, i) => `${tab} ${i + 1}`));
      // The one who sent for both is gone, or the other one is; either way somebody goes on.
      await one.page.close();
      await two.say("alone");
      await two.sees([...all, "alone"]);
      const witness = await Visitor.come(stage.browser, `${server.url}/r/yard`);
      await witness.sees([...all, "alone"]);
      expect(two.complaints).toEqual([]);
    } finally {
      await plain.close();
    }
  },
  TIMEOUT_MS,
);

test(
  "leaving by the button is seen at once, however long the grace is, and a reload within it is not",
  async () => {
    const room = await serve("--grace-ms", "600000");
    const stays = await Visitor.come(stage.browser, room);
    const goes = await Visitor.come(stage.browser, room);
    const name = await goes.name();
    await stays.log.getByText(`${name} joined`).waitFor();
    await goes.page.reload();
    await goes.people.getByText(name).waitFor();
    await goes.say("back");
    await stays.sees(["back"]);
    expect(await stays.log.locator(".event").filter({ hasText: name }).allInnerTexts()).toEqual([
      `${name} joined`,
    ]);
    await goes.page.getByRole("button", { name: "Leave", exact: true }).click();
    await stays.log.getByText(`${name} left`).waitFor();
  },
  TIMEOUT_MS,
);

test(
  "closing the tab is seen when the grace is over",
  async () => {
    const room = await serve("--grace-ms", "1000");
    const stays = await Visitor.come(stage.browser, room);
    const goes = await Visitor.come(stage.browser, room);
    const name = await goes.name();
    await stays.log.getByText(`${name} joined`).waitFor();
    await goes.page.close();
    await stays.log.getByText(`${name} left`).waitFor();
    await expect.poll(() => stays.people.getByRole("listitem").count()).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  "for the time without a network the page and its hashed files are kept, and nothing else",
  async () => {
    const room = await serve();
    const visitor = await Visitor.come(stage.browser, room);
    await visitor.say("kept by the page, not by the worker");
    await visitor.sees(["kept by the page, not by the worker"]);
    const kept = await visitor.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      await fetch("/api/rooms");
      await fetch("/api/rooms/yard/messages");
      const paths: string[] = [];
      for (const name of await caches.keys()) {
        const requests = await (await caches.open(name)).keys();
        paths.push(...requests.map(({ url }) => new URL(url).pathname));
      }
      return paths;
    });
    // The pages in the language of this stage.browser, and no other ones.
    expect(kept.filter((path) => path.endsWith(".html")).sort()).toEqual(["/en-kept.html", "/en.html"]);
    const hashed = kept.filter((path) => !/^\/(en|en-kept|manifest-en)\.(html|webmanifest)$/.test(path));
    expect(hashed.length).toBeGreaterThan(3);
    for (const path of hashed) expect(path).toMatch(/^\/assets\/[\w-]+-[\w-]{8,12}\.(js|css|svg)$/);
  },
  TIMEOUT_MS,
);
