/** For how long a room keeps what is said, as its owner sets it and a guest sees it, in both languages. */
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
const there = browserAndServer(["--no-budgets", "--keep-days", "7"]);

test(
  "is chosen in the room's settings or commanded, never longer than the operator keeps it, and shown to everybody",
  async () => {
    const ann = await Visitor.come(there.browser, there.server.url);
    const { page } = ann;
    await page.getByRole("button", { name: "Make a room" }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("new-room");
    await page.keyboard.type("tent");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "tent", level: 1 }).waitFor();
    await ann.say("hello");
    await ann.sees(["hello"]);
    // The operator's time holds from the beginning.
    const about = page.getByRole("region", { name: "About this room" });
    await about.getByText("Messages here disappear after a week.").waitFor();

    const bob = await Visitor.come(there.browser, `${page.url()}?lang=ko`, phone);
    const seen = bob.page.getByRole("region", { name: "이 방에 대해" });
    await seen.getByText("이 방의 메시지는 일주일 뒤에 사라져요.").waitFor();

    await page.getByRole("button", { name: "Room menu" }).press("Enter");
    await page.getByRole("button", { name: "Room settings" }).press("Enter");
    const keep = page.getByRole("combobox", { name: "Keep messages" });
    await keep.waitFor();
    expect(await keep.getByRole("option").allInnerTexts()).toEqual([
      "As long as the server does: a week",
      "For an hour",
      "For a day",
    ]);
    expect(await findings(page)).toEqual([]);
    await keep.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await keep.inputValue()).toBe("24");
    await page.getByRole("button", { name: "Save" }).last().press("Enter");
    await expect.poll(() => page.locator("dialog[open]").count()).toBe(0);
    await about.getByText("Messages here disappear after a day.").waitFor();
    await seen.getByText("이 방의 메시지는 하루 뒤에 사라져요.").waitFor();
    await bob.page.locator(".event", { hasText: /님이 메시지가 하루 뒤에 사라지게 했어요$/ }).waitFor();
    expect(await findings(bob.page)).toEqual([]);

    await ann.say("/keep 1");
    await seen.getByText("이 방의 메시지는 1시간 뒤에 사라져요.").waitFor();
    await page.locator(".event", { hasText: /lets messages disappear after an hour$/ }).waitFor();
    await ann.say("/keep off");
    await seen.getByText("이 방의 메시지는 일주일 뒤에 사라져요.").waitFor();
    await bob.page.locator(".event", { hasText: /님이 메시지를 서버가 두는 동안 남게 했어요$/ }).waitFor();
    // An open room says nothing of it.
    const open = await Visitor.come(there.browser, `${there.server.url}/r/lobby`);
    await open.say("hi");
    await open.sees(["hi"]);
    expect(await open.page.getByText(/disappear/).count()).toBe(0);
    await ann.sees(["hello"]);
    expect([...ann.complaints, ...bob.complaints, ...open.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);
