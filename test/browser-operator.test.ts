/**
 * The server operated from the page: the key in its dialog, an open room looked after, names kept, something announced
 * and a room closed; by keyboard, in both languages, on a phone; and what others see of it. In a real browser.
 */
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 150_000;
const KEY = "the-key-of-a-browser-test";
process.env.MADANG_OPERATOR_KEY = KEY;
const there = browserAndServer(["--no-budgets", "--visitor-guesses", "0.01/3"]);
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

const come = async (room: string, options: object = {}): Promise<Visitor> => {
  const one = await Visitor.come(there.browser, `${there.server.url}/r/${room}`, options);
  await one.page.locator(".composer textarea").waitFor();
  return one;
};

const alert = ({ page }: Visitor) => page.locator(".notice[role=alert]");
const bar = ({ page }: Visitor) => page.locator(".announced");
const options = ({ page }: Visitor) => page.getByRole("listbox", { name: "Commands" }).getByRole("option");

/** By keys alone, from the room's menu on. */
async function operates({ page }: Visitor, key = KEY): Promise<void> {
  await page.getByRole("button", { name: "Room menu" }).press("Enter");
  await page.getByRole("button", { name: "Operator…" }).press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("operator-key");
  await page.keyboard.type(key);
  await page.keyboard.press("Enter");
}

async function commands(visitor: Visitor, text: string): Promise<void> {
  await visitor.composer.fill(text);
  await visitor.composer.press("Enter");
  await expect.poll(() => visitor.composer.inputValue()).toBe("");
}

test(
  "an open room is looked after with the key, and others see that it was the operator",
  async () => {
    const op = await come("yard");
    const bob = await come("yard");
    const [mine, name] = [await op.name(), await bob.name()];
    const menuOf = op.page.getByRole("button", { name: `What to do about ${name}` });
    await bob.say("hello");
    await op.sees(["hello"]);
    await operates(op, "wrong-key-of-a-test");
    await op.page.getByText("That is not the key.").waitFor();
    expect(await findings(op.page)).toEqual([]);
    expect(await menuOf.count()).toBe(0);
    await op.page.locator("#operator-key").fill(KEY);
    await op.page.keyboard.press("Enter");
    await op.page.getByText("You operate this server").waitFor();
    expect(await findings(op.page)).toEqual([]);
    expect(
      await op.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
    ).not.toContain(KEY);
    await op.page.keyboard.press("Escape");
    await expect.poll(() => op.page.locator("dialog[open]").count()).toBe(0);

    await menuOf.press("Enter");
    const card = op.page.getByRole("dialog", { name: `What to do about ${name}` });
    await card.getByLabel("Reason").fill("too loud");
    await card.getByLabel("For how long").selectOption("without an end");
    await card.getByRole("button", { name: "Keep silent" }).press("Enter");
    for (const { log } of [op, bob])
      await expect.poll(() => log.innerText()).toContain(`The operator (${mine}) muted ${name}: too loud`);
    await bob.composer.fill("I say");
    await bob.composer.press("Enter");
    await bob.page.getByText("You may not speak in this room just now.").waitFor();
    // Whoever has no key has no menu of people, and no command.
    expect(await bob.page.getByRole("button", { name: /^What to do/ }).count()).toBe(0);
    await bob.composer.fill("/");
    await expect.poll(() => options(bob).count()).toBe(2);
    await op.composer.fill("/");
    await expect.poll(() => options(op).count()).toBe(13);
    await op.composer.fill("/unr");
    await op.composer.press("Tab");
    await expect.poll(() => op.composer.inputValue()).toBe("/unreserve ");
    await op.composer.press("Enter");
    await op.page.getByText(/That is not how \/unreserve is used/).waitFor();
    await op.composer.fill("");
    expect([...op.complaints, ...bob.complaints]).toEqual([]);

    // A later page has the mark too, and a server that starts again is given the key by the page.
    await bob.page.reload();
    await expect.poll(() => bob.log.innerText()).toContain(`The operator (${mine}) muted ${name}: too loud`);
    await there.server.kill();
    await there.server.start();
    await expect.poll(() => op.page.locator(".bar").count(), { timeout: 30_000 }).toBe(0);
    await commands(op, "/topic Tea at five");
    await bob.page.getByRole("region", { name: "About this room" }).getByText("Tea at five").waitFor();
  },
  TIMEOUT_MS,
);

