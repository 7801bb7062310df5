/** An identity moves from one browser to another, as a person does it: by link and by words, in both languages. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { Close } from "../src/wire/codes.ts";
import { ClientKind, type MovedFrame, ServerKind } from "../src/wire/frames.ts";
import { readMoved } from "../src/wire/moving.ts";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";
import { RawClient } from "./raw-client.ts";

const TIMEOUT_MS = 120_000;
const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
const there = browserAndServer(["--no-budgets"]);

const closed = (page: Page) => expect.poll(() => page.locator("dialog[open]").count()).toBe(0);

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
    await other.page.close();
    const { page, complaints } = await Visitor.inContext(other.page.context(), link);
    await page.getByText(/^.*Ann.*님과 방 1개를 여기로 가져와요\.$/).waitFor();
    expect(page.url()).toBe(`${there.server.url}/`);
    expect(await findings(page)).toEqual([]);
    await shot(page, "in-ko");
    // Whoever reloads, and types the words, is still the one who said them first.
    await page.reload();
    await page.getByRole("button", { name: "다른 브라우저에서 가져오기" }).press("Enter");
    await page.getByRole("textbox", { name: "낱말" }).fill(words);
    await page.getByRole("button", { name: "다음" }).click();
    await page.getByRole("button", { name: "여기로 가져오기" }).waitFor();
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
    expect([...ann.complaints, ...complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "by words that are typed, in Korean and by keyboard, and back again to whom one was",
  async () => {
    const dark = { ...phone, colorScheme: "dark" as const };
    const ann = await Visitor.come(there.browser, `${there.server.url}/r/club?lang=ko`, dark);
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
      expect(await findings(from)).toEqual([]);
      await shot(from, `out-${next}`);
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

/** The secret of who is in that browser. */
async function tokenIn(page: Page): Promise<Uint8Array<ArrayBuffer>> {
  const read = () =>
    page.evaluate(
      () =>
        new Promise<number[] | null>((found) => {
          const opening = indexedDB.open("madang");
          opening.onsuccess = () => {
            const asking = opening.result.transaction("identity").objectStore("identity").get("self");
            asking.onsuccess = () => {
              opening.result.close();
              found(asking.result ? [...asking.result.token] : null);
            };
          };
        }),
    );
  await expect.poll(read).not.toBeNull();
  return Uint8Array.from((await read()) as number[]);
}

const socketUrl = () => `${there.server.url.replace("http", "ws")}/ws`;

/** Takes over whoever is in that browser, as another browser does. */
async function takeOver(page: Page, name: string): Promise<RawClient> {
  const thief = await RawClient.greeted(socketUrl(), name, await tokenIn(page));
  thief.write({ kind: ClientKind.renew, request: 1, body: new Uint8Array(0) });
  const answers = () => thief.frames.filter(({ kind }) => kind === ServerKind.moved);
  await thief.until(() => answers().length > 0, "a token");
  const { token } = readMoved((answers()[0] as MovedFrame).told);
  return RawClient.greeted(socketUrl(), name, token.slice());
}

