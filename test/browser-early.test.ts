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

/** What the page holds of what was sent before its script: where it is kept first, and in the outbox. */
const whereabouts = async (visitor: Visitor) => ({
  early: await visitor.page.evaluate(() =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith("madang.sent/"))
      .flatMap((key) => (JSON.parse(localStorage[key]) as [string, string][]).map(([, text]) => text)),
  ),
  outbox: await visitor.unsent(),
});

test(
  "a tab that is killed at any step of handing over what was sent early loses none of it, and sends none twice",
  async () => {
    const context = await stage.browser.newContext(unkept);
    const first = await Visitor.inContext(context, `${server.url}/r/early-killed`);
    await first.say("before");
    await first.sees(["before"]);
    await first.page.close();

    // Killed before the part came that hands them over: they wait where they were.
    const one = await Visitor.inContext(context, "about:blank");
    const asked: Route[] = [];
    await one.page.route("**/assets/take-early-*.js", (route) => void asked.push(route));
    const startOne = await openHeld(one.page, "early-killed");
    await one.page.keyboard.type("one");
    await one.page.keyboard.press("Enter");
    await one.page.keyboard.type("two");
    await one.page.keyboard.press("Enter");
    await startOne();
    await expect.poll(() => asked.length).toBe(1);
    // What is sent since waits for them.
    await one.say("three");
    await one.sees(["before", "is-pendingone", "is-pendingtwo", "is-pendingthree"]);
    expect(await whereabouts(one)).toEqual({ early: ["one", "two"], outbox: [] });
    await crash(one.page);

    // Killed when they were entries, before they were taken out of where they were.
    const two = await Visitor.inContext(context, "about:blank");
    await two.page.addInitScript(() => {
      // Nothing is taken away, and nothing goes out.
      Storage.prototype.removeItem = () => undefined;
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (bytes) {
        if (sessionStorage.getItem("mute")) return;
        send.call(this, bytes);
      };
      sessionStorage.setItem("mute", "yes");
    });
    await two.page.goto(`${server.url}/r/early-killed`);
    await expect.poll(() => whereabouts(two)).toEqual({ early: ["one", "two"], outbox: ["one", "two"] });
    await crash(two.page);

    // Two tabs that find both at once.
    const { held, start } = await hold(context);
    const three = await Visitor.inContext(context, "about:blank");
    const four = await Visitor.inContext(context, "about:blank");
    for (const { page } of [three, four])
      await page.goto(`${server.url}/r/early-killed`, { waitUntil: "commit" });
    await expect.poll(() => held.length).toBe(2);
    for (const { page } of [three, four])
      expect(await page.locator(".bubble").allInnerTexts()).toEqual(["one", "two"]);
    await start();
    for (const visitor of [three, four]) {
      await visitor.sees(["before", "one", "two"]);
      expect(await whereabouts(visitor)).toEqual({ early: [], outbox: [] });
      expect(visitor.complaints).toEqual([]);
    }

    // One that found them before they were settled, and comes to it when they are sent long since.
    await three.page.evaluate(
      ([key, value]) => localStorage.setItem(key as string, value as string),
      ["madang.sent/r/early-killed", await noted(three.page)],
    );
    await three.page.reload();
    await expect.poll(() => whereabouts(three)).toEqual({ early: [], outbox: [] });
    await three.say("after");
    await three.sees(["before", "one", "two", "after"]);
  },
  TIMEOUT_MS,
);

test.each([0, 500])(
  "what was sent early to an address that can be no room's comes back into the field (frames %s ms late)",
  async (lateMs) => {
    const visitor = await Visitor.come(stage.browser, "about:blank", unkept);
    const { page, composer } = visitor;
    // On a busy machine the room is refused before it is first drawn.
    await page.addInitScript((ms) => {
      const next = requestAnimationFrame;
      if (ms) window.requestAnimationFrame = (run) => Number(setTimeout(next, ms, run));
    }, lateMs);
    // As the service worker answers.
    await page.route("**/r/*", async (route) => {
      const response = await route.fetch({ url: `${server.url}/en-kept.html` });
      await route.fulfill({ response });
    });
    const start = await openHeld(page, "x".repeat(300));
    await page.keyboard.type("a long thought");
    await page.keyboard.press("Enter");
    await page.keyboard.type("/me and a second");
    await page.keyboard.press("Enter");
    await start();
    await page.getByText("Use 1 to 64 characters").first().waitFor();
    await expect.poll(() => composer.inputValue()).toBe("a long thought\n/me and a second");
    expect(await whereabouts(visitor)).toEqual({ early: [], outbox: [] });
    expect(await page.locator(".is-pending").count()).toBe(0);
    // Without anything in it, it has no place there.
    await composer.fill("");
    await page.reload();
    await page.getByText("Use 1 to 64 characters").first().waitFor();
    await expect.poll(() => composer.count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

/** Ends the tab's process: nothing of the page runs any more. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent("crash");
  page.goto("chrome://crash").catch(() => undefined);
  await crashed;
  await page.close();
}

/** The texts that were handed over, as early.ts would have kept them. */
const noted = (page: Page): Promise<string> =>
  page.evaluate(
    () =>
      new Promise<string>((found) => {
        const opening = indexedDB.open("madang");
        opening.onsuccess = () => {
          const asking = opening.result.transaction("identity").objectStore("identity").get("early");
          asking.onsuccess = () => {
            opening.result.close();
            found(JSON.stringify(asking.result.map((id: string, at: number) => [id, `again ${at}`])));
          };
        };
      }),
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

test("a page that is given no frames, and is not told that it is hidden, is there all the same", {
  timeout: TIMEOUT_MS,
}, async () => {
  const context = await stage.browser.newContext({ locale: "en-US" });
  await context.addInitScript(() => {
    window.requestAnimationFrame = () => 0;
  });
  const visitor = await Visitor.inContext(context, `${server.url}/r/frameless`);
  await visitor.say("no frames");
  await visitor.sees(["no frames"]);
  await context.close();
});
