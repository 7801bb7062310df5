/**
 * The server's own back room as people use it: somebody reports a message of an open room, whoever operates the server
 * finds that there, and removes the message; by mouse and by keys, on a phone, in both languages. In a real browser.
 */
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const KEY = "the-key-of-a-browser-test";
process.env.MADANG_OPERATOR_KEY = KEY;
const there = browserAndServer(["--no-budgets"]);
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

const WORDS = {
  en: {
    report: "Report",
    why: "Why (optional)",
    sent: "Reported. Whoever operates this server will see it.",
    menu: "Room menu",
    operator: "Operator…",
    begin: "Operate",
    operating: "You operate this server",
    way: "What was reported and done",
    title: "The server's back room",
    reserve: "Reserve",
    name: "A room, or @ and a nickname",
    reserved: "reserved the name lobby-en",
    show: "Show the message",
    takeDown: "Take down",
    removed: "This message was removed",
    gone: "There is no such room",
  },
  ko: {
    report: "신고",
    why: "이유 (안 적어도 돼요)",
    sent: "신고했어요. 서버 운영자가 볼 거예요.",
    menu: "방 메뉴",
    operator: "운영자…",
    begin: "운영자로 들어가기",
    operating: "지금 이 서버의 운영자예요.",
    way: "신고와 운영 기록",
    title: "서버 운영자 방",
    reserve: "정하기",
    name: "방 이름, 또는 @와 별명",
    reserved: "님이 쓸 수 없는 이름을 정했어요: lobby-ko",
    show: "메시지 보기",
    takeDown: "메시지 내리기",
    removed: "삭제된 메시지예요",
    gone: "그런 방이 없어요",
  },
};

const plain = (text: string) => text.replace(/[\u2066-\u2069]/g, "");

test.each([
  ["en", { colorScheme: "light" }],
  ["ko", { ...PHONE, colorScheme: "dark" }],
] as const)(
  "a message of an open room is reported, found and removed (%s)",
  async (lang, options) => {
    const words = WORDS[lang];
    const come = async (path: string) => {
      const one = await Visitor.come(there.browser, `${there.server.url}${path}?lang=${lang}`, options);
      await one.page.locator(".composer textarea").waitFor();
      return one;
    };
    const text = `buy now ${lang}`;
    const yard = `/r/yard-${lang}`;
    const [bob, cy, op] = [await come(yard), await come(yard), await come(`/r/elsewhere-${lang}`)];
    const operates = async () => {
      await op.page.getByRole("button", { name: words.menu }).press("Enter");
      await op.page.getByRole("button", { name: words.operator }).press("Enter");
    };
    await bob.page.locator(".composer textarea").fill(text);
    await bob.page.locator(".composer .send").click();
    const bubble = cy.page.locator(".message", { hasText: text }).locator(".bubble");
    await bubble.waitFor();
    await bubble.dispatchEvent("contextmenu");
    await cy.page.getByRole("menuitem", { name: words.report, exact: true }).press("Enter");
    await cy.page.getByLabel(words.why).fill("rude");
    expect(await findings(cy.page)).toEqual([]);
    await cy.page.getByLabel(words.why).press("Enter");
    await cy.page.getByText(words.sent).waitFor();

    await operates();
    await op.page.locator("#operator-key").fill(KEY);
    await op.page.getByRole("button", { name: words.begin, exact: true }).press("Enter");
    await op.page.getByText(words.operating).waitFor();
    await op.page.getByLabel(words.name).fill(`lobby-${lang}`);
    await op.page.getByRole("button", { name: words.reserve, exact: true }).press("Enter");
    await op.page.getByRole("list").getByText(`lobby-${lang}`).waitFor();
    await op.page.getByRole("button", { name: words.way }).press("Enter");
    await op.page.getByRole("heading", { name: words.title, level: 1 }).waitFor();
    const card = op.page.locator(".report", { hasText: text });
    await expect.poll(() => card.innerText()).toContain("rude");
    expect(await card.innerText()).toContain(`yard-${lang}`);
    await expect.poll(async () => plain(await op.page.locator(".log").innerText())).toContain(words.reserved);
    expect(await findings(op.page)).toEqual([]);
    expect(await op.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    if (process.env.SHOTS) await op.page.screenshot({ path: `${process.env.SHOTS}/back-${lang}.png` });

    await card.getByRole("button", { name: words.takeDown, exact: true }).press("Enter");
    const dialog = op.page.locator("dialog[open]");
    await dialog.locator("button.is-grave").click();
    await expect.poll(() => cy.page.locator(".log").innerText()).toContain(words.removed);
    await card.getByRole("link", { name: words.show }).click();
    await op.page.getByRole("heading", { name: `yard-${lang}`, level: 1 }).waitFor();
    await expect.poll(() => op.page.locator(".log").innerText()).toContain(words.removed);
    if (process.env.SHOTS) await op.page.screenshot({ path: `${process.env.SHOTS}/front-${lang}.png` });

    // Its address leads nobody else there.
    const other = await Visitor.come(there.browser, `${there.server.url}/r/%2Fback?lang=${lang}`, options);
    await expect.poll(() => other.page.locator(".notice[role=alert]").innerText()).toContain(words.gone);
    expect([...op.complaints, ...cy.complaints, ...bob.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);