test(
  "what is written where the identity is no more comes back to its writer, and a second tab begins anew with the first",
  async () => {
    const ann = await Visitor.come(there.browser, `${there.server.url}/r/cafe`);
    await ann.say("before");
    await ann.sees(["before"]);
    const tab = await Visitor.inContext(ann.page.context(), `${there.server.url}/r/cafe`);
    await tab.sees(["before"]);
    using other = await takeOver(ann.page, "Ann");
    await ann.page.getByRole("heading", { name: "You moved to another browser" }).waitFor();
    await tab.page.getByRole("heading", { name: "You moved to another browser" }).waitFor();
    await ann.page.keyboard.press("Escape");
    await closed(ann.page);
    await ann.say("too late");
    await expect.poll(() => ann.unsent()).toEqual(["too late"]);
    await ann.stands();
    await ann.page.getByRole("button", { name: "What now?" }).click({ trial: true });
    await shot(ann.page, "ended-en");
    expect(await findings(ann.page)).toEqual([]);
    // A reload changes nothing about it.
    await ann.page.reload();
    await ann.page.getByRole("heading", { name: "You moved to another browser" }).waitFor();
    await ann.page.keyboard.press("Escape");
    // Until then a key pressed beside it does nothing.
    await closed(ann.page);
    await ann.page.getByRole("button", { name: "What now?" }).press("Enter");
    await ann.page.getByText("1 message could not be sent from here.").waitFor();
    await ann.page.getByRole("button", { name: "Go on here as somebody new" }).press("Enter");
    await ann.page.locator(".is-open a", { hasText: "cafe" }).click();
    await ann.sees(["before", "is-refusedtoo late"]);
    await ann.page.getByText("You wrote this as somebody who is in another browser now.").waitFor();
    // Both tabs are the same new person, and nobody lost anything.
    await tab.page.locator(".is-open a", { hasText: "cafe" }).waitFor();
    expect(await tab.name()).toBe(await ann.name());
    await ann.page.getByRole("button", { name: "Try again" }).click();
    await tab.sees(["before", "too late"]);
    const { room } = await other.enter("cafe");
    other.say(room, 10, "from elsewhere");
    await ann.sees(["before", "too late", "from elsewhere"]);
    expect([...ann.complaints, ...tab.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "removed from a device, nothing of it is left there, in no tab",
  async () => {
    const ann = await Visitor.come(there.browser, `${there.server.url}/r/attic?lang=ko`);
    const { page } = ann;
    await page.locator(".composer textarea").fill("하나");
    await page.locator(".composer textarea").press("Enter");
    await page.locator(".message.is-own", { hasText: "하나" }).waitFor();
    const tab = await Visitor.inContext(page.context(), `${there.server.url}/r/attic?lang=ko`);
    await tab.page.locator(".composer textarea").fill("쓰던 글");
    await page.locator(".composer textarea").fill("이것도");
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).join())).toContain("draft");
    using _other = await takeOver(page, "Ann");
    await page.getByRole("button", { name: "이 기기에서 지우기" }).press("Enter");
    for (const one of [page, tab.page]) {
      await one.waitForURL(`${there.server.url}/`);
      await one.waitForFunction(() => (document.getElementById("nickname") as HTMLInputElement)?.value);
      await one.locator(".self").waitFor();
      expect(await one.evaluate(() => document.body.innerText)).not.toContain("attic 나가기");
    }
    const kept = await page.evaluate(
      () =>
        new Promise<number>((found) => {
          const opening = indexedDB.open("madang");
          opening.onsuccess = () => {
            const asking = opening.result.transaction("pages").objectStore("pages").count();
            asking.onsuccess = () => {
              opening.result.close();
              found(asking.result);
            };
          };
        }),
    );
    const keys = (one: Page) =>
      one.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].join());
    expect([kept, await keys(page), await keys(tab.page)].join()).not.toMatch(/[1-9]|draft|written/);
    expect(await page.locator(".is-open").count()).toBe(0);
    expect([...ann.complaints, ...tab.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "signing out everywhere else ends whoever has the token, and no tab of this browser",
  async () => {
    const ann = await Visitor.come(there.browser, `${there.server.url}/r/shed`);
    await ann.say("one");
    await ann.sees(["one"]);
    const tab = await Visitor.inContext(ann.page.context(), `${there.server.url}/r/shed`);
    await tab.sees(["one"]);
    using thief = await RawClient.greeted(socketUrl(), "", await tokenIn(ann.page));
    await ann.page.getByRole("button", { name: "Move to another browser" }).press("Enter");
    await phrase(ann.page);
    await ann.page.getByRole("button", { name: "Sign out everywhere else" }).press("Enter");
    await ann.page.getByText("Done. Only this browser has your identity now.").waitFor();
    await thief.closed();
    expect(thief.closeCode).toBe(Close.tokenEnded);
    expect(await findings(ann.page)).toEqual([]);
    await shot(ann.page, "elsewhere-en");
    await ann.page.keyboard.press("Escape");
    await closed(ann.page);
    await ann.say("two");
    await tab.sees(["one", "two"]);
    await tab.say("three");
    await ann.sees(["one", "two", "three"]);
    await tab.page.reload();
    await tab.sees(["one", "two", "three"]);
    expect(await tab.page.locator("dialog[open]").count()).toBe(0);
    expect([...ann.complaints, ...tab.complaints]).toEqual([]);
  },
  TIMEOUT_MS,
);
