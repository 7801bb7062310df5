/**
 * The back room as people use it: a guest reports a message, who looks after the room finds that there and acts at once;
 * by mouse and by keys, on a phone, in both languages. In a real browser.
 */
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, keptRooms, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const there = browserAndServer(["--no-budgets"]);
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

const WORDS = {
  en: {
    make: "Make a room",
    report: "Report",
    why: "Why (optional)",
    sent: "Reported. Those who look after this room will see it.",
    already: "You have reported this message already.",
    back: "Back room",
    news: "new",
    front: "To the room",
    show: "Show the message",
    takeDown: "Take down",
    manage: (name: string) => `About ${name}…`,
    mute: "Keep silent",
    removed: "This message was removed",
    messages: "Messages",
    took: (by: string, whom: string) => `${by} took down a message of ${whom}: rude`,
    muted: (by: string, whom: string) => `${by} muted ${whom}`,
  },
  ko: {
    make: "방 만들기",
    report: "신고",
    why: "이유 (안 적어도 돼요)",
    sent: "신고했어요. 방을 돌보는 사람이 볼 거예요.",
    already: "이미 신고한 메시지예요.",
    back: "관리자 방",
    news: "새 소식",
    front: "원래 방으로",
    show: "메시지 보기",
    takeDown: "메시지 내리기",
    manage: (name: string) => `${name} 관리`,
    mute: "말 못 하게 하기",
    removed: "삭제된 메시지예요",
    messages: "대화",
    took: (by: string, whom: string) => `${by}님이 ${whom}님의 메시지를 내렸어요: rude`,
    muted: (by: string, whom: string) => `${by}님이 ${whom}님을`,
  },
};

async function make(room: string, lang: "en" | "ko", options = {}): Promise<Visitor> {
  const ann = await Visitor.come(there.browser, `${there.server.url}/?lang=${lang}`, options);
  await ann.page.getByRole("button", { name: WORDS[lang].make }).click();
  await ann.page.locator("#new-room").fill(room);
  await ann.page.locator("#new-room").press("Enter");
  await ann.page.getByRole("heading", { name: room, level: 1 }).waitFor();
  await expect.poll(() => ann.page.locator("dialog[open]").count()).toBe(0);
  return ann;
}

const come = async (room: string, lang: "en" | "ko", options = {}): Promise<Visitor> => {
  const one = await Visitor.come(there.browser, `${there.server.url}/r/${room}?lang=${lang}`, options);
  await one.page.locator(".composer textarea").waitFor();
  return one;
};

/** Writes and waits until it stands there for good. */
async function says({ page }: Visitor, text: string): Promise<void> {
  await page.locator(".composer textarea").fill(text);
  await page.locator(".composer .send").click();
  await page.locator(`.message[data-seq] .bubble`, { hasText: text }).waitFor();
}

const nameOf = async ({ page }: Visitor) => {
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>("#nickname")?.value);
  return page.locator("#nickname").inputValue();
};

const menuOf = async (page: Page, text: string) => {
  await page.locator(".message", { hasText: text }).locator(".bubble").dispatchEvent("contextmenu");
  await page.getByRole("menu").waitFor();
};

const shots = process.env.SHOTS;
async function shoot(page: Page, name: string): Promise<void> {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
}

