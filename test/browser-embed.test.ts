/**
 * A room in the page of another site: two sites (localhost and 127.0.0.1), a browser that keeps their storage apart, and
 * a page that loads nothing but the script.
 */
import { createServer, type Server } from "node:http";
import type { BrowserContextOptions, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../bench/free-port.ts";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 60_000;
const POLL = { timeout: 20_000 };

const [listed, unlisted] = [await freePort(), await freePort()];
const stage = browserAndServer(["--frame-ancestors", `https://other.example,http://localhost:${listed}`]);
const { server } = stage;
const sites: Server[] = [];
/** What stands in the body of the other sites' pages. */
let body = "";

beforeAll(async () => {
  for (const port of [listed, unlisted]) {
    const site = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(`<!doctype html><title>Site</title><input id="own" autofocus>${body}`);
    });
    sites.push(site);
    await new Promise<void>((open) => site.listen(port, open));
  }
});

afterAll(() => {
  for (const site of sites) site.close();
});

const script = (attributes: string) => `<script src="${server.url}/embed.js" ${attributes}></script>`;

async function open(port: number, what: string, options: BrowserContextOptions = {}) {
  body = what;
  const visitor = await Visitor.come(stage.browser, `http://localhost:${port}/`, options);
  const frame = visitor.page.frameLocator("iframe");
  return { ...{ visitor, page: visitor.page, frame }, [Symbol.asyncDispose]: () => visitor.page.close() };
}

const said = (frame: FrameLocator | Page) => frame.locator(".log .bubble").allInnerTexts();
const field = (frame: FrameLocator) => frame.getByRole("textbox", { name: "Message" });

async function say(frame: FrameLocator, text: string): Promise<void> {
  await field(frame).fill(text);
  await field(frame).press("Enter");
}

