/** People in real browsers on a real server: they meet, talk, reload, lose the server and find each other again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launch, launchOptions, ServerProcess, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  browser = await launch();
}, TIMEOUT_MS);
afterAll(() => browser.close());
beforeEach(async () => {
  server = new ServerProcess();
  await server.start();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await server.close();
});

test(
  "two people meet, talk, reload, and go on after the server was killed",
  async () => {
    const room = `${server.url}/r/${encodeURIComponent("한국어-방")}`;
    const ann = await Visitor.come(browser, room);
    await ann.people.getByRole("listitem").first().waitFor();
    const bora = await Visitor.come(browser, room);
    const [annName, boraName] = [await ann.name(), await bora.name()];
    expect(annName).not.toBe(boraName);

    // They see each other: the event, the names, the counts.
    await ann.log.getByText(`${boraName} joined`).waitFor();
    for (const one of [ann, bora]) {
      await one.people.getByText(annName).waitFor();
      await one.people.getByText(boraName).waitFor();
      await expect.poll(() => one.people.getByRole("listitem").count()).toBe(2);
      await one.rooms.getByText("2 people").waitFor();
    }

    // They talk both ways; Enter during a composition belongs to the input method.
    await ann.say("안녕하세요");
    await bora.sees(["안녕하세요"]);
    await bora.composer.focus();
    await bora.compose(["ㅂ", "바", "반"], "반");
    await bora.compose(["ㄱ", "가", "갑"], "갑");
    await bora.compose(["ㄷ", "다"], "다");
    await bora.page.keyboard.press("Shift+Enter");
    await bora.page.keyboard.type("second line");
    await bora.page.keyboard.press("Enter");
    const talk = ["안녕하세요", "반갑다\nsecond line"];
    for (const one of [ann, bora]) await one.sees(talk);

    // A reload shows the history once and is no coming and going.
    await bora.page.reload();
    await bora.sees(talk);
    await bora.people.getByText(annName).waitFor();
    expect(await bora.name()).toBe(boraName);
    expect(await ann.log.getByText("left").count()).toBe(0);

    // The server is killed while both pages stay open; what is written meanwhile arrives once.
    await server.kill();
    await ann.connection.getByText("lost").waitFor();
    await bora.connection.getByText("lost").waitFor();
    await ann.say("while it is down, ann");
    await bora.say("while it is down, bora");
    await expect.poll(() => ann.page.locator(".is-pending").count()).toBe(1);
    await server.start();
    await expect
      .poll(() => ann.messages(), { timeout: 40_000 })
      .toEqual(expect.arrayContaining(["while it is down, ann", "while it is down, bora"]));
    const after = await ann.messages();
    expect(after).toHaveLength(4);
    await bora.sees(after);
    await ann.sees(after);
    await expect.poll(() => ann.connection.innerText()).toBe("");
    await bora.say("and on");
    await ann.sees([...after, "and on"]);
    expect([...ann.complaints, ...bora.complaints]).toEqual([]);
  },
  TIMEOUT_MS * 2,
);

test(
  "what was written offline survives the browser and is sent once, in order",
  async () => {
    const profile = mkdtempSync(join(tmpdir(), "madang-profile-"));
    const room = `${server.url}/r/garden`;
    const context = await chromium.launchPersistentContext(profile, { ...launchOptions, locale: "en-US" });
    const writer = await Visitor.inContext(context, room);
    await writer.say("online");
    await writer.sees(["online"]);
    await writer.page.evaluate(() => navigator.serviceWorker.ready);
    await server.kill();
    await writer.connection.getByText("lost").waitFor();
    await expect.poll(() => keptTexts(writer)).toEqual(["online"]);
    const written = ["one", "two", "three", "four", "five"];
    for (const text of written) await writer.say(text);
    await expect.poll(() => writer.unsent()).toEqual(written);
    await context.close();

    // The page opens without a server and shows what this device kept, marked as such.
    const again = await chromium.launchPersistentContext(profile, { ...launchOptions, locale: "en-US" });
    const reader = await Visitor.inContext(again, room);
    await reader.page.getByText("Saved copy").waitFor();
    await expect.poll(() => reader.messages()).toEqual(["online", ...written]);

    await server.start();
    const witness = await Visitor.come(browser, room);
    await reader.page
      .getByRole("button", { name: "Try now" })
      .click({ timeout: 5_000 })
      .catch(() => undefined);
    await witness.sees(["online", ...written]);
    await reader.sees(["online", ...written]);
    await reader.page.getByText("Saved copy").waitFor({ state: "detached" });
    expect([...writer.complaints, ...reader.complaints]).toEqual([]);
    await again.close();
    rmSync(profile, { recursive: true, force: true });
  },
  TIMEOUT_MS,
);

/** The messages that this browser holds for the time without a network. */
function keptTexts(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(
    () =>
      new Promise<string[]>((found) => {
        const opening = indexedDB.open("madang");
        opening.onsuccess = () => {
          const asking = opening.result.transaction("pages").objectStore("pages").getAll();
          asking.onsuccess = () => {
            opening.result.close();
            found(asking.result.flatMap((page) => page.records.map(({ text }: { text: string }) => text)));
          };
        };
      }),
  );
}
