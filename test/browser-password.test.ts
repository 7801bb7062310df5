/** Rooms with a password, as their owner and a guest use them in a real browser: by keyboard, and in both languages. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, keptRooms, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true, locale: "ko-KR" };
// Without a grace nobody is let in again for having been there.
const there = browserAndServer(["--no-budgets", "--grace-ms", "0"]);

const focused = (page: Page, id: string) =>
  expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(id);
const closed = (page: Page) => expect.poll(() => page.locator("dialog[open]").count()).toBe(0);
const isWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

/** Waits until this device keeps the room, with what opens it. */
async function keeps(page: Page, last: string): Promise<void> {
  const kept = () =>
    page.evaluate(
      () =>
        new Promise<string[]>((found) => {
          const opening = indexedDB.open("madang");
          opening.onsuccess = () => {
            const asking = opening.result.transaction("pages").objectStore("pages").getAll();
            asking.onsuccess = () => {
              opening.result.close();
              found(
                asking.result.filter(({ password }) => password).map(({ records }) => records.at(-1)?.text),
              );
            };
          };
        }),
    );
  await expect.poll(kept).toContain(last);
}

/** A room of this name that the visitor made with the password. */
async function makeRoom(name: string, password: string): Promise<Visitor> {
  const visitor = await Visitor.come(there.browser, there.server.url);
  const { page } = visitor;
  await page.getByRole("button", { name: "Make a room" }).press("Enter");
  await focused(page, "new-room");
  await page.keyboard.type(name);
  await page.getByRole("radio", { name: /^Only who knows its password/ }).check();
  await page.locator("#make-password").fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await closed(page);
  return visitor;
}

