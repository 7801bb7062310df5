/**
 * What two people do with messages: edit, delete, react, ignore; by mouse, by keys alone, and by touch, in both
 * languages; and that all of it is there after a reload and after the server was killed. In a real browser.
 */
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { ClientKind } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";
import { RawClient } from "./raw-client.ts";

const TIMEOUT_MS = 120_000;
const there = browserAndServer(["--no-budgets"]);
const words = {
  en: {
    edit: "Edit",
    remove: "Delete",
    removed: "This message was removed",
    edited: "edited",
    ignored: "Ignored message",
  },
  ko: {
    edit: "수정",
    remove: "삭제",
    removed: "삭제된 메시지예요",
    edited: "수정됨",
    ignored: "가린 메시지예요",
  },
};

async function two(room: string, options: object = {}): Promise<[Visitor, Visitor]> {
  const come = () => Visitor.come(there.browser, `${there.server.url}/r/${room}`, options);
  const both = (await Promise.all([come(), come()])) as [Visitor, Visitor];
  for (const { page } of both) {
    await page.locator(".composer textarea").waitFor();
    // What can be done with messages comes behind the room.
    await page.waitForFunction(() =>
      document.querySelector(".composer textarea")?.getAttribute("placeholder")?.includes(" "),
    );
  }
  return both;
}

const field = ({ page }: Visitor): Locator => page.locator(".composer textarea");
const bubble = ({ page }: Visitor, at: number): Locator => page.locator(".message .bubble").nth(at);
const menu = ({ page }: Visitor): Locator => page.getByRole("menu");
const signs = (visitor: Visitor, at: number) =>
  visitor.page
    .locator(".message")
    .nth(at)
    .locator(".sign")
    .evaluateAll((all) => all.map((one) => `${one.textContent} ${one.getAttribute("aria-pressed")}`));

async function say(visitor: Visitor, text: string): Promise<void> {
  await field(visitor).fill(text);
  await visitor.page.locator(".send").click();
}

/** What a press of a finger that stays is. */
async function press(visitor: Visitor, at: number): Promise<void> {
  const box = await bubble(visitor, at).boundingBox();
  const point = { clientX: (box?.x ?? 0) + 20, clientY: (box?.y ?? 0) + 10 };
  await bubble(visitor, at).dispatchEvent("pointerdown", { pointerType: "touch", bubbles: true, ...point });
  await menu(visitor).waitFor();
  await bubble(visitor, at).dispatchEvent("pointerup", { pointerType: "touch", bubbles: true, ...point });
}

/** As `sees`, in any language. */
const shows = async ({ page }: Visitor, expected: string[]) => {
  const rows = page.locator(".message:not(.is-pending) .bubble");
  await expect.poll(() => rows.allTextContents(), { timeout: 20_000 }).toEqual(expected);
};

const closed = (page: Page) => expect.poll(() => page.locator("dialog[open]").count()).toBe(0);