test(
  "names are kept, something is announced until it is put away, and a room is closed",
  async () => {
    const op = await come("garden");
    const bob = await come("garden");
    await operates(op);
    await op.page.getByText("You operate this server").waitFor();
    await op.page.keyboard.press("Escape");
    await expect.poll(() => op.page.locator("dialog[open]").count()).toBe(0);
    await commands(op, "/reserve lobby");
    await op.page.locator(".log-notice", { hasText: "Done." }).waitFor();
    const cy = await Visitor.come(there.browser, `${there.server.url}/r/lobby`);
    await expect.poll(() => alert(cy).innerText()).toContain("This name is reserved. Please choose another.");

    await commands(op, "/announce 60 We restart at six.\nBack soon: https://example.org");
    for (const one of [op, bob, cy]) {
      await expect.poll(() => bar(one).innerText()).toContain("The operator says: We restart at six.");
      expect(await bar(one).locator("a").count()).toBe(0);
    }
    expect(await findings(bob.page)).toEqual([]);
    await bar(bob).getByRole("button", { name: "Close" }).press("Enter");
    await expect.poll(() => bar(bob).count()).toBe(0);
    await bob.page.reload();
    // Keys are listened to by what came with the place for it.
    const focused = async () => {
      await bob.page.keyboard.press("Control+k");
      return bob.page.evaluate(() => document.activeElement?.id);
    };
    await expect.poll(focused).toBe("room-name");
    await bob.composer.waitFor();
    expect([await bar(bob).count(), await bar(cy).count()]).toEqual([0, 1]);
    // What is said anew is seen again.
    await commands(op, "/announce We are back.");
    await expect.poll(() => bar(bob).innerText()).toContain("We are back.");
    await commands(op, "/announce");
    for (const one of [op, bob, cy]) await expect.poll(() => bar(one).count()).toBe(0);

    await op.composer.fill("/close spam");
    await op.composer.press("Enter");
    for (const one of [op, bob])
      await expect
        .poll(() => alert(one).innerText())
        .toContain("The operator closed this room. The reason: spam");
    await alert(bob).getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => alert(bob).innerText()).toMatch(/^The operator closed this room\.\s/);
    await expect.poll(() => bob.composer.count()).toBe(0);
    await alert(bob).getByRole("button", { name: "To the front page" }).click();
    await bob.page.locator("#room-name").waitFor();
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "on a phone in Korean: wrong keys are slowed, and all of it is done in the dialog",
  async () => {
    const op = await Visitor.come(there.browser, `${there.server.url}/r/plaza?lang=ko`, PHONE);
    const { page } = op;
    const guest = await Visitor.come(there.browser, `${there.server.url}/?lang=ko`, PHONE);
    await page.locator(".composer textarea").waitFor();
    await page.getByRole("button", { name: "방 메뉴" }).click();
    await page.getByRole("button", { name: "운영자…" }).click();
    await page.locator("#operator-key").fill(KEY);
    await page.getByRole("button", { name: "운영자로 들어가기" }).click();
    await page.getByText("지금 이 서버의 운영자예요.").waitFor();
    expect(await findings(page)).toEqual([]);
    await page
      .getByLabel("모두에게 알리기", { exact: true })
      .fill(`여섯 시에 다시 시작해요. ${"잠시만요 ".repeat(80)}`);
    await page.getByLabel("얼마 동안").selectOption("하루");
    await page.getByRole("button", { name: "모두에게 알리기" }).click();
    await page.getByText("했어요.", { exact: true }).waitFor();
    await expect.poll(() => bar(guest).innerText()).toContain("운영자가 알려요: 여섯 시에 다시 시작해요.");
    expect(await guest.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await findings(guest.page)).toEqual([]);
    await page.getByLabel("방 이름, 또는 @와 별명").fill("@관리자");
    await page.getByRole("button", { name: "정하기" }).click();
    const names = page.getByRole("list", { name: "쓸 수 없게 정해 둔 이름" });
    await expect.poll(() => names.innerText()).toContain("@관리자");
    await guest.page.locator("#nickname").fill("관 리 자");
    await guest.page.keyboard.press("Enter");
    await guest.page.getByText("쓸 수 없게 정해 둔 이름이에요.").waitFor();
    await names.getByRole("button", { name: "관리자 풀기" }).click();
    await expect.poll(() => names.innerText()).not.toContain("@관리자");
    await page.getByRole("button", { name: "거두기" }).click();
    await expect.poll(() => bar(guest).count()).toBe(0);
    await page.getByLabel(/^이유/).fill("시험이 끝났어요");
    await page.getByRole("button", { name: "plaza 방 닫기" }).click();
    await expect
      .poll(() => alert(op).innerText())
      .toContain("운영자가 이 방을 닫았어요. 이유: 시험이 끝났어요");
    expect([...op.complaints, ...guest.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);
