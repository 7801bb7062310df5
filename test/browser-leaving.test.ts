/** Leaving a room: with something unsent it asks, a room that was left stays left, and Back does not enter it again. */
import { expect, test } from "vitest";
import { browserAndServer, showsStored, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const POLL = { timeout: 30_000 };
const stage = browserAndServer();
const { server } = stage;

const languages = [
  {
    lang: "en",
    message: "Message",
    send: "Send",
    leave: "Leave",
    cancel: "Cancel",
    unsent: "2 messages have not been sent. If you leave now, they are deleted.",
    people: "Show people: 1",
  },
  {
    lang: "ko",
    message: "메시지",
    send: "보내기",
    leave: "나가기",
    cancel: "취소",
    unsent: "아직 보내지 못한 메시지가 2개 있어요. 지금 나가면 지워져요.",
    people: "참여자 1명 보기",
  },
] as const;

test.each(languages.flatMap((words) => [1_200, 320].map((width) => ({ ...words, width }))))(
  "with something unsent it asks, Back and Cancel stay, and after Leave the room stays left ($lang, $width px)",
  async (words) => {
    const { lang, width } = words;
    const context = await stage.browser.newContext({ viewport: { width, height: 700 } });
    const page = await context.newPage();
    const name = `left-${lang}-${width}`;
    await page.goto(`${server.url}/r/${name}?lang=${lang}`);
    const field = page.getByRole("textbox", { name: words.message, exact: true });
    const say = async (text: string) => {
      await field.fill(text);
      await page.getByRole("button", { name: words.send, exact: true }).click();
    };
    await say("sent");
    await page.locator(".message time").first().waitFor();
    // From now on what the menu needs is on the device.
    await page.evaluate(() => navigator.serviceWorker.ready);
    await server.kill();
    await page.locator(".bar").waitFor();
    await say("unsent 1");
    await say("unsent 2");
    await expect.poll(() => page.locator(".is-pending").count(), POLL).toBe(2);

    const dialog = page.getByRole("dialog").filter({ hasText: words.unsent });
    const ask = async () => {
      if (width < 700) {
        await page.locator(".roof button").last().click();
        await page.getByRole("dialog").getByRole("button", { name: words.leave, exact: true }).click();
      } else await page.locator(".rooms .is-open button").click();
      await dialog.waitFor();
    };
    const closeMenu = async () => {
      await page.getByRole("dialog").getByRole("button", { name: words.leave, exact: true }).waitFor();
      await page.keyboard.press("Escape");
    };
    await ask();
    const outside = await dialog.evaluate((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return (
        left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || one.scrollWidth > one.clientWidth
      );
    });
    expect(outside).toBe(false);
    await page.goBack();
    await dialog.waitFor({ state: "detached" });
    // What lay under it on a small screen is the menu.
    if (width < 700) await closeMenu();
    await expect.poll(() => page.getByRole("dialog").count(), POLL).toBe(0);
    expect(await page.locator(".is-pending").count()).toBe(2);
    await ask();
    await dialog.getByRole("button", { name: words.cancel, exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    if (width < 700) await closeMenu();
    await expect.poll(() => page.getByRole("dialog").count(), POLL).toBe(0);
    await ask();
    await dialog.getByRole("button", { name: words.leave, exact: true }).click();
    await expect.poll(() => new URL(page.url()).pathname, POLL).toBe("/");
    await expect.poll(() => page.locator(".is-open").count(), POLL).toBe(0);

    await server.start();
    await page.reload();
    await page.locator(".totals").filter({ hasText: /\d/ }).waitFor();
    expect(await page.locator(".is-open").count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe("/");
    // Whoever goes in again has sent nothing.
    await page.goto(`${server.url}/r/${name}`);
    await page.locator(".message time").first().waitFor();
    await say("again");
    await showsStored(page, "again");
    expect(await page.locator(".bubble").allInnerTexts()).toEqual(["sent", "again"]);
  },
  TIMEOUT_MS,
);

test(
  "Back does not enter a room that was left, also not after a reload; rooms that are open it shows",
  async () => {
    const witness = await Visitor.come(stage.browser, `${server.url}/r/ants`);
    const visitor = await Visitor.come(stage.browser, server.url);
    const { page } = visitor;
    const name = await visitor.name();
    const go = async (room: string) => {
      await page.getByRole("textbox", { name: "Room name" }).fill(room);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: room }).waitFor();
      await visitor.composer.waitFor();
    };
    await go("ants");
    await go("bees");
    await go("ants");
    await witness.people.getByText(name).waitFor();
    await page.getByRole("button", { name: "Leave ants" }).click();
    await witness.people.getByText(name).waitFor({ state: "detached" });
    await expect.poll(() => new URL(page.url()).pathname, POLL).toBe("/");
    await page.goBack();
    await page.getByRole("heading", { name: "bees" }).waitFor();
    await page.goBack();
    await expect.poll(() => new URL(page.url()).pathname, POLL).toBe("/");
    await page.getByRole("button", { name: "Leave ants" }).waitFor({ state: "detached" });
    await page.goForward();
    await page.getByRole("heading", { name: "bees" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "bees" }).waitFor();
    await page.getByRole("button", { name: "Leave bees" }).click();
    for (const step of ["goBack", "goBack", "goForward", "goForward"] as const) {
      await page[step]();
      await expect.poll(() => new URL(page.url()).pathname, POLL).toBe("/");
    }
    await expect.poll(() => page.locator(".is-open").count(), POLL).toBe(0);
    expect(await witness.people.getByText(name).count()).toBe(0);
    // By hand one comes in as ever.
    await go("ants");
    await witness.people.getByText(name).waitFor();
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