test.each([
  ["en", "light", {}],
  ["ko", "dark", PHONE],
] as const)(
  "a guest reports a message, and who looks after the room finds it in the back room and acts (%s, %s)",
  async (lang, colorScheme, device) => {
    const words = WORDS[lang];
    const room = `club-${lang}`;
    const ann = await make(room, lang, { colorScheme });
    const bob = await come(room, lang, { colorScheme });
    const cho = await come(room, lang, { colorScheme, ...device });
    const [owner, name] = [await nameOf(ann), await nameOf(bob)];
    await says(bob, "you fools");
    await cho.page.locator(".bubble", { hasText: "you fools" }).waitFor();

    // One's own message cannot be reported.
    await says(cho, "mine");
    await menuOf(cho.page, "mine");
    expect(await cho.page.getByRole("menuitem", { name: words.report }).count()).toBe(0);
    await cho.page.keyboard.press("Escape");
    await expect.poll(() => cho.page.locator("dialog[open]").count()).toBe(0);

    const report = async (reason: string) => {
      await menuOf(cho.page, "you fools");
      await shoot(cho.page, `menu-${lang}`);
      await cho.page.getByRole("menuitem", { name: words.report }).click();
      const field = cho.page.getByLabel(words.why);
      await field.fill(reason);
      await shoot(cho.page, `report-${lang}`);
      expect(await findings(cho.page)).toEqual([]);
      await field.press("Enter");
    };
    await report("rude words");
    await cho.page.getByText(words.sent).waitFor();
    await expect.poll(() => cho.page.locator("dialog[open]").count()).toBe(0);
    await report("again");
    await cho.page.getByText(words.already).waitFor();
    await cho.page.keyboard.press("Escape");

    // The way there, with its mark, by keys alone.
    const link = ann.page.locator(".about").getByRole("link", { name: words.back });
    await ann.page.locator(".to-back .badge", { hasText: words.news }).waitFor();
    await shoot(ann.page, `front-${lang}`);
    expect(await findings(ann.page)).toEqual([]);
    await link.focus();
    await ann.page.keyboard.press("Enter");
    await ann.page
      .getByRole("heading", { name: `${room} · ${words.back.toLowerCase()}`, level: 1 })
      .waitFor();
    expect(new URL(ann.page.url()).pathname).toBe(`/r/${room}/back`);
    const card = ann.page.locator(".report");
    await expect.poll(() => card.innerText()).toContain("you fools");
    expect(await card.innerText()).toContain("rude words");
    await shoot(ann.page, `back-${lang}`);
    expect(await findings(ann.page)).toEqual([]);

    // The message itself is one press away, and back again: nothing is new any more.
    await card.getByRole("link", { name: words.show }).click();
    await ann.page.locator(".message.is-marked", { hasText: "you fools" }).waitFor();
    expect(ann.page.url()).toMatch(new RegExp(`/r/${room}(#\\d+)?$`));
    expect(await ann.page.locator(".to-back .badge").count()).toBe(0);
    await ann.page.goBack();
    await card.waitFor();

    await card.getByRole("button", { name: words.takeDown }).click();
    await ann.page.locator("#reason").fill("rude");
    await ann.page.locator("#reason").press("Enter");
    await bob.page.locator(".message", { hasText: words.removed }).waitFor();
    await expect.poll(() => ann.page.locator(".log").innerText()).toContain(words.took(owner, name));
    await expect.poll(() => ann.page.locator("dialog[open]").count()).toBe(0);

    await card.getByRole("button", { name: words.manage(name) }).click();
    await ann.page.getByRole("button", { name: words.mute }).click();
    await expect.poll(() => ann.page.locator(".log").innerText()).toContain(words.muted(owner, name));

    // On a phone: the same, from a cold link.
    const session = await ann.page.context().storageState({ indexedDB: true });
    const small = await Visitor.come(there.browser, `${there.server.url}/r/${room}/back?lang=${lang}`, {
      ...PHONE,
      colorScheme,
      storageState: session,
    });
    await expect.poll(() => small.page.locator(".report").innerText()).toContain("you fools");
    await small.stands();
    await shoot(small.page, `phone-${lang}`);
    expect(await findings(small.page)).toEqual([]);
    const width = () => small.page.evaluate(() => document.documentElement.scrollWidth);
    expect(await width()).toBe(360);
    await small.page.getByRole("link", { name: words.front }).tap();
    await small.page.locator(".bubble", { hasText: "mine" }).waitFor();
    for (const { complaints } of [ann, bob, cho, small]) expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "nobody else comes in, by link or by name, and whoever loses the role is put out and told by whom",
  async () => {
    const ann = await make("den", "en");
    const owner = await nameOf(ann);
    const bob = await come("den", "en");
    const name = await nameOf(bob);
    const cold = await Visitor.come(there.browser, `${there.server.url}/r/den/back`);
    const alert = ({ page }: Visitor) => page.locator(".notice[role=alert]");
    await expect.poll(() => alert(cold).innerText()).toContain("There is no such room.");
    expect(await bob.page.locator(".to-back").count()).toBe(0);

    await ann.page.getByRole("button", { name: `What to do about ${name}` }).click();
    await ann.page.getByRole("button", { name: "Make a moderator" }).click();
    const link = bob.page.locator(".to-back").getByRole("link");
    await link.click();
    await bob.page.getByRole("heading", { name: "den · back room", level: 1 }).waitFor();
    await bob.page.locator(".event", { hasText: `${owner} made ${name} a moderator` }).waitFor();
    await says(bob, "what about this one?");
    await ann.page.locator(".to-back .badge").waitFor();
    await expect.poll(() => keptRooms(bob.page)).toMatchObject({ "den/back": "what about this one?" });

    await ann.page.getByRole("button", { name: `What to do about ${name}` }).click();
    await ann.page.getByRole("button", { name: "Take the role away" }).click();
    await expect
      .poll(() => alert(bob).innerText())
      .toContain(`${owner} took your role, so this back room is closed to you.`);
    expect(await bob.composer.count()).toBe(0);
    // What was said there does not stay on the device.
    const rooms = async () => Object.keys(await keptRooms(bob.page));
    await expect.poll(rooms).toEqual(["den"]);
    await alert(bob).getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => alert(bob).innerText()).toContain("There is no such room.");
    // Nor does it come back when the page is kept on its way out.
    await bob.page.reload();
    await expect.poll(() => alert(bob).innerText()).toContain("There is no such room.");
    await expect.poll(rooms).toEqual(["den"]);
    expect(await bob.page.locator("body").innerText()).not.toContain("what about this one?");
    await bob.page.goto(`${there.server.url}/r/den`);
    await bob.composer.waitFor();
    await bob.page
      .getByText("The conversation begins here.")
      .or(bob.page.locator(".event").first())
      .first()
      .waitFor();
    expect(await bob.page.locator(".to-back").count()).toBe(0);
    for (const { complaints } of [ann, bob, cold]) expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
