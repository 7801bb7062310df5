/**
 * What people do with messages that nothing else tries: an answer by a swipe, all of a long text copied by finger, a
 * mention in a crowd that has no list, and an original far above. In a real browser.
 */
import { expect, test } from "vitest";
import { ClientKind } from "../src/wire/frames.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";
import { RawClient } from "./raw-client.ts";

const TIMEOUT_MS = 120_000;
const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
/** More than two people are a crowd. */
const there = browserAndServer(["--no-budgets", "--max-listed-people", "2"]);
const lastOf = ({ page }: Visitor) => page.locator(".message").last();

/** Somebody without a browser, who said these texts. */
async function guest(room: string, name: string, ...texts: string[]) {
  const client = await RawClient.greeted(`${there.server.url.replace("http", "ws")}/ws`, name);
  const { room: number } = await client.enter(room);
  for (const [at, text] of texts.entries()) client.say(number, at + 1, text);
  await client.until(() => client.records.length >= texts.length, "what was said");
  return { client, number, next: texts.length + 1 };
}

async function comes(room: string, options: object = {}): Promise<Visitor> {
  const visitor = await Visitor.come(there.browser, `${there.server.url}/r/${room}`, options);
  await visitor.page.locator(".message .message-more").first().waitFor({ state: "attached" });
  return visitor;
}

/** A finger is put down, drawn by so much in steps, and lifted. */
async function draw({ page }: Visitor, from: { x: number; y: number }, by: { x: number; y: number }) {
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", share: number) =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: type === "touchEnd" ? [] : [{ x: from.x + by.x * share, y: from.y + by.y * share }],
    });
  await touch("touchStart", 0);
  for (const share of [0.2, 0.4, 0.6, 0.8, 1]) await touch("touchMove", share);
  await touch("touchEnd", 1);
}

test(
  "a swipe to the right answers a message; a short one, one that scrolls, and one from the edge do not",
  async () => {
    const { client } = await guest("swipe", "Gentle Otter", "Lunch at noon?");
    using _ = client;
    const bob = await comes("swipe", phone);
    const box = await lastOf(bob).locator(".bubble").boundingBox();
    const from = { x: box!.x + 20, y: box!.y + box!.height / 2 };
    const answering = bob.page.locator(".answering");
    await draw(bob, from, { x: 40, y: 0 });
    await draw(bob, from, { x: 90, y: 160 });
    await draw(bob, { ...from, x: 10 }, { x: 150, y: 0 });
    expect(await answering.count()).toBe(0);
    await draw(bob, from, { x: 100, y: 4 });
    await expect.poll(() => answering.innerText()).toContain("Gentle Otter");
    // What was drawn is where it was.
    expect(await lastOf(bob).evaluate((row: HTMLElement) => row.style.translate)).toBe("");
    await answering.getByRole("button").click();
    await expect.poll(() => answering.count()).toBe(0);
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a finger that stays copies all of a message, however much of it is folded, as it reads by now",
  async () => {
    const long = Array.from({ length: 60 }, (_, at) => `${at}: 마당 <b>&amp;</b>  two spaces`).join("\n");
    const { client, number, next } = await guest("copy", "Gentle Otter", "draft");
    using _ = client;
    client.write({
      kind: ClientKind.act,
      room: number,
      nonce: next,
      act: kinds.edit.kind,
      body: kinds.edit.write({ to: 1, text: long }),
    });
    const bob = await comes("copy", { ...phone, permissions: ["clipboard-read", "clipboard-write"] });
    await bob.page.locator(".fold").waitFor();
    const bubble = lastOf(bob).locator(".bubble");
    const press = { pointerType: "touch", bubbles: true, clientX: 40, clientY: 200 };
    await bubble.dispatchEvent("pointerdown", press);
    await bob.page.getByRole("menu").waitFor();
    await bubble.dispatchEvent("pointerup", press);
    await bob.page.getByRole("menuitem", { name: "Copy text" }).tap();
    await bob.page.getByText("Text copied").waitFor({ state: "attached" });
    expect(await bob.page.evaluate(() => navigator.clipboard.readText())).toBe(long);
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "in a crowd, of which there is no list, whoever spoke is mentioned, and whoever is mentioned is told",
  async () => {
    const guests = [await guest("crowd", "Gentle Otter", "hello"), await guest("crowd", "Calm Fox")];
    const bob = await comes("crowd");
    const name = await bob.name();
    await bob.page.locator(".people .quiet").first().waitFor();
    const [first] = guests;
    // Of somebody who said nothing nobody but themselves knows the name.
    first!.client.say(first!.number, first!.next, `@${name} welcome`);
    await expect.poll(() => lastOf(bob).getAttribute("class")).toContain("is-meant");
    expect(await lastOf(bob).locator(".call.is-me").innerText()).toBe(`@${name}`);
    await bob.page
      .locator("[aria-live=polite] p", { hasText: "Gentle Otter mentioned you" })
      .waitFor({ state: "attached" });
    await bob.composer.focus();
    await bob.page.keyboard.type("@Gentle");
    await expect
      .poll(() => bob.page.getByRole("option").locator("b").allInnerTexts())
      .toEqual(["Gentle Otter"]);
    await bob.page.keyboard.press("Enter");
    await bob.page.keyboard.type("hi");
    await bob.page.keyboard.press("Enter");
    await expect.poll(() => lastOf(bob).locator(".call").innerText()).toBe("@Gentle Otter");
    for (const { client } of guests) client[Symbol.dispose]();
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "an original far above is fetched for its quote, as it reads by now, and one tap leads to it",
  async () => {
    const filler = Array.from({ length: 260 }, (_, at) => `filler ${at}`);
    const { client, number, next } = await guest("far", "Gentle Otter", "Lunch at noon?", ...filler);
    using _ = client;
    const act = { kind: ClientKind.act, room: number } as const;
    client.write({
      ...{ ...act, nonce: next, act: kinds.edit.kind },
      body: kinds.edit.write({ to: 1, text: "Dinner at six?" }),
    });
    client.write({
      ...{ ...act, nonce: next + 1, act: kinds.reply.kind },
      body: kinds.reply.write({ to: 1, text: "I will be there" }),
    });
    const bob = await comes("far", phone);
    const quote = lastOf(bob).locator(".quote");
    await expect.poll(() => quote.innerText()).toBe("Gentle Otter Dinner at six?");
    expect(await bob.page.locator(".message[data-seq='1']").count()).toBe(0);
    await quote.tap();
    await expect.poll(() => bob.page.locator(".is-marked .bubble").innerText()).toBe("Dinner at six?");
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