test(
  "by mouse, and again after a kill and a reload",
  async () => {
    const [ann, bob] = await two("mouse", { locale: "en-US" });
    await say(ann, "one");
    await say(ann, "two");
    await ann.sees(["one", "two"]);
    await bob.sees(["one", "two"]);
    await bubble(ann, 0).click({ button: "right" });
    await menu(ann).getByRole("menuitem", { name: words.en.edit, exact: true }).click();
    await expect.poll(() => field(ann).inputValue()).toBe("one");
    await say(ann, "one, better");
    await bob.sees(["one, better", "two"]);
    await ann.sees(["one, better", "two"]);
    expect(await field(ann).inputValue()).toBe("");
    // When it was said, in full, and the button beside a message, where a mouse rests.
    const link = bob.page.locator(".to-message").nth(1);
    await link.hover();
    await expect.poll(() => link.getAttribute("title")).toMatch(/^[A-Z][a-z]{2} \d+, \d+:\d\d/);
    await bubble(bob, 1).hover();
    await bob.page.locator(".message-more").nth(1).click();
    await menu(bob).getByRole("menuitemcheckbox", { name: "👍" }).click();
    await expect.poll(() => signs(ann, 1)).toEqual(["👍 1 false"]);
    await ann.page.locator(".sign").click();
    await expect.poll(() => signs(bob, 1)).toEqual(["👍 2 true"]);
    await there.server.kill();
    await bob.loses();
    // Shown at once as on its way, and there once the server is.
    await bob.page.locator(".sign").click();
    await expect.poll(() => signs(bob, 1)).toEqual(["👍 1 false"]);
    await there.server.start();
    await bob.returns("two");
    await expect.poll(() => signs(ann, 1), { timeout: 20_000 }).toEqual(["👍 1 true"]);
    await bubble(ann, 1).click({ button: "right" });
    await menu(ann).getByRole("menuitem", { name: words.en.remove }).click();
    await ann.page.locator(".choices").getByRole("button", { name: words.en.remove }).click();
    await bob.sees(["one, better", words.en.removed]);
    await bob.page.reload();
    await bob.sees(["one, better", words.en.removed]);
    await bob.page.getByRole("button", { name: words.en.edited }).click();
    const before = bob.page.getByRole("dialog").locator(".quoted");
    await expect.poll(() => before.allInnerTexts()).toEqual(["one, better", "one"]);
    await bob.page.keyboard.press("Escape");
    await closed(bob.page);
    await bubble(bob, 0).click({ button: "right" });
    await menu(bob).getByRole("menuitem").last().click();
    await bob.sees([words.en.ignored, words.en.ignored]);
    await bob.page.reload();
    await bob.sees([words.en.ignored, words.en.ignored]);
    await bob.page.locator(".mark").first().click();
    await bob.sees(["one, better", words.en.ignored]);
    expect([...ann.complaints, ...bob.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "by keys alone",
  async () => {
    const [ann, bob] = await two("keys", { locale: "ko-KR" });
    const { keyboard } = ann.page;
    await say(bob, "둘");
    await shows(ann, ["둘"]);
    await say(ann, "하나");
    await shows(ann, ["둘", "하나"]);
    await field(ann).press("ArrowUp");
    await expect.poll(() => field(ann).inputValue()).toBe("하나");
    await keyboard.press("Escape");
    expect(await field(ann).inputValue()).toBe("");
    await field(ann).press("ArrowUp");
    await keyboard.type("셋");
    await keyboard.press("Enter");
    await shows(bob, ["둘", "하나셋"]);
    // From the log up to the first message, and its menu.
    await ann.page.locator(".log").focus();
    await keyboard.press("ArrowUp");
    await keyboard.press("ArrowUp");
    const focused = () => ann.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
    expect(await focused()).toContain("둘");
    await keyboard.press("Shift+F10");
    await menu(ann).waitFor();
    await keyboard.press("ArrowRight");
    await keyboard.press("Enter");
    await expect.poll(() => signs(bob, 0)).toEqual(["❤️ 1 false"]);
    await closed(ann.page);
    expect(await focused()).toContain("둘");
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await menu(ann).waitFor();
    await keyboard.press("End");
    await keyboard.press("Enter");
    await ann.page.locator(".choices").waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await shows(bob, ["둘", words.ko.removed]);
    expect([...ann.complaints, ...bob.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "by touch, with any emoji",
  async () => {
    const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
    const [ann, bob] = await two("touch", { locale: "en-US", ...phone });
    await say(ann, "one");
    await bob.sees(["one"]);
    await press(bob, 0);
    const box = await bob.page.getByRole("dialog").boundingBox();
    expect([box?.x, box?.width]).toEqual([0, 360]);
    await menu(bob).getByRole("menuitem", { name: "More emoji" }).click();
    const own = bob.page.getByRole("textbox", { name: "Any emoji" });
    await own.fill("abc");
    await own.press("Enter");
    await bob.page.getByText("Only emoji can be put here.").waitFor();
    await own.fill("🦦");
    await own.press("Enter");
    await expect.poll(() => signs(ann, 0)).toEqual(["🦦 1 false"]);
    await closed(bob.page);
    await press(ann, 0);
    await menu(ann).getByRole("menuitem", { name: words.en.edit, exact: true }).click();
    await expect.poll(() => field(ann).inputValue()).toBe("one");
    await say(ann, "another");
    await bob.sees(["another"]);
    await press(ann, 0);
    await menu(ann).getByRole("menuitem", { name: words.en.remove }).click();
    await ann.page.locator(".choices .is-grave").click();
    await bob.sees([words.en.removed]);
    await expect.poll(() => signs(bob, 0)).toEqual([]);
    expect([...ann.complaints, ...bob.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "far from where it was done: whoever comes by a link sees it as it is by now, and what comes then",
  async () => {
    using ada = await RawClient.greeted(there.server.url.replace("http", "ws").concat("/ws"), "Ada");
    const { room } = await ada.enter("far");
    let nonce = 0;
    const say = async (...texts: string[]) => {
      const before = ada.records.length;
      for (const text of texts) ada.say(room, ++nonce, text);
      await ada.until(() => ada.records.length === before + texts.length, "what was said");
    };
    const act = <Body extends object>({ kind, write }: RecordKind<Body>, body: Body) =>
      ada.write({ kind: ClientKind.act, room, nonce: ++nonce, act: kind, body: write(body) });
    const filler = (from: number) => Array.from({ length: 150 }, (_, i) => `filler ${from + i}`);
    const thumb = { text: "👍", on: true };
    await say("one", "two", "three", "four");
    act(kinds.reaction, { to: 4, ...thumb });
    await say(...filler(1));
    act(kinds.edit, { to: 1, text: "uno" });
    act(kinds.edit, { to: 1, text: "eins" });
    act(kinds.removal, { to: 2 });
    act(kinds.reaction, { to: 3, ...thumb });
    act(kinds.reaction, { to: 4, ...thumb, on: false });
    await say(...filler(151));
    const bob = await Visitor.come(there.browser, `${there.server.url}/r/far#1`);
    const first = () =>
      bob.page
        .locator(".message .bubble")
        .allTextContents()
        .then((all) => all.slice(0, 5));
    const now = ["eins", words.en.removed, "three", "four", "filler 1"];
    await expect.poll(first, { timeout: 20_000 }).toEqual(now);
    await expect.poll(() => signs(bob, 2)).toEqual(["👍 1 false"]);
    expect(await signs(bob, 3)).toEqual([]);
    expect(await bob.page.locator(".message").nth(0).getByText(words.en.edited).count()).toBe(1);
    // Live it goes on from there.
    act(kinds.edit, { to: 3, text: "drei" });
    act(kinds.reaction, { to: 4, text: "🎉", on: true });
    await bob.page.locator(".message").nth(2).locator(".sign").click();
    await expect.poll(() => signs(bob, 2)).toEqual(["👍 2 true"]);
    await expect.poll(() => signs(bob, 3)).toEqual(["🎉 1 false"]);
    act(kinds.reaction, { to: 3, ...thumb, on: false });
    await expect.poll(() => signs(bob, 2)).toEqual(["👍 1 true"]);
    await expect.poll(first).toEqual(["eins", words.en.removed, "drei", "four", "filler 1"]);
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
