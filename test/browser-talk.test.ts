/**
 * Mentions and replies as people use them: by keyboard and input method, in both languages, told to whom they are meant
 * for.
 */
import { expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

const stage = browserAndServer();
const { server } = stage;

/** Somebody who has a name and is in the room. */
async function person(name: string, room: string, language: "en" | "ko" = "en"): Promise<Visitor> {
  const visitor = await Visitor.come(stage.browser, `${server.url}/r/${room}?lang=${language}`);
  const nickname = visitor.page.getByLabel(language === "ko" ? "별명" : "Nickname");
  await expect.poll(() => nickname.inputValue(), { timeout: 20_000 }).not.toBe("");
  await nickname.fill(name);
  await nickname.press("Enter");
  await visitor.page.getByPlaceholder(name).waitFor();
  return visitor;
}

const fieldOf = ({ page }: Visitor) => page.locator(".composer textarea");
const options = ({ page }: Visitor) => page.getByRole("option").locator("b").allInnerTexts();
const lastOf = ({ page }: Visitor) => page.locator(".message").last();

/** Waits for the words that a screen reader is given. */
const hears = ({ page }: Visitor, words: string) =>
  page.locator("[aria-live=polite] p", { hasText: words }).waitFor({ state: "attached" });

async function press({ page }: Visitor, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

test(
  "a name is found as it is composed, chosen by keys that the input method does not want, and told to whom it is",
  async () => {
    const jimin = await person("지민", "talk", "ko");
    const ben = await person("다정한 수달", "talk", "ko");
    await jimin.page.getByText("다정한 수달님이 들어왔어요").waitFor();

    const field = fieldOf(ben);
    await field.focus();
    await ben.page.keyboard.type("안녕 @");
    await expect.poll(() => options(ben)).toEqual(["지민"]);
    expect(await field.getAttribute("aria-activedescendant")).toBeNull();
    const session = await ben.page.context().newCDPSession(ben.page);
    for (const text of ["ㅈ", "지", "짐"]) {
      await session.send("Input.imeSetComposition", { text, selectionStart: 1, selectionEnd: 1 });
      await expect.poll(() => options(ben)).toEqual(["지민"]);
    }
    await expect.poll(() => field.getAttribute("aria-activedescendant")).not.toBeNull();
    // The Enter that ends a syllable is the input method's.
    await field.dispatchEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true });
    expect(await field.inputValue()).toBe("안녕 @짐");
    await session.send("Input.insertText", { text: "지미" });
    await expect.poll(() => options(ben)).toEqual(["지민"]);
    await press(ben, "Enter");
    expect(await field.inputValue()).toBe("안녕 @지민 ");
    expect(await options(ben)).toEqual([]);
    await ben.page.keyboard.type("왔어?");
    await press(ben, "Enter");

    await hears(jimin, "다정한 수달님이 나를 불렀어요: 안녕 @지민 왔어?");
    await expect.poll(() => lastOf(jimin).getAttribute("class")).toContain("is-meant");
    expect(await lastOf(jimin).locator(".call.is-me").innerText()).toBe("@지민");
    // To whoever said it, it is a name like others.
    await expect.poll(() => lastOf(ben).locator(".call:not(.is-me)").count()).toBe(1);
    expect(await lastOf(ben).getAttribute("class")).not.toContain("is-meant");

    // Escape keeps the @ as it is, and Enter sends then.
    await ben.page.keyboard.type("@");
    await expect.poll(() => options(ben)).toEqual(["지민"]);
    await press(ben, "ArrowDown", "Escape", "Enter");
    await expect.poll(() => lastOf(ben).locator(".bubble").innerText()).toBe("@");
    expect([...jimin.complaints, ...ben.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "who is away finds what was meant for them counted apart, and the first of it by one key",
  async () => {
    const ana = await person("Ana", "yard");
    const ben = await person("Ben", "yard");
    await ben.say("one");
    await ana.sees(["one"]);
    // In another room meanwhile.
    await ana.page.getByLabel("Room name").fill("else");
    await ana.page.keyboard.press("Enter");
    await ana.page.getByRole("heading", { name: "else" }).waitFor();
    // Each of them fills a good part of the screen.
    const tall = (text: string) => ["", ..."abcdefghijk", text].join("\n");
    for (const text of ["", "@ana, first", "", "@ana, second", ""]) await ben.say(`.${tall(text)}`);
    const item = ana.rooms.getByRole("link", { name: "yard" });
    await item.getByRole("img", { name: "2 for you" }).waitFor();
    await item.getByRole("img", { name: "5 unread" }).waitFor();
    await expect.poll(() => ana.page.title()).toMatch(/^\(@2 · 5\) /);

    await item.click();
    const jump = ana.page.getByRole("button", { name: "Jump to the first of 2 messages for you" });
    await jump.press("Enter");
    await expect.poll(() => ana.page.locator(".is-marked .bubble").innerText()).toContain("@ana, first");
    await ana.page.getByRole("button", { name: "Jump to the first of 1 message for you" }).press("Enter");
    await expect.poll(() => ana.page.locator(".is-marked .bubble").innerText()).toContain("@ana, second");
    await expect.poll(() => ana.page.locator(".to-meant").count()).toBe(0);
    expect([...ana.complaints, ...ben.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "an answer stands below what it answers, leads there and back, and is told to whoever is answered",
  async () => {
    const ana = await person("Ana", "answers");
    const ben = await person("Ben", "answers", "ko");
    await ana.say("Lunch at noon?\nOr later");
    await expect.poll(() => lastOf(ben).locator(".bubble").innerText()).toContain("Lunch");

    // By keyboard: to the message, its menu, the first item.
    await ben.page.locator(".log").focus();
    await press(ben, "ArrowUp", "Enter");
    await ben.page.getByRole("menuitem", { name: "답장", exact: true }).press("Enter");
    const bar = ben.page.locator(".answering");
    await expect.poll(() => bar.innerText()).toContain("Ana님에게 답장");
    await expect.poll(() => fieldOf(ben).evaluate((field) => field === document.activeElement)).toBe(true);
    await press(ben, "Escape");
    await expect.poll(() => bar.count()).toBe(0);
    await ben.page.locator(".log").focus();
    await press(ben, "ArrowUp", "Enter");
    await ben.page.getByRole("menuitem", { name: "답장", exact: true }).press("Enter");
    await bar.waitFor();
    await ben.page.keyboard.type("later");
    // A draft keeps what it answers.
    await ben.page.reload();
    await expect.poll(() => fieldOf(ben).inputValue()).toBe("later");
    await expect.poll(() => bar.innerText()).toContain("Lunch at noon?");
    await fieldOf(ben).press("Enter");
    await expect.poll(() => bar.count()).toBe(0);

    await hears(ana, "Ben replied to you: later");
    const quote = lastOf(ana).locator(".quote");
    await expect.poll(() => quote.innerText()).toBe("Ana Lunch at noon?");
    await expect.poll(() => lastOf(ana).getAttribute("class")).toContain("is-meant");
    // Below the name of who said it, and beside the time.
    const boxes = await Promise.all(
      [".person", ".bubble", "time"].map((one) => lastOf(ana).locator(one).boundingBox()),
    );
    const [name, bubble, time] = boxes.map((box) => ({ top: box!.y, bottom: box!.y + box!.height, ...box! }));
    expect(name!.bottom).toBeLessThanOrEqual(bubble!.top);
    expect(time!.top).toBeGreaterThan(bubble!.top);
    expect(time!.bottom).toBeLessThanOrEqual(bubble!.bottom);
    expect(time!.x).toBeGreaterThanOrEqual(bubble!.x + bubble!.width);
    const count = ana.page.locator(".answers");
    await expect.poll(() => count.innerText()).toBe("1 reply");
    await quote.press("Enter");
    await expect
      .poll(() => ana.page.locator(".is-marked .bubble").innerText())
      .toBe("Lunch at noon?\nOr later");
    await count.press("Enter");
    await expect.poll(() => ana.page.locator(".is-marked .quote").count()).toBe(1);

    // What becomes of the original is to be seen in the quote.
    await fieldOf(ana).focus();
    await press(ana, "ArrowUp");
    await expect.poll(() => fieldOf(ana).inputValue()).toBe("Lunch at noon?\nOr later");
    await fieldOf(ana).fill("Dinner?");
    await press(ana, "Enter");
    await expect.poll(() => quote.innerText()).toBe("Ana Dinner?");
    await expect.poll(() => lastOf(ben).locator(".quote").innerText()).toBe("Ana Dinner?");
    expect([...ana.complaints, ...ben.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);
