/**
 * What lies over the page: the focus goes into it and comes back, what lies behind cannot be reached, and Escape, Back,
 * its button and a press beside it close it. And what one finds there: inviting, and leaving.
 */
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";
import { views, viewWords } from "./views.mjs";

const TIMEOUT_MS = 120_000;
const there = browserAndServer();
const phone: BrowserContextOptions = {
  viewport: { width: 360, height: 640 },
  hasTouch: true,
  isMobile: true,
};
let rooms = 0;

async function comeInto(name: string, options = phone): Promise<Visitor> {
  const visitor = await Visitor.come(
    there.browser,
    `${there.server.url}/r/${encodeURIComponent(name)}`,
    options,
  );
  await visitor.composer.waitFor();
  return visitor;
}

const dialogs = (page: Page) => page.locator("dialog[open]");
const isOver = (page: Page, count: number) => expect.poll(() => dialogs(page).count()).toBe(count);
/** Waits until what lay over the page is no step of the history any more. */
const isUncovered = (page: Page) => expect.poll(() => page.evaluate(() => history.state)).toBe(null);
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));

const ways = {
  escape: (page: Page) => page.keyboard.press("Escape"),
  back: (page: Page) => page.goBack(),
  button: (page: Page) => page.getByRole("button", { name: "Close" }).click(),
  beside: async (page: Page) => {
    const box = await dialogs(page).boundingBox();
    const x = box && box.x > 10 ? 5 : 355;
    await page.mouse.click(x, box && box.y > 10 ? 5 : 635);
  },
};
/** Those of a room that belongs to somebody are opened by the same overlay, and in browser-axe.test.ts. */
const opened = views.filter(({ open, spoken, place }) => open && !spoken && place !== "owned");

test.each(
  opened.flatMap(({ name }) => Object.keys(ways).map((way) => ({ name, way: way as keyof typeof ways }))),
)(
  "$name takes the focus, keeps it, and gives it back when closed by $way",
  async ({ name, way }) => {
    const { page, complaints } = await comeInto(`over-${name}-${way}`);
    const view = opened.find((one) => one.name === name);
    await view?.open?.(page, viewWords.en);
    await isOver(page, 1);
    const within = () => page.evaluate(() => document.activeElement?.closest("dialog") !== null);
    await expect.poll(within).toBe(true);
    // Round and round: a browser's own buttons may come in between, but nothing of what lies behind.
    for (let n = 0; n < 12; n++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => document.activeElement?.closest("dialog, body")?.tagName);
      const isOutside = await page.evaluate(() => document.activeElement !== document.body);
      expect(at === "DIALOG" || !isOutside).toBe(true);
    }
    await ways[way](page);
    await isOver(page, 0);
    const label = { rooms: "Show rooms", people: "Show people: 1" }[name] ?? "Room menu";
    await expect.poll(() => focused(page)).toBe(label);
    // Nothing is left in the history that Back would have to pass.
    await isUncovered(page);
    expect(new URL(page.url()).pathname).toBe(`/r/over-${name}-${way}`);
    expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "from the sheet one goes to another room, and Back goes to the first one, not to the sheet",
  async () => {
    const { page } = await comeInto("first");
    await page.getByRole("button", { name: "Show rooms" }).tap();
    await page.getByRole("textbox", { name: "Room name" }).fill("second");
    await page.getByRole("button", { name: "Enter room" }).tap();
    await page.getByRole("heading", { name: "second", level: 1 }).waitFor();
    await isOver(page, 0);
    await page.goBack();
    await page.getByRole("heading", { name: "first", level: 1 }).waitFor();
    expect(await dialogs(page).count()).toBe(0);
    await page.goForward();
    await page.getByRole("heading", { name: "second", level: 1 }).waitFor();
    // The room one is in closes the sheet and stays.
    await page.getByRole("button", { name: "Show rooms" }).tap();
    await page.getByRole("link", { name: /^second/ }).tap();
    await isOver(page, 0);
    await isUncovered(page);
    expect(new URL(page.url()).pathname).toBe("/r/second");
    await page.goBack();
    await page.getByRole("heading", { name: "first", level: 1 }).waitFor();
  },
  TIMEOUT_MS,
);

