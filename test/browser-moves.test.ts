/** An identity moves from one browser to another, as a person does it: by link and by words, in both languages. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
const there = browserAndServer(["--no-budgets"]);

/** The words that the page shows. */
async function phrase(page: Page): Promise<string> {
  await page.locator(".phrase").waitFor();
  return page.locator(".phrase").innerText();
}

const shot = async (page: Page, name: string) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
};

test(
  "by the link of the code: name, rooms and one's own messages are there, and the old browser says so",
  async () => {
    const ann = await Visitor.come(there.browser, `${there.server.url}/r/yard`);
    await ann.name();
    await ann.page.getByRole("textbox", { name: "Nickname" }).fill("Ann");
    await ann.page.getByRole("textbox", { name: "Nickname" }).press("Enter");
    await ann.say("from the old one");
    await ann.sees(["from the old one"]);
    await ann.page.getByRole("button", { name: "Move to another browser" }).press("Enter");
    const words = await phrase(ann.page);
    expect(words.split(" ")).toHaveLength(5);
    await ann.page.getByRole("img", { name: "QR code of the link" }).waitFor();
    expect(await findings(ann.page)).toEqual([]);
    await shot(ann.page, "out-en");

    const link = `${there.server.url}/#move=${words.replaceAll(" ", "-")}`;
    const other = await Visitor.come(there.browser, `${there.server.url}/?lang=ko`, phone);
    await other.page.goto(link);
    await other.page.reload();
    const { page } = other;
    await page.getByText(/^.*Ann.*님과 방 1개를 여기로 가져와요\.$/).waitFor();
    expect(page.url()).toBe(`${there.server.url}/`);
    expect(await findings(page)).toEqual([]);
    await shot(page, "in-ko");
    // Nothing has ended yet.
    expect(await ann.connection.innerText()).toBe("");
    await page.getByRole("button", { name: "여기로 가져오기" }).press("Enter");
    await page.waitForFunction(
      () => (document.getElementById("nickname") as HTMLInputElement).value === "Ann",
    );
    await page.locator(".is-open a", { hasText: "yard" }).click();
    await page.locator(".message.is-own", { hasText: "from the old one" }).waitFor();

    await ann.page.getByRole("heading", { name: "You moved to another browser" }).waitFor();
    expect(await findings(ann.page)).toEqual([]);
    await shot(ann.page, "away-en");
    expect([...ann.complaints, ...other.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "by words that are typed, in Korean and by keyboard, and back again to whom one was",
  async () => {
    const ann = await Visitor.come(there.browser, `${there.server.url}/r/club?lang=ko`, phone);
    const { page } = ann;
    const field = page.locator(".composer textarea");
    await field.fill("하나");
    await page.locator(".send").tap();
    await page.locator(".message.is-own", { hasText: "하나" }).waitFor();
    const { page: bob } = await Visitor.come(there.browser, `${there.server.url}/?lang=en`);
    await bob.waitForFunction(() => (document.getElementById("nickname") as HTMLInputElement).value);
    await bob.getByRole("textbox", { name: "Nickname" }).fill("Bob");
    await bob.getByRole("textbox", { name: "Nickname" }).press("Enter");
    await bob.waitForFunction(
      () => document.querySelector(".field button[type=submit]")?.textContent !== "Save",
    );

    const move = async (from: Page, to: Page, [out, bring, next, take]: string[]) => {
      await from.getByRole("button", { name: out! }).press("Enter");
      const words = await phrase(from);
      await to.getByRole("button", { name: bring! }).press("Enter");
      await expect.poll(() => to.evaluate(() => document.activeElement?.id)).toBe("move-words");
      await to.keyboard.type("wrong words");
      await to.keyboard.press("Enter");
      await to.locator("#move-said", { hasText: /wrong|틀렸/ }).waitFor();
      await to.locator("#move-words").fill(words.toUpperCase().replaceAll(" ", ""));
      await to.keyboard.press("Enter");
      await to.getByRole("button", { name: take! }).waitFor();
      await expect.poll(() => to.evaluate(() => document.activeElement?.textContent)).toBe(take);
      await shot(to, `typed-${next}`);
      await to.keyboard.press("Enter");
    };
    await page.getByRole("button", { name: "방 목록 보기" }).tap();
    await move(page, bob, ["다른 브라우저로 옮기기", "Bring from another browser", "Next", "Bring here"]);
    await bob.locator(".is-open a", { hasText: "club" }).click();
    await bob.locator(".message.is-own", { hasText: "하나" }).waitFor();
    await page.getByRole("heading", { name: "다른 브라우저로 옮겼어요" }).waitFor();
    await page.waitForTimeout(0);
    expect(await findings(page)).toEqual([]);
    await shot(page, "away-ko");
    // On the phone somebody new goes on, and what is kept there is still to be read.
    await page.getByRole("button", { name: "여기서는 새 이름으로 계속하기" }).press("Enter");
    await page.waitForFunction(() => (document.getElementById("nickname") as HTMLInputElement)?.value);
    // Back again: the computer is Bob once more.
    await move(bob, page, [
      "Move to another browser",
      "다른 브라우저에서 가져오기",
      "다음",
      "여기로 가져오기",
    ]);
    await bob.getByRole("button", { name: "Go on here as Bob" }).press("Enter");
    await bob.waitForFunction(
      () => (document.getElementById("nickname") as HTMLInputElement)?.value === "Bob",
    );
    await page.locator(".is-open a", { hasText: "club" }).tap();
    await page.locator(".message.is-own", { hasText: "하나" }).waitFor();
    expect(ann.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
