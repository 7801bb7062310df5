/**
 * Small screens and large text: nothing is cut off, nothing lies over something else, nothing scrolls sideways. Text
 * is made large as people do it, by the browser's own setting, so that rules that count in letters see it too.
 */
import { type Browser, chromium, type Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { browserAndServer, launchOptions, Visitor } from "./browser-page.ts";
import { isThere, views, viewWords } from "./views.mjs";

const TIMEOUT_MS = 120_000;
const NORMAL_PX = 16;
const words = {
  en: { message: "Message", nickname: "Nickname" },
  ko: { message: "메시지", nickname: "별명" },
};
const hangul = "가나다라마바사아".repeat(8).slice(4);
const emoji = "🦦".repeat(46);
const longName = "아주아주긴별명을가진다정한수달과그의친구두루미고래까지모두함께";

const stage = browserAndServer();
const { server } = stage;
let browser: Browser | undefined;

afterEach(() => browser?.close());

/** A browser whose own setting makes text this much larger. */
async function come(path: string, width: number, percent: number): Promise<Visitor> {
  const px = (NORMAL_PX * percent) / 100;
  browser = await chromium.launch({
    ...launchOptions,
    args: [...launchOptions.args, `--blink-settings=defaultFontSize=${px}`],
  });
  const viewport = { width, height: 720 };
  const context = await browser.newContext({ viewport, locale: "en-US" });
  const visitor = await Visitor.inContext(context, server.url + path);
  const size = () => getComputedStyle(document.documentElement).fontSize;
  expect(await visitor.page.evaluate(size)).toBe(`${px}px`);
  return visitor;
}

/** What does not fit: wider than the screen, outside of it, cut, or over its neighbour. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width)
      found.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} of ${width}`);
    const top = document.querySelector("dialog[open]") ?? document.body;
    const name = (one: Element) =>
      `${one.tagName}.${one.className} ${one.getAttribute("aria-label") ?? one.textContent?.slice(0, 20)}`;
    const isSeen = (one: Element) => {
      const { width, height } = one.getBoundingClientRect();
      return width > 1 && height > 1 && getComputedStyle(one).visibility === "visible";
    };
    const all = [...top.querySelectorAll("*")].filter((one) => isSeen(one) && !one.closest(".unseen"));
    for (const one of all) {
      const box = one.getBoundingClientRect();
      if (box.left < -0.5 || box.right > width + 0.5) found.push(`outside: ${name(one)}`);
      const style = getComputedStyle(one);
      const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY);
      // What is typed may be longer than its field.
      const isShortened = style.textOverflow === "ellipsis" || one.tagName === "INPUT";
      if (
        one.scrollWidth > one.clientWidth + 1 &&
        one.clientWidth > 0 &&
        !isShortened &&
        style.display !== "inline"
      )
        found.push(`${scrolls ? "scrolls sideways" : "sticks out"}: ${name(one)}`);
    }
    // What one presses or reads: of these none may lie over another.
    const texts = all.filter(
      (one) =>
        /^(BUTTON|A|INPUT|TEXTAREA|TIME|H1|H2|LABEL)$/.test(one.tagName) ||
        one.matches(".bubble, .person, .seal, .count, .quiet"),
    );
    for (const [at, one] of texts.entries()) {
      for (const other of texts.slice(at + 1)) {
        // The link to a message lies over its time, and is meant to.
        if (one.matches(".to-message") || other.matches(".to-message")) continue;
        if (one.contains(other) || other.contains(one)) continue;
        // Rows scroll under what stands in front of them.
        if (one.closest(".log") !== other.closest(".log")) continue;
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) found.push(`one over the other: ${name(one)} and ${name(other)}`);
      }
    }
    return found;
  });
}

/** Waits until all fits, or tells what does not. */
async function fits(visitor: Visitor): Promise<void> {
  await visitor.stands();
  await expect.poll(() => faults(visitor.page)).toEqual([]);
}

/** In both languages where it is narrowest; what is between the others fits when they do. */
const sizes = [
  [320, 100, "en"],
  [320, 100, "ko"],
  [320, 150, "ko"],
  [320, 200, "en"],
  [320, 200, "ko"],
  [360, 100, "en"],
  [360, 150, "en"],
  [360, 200, "ko"],
  [1440, 200, "en"],
] as const;

test.each(
  sizes.map(([width, percent, language]) => {
    const room = { en: `${emoji}${width / 10}${percent / 10}`, ko: hangul + width / 20 + percent / 50 }[
      language
    ];
    return { width, percent, language, room };
  }),
)(
  "all fits at $width px with text of $percent % ($language)",
  async ({ width, percent, language, room }) => {
    const said = words[language];
    const visitor = await come(`/?lang=${language}`, width, percent);
    const { page } = visitor;
    const nickname = page.getByRole("textbox", { name: said.nickname });
    await expect.poll(() => nickname.inputValue()).not.toBe("");
    await fits(visitor);
    await nickname.fill(longName);
    await fits(visitor);
    await nickname.press("Enter");

    // Somebody else is there and speaks, whose name is longer than what is said.
    const path = `/r/${encodeURIComponent(room)}?lang=${language}`;
    const other = await Visitor.come(stage.browser, server.url + path);
    await expect
      .poll(() => other.page.getByRole("textbox", { name: said.nickname }).inputValue())
      .not.toBe("");
    await other.page
      .getByRole("textbox", { name: said.nickname })
      .fill(`${width / 20}${percent / 50}${longName.slice(6)}`);
    await other.page.keyboard.press("Enter");
    await page.goto(server.url + path);
    const texts = ["네", "같은 사람이 이어서 조금 더 긴 이야기를 해요. ".repeat(4)];
    for (const one of [other, visitor]) {
      const composer = one.page.getByRole("textbox", { name: said.message, exact: true });
      for (const text of texts) {
        await composer.fill(text);
        await composer.press("Enter");
      }
    }
    await expect.poll(() => page.locator(".message:not(.is-pending)").count()).toBe(4);
    await fits(visitor);
    // A short message has a short bubble, however long the name above it.
    const [short] = await page.locator(".bubble").all();
    const box = await short?.boundingBox();
    expect(box?.width).toBeLessThan(((NORMAL_PX * percent) / 100) * 4);

    for (const view of views.filter(
      (one) => one.open && !one.spoken && one.place !== "owned" && isThere(one, width),
    )) {
      await view.open?.(page, viewWords[language]);
      await fits(visitor);
      await page.getByRole("button", { name: viewWords[language].close }).click();
      await expect.poll(() => page.locator("dialog").count()).toBe(0);
    }
  },
  TIMEOUT_MS,
);
