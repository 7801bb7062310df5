/** A room's page before its script is there: one can write and send, and nothing of that is lost, moved or doubled. */
import type { BrowserContext, Page, Route } from "playwright-core";
import { expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const stage = browserAndServer();
const { server } = stage;

/** What a service worker fetches could not be held back. */
const unkept = { locale: "en-US", serviceWorkers: "block" } as const;

/** The page's script waits on its way, in whatever is opened from now on. */
async function hold(within: Page | BrowserContext): Promise<{ held: Route[]; start(): Promise<void> }> {
  const held: Route[] = [];
  await within.route("**/assets/app-*.js", (route) => void held.push(route));
  const start = async () => {
    await within.unroute("**/assets/app-*.js");
    for (const route of held.splice(0)) await route.continue().catch(() => undefined);
  };
  return { held, start };
}

/** Opens a room whose script waits on its way until the result is called. */
async function openHeld(page: Page, room: string): Promise<() => Promise<void>> {
  const { held, start } = await hold(page);
  await page.goto(`${server.url}/r/${encodeURIComponent(room)}`, { waitUntil: "commit" });
  await isRead(page);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  return start;
}

/** Waits until the page is read to its end, with what stands in it: its script may be asked for before that. */
async function isRead(page: Page): Promise<void> {
  await page.waitForFunction(() => document.readyState !== "loading");
}

const boxes = (page: Page) =>
  page.evaluate(() =>
    [".roof", ".title", ".talk", ".composer", ".composer textarea", ".send"].map((what) => {
      const box = document.querySelector(what)?.getBoundingClientRect();
      return `${what} ${[box?.x, box?.y, box?.width, box?.height].map((n) => Math.round(n ?? -1))}`;
    }),
  );

test.each([360, 1_200])(
  "one writes and sends before the script is there, in the field that stays (%s px)",
  async (width) => {
    const context = await stage.browser.newContext({ viewport: { width, height: 700 }, locale: "en-US" });
    const visitor = await Visitor.inContext(context, "about:blank");
    const { page, composer } = visitor;
    const start = await openHeld(page, `early ${width}`);
    expect(await page.locator("h1").innerText()).toBe(`early-${width}`);
    const before = await boxes(page);
    await page.evaluate(() => Object.assign(globalThis, { field: document.querySelector("textarea") }));
    // On a large screen the field has the focus.
    await page.keyboard.type("first");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("of two lines");
    await page.keyboard.press("Enter");
    await page.keyboard.type("second");
    await page.getByRole("button", { name: "Send" }).click();
    expect(await page.locator(".is-pending .bubble").allInnerTexts()).toEqual([
      "first\nof two lines",
      "second",
    ]);
    await page.keyboard.type("not sent yet");
    await start();
    await visitor.sees(["first\nof two lines", "second"]);
    const isSame = "document.activeElement === field && document.querySelector('textarea') === field";
    expect(await page.evaluate(isSame)).toBe(true);
    expect(await composer.inputValue()).toBe("not sent yet");
    // The field keeps its place; the button is ready to send what stands there.
    expect(await boxes(page)).toEqual(before);
    // From now on it is the script that hears of keys.
    await composer.press("Enter");
    await visitor.sees(["first\nof two lines", "second", "not sent yet"]);
    expect(await composer.inputValue()).toBe("");
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "what was sent before a script that never came goes out once after the next load, and a draft is there at once",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/early-lost`, unkept);
    const { page, composer } = visitor;
    await composer.fill("a draft");
    // It is written a moment later, and with the page's end.
    await page.goto("about:blank");
    await openHeld(page, "early-lost");
    expect(await page.locator("textarea").inputValue()).toBe("a draft");
    await page.keyboard.press("Enter");
    await page.keyboard.type("more");
    await page.keyboard.press("Enter");
    await page.goto("about:blank");
    const start = await openHeld(page, "early-lost");
    expect(await page.locator(".bubble").allInnerTexts()).toEqual(["a draft", "more"]);
    await start();
    await visitor.sees(["a draft", "more"]);
    expect(await composer.inputValue()).toBe("");
    await page.reload();
    await visitor.sees(["a draft", "more"]);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "on a touch screen Enter breaks the line, and what is chosen holds from the first key",
  async () => {
    const context = await stage.browser.newContext({ hasTouch: true, isMobile: true, locale: "en-US" });
    const visitor = await Visitor.inContext(context, "about:blank");
    const { page } = visitor;
    const start = await openHeld(page, "early-touch");
    await page.locator("textarea").tap();
    await page.keyboard.type("one");
    await page.keyboard.press("Enter");
    expect(await page.locator("textarea").inputValue()).toBe("one\n");
    await page.evaluate(() => localStorage.setItem("madang.enter", "send"));
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    await start();
    await visitor.sees(["one\ntwo"]);
    // The keyboard that one has opened is not taken away.
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
  },
  TIMEOUT_MS,
);

test(
  "what was sent goes to its own room when one went back meanwhile, and once when the tab was copied",
  async () => {
    const context = await stage.browser.newContext(unkept);
    const visitor = await Visitor.inContext(context, `${server.url}/r/early-first`);
    const { page } = visitor;
    await visitor.say("of the first");
    await visitor.sees(["of the first"]);
    await page.getByRole("textbox", { name: "Room name" }).fill("early-second");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "early-second" }).waitFor();
    await visitor.say("of the second");
    await visitor.sees(["of the second"]);
    const { held, start } = await hold(context);
    await page.reload({ waitUntil: "commit" });
    await isRead(page);
    await expect.poll(() => held.length).toBe(1);
    await page.keyboard.type("more of it");
    await page.keyboard.press("Enter");
    // As a tab that is duplicated, this one comes with what the tab keeps.
    const [copy] = await Promise.all([
      context.waitForEvent("page"),
      page.evaluate(() => void open(location.href)),
    ]);
    await isRead(copy);
    await expect.poll(() => held.length).toBe(2);
    expect(await copy.locator(".bubble").allInnerTexts()).toEqual(["more of it"]);
    await page.goBack({ waitUntil: "commit" });
    expect(page.url()).toContain("early-first");
    await start();
    await visitor.sees(["of the first"]);
    await page.goForward();
    await visitor.sees(["of the second", "more of it"]);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a syllable that is being written, and a draft that was put right, stay as they are when the script comes",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/early-written`, unkept);
    const { page, composer } = visitor;
    await composer.fill("helo");
    await page.goto("about:blank");
    const startCorrected = await openHeld(page, "early-written");
    await page.locator("textarea").fill("hello");
    await startCorrected();
    await page.getByRole("log").waitFor();
    await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(1);
    expect(await composer.inputValue()).toBe("hello");
    await composer.fill("");

    const start = await openHeld(page, "early-written");
    // Nothing of it shows.
    await page.keyboard.type("\u2800");
    await page.keyboard.press("Enter");
    await page.keyboard.type("first");
    await page.keyboard.press("Enter");
    const input = await page.context().newCDPSession(page);
    const compose = (text: string) =>
      input.send("Input.imeSetComposition", { text, selectionStart: 1, selectionEnd: 1 });
    await compose("ㅎ");
    await start();
    await visitor.sees(["first"]);
    await compose("하");
    await compose("한");
    // The button settles it: nothing of it comes once more.
    await page.getByRole("button", { name: "Send" }).click();
    await visitor.sees(["first", "한"]);
    expect(await composer.inputValue()).toBe("");
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "where what a room needs cannot be fetched, the page asks for a reload, and that is what its button does",
  async () => {
    const context = await stage.browser.newContext(unkept);
    // The server's word comes after that.
    await context.addInitScript(() => {
      const { send } = WebSocket.prototype;
      const page = globalThis as { sent?: number };
      WebSocket.prototype.send = async function (bytes) {
        while (!sessionStorage.getItem("isOpen")) await new Promise((over) => setTimeout(over, 20));
        page.sent = (page.sent ?? 0) + 1;
        send.call(this, bytes);
      };
    });
    const visitor = await Visitor.inContext(context, "about:blank");
    const { page } = visitor;
    await page.route("**/assets/room-part-*.js", (route) => route.abort());
    const start = await openHeld(page, "early-part");
    await page.keyboard.type("kept");
    await page.keyboard.press("Enter");
    await start();
    const button = page.getByRole("button", { name: "Reload" });
    await button.waitFor();
    await page.unroute("**/assets/room-part-*.js");
    // A greeting, and what follows the welcome.
    await page.evaluate(() => sessionStorage.setItem("isOpen", "yes"));
    await page.waitForFunction(() => ((globalThis as { sent?: number }).sent ?? 0) >= 2);
    await button.click();
    await visitor.sees(["kept"]);
  },
  TIMEOUT_MS,
);

test(
  "where scripts are switched off, a room's page says at once that it needs them",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/early-never`, {
      javaScriptEnabled: false,
    });
    const box = await visitor.page.locator("noscript").boundingBox();
    expect(box?.height).toBeGreaterThan(0);
    expect(box?.y).toBeLessThan(100);
  },
  TIMEOUT_MS,
);