test("who writes in the frame is read in the whole page, and answered", { timeout: TIMEOUT_MS }, async () => {
  const there = await Visitor.come(stage.browser, `${server.url}/r/yard`);
  await using site = await open(listed, script(`data-room="yard" data-height="420"`));
  const { frame, page, visitor } = site;
  await field(frame).waitFor();
  const around = await page.locator("iframe").boundingBox();
  expect(around?.height).toBe(420);
  expect(await page.locator("iframe").getAttribute("title")).toBe("yard");
  // The page around it keeps the focus until one goes into the frame.
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("own");
  await say(frame, "from the frame");
  await there.sees(["from the frame"]);
  await there.say("from the page");
  await expect.poll(() => said(frame), POLL).toEqual(["from the frame", "from the page"]);
  // The room alone: its name, one's own, and the way to the whole chat.
  for (const name of ["Share", "Leave", "Rooms", "People"])
    expect(await frame.getByRole("button", { name, includeHidden: false }).count()).toBe(0);
  expect(await frame.locator(".roof, .people, .list").filter({ visible: true }).count()).toBe(0);
  expect(await frame.getByRole("heading", { level: 1 }).innerText()).toBe("yard");
  // Nor by the keys that lead to other rooms.
  await field(frame).press("Control+k");
  await field(frame).press("Alt+ArrowDown");
  await field(frame).press("Control+a");
  expect(await frame.getByRole("dialog").count()).toBe(0);
  const name = frame.getByRole("textbox", { name: "Nickname" });
  await name.fill("Framed");
  await name.press("Enter");
  await say(frame, "named");
  await there.page.getByText("Framed", { exact: true }).first().waitFor();
  const [whole] = await Promise.all([
    page.context().waitForEvent("page"),
    frame.getByRole("link", { name: "Open the whole chat" }).click(),
  ]);
  await whole.waitForURL(`${server.url}/r/yard`);
  // The link of a message leads to it, and copies it; the frame comes again as it was.
  const inside = page.frames()[1]!;
  await frame
    .locator("a.to-message")
    .first()
    .evaluate((link: HTMLElement) => link.click());
  await frame.locator(".log-notice").waitFor();
  expect(inside.url()).toMatch(/\/embed\/r\/yard(#1)?$/);
  await inside.evaluate(() => location.reload());
  await expect.poll(() => said(frame), POLL).toEqual(["from the frame", "from the page", "named"]);
  expect(visitor.complaints).toEqual([]);
});

test("a link in a message leaves the frame where it is", { timeout: TIMEOUT_MS }, async () => {
  await using site = await open(listed, script(`data-room="links" style="height: 20rem"`));
  const { frame, page } = site;
  await say(frame, `${server.url}/r/elsewhere`);
  const link = frame.locator(".bubble a");
  await link.waitFor();
  expect((await page.locator("iframe").boundingBox())?.height).toBe(320);
  const [tab] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
  await tab.waitForURL(`${server.url}/r/elsewhere`);
  expect(page.frames()[1]?.url()).toBe(`${server.url}/embed/r/links`);
  expect(await frame.getByRole("heading", { level: 1 }).innerText()).toBe("links");
});

test("a site that is not named is not given the frame, nor is any the whole page", {
  timeout: TIMEOUT_MS,
}, async () => {
  const whole = `<iframe src="${server.url}/r/yard"></iframe>`;
  for (const [port, what, isShown] of [
    [listed, script(`data-room="yard"`), true],
    [unlisted, script(`data-room="yard"`), false],
    [listed, whole, false],
    [listed, `<iframe src="${server.url}/"></iframe>`, false],
  ] as const) {
    await using site = await open(port, what);
    if (isShown) {
      await field(site.frame).waitFor();
      continue;
    }
    await expect.poll(() => site.visitor.complaints.join(), POLL).toContain("frame-ancestors");
    expect(await field(site.frame).count()).toBe(0);
  }
});

test("who may only read sees what is said, and no way to say or do anything", {
  timeout: TIMEOUT_MS,
}, async () => {
  const there = await Visitor.come(stage.browser, `${server.url}/r/stage`);
  await there.say("first");
  await there.sees(["first"]);
  await using site = await open(listed, script(`data-room="stage" data-readonly`));
  const { frame } = site;
  await expect.poll(() => said(frame), POLL).toEqual(["first"]);
  await there.say("second");
  await expect.poll(() => said(frame), POLL).toEqual(["first", "second"]);
  // What comes behind the room is there, so that there would be a menu.
  await frame.locator(".message a.to-message").first().waitFor({ state: "attached" });
  await frame.locator(".bubble").first().click({ button: "right" });
  await frame.locator(".bubble").first().click();
  await frame.locator(".log").focus();
  for (const key of ["ArrowUp", "Enter", "ArrowUp", "Shift+F10", "ContextMenu"])
    await site.page.keyboard.press(key);
  // A menu would have come by now.
  for (const text of ["third", "fourth"]) {
    await there.say(text);
    await frame.getByText(text, { exact: true }).waitFor();
  }
  expect(await frame.locator("dialog").count()).toBe(0);
  expect(await frame.locator("button, textarea, input").filter({ visible: true }).count()).toBe(0);
});

test("its theme goes before that of the system, day or night", { timeout: TIMEOUT_MS }, async () => {
  const ground = (frame: FrameLocator) =>
    frame.locator("html").evaluate((html) => {
      const { backgroundColor, colorScheme } = getComputedStyle(html);
      const meant = getComputedStyle(html).getPropertyValue("--meant");
      return [backgroundColor, colorScheme, meant].join(" ");
    });
  const seen: Record<string, string> = {};
  for (const [theme, colorScheme] of [
    ["light", "dark"],
    ["dark", "light"],
    ["auto", "dark"],
  ] as const) {
    await using site = await open(listed, script(`data-room="yard" data-theme="${theme}"`), { colorScheme });
    await field(site.frame).waitFor();
    seen[theme] = await ground(site.frame);
  }
  const day = "rgb(246, 240, 228) light #fbe7cc";
  const night = "rgb(17, 25, 38) dark #3b2d1c";
  expect([seen.light, seen.dark]).toEqual([day, night]);
  expect(seen.auto).toContain("rgb(17, 25, 38)");
});

test("a frame that may keep nothing works from memory", { timeout: TIMEOUT_MS }, async () => {
  const context = await stage.browser.newContext({ locale: "en-US" });
  await context.addInitScript(() => {
    if (self === top) return;
    for (const name of ["indexedDB", "localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }
  });
  body = script(`data-room="blocked"`) + script(`data-room="other"`);
  const visitor = await Visitor.inContext(context, `http://localhost:${listed}/`);
  const frame = visitor.page.frameLocator("iframe[title=blocked]");
  await say(frame, "kept nowhere");
  await expect.poll(() => said(frame), POLL).toEqual(["kept nowhere"]);
  await expect.poll(() => frame.locator(".is-pending").count(), POLL).toBe(0);
  expect(await said(visitor.page.frameLocator("iframe[title=other]") as FrameLocator)).toEqual([]);
  expect(visitor.complaints).toEqual([]);
});

test("two frames of one page are two rooms, however often one comes again", {
  timeout: TIMEOUT_MS,
}, async () => {
  await using site = await open(listed, script(`data-room="one"`) + script(`data-room="two"`));
  const { page } = site;
  const [one, two] = ["one", "two"].map((room) => page.frameLocator(`iframe[title=${room}]`)) as [
    FrameLocator,
    FrameLocator,
  ];
  await field(one).waitFor();
  await field(two).waitFor();
  const frame = page.frames().find((each) => each.url().endsWith("/one"))!;
  await frame.evaluate(() => location.reload());
  await say(one, "in the first");
  await expect.poll(() => said(one), POLL).toEqual(["in the first"]);
  expect(await frame.evaluate(() => sessionStorage.getItem("madang.open"))).toBe('["one"]');
  expect(await said(two)).toEqual([]);
});

test("axe finds nothing in it", { timeout: TIMEOUT_MS }, async () => {
  for (const query of ["?theme=light", "?theme=dark&readonly="]) {
    const { page } = await Visitor.come(stage.browser, `${server.url}/embed/r/yard${query}`);
    await page.locator(".log").waitFor();
    expect(await findings(page)).toEqual([]);
  }
});

test("a script that names no room says so, and shows nothing", { timeout: TIMEOUT_MS }, async () => {
  await using site = await open(listed, script(""));
  await expect.poll(() => site.visitor.complaints.join(), POLL).toContain("data-room");
  expect(await site.page.locator("iframe").count()).toBe(0);
});
