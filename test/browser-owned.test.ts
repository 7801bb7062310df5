/**
 * Rooms that belong to somebody, as their owner and a guest use them in a real browser: by keyboard, and in both
 * languages.
 */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
const there = browserAndServer(["--no-budgets"]);

const focused = (page: Page, id: string) =>
  expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(id);
const closed = (page: Page) => expect.poll(() => page.locator("dialog[open]").count()).toBe(0);

test(
  "a room is made by keyboard from the front page, refused in its field, and shared by its whole link",
  async () => {
    const { page, complaints } = await Visitor.come(there.browser, there.server.url);
    await page.getByRole("button", { name: "Make a room" }).press("Enter");
    await focused(page, "new-room");
    await page.keyboard.type("a/b");
    await page.keyboard.press("Enter");
    await page.getByText("This cannot be in a name here: /").waitFor();
    await focused(page, "new-room");
    await page.locator("#new-room").fill("club");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "club", level: 1 }).waitFor();
    await closed(page);
    expect(page.url()).toBe(`${there.server.url}/r/club`);

    // Somebody else wants the name, from the menu of another room and in Korean: it is taken. With a link alone it is
    // not.
    const other = await Visitor.come(there.browser, `${there.server.url}/r/yard?lang=ko`, phone);
    await other.page.getByRole("button", { name: "방 메뉴" }).click();
    await other.page.getByRole("button", { name: "방 만들기" }).click();
    await focused(other.page, "new-room");
    await other.page.keyboard.type("club");
    await other.page.keyboard.press("Enter");
    await other.page.getByText("같은 이름의 방이 이미 있어요.").waitFor();
    await other.page.getByRole("radio", { name: /^링크가 있는 사람만/ }).check();
    await other.page.getByRole("button", { name: "만들기", exact: true }).click();
    await other.page.waitForURL(/\/r\/club~[a-z2-7]{13}$/);
    await closed(other.page);
    expect(await other.page.getByRole("heading", { level: 1 }).innerText()).toBe("club");
    expect(await other.page.title()).toBe("club · 마당");
    await other.page.getByRole("button", { name: "초대하기" }).click();
    const link = await other.page.getByRole("textbox", { name: "이 방의 링크" }).inputValue();
    expect(link).toBe(other.page.url());
    const guest = await Visitor.come(there.browser, link);
    expect(await guest.page.getByRole("heading", { level: 1 }).innerText()).toBe("club");
    await guest.say("hello");
    await guest.sees(["hello"]);
    await expect.poll(() => other.page.locator(".bubble").allInnerTexts()).toEqual(["hello"]);
    expect([...complaints, ...other.complaints, ...guest.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "whoever enters sees what the room is about and what is pinned, and those alone who look after it change that",
  async () => {
    const ann = await Visitor.come(there.browser, there.server.url);
    const { page } = ann;
    await page.getByRole("button", { name: "Make a room" }).click();
    await focused(page, "new-room");
    await page.keyboard.type("yard of ann");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "yard-of-ann", level: 1 }).waitFor();
    await ann.say("Bring a cup");
    await ann.say("See you");
    await ann.sees(["Bring a cup", "See you"]);
    await page.getByText("The conversation begins here.").waitFor();

    await page.getByRole("button", { name: "Room menu" }).press("Enter");
    await page.getByRole("button", { name: "Room settings" }).press("Enter");
    const topic = page.getByRole("textbox", { name: "Topic" });
    await topic.fill("x".repeat(520));
    await page.getByText("Too long by about 8 letters").waitFor();
    expect(await findings(page)).toEqual([]);
    await topic.fill(`Dinner at seven. ${"It is long. ".repeat(30)}https://example.org/map`);
    await page.getByRole("button", { name: "Save" }).last().press("Enter");
    await closed(page);
    const about = page.getByRole("region", { name: "About this room" });
    await about.getByRole("link", { name: "https://example.org/map" }).waitFor({ state: "attached" });
    // From the log up to the first message, and its menu.
    await ann.log.focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menuitem", { name: "Pin for everybody" }).press("Enter");
    await about.getByRole("link", { name: /Bring a cup$/ }).waitFor();
    await page.locator(".bubble").last().click({ button: "right" });
    await page.getByRole("menuitem", { name: "Pin for everybody" }).press("Enter");
    await about.getByRole("link", { name: /See you$/ }).waitFor();

    const bob = await Visitor.come(there.browser, `${page.url()}?lang=ko`, phone);
    const seen = bob.page.getByRole("region", { name: "이 방에 대해" });
    const text = seen.locator(".topic p");
    const height = async () => (await text.boundingBox())?.height ?? 0;
    await seen.getByRole("button", { name: "모두 보기" }).waitFor();
    const line = await height();
    await text.tap({ position: { x: 5, y: 5 } });
    await expect.poll(height).toBeGreaterThan(line * 2);
    expect(await findings(bob.page)).toEqual([]);
    await seen.getByRole("button", { name: "접기" }).press("Enter");
    await expect.poll(height).toBe(line);
    await bob.page.locator(".composer textarea").fill("Buy my cups");
    await bob.page.locator(".send").tap();
    await ann.sees(["Bring a cup", "See you", "Buy my cups"]);
    await seen.getByRole("button", { name: "모두 2개" }).press("Enter");
    await bob.page.getByRole("dialog").waitFor();
    expect(await findings(bob.page)).toEqual([]);
    await bob.page
      .getByRole("dialog")
      .getByRole("link", { name: /Bring a cup$/ })
      .press("Enter");
    await closed(bob.page);
    await bob.page.locator(".is-marked", { hasText: "Bring a cup" }).waitFor();
    expect(new URL(bob.page.url()).hash).toBe("#2");
    // What was done stands in the conversation, and leads to the message.
    await bob.page.locator(".event", { hasText: /님이 주제를 정했어요: Dinner at seven/ }).waitFor();
    await bob.page
      .getByRole("link", { name: /님이 메시지를 고정했어요$/ })
      .last()
      .press("Enter");
    await bob.page.locator(".is-marked", { hasText: "See you" }).waitFor();
    await bob.page.locator(".bubble").first().click({ button: "right" });
    await bob.page.getByRole("menuitem", { name: "답장" }).waitFor();
    expect(await bob.page.getByRole("menuitem", { name: /고정|내리기/ }).count()).toBe(0);
    await bob.page.keyboard.press("Escape");
    await closed(bob.page);
    await bob.page.getByRole("button", { name: "방 메뉴" }).tap();
    await bob.page.getByRole("button", { name: "QR 코드" }).waitFor();
    expect(await bob.page.getByRole("button", { name: "방 설정" }).count()).toBe(0);
    await bob.page.keyboard.press("Escape");

    await page.locator(".bubble").last().click({ button: "right" });
    await page.getByRole("menuitem", { name: "Take down" }).press("Enter");
    await page.getByRole("textbox", { name: /^Reason/ }).fill("advertising");
    await page.keyboard.press("Enter");
    await ann.sees(["Bring a cup", "See you", "This message was removed: advertising"]);
    await expect
      .poll(() => bob.page.locator(".bubble").allInnerTexts())
      .toEqual(["Bring a cup", "See you", "삭제된 메시지예요: advertising"]);
    await page.getByRole("button", { name: "Room menu" }).press("Enter");
    await page.getByRole("button", { name: "Room settings" }).press("Enter");
    await page.getByRole("textbox", { name: "Title" }).fill("Ann's yard");
    await page.getByRole("combobox", { name: "Slow mode" }).selectOption("One message every 5 minutes");
    await page.getByRole("checkbox", { name: "Nobody new may enter" }).press("Space");
    await page.keyboard.press("Enter");
    await closed(page);
    await seen
      .getByText("천천히 이야기하는 방이에요: 한 사람이 5분에 한 번. 새로 들어올 수 없어요.")
      .waitFor();
    expect(await bob.page.getByRole("heading", { level: 1 }).innerText()).toBe("Ann's yard");
    await expect.poll(() => bob.page.title()).toBe("Ann's yard · 마당");
    await page.getByRole("link", { name: /^Ann's yard/ }).waitFor();
    // What was not changed in the sheet stays as it is.
    await seen.getByText(/^Dinner at seven/).waitFor();
    await bob.page.reload();
    await seen.getByRole("link", { name: /See you$/ }).waitFor();
    await page.locator(".bubble").nth(1).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Unpin" }).press("Enter");
    await seen.getByRole("link", { name: /Bring a cup$/ }).waitFor();
    expect([...ann.complaints, ...bob.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);