test(
  "a reload under a sheet, two Escapes at once and a turned screen leave the page usable",
  async () => {
    const { page } = await comeInto("reload");
    await page.getByRole("button", { name: "Show rooms" }).tap();
    await isOver(page, 1);
    await page.reload();
    await page.getByRole("button", { name: "Show rooms" }).tap();
    await isOver(page, 1);
    await page.evaluate(() => {
      for (let n = 0; n < 2; n++)
        document.querySelector("dialog")?.dispatchEvent(new Event("cancel", { cancelable: true }));
    });
    await isOver(page, 0);
    expect(new URL(page.url()).pathname).toBe("/r/reload");
    await page.getByRole("button", { name: "Show rooms" }).tap();
    await isOver(page, 1);
    await page.setViewportSize({ width: 1100, height: 700 });
    await isOver(page, 0);
    await page.getByRole("navigation", { name: "Rooms" }).waitFor();
    await page.getByRole("complementary", { name: "People" }).waitFor();
    await page.setViewportSize({ width: 360, height: 640 });
    await page.getByRole("button", { name: "Show rooms" }).waitFor();
    await expect.poll(() => page.getByRole("navigation", { name: "Rooms" }).count()).toBe(0);
  },
  TIMEOUT_MS,
);

test.each(["quiet pond", "연못 — 저녁", "🦦"])(
  "%s is shared by the device's own means, or else the link is copied",
  async (name) => {
    const visitor = await comeInto(name);
    const { page } = visitor;
    const link = `${there.server.url}/r/${encodeURIComponent(name.replaceAll(" ", "-"))}`;
    await page.evaluate(() => {
      Object.assign(window, { shared: [] });
      navigator.share = async (data) => void (window as unknown as { shared: unknown[] }).shared.push(data);
    });
    await page.getByRole("button", { name: "Invite" }).tap();
    const shared = () => page.evaluate(() => (window as unknown as { shared: { url: string }[] }).shared);
    await expect.poll(async () => (await shared()).map(({ url }) => url)).toEqual([link]);
    expect(await dialogs(page).count()).toBe(0);

    // One may think better of it, which is no reason to copy.
    await page.evaluate(() => {
      navigator.share = async () => {
        Object.assign(window, { asked: true });
        throw new DOMException("no", "AbortError");
      };
    });
    await page.getByRole("button", { name: "Invite" }).tap();
    await page.waitForFunction(() => "asked" in window);
    expect(await dialogs(page).count()).toBe(0);

    // Neither sharing nor a clipboard, as everywhere without https.
    await page.evaluate(() => {
      Object.assign(window, { copied: [] });
      Object.defineProperty(navigator, "share", { value: undefined });
      Object.defineProperty(navigator, "clipboard", { value: undefined });
      document.addEventListener("copy", () => {
        const field = document.activeElement as HTMLTextAreaElement;
        (window as unknown as { copied: string[] }).copied.push(field.value);
      });
    });
    const copied = () => page.evaluate(() => (window as unknown as { copied: string[] }).copied);
    await page.getByRole("button", { name: "Invite" }).tap();
    await page.getByRole("status").getByText("Link copied.").waitFor();
    expect(await copied()).toEqual([link]);
    expect(await page.getByRole("textbox", { name: "Link to this room" }).inputValue()).toBe(link);
    await page.getByRole("button", { name: "Copy" }).tap();
    await expect.poll(copied).toEqual([link, link]);
    await page.getByRole("button", { name: "QR code" }).tap();
    const code = page.getByRole("img", { name: /^QR code/ });
    await expect.poll(async () => (await code.boundingBox())?.width).toBeGreaterThan(200);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a phone leaves by the menu, a wide screen by the bar too",
  async () => {
    for (const options of [phone, { viewport: { width: 1200, height: 700 } }]) {
      const { page } = await comeInto(`leaving-${rooms++}`, options);
      if (options === phone) await page.getByRole("button", { name: "Room menu" }).click();
      await page.getByRole("button", { name: "Leave", exact: true }).click();
      await page.waitForURL(`${there.server.url}/`);
      await isOver(page, 0);
      await page.getByRole("heading", { name: "마당", level: 1 }).waitFor();
    }
  },
  TIMEOUT_MS,
);
