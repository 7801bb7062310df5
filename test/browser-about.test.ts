/**
 * Who put signs on a message and what it said before, as people ask for it: by mouse, by keys and by touch, in both
 * languages; and where the server is away. In a real browser.
 */
import { expect, test } from "vitest";
import { ClientKind } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";
import { RawClient } from "./raw-client.ts";

const TIMEOUT_MS = 120_000;
const there = browserAndServer(["--no-budgets"]);

/** A person who says and does things without a browser. */
class Guest implements Disposable {
  readonly client: RawClient;
  readonly room: number;
  #nonce = 0;

  private constructor(client: RawClient, room: number) {
    this.client = client;
    this.room = room;
  }

  static async come(room: string, name: string): Promise<Guest> {
    const client = await RawClient.greeted(`${there.server.url.replace("http", "ws")}/ws`, name);
    return new Guest(client, (await client.enter(room)).room);
  }

  async say(...texts: string[]): Promise<void> {
    const before = this.client.records.length;
    for (const text of texts) this.client.say(this.room, ++this.#nonce, text);
    await this.client.until(() => this.client.records.length >= before + texts.length, "what was said");
  }

  act<Body extends object>({ kind, write }: RecordKind<Body>, body: Body): void {
    const nonce = ++this.#nonce;
    this.client.write({ kind: ClientKind.act, room: this.room, nonce, act: kind, body: write(body) });
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
  }
}

/** Message 1 with a sign of so many people and four texts, far above whoever comes. */
async function farMessage(room: string, names: string[]) {
  const guests = await Promise.all(names.map((name) => Guest.come(room, name)));
  const [first] = guests as [Guest, ...Guest[]];
  await first.say("one");
  for (const guest of guests) {
    guest.act(kinds.reaction, { to: 1, on: true, text: "👍" });
    // So that they stand in this order.
    await guest.say("so do I");
  }
  for (const text of ["uno", "eins", "하나"]) first.act(kinds.edit, { to: 1, text });
  await first.say(...Array.from({ length: 150 }, (_, at) => `filler ${at}`));
  const dispose = () => {
    for (const guest of guests) guest[Symbol.dispose]();
  };
  return { first, [Symbol.dispose]: dispose };
}

async function comesTo(room: string, options: object): Promise<Visitor> {
  const visitor = await Visitor.come(there.browser, `${there.server.url}/r/${room}#1`, options);
  await visitor.page.locator(".message .sign").first().waitFor({ timeout: 20_000 });
  await visitor.page.locator(".message .message-more").first().waitFor({ state: "attached" });
  return visitor;
}

const sign = ({ page }: Visitor) => page.locator(".message .sign").first();
const summary = ({ page }: Visitor) => page.getByRole("dialog").locator("summary");
const names = ({ page }: Visitor) => page.getByRole("dialog").locator("li b").allInnerTexts();
/** Without the marks that keep directions apart. */
const summed = async (visitor: Visitor) => (await summary(visitor).allInnerTexts()).join();
const closed = async ({ page }: Visitor) => {
  await page.keyboard.press("Escape");
  await expect.poll(() => page.locator("dialog[open]").count()).toBe(0);
};

const SEEN = { timeout: 20_000 };
const many = Array.from({ length: 13 }, (_, at) => (at === 0 ? "다정한 수달" : `손님 ${at}`));

test(
  "who reacted, by mouse and by keys, in Korean; and what is known here when the server is away",
  async () => {
    using _ = await farMessage("who", many);
    const bob = await comesTo("who", { locale: "ko-KR" });
    expect(await sign(bob).getAttribute("title")).toBe("다정한 수달, 손님 1, 손님 2 외 10명");
    await sign(bob).click({ button: "right" });
    await expect.poll(() => summed(bob), SEEN).toBe("👍 13 다정한 수달님 외 12명");
    await expect.poll(() => names(bob), SEEN).toEqual(many.map(() => ""));
    await summary(bob).click();
    await expect.poll(() => names(bob), SEEN).toEqual(many);
    expect(await findings(bob.page)).toEqual([]);
    await closed(bob);
    // A click is still one's own word.
    await sign(bob).click();
    await expect.poll(() => sign(bob).getAttribute("aria-pressed")).toBe("true");
    await expect.poll(() => bob.page.locator(".is-pending").count(), SEEN).toBe(0);
    await bob.page.locator(".message[data-seq='1']").evaluate((row: HTMLElement) => {
      row.tabIndex = -1;
      row.focus();
    });
    const isOnSign = () => bob.page.evaluate(() => document.activeElement?.matches(".sign"));
    while (!(await isOnSign())) await bob.page.keyboard.press("ArrowRight");
    await bob.page.keyboard.press("Shift+F10");
    await expect.poll(() => summed(bob), SEEN).toBe("👍 14 다정한 수달님과 나 외 12명");
    await summary(bob).press("Enter");
    expect(await bob.page.getByRole("dialog").locator(".is-own-sign .tag").innerText()).toBe("나");
    await closed(bob);
    expect(await isOnSign()).toBe(true);
    // The same by the message's menu.
    await bob.page.keyboard.press("ArrowLeft");
    await bob.page.locator(".message[data-seq='1'] .bubble").click({ button: "right" });
    await bob.page.getByRole("menuitem", { name: "반응한 사람 보기" }).click();
    await expect.poll(() => summary(bob).count()).toBe(1);
    await closed(bob);
    await there.server.kill();
    await bob.page.getByRole("status", { name: "연결" }).locator("p").waitFor({ state: "attached" });
    await sign(bob).click({ button: "right" });
    await bob.page.getByText("지금은 서버에 물어볼 수 없어서 여기서 아는 것만 보여요.").waitFor();
    await expect.poll(() => summed(bob)).toBe("👍 14 다정한 수달님과 나 외 12명");
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "who reacted, by a finger that stays, on a small phone in English: a few are all shown at once",
  async () => {
    using _ = await farMessage("touch", ["Gentle Otter", "Calm Fox", "Bold Hare"]);
    const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
    const bob = await comesTo("touch", { locale: "en-US", ...phone });
    const press = { pointerType: "touch", bubbles: true, clientX: 30, clientY: 90 };
    await sign(bob).dispatchEvent("pointerdown", press);
    await expect.poll(() => summed(bob), SEEN).toBe("👍 3 Gentle Otter and 2 others");
    await sign(bob).dispatchEvent("pointerup", press);
    await expect.poll(() => names(bob)).toEqual(["Gentle Otter", "Calm Fox", "Bold Hare"]);
    const box = await bob.page.getByRole("dialog").boundingBox();
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= 360).toBe(true);
    expect(await sign(bob).getAttribute("aria-pressed")).toBe("false");
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "what a message said before is asked for where the page has the newest text alone; of a removed one nothing is told",
  async () => {
    using told = await farMessage("edits", ["Gentle Otter"]);
    const bob = await comesTo("edits", { locale: "en-US" });
    const edited = bob.page.locator(".message[data-seq='1']").getByRole("button", { name: "edited" });
    const texts = () => bob.page.getByRole("dialog").locator(".quoted").allInnerTexts();
    await edited.click();
    await expect.poll(texts, SEEN).toEqual(["하나", "eins", "uno", "one"]);
    expect(await findings(bob.page)).toEqual([]);
    await closed(bob);
    // What comes while it is open is there as well.
    await edited.click();
    await expect.poll(texts, SEEN).toHaveLength(4);
    told.first.act(kinds.edit, { to: 1, text: "1" });
    await expect.poll(texts, SEEN).toEqual(["1", "하나", "eins", "uno", "one"]);
    told.first.act(kinds.removal, { to: 1 });
    await bob.page.getByText("This message was removed").waitFor({ state: "attached" });
    await closed(bob);
    expect(await edited.count()).toBe(0);
    expect(bob.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
