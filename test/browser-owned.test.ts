/** Rooms that belong to somebody, as their owner and a guest use them in a real browser: by keyboard, and in both languages. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
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

    // Somebody else wants the name, from the menu of another room and in Korean: it is taken. With a link alone it is not.
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
