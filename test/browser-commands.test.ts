/** Commands as people give them: by keyboard, in an open room and in one's own. */
import { expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { kinds } from "../src/client/client.ts";
import type { ActRecord, TextRecord } from "../src/wire/block.ts";
import { Role } from "../src/wire/records/role.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const stage = browserAndServer();
const { server } = stage;

test("a command is found, said to be wrong in the field, and done", { timeout: 120_000 }, async () => {
  const client = visitor(Number(new URL(server.url).port), "127.0.0.1", {});
  client.start();
  const name = await client.makeRoom("club", false);
  const acts: ActRecord[] = [];
  const said: TextRecord[] = [];
  const texts = () => said.map(({ text }) => text);
  const room = client.enter(name, {
    listener: {
      acted: (some) => acts.push(...some),
      appended: (some) => said.push(...some),
    },
  });
  const ben = await Visitor.come(stage.browser, `${server.url}/r/${name}`);
  const field = ben.page.locator(".composer textarea");
  const options = () => ben.page.getByRole("option").locator("b").allInnerTexts();
  await field.pressSequentially("//hi");
  await ben.page.keyboard.press("Enter");
  await expect.poll(texts).toEqual(["/hi"]);
  // Without a role there are those that everybody has.
  await field.pressSequentially("/");
  await expect.poll(options).toEqual(["/me", "/help"]);
  const [list, over] = await Promise.all([ben.page.getByRole("listbox").boundingBox(), field.boundingBox()]);
  expect(Math.abs(list!.y + list!.height - over!.y)).toBeLessThan(30);
  await field.pressSequentially("topic books");
  await ben.page.keyboard.press("Enter");
  await ben.page.getByRole("alert").filter({ hasText: "/topic" }).waitFor();
  expect(await field.inputValue()).toBe("/topic books");
  const { author } = said[0]!;
  room.act(kinds.role, { who: author, role: Role.moderator });
  await expect
    .poll(async () => {
      await field.fill("");
      await field.pressSequentially("/t");
      return options();
    })
    .toEqual(["/topic"]);
  await ben.page.keyboard.press("Enter");
  expect(await field.inputValue()).toBe("/topic ");
  await field.pressSequentially("books");
  await ben.page.keyboard.press("Enter");
  await expect.poll(() => acts.at(-1)).toMatchObject({ kind: kinds.topic.kind, author, text: "books" });
  expect(await field.inputValue()).toBe("");
  expect(texts()).toEqual(["/hi"]);
  expect(ben.complaints).toEqual([]);
  client.stop();
});

test("what somebody does stands behind the name, also sent before the script was there", {
  timeout: 120_000,
}, async () => {
  const context = await stage.browser.newContext({ locale: "en-US", serviceWorkers: "block" });
  const ann = await Visitor.inContext(context, "about:blank");
  const { page, log, composer } = ann;
  let start = () => undefined as unknown;
  const held = new Promise<void>((reached) => {
    void page.route("**/assets/app-*.js", (route) => {
      start = () => route.continue();
      reached();
    });
  });
  await page.goto(`${server.url}/r/deeds`, { waitUntil: "commit" });
  await held;
  await page.waitForFunction(() => document.readyState !== "loading");
  await page.keyboard.type("/me waves");
  await page.keyboard.press("Enter");
  await page.keyboard.type("and");
  await start();
  const deeds = () => log.locator(".message.is-deed .bubble").allInnerTexts();
  const name = await ann.name();
  await expect.poll(deeds).toEqual([`* ${name} waves`]);
  expect(await composer.inputValue()).toBe("and");
  const bea = await Visitor.come(stage.browser, `${server.url}/r/deeds`);
  await expect.poll(() => bea.log.locator(".message.is-deed .bubble").allInnerTexts()).toEqual(await deeds());
  expect(await bea.log.locator(".message").innerText()).not.toMatch(new RegExp(`${name}[^]*${name}`));
  // Without a connection it waits as a message does.
  await server.kill();
  await ann.loses();
  await ann.say("/me sleeps");
  await ann.sees([`* ${name} waves`, `is-pending* ${name} sleeps`]);
  const look = (at: number) =>
    log
      .locator(".bubble")
      .nth(at)
      .evaluate((bubble) => {
        const { backgroundColor, fontStyle, borderTopColor } = getComputedStyle(bubble);
        return [backgroundColor, fontStyle, borderTopColor];
      });
  expect(await look(1)).toEqual(await look(0));
  await server.start();
  await ann.returns(`* ${name} sleeps`);
  expect(ann.complaints).toEqual([]);
});

test("an input method keeps its keys, and what is wrong keeps its letters", {
  timeout: 120_000,
}, async () => {
  const ann = await Visitor.come(stage.browser, `${server.url}/r/letters`);
  const { page, composer, log } = ann;
  const session = await page.context().newCDPSession(page);
  const compose = (text: string) =>
    session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await composer.pressSequentially("/");
  const options = page.getByRole("option");
  await expect.poll(() => options.count()).toBe(2);
  await compose("h");
  await expect.poll(() => options.count()).toBe(1);
  const enter = (more: object) =>
    composer.evaluate(
      (area, more) =>
        area.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }),
        ),
      more,
    );
  // As Chromium tells of it, and as Safari does.
  for (const more of [{ isComposing: true }, { keyCode: 229 }]) expect(await enter(more)).toBe(true);
  expect(await composer.inputValue()).toBe("/h");
  await session.send("Input.insertText", { text: "h" });
  // An engine that ends a composition late puts its last letters into the field again: of what stays there they are no
  // rest.
  await composer.fill("/책");
  await composer.evaluate((area) => {
    const field = area as HTMLTextAreaElement;
    field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
    field.form?.requestSubmit();
    field.dispatchEvent(new CompositionEvent("compositionend", { data: "책", bubbles: true }));
  });
  await page.getByRole("alert").filter({ hasText: "/책" }).waitFor();
  expect(await composer.inputValue()).toBe("/책");
  expect(await log.locator(".message").count()).toBe(0);
  expect(ann.complaints).toEqual([]);
});
