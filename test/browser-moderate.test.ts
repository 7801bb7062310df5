/**
 * What an owner does about people, and what they see of it: put out, kept silent, banned and let in again; by mouse, by
 * keys alone, and on a phone in Korean. In a real browser.
 */
import { expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { kinds } from "../src/client/client.ts";
import { Role } from "../src/wire/records/role.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const there = browserAndServer(["--no-budgets"]);
const PHONE = { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true };

/** A room that somebody made, and how to make another its owner who comes by that name. */
async function make(room: string): Promise<(name: string) => Promise<void>> {
  const maker = visitor(Number(new URL(there.server.url).port), "127.0.0.1", {});
  maker.start();
  const people = new Map<string, number>();
  const mine = maker.enter(await maker.makeRoom(room, false), {
    listener: {
      presence: (events) => {
        for (const { author, name } of events) people.set(name, author);
      },
    },
  });
  return async (name) => {
    await expect.poll(() => people.get(name)).toBeDefined();
    mine.act(kinds.role, { who: people.get(name)!, role: Role.owner });
    await expect.poll(() => mine.pending).toEqual([]);
    mine.leave();
    maker.stop();
  };
}

const come = async (room: string, options: object = {}): Promise<Visitor> => {
  const one = await Visitor.come(there.browser, `${there.server.url}/r/${room}`, options);
  await one.page.locator(".composer textarea").waitFor();
  return one;
};

const alert = ({ page }: Visitor) => page.locator(".notice[role=alert]");
const says = (visitor: Visitor) => expect.poll(() => alert(visitor).innerText(), { timeout: 20_000 });

test(
  "an owner puts one out, keeps one silent, bans another and lets them in again",
  async () => {
    const makeOwner = await make("club");
    const ann = await come("club");
    const owner = await ann.name();
    await makeOwner(owner);
    const bob = await come("club");
    const name = await bob.name();
    const menuOf = (who: string) => ann.page.getByRole("button", { name: `What to do about ${who}` });
    await expect.poll(() => ann.people.getByRole("listitem").first().innerText()).toContain("owner");
    await expect.poll(() => bob.people.innerText()).toContain("owner");
    // Who made the room is gone, and an owner still.
    const absent = bob.page.getByRole("list", { name: "Look after this room, not here now" });
    await expect.poll(() => absent.innerText()).toMatch(/\S+ .*owner$/s);
    expect(await absent.getByRole("listitem").count()).toBe(1);
    expect(await bob.page.getByRole("button", { name: /^What to do/ }).count()).toBe(0);

    // By keys alone.
    await menuOf(name).focus();
    await ann.page.keyboard.press("Enter");
    const card = ann.page.getByRole("dialog", { name: `What to do about ${name}` });
    await card.getByLabel("Reason").fill("calm down");
    await card.getByRole("button", { name: "Put out" }).focus();
    await ann.page.keyboard.press("Enter");
    await says(bob).toContain(`${owner} put you out of this room. The reason: calm down`);
    await expect.poll(() => ann.people.innerText()).not.toContain(name);
    await expect.poll(() => ann.log.innerText()).toContain(`${owner} put ${name} out: calm down`);
    expect(await bob.composer.count()).toBe(0);
    await alert(bob).getByRole("button", { name: "Try again" }).click();
    await bob.composer.waitFor();

    await menuOf(name).click();
    await card.getByLabel("For how long").selectOption("an hour");
    await card.getByRole("button", { name: "Keep silent" }).click();
    const kept = ann.page.getByRole("list", { name: "Banned and silent" });
    await expect.poll(() => kept.innerText()).toContain(name);
    await bob.say("but I");
    await bob.sees(["is-refusedbut I"]);
    await expect.poll(() => bob.log.innerText()).toContain("You may not speak in this room just now.");
    await kept.getByRole("button", { name: "Let speak again" }).click();
    await expect.poll(() => kept.count()).toBe(0);
    await bob.log.getByRole("button", { name: "Try again" }).click();
    await ann.sees(["but I"]);

    await menuOf(name).click();
    await card.getByRole("button", { name: "Take down" }).click();
    for (const one of [ann, bob]) await one.sees(["This message was removed"]);

    // On a phone, in Korean.
    const cho = await come("club", { ...PHONE, locale: "ko-KR" });
    await ann.people
      .getByRole("listitem")
      .filter({ hasText: /[가-힣]/ })
      .getByRole("button")
      .click();
    await ann.page.getByLabel("For how long").selectOption("a day");
    await ann.page.getByRole("checkbox", { name: /^Also keep out newcomers/ }).check();
    await ann.page.getByRole("button", { name: "Ban" }).click();
    await expect.poll(() => kept.innerText()).toMatch(/[가-힣]/);
    await expect.poll(() => ann.log.innerText()).toContain("(newcomers from the same address too)");
    // All come from one address here: whoever is new is kept out, and whoever wrote is not.
    const new1 = await come("club");
    await says(new1).toMatch(/^You are banned from this room until/);
    await bob.page.reload();
    await bob.composer.waitFor();
    await bob.page.getByText("This message was removed").waitFor();
    await says(cho).toMatch(new RegExp(`${owner} 님이 나를 .*까지 이 방에 못 들어오게 했어요`));
    await alert(cho).getByRole("button", { name: "다시 들어가기" }).tap();
    await says(cho).toMatch(new RegExp(`${owner} 님이 나를 .*까지 이 방에 못 들어오게 했어요`));
    // Who comes again knows it still; on another device one reads until when.
    await cho.page.reload();
    await says(cho).toMatch(new RegExp(`${owner} 님이 나를 .*까지 이 방에 못 들어오게 했어요`));
    await cho.page.evaluate(() => localStorage.removeItem("madang.putOuts"));
    await cho.page.reload();
    await says(cho).toMatch(/까지 이 방에 들어올 수 없어요/);
    await alert(cho).getByRole("button", { name: "첫 화면으로" }).tap();
    await cho.page.getByLabel("방 이름").waitFor();
    await kept.getByRole("button", { name: "Lift the ban" }).click();
    await expect.poll(() => kept.count()).toBe(0);
    for (const { complaints } of [ann, bob, cho]) expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
