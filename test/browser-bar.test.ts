/**
 * What is said of the connection: it moves nothing of the page, nothing in it moves at a retry, a screen reader hears
 * each change once, and a newer page is offered. In both languages, in a real browser.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { browserAndServer, showsStored, Visitor } from "./browser-page.ts";
import { stands, WIDE_PX } from "./views.mjs";

const TIMEOUT_MS = 120_000;
const POLL = { timeout: 30_000 };
const stage = browserAndServer();
const { server } = stage;

/** Where everything stands that is not of the bar. */
function places(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll(
        ".roof, .gate, .gate > *, .talk, .log, .message, .composer, .typing, .people",
      ),
    ].map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return `${one.className} ${[x, y, width, height].map(Math.round)}`;
    }),
  );
}

/** Notes what the live regions of the page say from now on: what came into them, each time. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(globalThis, { said });
    const isLive = (node: Node | null): boolean => {
      for (let one = node instanceof Element ? node : node?.parentElement; one; one = one.parentElement) {
        if (one.getAttribute("aria-hidden") === "true" || one.getAttribute("aria-live") === "off")
          return false;
        if (one.matches("[aria-live=polite], [aria-live=assertive], [role=status], [role=alert]"))
          return true;
      }
      return false;
    };
    const textOf = (node: Node): string => {
      if (node instanceof Element && node.matches("[aria-hidden=true], [aria-live=off]")) return "";
      return node.nodeType === Node.TEXT_NODE
        ? (node as Text).data
        : [...node.childNodes].map(textOf).join(" ");
    };
    new MutationObserver((changes) => {
      for (const { type, target, addedNodes } of changes) {
        const nodes = type === "characterData" ? [target] : [...addedNodes];
        for (const node of nodes) if (isLive(node) && textOf(node).trim()) said.push(textOf(node).trim());
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
}

const languages = [
  {
    lang: "en",
    lost: "The connection was lost.",
    later: "Sent once you are connected.",
    back: "Connected again.",
  },
  { lang: "ko", lost: "연결이 끊겼어요.", later: "연결되면 보낼게요.", back: "다시 연결됐어요." },
] as const;

test.each(languages.flatMap((words) => [1_200, 320].map((width) => ({ ...words, width }))))(
  "a lost connection moves nothing, says once what is, and what becomes of messages ($lang, $width px)",
  async ({ lang, lost, later, back, width }) => {
    const context = await stage.browser.newContext({ viewport: { width, height: 700 } });
    const page = await context.newPage();
    await page.goto(`${server.url}/r/bar-${lang}-${width}?lang=${lang}`);
    const field = page.locator(".composer textarea");
    for (let n = 1; n <= 12; n++) {
      await field.fill(`message ${n}`);
      await page.getByRole("button", { name: lang === "en" ? "Send" : "보내기" }).click();
    }
    await showsStored(page, "message 12");
    // What comes behind the room has come: the page is as it stays.
    await page.evaluate(() => navigator.serviceWorker.ready);
    if (width >= WIDE_PX) {
      await page.locator("aside.people li").first().waitFor();
      // The list of rooms says a little later how many are in each.
      const here = page.locator(".rooms .list li", { hasText: `bar-${lang}-${width}` });
      await here.getByText(lang === "en" ? "1 person" : "1명").waitFor();
    }
    await stands(page);
    const before = await places(page);
    const said = await listen(page);
    let attempts = 0;
    page.on("websocket", () => attempts++);
    await server.kill();
    const bar = page.locator(".bar");
    await bar.getByText(lost).waitFor();
    await page.getByText(later).waitFor();
    expect(await places(page)).toEqual(before);
    // The bar itself keeps its place and its size through the retries.
    await bar.evaluate((one) => {
      const boxes = new Set<string>();
      const look = () => {
        const { x, y, width, height } = one.getBoundingClientRect();
        boxes.add([x, y, width, height].map((n) => Math.round(n / 8)).join());
      };
      look();
      new MutationObserver(look).observe(one, { subtree: true, childList: true, attributes: true });
      Object.assign(globalThis, { boxes });
    });
    await expect.poll(() => attempts, POLL).toBeGreaterThan(2);
    expect(await page.evaluate(() => (globalThis as unknown as { boxes: Set<string> }).boxes.size)).toBe(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    // The field can be reached and written in.
    await field.fill("written meanwhile");
    await page.getByRole("button", { name: lang === "en" ? "Send" : "보내기" }).click();
    await server.start();
    await expect
      .poll(async () => {
        await page.evaluate(() => dispatchEvent(new Event("online")));
        return [
          await bar.count(),
          await page.locator(".is-pending").count(),
          await page.getByText(later).count(),
        ];
      }, POLL)
      .toEqual([0, 0, 0]);
    await expect.poll(said, POLL).toEqual([lost, back]);
  },
  TIMEOUT_MS,
);

test(
  "on the front page nothing is moved or covered",
  async () => {
    const context = await stage.browser.newContext({
      viewport: { width: 360, height: 700 },
      locale: "en-US",
    });
    const visitor = await Visitor.inContext(context, server.url);
    await visitor.name();
    await visitor.page.getByText("No rooms yet").or(visitor.rooms.getByRole("listitem")).first().waitFor();
    await visitor.page.evaluate(() => navigator.serviceWorker.ready);
    const before = await places(visitor.page);
    await server.kill();
    await visitor.connection.getByText("lost").waitFor();
    expect(await places(visitor.page)).toEqual(before);
    await visitor.page.getByRole("textbox", { name: "Room name" }).click({ timeout: 5_000 });
    await visitor.page.getByRole("textbox", { name: "Nickname" }).click({ timeout: 5_000 });
    await server.start();
  },
  TIMEOUT_MS,
);

test(
  "a screen reader hears every message once, also of a burst and of what came while the connection was away",
  async () => {
    const room = `${server.url}/r/heard`;
    const writer = await Visitor.come(stage.browser, room);
    const reader = await Visitor.come(stage.browser, room);
    const name = await writer.name();
    // What stood in a room when one came in is not told.
    await reader.people.getByText(name).waitFor();
    await writer.people.getByText(await reader.name()).waitFor();
    await writer.say("before");
    await reader.sees(["before"]);
    await expect
      .poll(() => reader.page.locator("[aria-live=polite]", { hasText: "before" }).count(), POLL)
      .toBe(1);
    const said = await listen(reader.page);
    const burst = Array.from({ length: 7 }, (_, n) => `burst ${n + 1}`);
    for (const text of burst) await writer.say(text);
    await expect.poll(async () => (await said()).length, POLL).toBeGreaterThan(0);
    const lines = async () =>
      (await said()).flatMap((one) => one.split("\n")).filter((one) => one.startsWith(name));
    await expect.poll(lines, POLL).toEqual(burst.map((text) => `${name}: ${text}`));
    await reader.page.context().setOffline(true);
    await reader.connection.getByText("offline").waitFor();
    await writer.say("missed");
    await writer.sees(["before", ...burst, "missed"]);
    await server.kill();
    await server.start();
    await reader.page.context().setOffline(false);
    await reader.sees(["before", ...burst, "missed"]);
    await expect.poll(lines, POLL).toEqual([...burst, "missed"].map((text) => `${name}: ${text}`));
  },
  TIMEOUT_MS,
);

const pages = ["en", "ko", "en-room", "ko-room", "en-kept", "ko-kept"].map((name) =>
  join(resolve(import.meta.dirname, "../dist/public"), `${name}.html`),
);
const built = new Map<string, Buffer>();
const files = () => pages.flatMap((path) => [path, `${path}.br`, `${path}.gz`]);
afterEach(() => {
  for (const [path, bytes] of built) writeFileSync(path, bytes);
  built.clear();
});

test.each(languages)(
  "a newer page is offered with one line when its server is there, and not forced ($lang)",
  async ({ lang }) => {
    const context = await stage.browser.newContext({ viewport: { width: 360, height: 700 } });
    const page = await context.newPage();
    await page.goto(`${server.url}/r/newer?lang=${lang}`);
    await page.locator(".composer textarea").fill("a draft that stays");
    // What looks for newer pages comes behind everything else.
    await page.evaluate(() => navigator.serviceWorker.ready);
    const again = async () => {
      await server.kill();
      await page.locator(".bar").waitFor();
      await server.start();
      await expect
        .poll(async () => {
          await page.evaluate(() => dispatchEvent(new Event("online")));
          return page.locator(".bar").count();
        }, POLL)
        .toBe(0);
    };
    let asked = 0;
    page.on("response", (response) => response.url().endsWith(`/${lang}.html?now`) && asked++);
    await again();
    await expect.poll(() => asked, POLL).toBe(1);
    const line = page.locator(".connection", { hasText: lang === "en" ? "new version" : "새 버전" });
    expect(await line.count()).toBe(0);
    // Another version: its script has another name.
    for (const path of files()) built.set(path, readFileSync(path));
    const { brotliCompressSync, gzipSync } = await import("node:zlib");
    for (const path of pages) {
      const newer = Buffer.from(
        readFileSync(path, "utf8").replace(/\/assets\/app-[\w-]+\.js/g, "/assets/app-newer.js"),
      );
      writeFileSync(path, newer);
      writeFileSync(`${path}.br`, brotliCompressSync(newer));
      writeFileSync(`${path}.gz`, gzipSync(newer));
    }
    await again();
    await line.waitFor();
    expect(await page.locator(".composer textarea").inputValue()).toBe("a draft that stays");
    // What opens anew comes from this device, and offers it as well; who reloads is given the server's.
    const other = await context.newPage();
    await other.goto(`${server.url}/r/newer`);
    await other.locator(".connection", { hasText: lang === "en" ? "new version" : "새 버전" }).waitFor();
    expect(await other.content()).not.toContain("app-newer.js");
    await other.reload();
    expect(await other.content()).toContain("app-newer.js");
    await other.close();
    for (const [path, bytes] of built) writeFileSync(path, bytes);
    await server.kill();
    await server.start();
    await line.getByRole("button", { name: lang === "en" ? "Reload" : "새로고침" }).click();
    await expect.poll(() => line.count(), POLL).toBe(0);
    await expect.poll(() => page.locator(".composer textarea").inputValue(), POLL).toBe("a draft that stays");
  },
  TIMEOUT_MS,
);