test(
  "a room is made with a password by keyboard, and asks a guest on a phone for it, once",
  async () => {
    const ann = await Visitor.come(there.browser, there.server.url);
    const { page } = ann;
    await page.getByRole("button", { name: "Make a room" }).press("Enter");
    await focused(page, "new-room");
    await page.keyboard.type("club");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await focused(page, "make-password");
    await page.keyboard.press("Enter");
    await page.getByText("Write the password.").waitFor();
    await page.keyboard.type("비밀번호");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(await page.locator("#make-password").getAttribute("type")).toBe("text");
    await page.locator("#make-password").press("Enter");
    await page.getByRole("heading", { name: "club", level: 1 }).waitFor();
    await closed(page);
    await ann.say("between us");
    await ann.sees(["between us"]);

    const guest = await Visitor.come(there.browser, `${there.server.url}/r/club`, phone);
    const field = guest.page.getByLabel("비밀번호", { exact: true });
    await field.waitFor();
    await guest.page.getByText("비밀번호가 있는 방이에요.").waitFor();
    expect(await guest.page.locator("textarea").count()).toBe(0);
    expect(await guest.page.locator("body").innerText()).not.toContain("between us");
    expect(await findings(guest.page)).toEqual([]);
    expect(await isWide(guest.page)).toBe(true);
    await field.press("Enter");
    await guest.page.getByText("비밀번호를 적어 주세요.").waitFor();
    await field.fill("guess");
    await field.press("Enter");
    await guest.page.getByText("비밀번호가 맞지 않아요.").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await findings(guest.page)).toEqual([]);
    // Typed by another input method.
    await field.fill("비밀번호".normalize("NFD"));
    await field.press("Enter");
    await guest.page.locator(".bubble", { hasText: "between us" }).waitFor();
    await expect.poll(() => field.count()).toBe(0);
    await keeps(guest.page, "between us");

    // Nobody is asked again: not after a reload, and not when the server comes back.
    let asks = 0;
    guest.page.on("framenavigated", () => asks++);
    await guest.page.reload();
    await guest.page.getByRole("textbox", { name: "메시지" }).fill("here I am");
    await guest.page.getByRole("button", { name: "보내기" }).click();
    await ann.sees(["between us", "here I am"]);
    expect([asks, await field.count()]).toEqual([1, 0]);
    await there.server.kill();
    await there.server.start();
    await guest.page.evaluate(() => dispatchEvent(new Event("online")));
    await guest.page.getByRole("textbox", { name: "메시지" }).fill("still here");
    await guest.page.getByRole("button", { name: "보내기" }).click();
    await ann.page.evaluate(() => dispatchEvent(new Event("online")));
    await ann.sees(["between us", "here I am", "still here"]);
    expect(await field.count()).toBe(0);
    expect([...ann.complaints, ...guest.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "an owner sees whether there is a password, changes it and takes it away; who was outside is asked again",
  async () => {
    const ann = await makeRoom("shed", "one");
    const { page } = ann;
    await ann.say("hello");
    await ann.sees(["hello"]);
    const guest = await Visitor.come(there.browser, `${there.server.url}/r/shed`);
    await focused(guest.page, "room-password");
    await guest.page.keyboard.type("one");
    await guest.page.keyboard.press("Enter");
    await guest.sees(["hello"]);
    await keeps(guest.page, "hello");

    const openSettings = async () => {
      await page.getByRole("button", { name: "Room menu" }).press("Enter");
      await page.getByRole("button", { name: "Room settings" }).press("Enter");
      await page.getByText("This room has a password.").waitFor();
    };
    await openSettings();
    expect(await findings(page)).toEqual([]);
    await page.locator("#new-password").fill("two");
    await page.keyboard.press("Enter");
    await page.getByText("The password is set.").waitFor();
    await page.keyboard.press("Escape");
    await closed(page);
    // Who is inside stays.
    await guest.say("still here");
    await ann.sees(["hello", "still here"]);
    await keeps(guest.page, "still here");

    await guest.page.reload();
    await guest.page.getByText("That is not the password. It may have been changed.").waitFor();
    // What this device kept is there all the same.
    await guest.sees(["hello", "still here"]);
    // It was there for the last time: by now it takes the new password to read it.
    await expect.poll(() => keptRooms(guest.page)).toEqual({});
    await guest.page.locator("#room-password").fill("two");
    await guest.page.locator("#room-password").press("Enter");
    await guest.composer.waitFor();
    await guest.say("back");
    await ann.sees(["hello", "still here", "back"]);
    await keeps(guest.page, "back");

    await openSettings();
    await page.getByRole("button", { name: "Remove password" }).press("Enter");
    await page.getByText("The password is gone.").waitFor();
    await page.getByText("This room has no password.").waitFor();
    const other = await Visitor.come(there.browser, `${there.server.url}/r/shed`);
    await other.sees(["hello", "still here", "back"]);
    expect([...ann.complaints, ...guest.complaints, ...other.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a page that is kept shows the room without a network, and a wrong link asks like a right one",
  async () => {
    const ann = await makeRoom("den", "sesame");
    await ann.say("kept");
    await ann.sees(["kept"]);
    const guest = await Visitor.come(there.browser, `${there.server.url}/r/den`);
    await focused(guest.page, "room-password");
    await guest.page.keyboard.type("sesame");
    await guest.page.keyboard.press("Enter");
    await guest.sees(["kept"]);
    await keeps(guest.page, "kept");
    await guest.page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state);
    await guest.page.context().setOffline(true);
    await guest.page.reload();
    await guest.sees(["kept"]);
    await guest.page.context().setOffline(false);
    await guest.page.evaluate(() => dispatchEvent(new Event("online")));
    await guest.say("again");
    await ann.sees(["kept", "again"]);
    expect(await guest.page.locator("#room-password").count()).toBe(0);
    // Nothing of it is in the list of who is not in it.
    const other = await Visitor.come(there.browser, there.server.url);
    await other.page.getByText("The yard", { exact: false }).or(other.rooms).first().waitFor();
    expect(await other.page.locator("body").innerText()).not.toContain("den");
    expect([...ann.complaints, ...guest.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "whoever is banned without an end from a room with a password keeps nothing of it, and for an hour all of it",
  async () => {
    const ann = await makeRoom("lair", "sesame");
    await ann.say("between us");
    const ban = async (guest: Visitor, span: string) => {
      const name = await guest.page.locator("#nickname").inputValue();
      await ann.page.getByRole("button", { name: `What to do about ${name}` }).click();
      await ann.page.getByLabel("For how long").selectOption(span);
      await ann.page.getByRole("button", { name: "Ban", exact: true }).click();
      await guest.page.locator(".notice[role=alert]").waitFor();
    };
    const come = async () => {
      const guest = await Visitor.come(there.browser, `${there.server.url}/r/lair`);
      await focused(guest.page, "room-password");
      await guest.page.keyboard.type("sesame");
      await guest.page.keyboard.press("Enter");
      await guest.sees(["between us"]);
      await keeps(guest.page, "between us");
      return guest;
    };
    const [bob, cho] = [await come(), await come()];
    await ban(bob, "an hour");
    await ban(cho, "without an end");
    await expect.poll(() => keptRooms(cho.page)).toEqual({});
    // Nor is it kept once more when the page asks again, or ends.
    await cho.page.getByRole("button", { name: "Try again" }).click();
    await cho.page.locator(".notice[role=alert]").waitFor();
    await cho.page.reload();
    await cho.page.locator(".notice[role=alert]").waitFor();
    expect(await keptRooms(cho.page)).toEqual({});
    expect(await cho.page.locator("body").innerText()).not.toContain("between us");
    await keeps(bob.page, "between us");
    expect([...ann.complaints, ...bob.complaints, ...cho.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);
