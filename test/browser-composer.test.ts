/** What is typed is sent once, whatever keys bounce and however busy the page is; and what Enter does where. */
import { expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

const stage = browserAndServer();
const { server } = stage;

/** Enter as a keyboard reports it, `times` in one task, with letters typed behind it within the same frame. */
function enterAndGoOn(visitor: Visitor, times: number, then: string): Promise<void> {
  return visitor.composer.evaluate(
    (area, { times, then }) => {
      const field = area as HTMLTextAreaElement;
      const press = () =>
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      for (let i = 0; i < times; i++) press();
      field.focus();
      for (const letter of then) document.execCommand("insertText", false, letter);
    },
    { times, then },
  );
}

test(
  "the field is empty at the moment of sending: a bouncing Enter sends once, and what follows stands alone",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/bounce`);
    await visitor.composer.fill("once");
    await enterAndGoOn(visitor, 3, "next");
    await visitor.sees(["once"]);
    expect(await visitor.composer.inputValue()).toBe("next");
    await visitor.composer.press("Enter");
    await visitor.sees(["once", "next"]);

    // Two clicks while the page is too busy to draw.
    await visitor.composer.fill("clicked");
    await expect.poll(() => visitor.page.getByRole("button", { name: "Send" }).isEnabled()).toBe(true);
    await visitor.page.getByRole("button", { name: "Send" }).evaluate((button) => {
      (button as HTMLButtonElement).click();
      const until = performance.now() + 500;
      while (performance.now() < until);
      (button as HTMLButtonElement).click();
    });
    await visitor.sees(["once", "next", "clicked"]);
    await visitor.say("last");
    await visitor.sees(["once", "next", "clicked", "last"]);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "on a touch screen Enter breaks the line, and the button sends",
  async () => {
    const phone = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/touch`, phone);
    await visitor.composer.fill("one");
    await visitor.composer.press("Enter");
    await visitor.page.keyboard.type("two");
    expect(await visitor.composer.inputValue()).toBe("one\ntwo");
    expect(await visitor.composer.getAttribute("enterkeyhint")).toBe("enter");
    await visitor.page.getByRole("button", { name: "Send" }).tap();
    await visitor.sees(["one\ntwo"]);
  },
  TIMEOUT_MS,
);

test.each([
  ["en", "Message", "가".repeat(1_500), "Too long by about 135 letters"],
  ["ko", "메시지", "가".repeat(1_500), "135자쯤 줄여 주세요"],
  ["en", "Message", "a".repeat(4_097), "Too long by about 1 letter"],
  ["ko", "메시지", "🦦".repeat(1_100), "76자쯤 줄여 주세요"],
])(
  "too long a text is told in letters to cut, and does not squeeze the field (%s, %s)",
  async (language, label, text, told) => {
    const viewport = { width: 320, height: 640 };
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/long?lang=${language}`, { viewport });
    const field = visitor.page.getByRole("textbox", { name: label, exact: true });
    const width = () => field.evaluate((area) => area.getBoundingClientRect().width);
    await field.waitFor();
    const before = await width();
    await field.fill(text);
    await visitor.page.getByText(told, { exact: true }).waitFor();
    expect(await width()).toBe(before);
    expect(await field.inputValue()).toBe(text);
  },
  TIMEOUT_MS,
);

test(
  "the composer says who writes, with the particle that the name asks for",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/who?lang=ko`);
    const field = visitor.page.getByRole("textbox", { name: "메시지", exact: true });
    const nickname = visitor.page.getByRole("textbox", { name: "별명" });
    await expect.poll(() => nickname.inputValue()).not.toBe("");
    for (const [name, placeholder] of [
      ["다정한 수달", "다정한 수달로 메시지 쓰기"],
      ["곰", "곰으로 메시지 쓰기"],
    ] as const) {
      await nickname.fill(name);
      await nickname.press("Enter");
      await expect.poll(() => field.getAttribute("placeholder")).toBe(placeholder);
    }
  },
  TIMEOUT_MS,
);

test(
  "a refused message stands in the field the moment that it is to be changed, and what is typed then is its end",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/edit`);
    // A character that shows nothing and is no space to the browser: only the server refuses it.
    await visitor.say("\u2800");
    await visitor.log.getByRole("button", { name: "Edit" }).evaluate((button) => {
      (button as HTMLButtonElement).click();
      document.execCommand("insertText", false, "seen");
    });
    expect(await visitor.composer.inputValue()).toBe("\u2800seen");
    await visitor.composer.press("Enter");
    await visitor.sees(["\u2800seen"]);
    expect(await visitor.composer.inputValue()).toBe("");
  },
  TIMEOUT_MS,
);

test(
  "what is being written stays through a change of language",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/draft`);
    await visitor.composer.fill("half a sen");
    await visitor.page.getByRole("button", { name: "한국어" }).click();
    const field = visitor.page.getByRole("textbox", { name: "메시지", exact: true });
    await expect.poll(() => field.inputValue(), { timeout: 20_000 }).toBe("half a sen");
    await visitor.page.reload();
    await field.waitFor();
    await visitor.page.getByRole("button", { name: "English" }).click();
    await visitor.composer.waitFor();
    expect(await visitor.composer.inputValue()).toBe("");
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
