/** What is typed is sent once, whatever keys bounce and however busy the page is; and what Enter does where. */
import { expect, test } from "vitest";
import { browserAndServer, ServerProcess, showsStored, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

const stage = browserAndServer();
const { server } = stage;

/** Enter as a keyboard reports it, `times` in one task, with letters typed behind it within the same frame. */
function enterAndGoOn(visitor: Visitor, times: number, then: string): Promise<void> {
  return visitor.composer.evaluate(
    (area, { times, then }) => {
      const field = area as HTMLTextAreaElement;
      const press = () =>
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      for (let i = 0; i < times; i++) press();
      field.focus();
      for (const letter of then) document.execCommand("insertText", false, letter);
    },
    { times, then },
  );
}

test(
  "the field is empty at the moment of sending: a bouncing Enter sends once, and what follows stands alone",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/bounce`);
    await visitor.composer.fill("once");
    await enterAndGoOn(visitor, 3, "next");
    await visitor.sees(["once"]);
    expect(await visitor.composer.inputValue()).toBe("next");
    await visitor.composer.press("Enter");
    await visitor.sees(["once", "next"]);

    // Two clicks while the page is too busy to draw.
    await visitor.composer.fill("clicked");
    await expect.poll(() => visitor.page.getByRole("button", { name: "Send" }).isEnabled()).toBe(true);
    await visitor.page.getByRole("button", { name: "Send" }).evaluate((button) => {
      (button as HTMLButtonElement).click();
      const until = performance.now() + 500;
      while (performance.now() < until);
      (button as HTMLButtonElement).click();
    });
    await visitor.sees(["once", "next", "clicked"]);
    await visitor.say("last");
    await visitor.sees(["once", "next", "clicked", "last"]);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "on a touch screen Enter breaks the line, and the button sends",
  async () => {
    const phone = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/touch`, phone);
    await visitor.composer.fill("one");
    await visitor.composer.press("Enter");
    await visitor.page.keyboard.type("two");
    expect(await visitor.composer.inputValue()).toBe("one\ntwo");
    await expect.poll(() => visitor.composer.getAttribute("enterkeyhint")).toBe("enter");
    await visitor.page.getByRole("button", { name: "Send" }).tap();
    await visitor.sees(["one\ntwo"]);
  },
  TIMEOUT_MS,
);

test.each([
  ["en", "Message", "가".repeat(1_500), "Too long by about 135 letters"],
  ["ko", "메시지", "가".repeat(1_500), "135자쯤 줄여 주세요"],
  ["en", "Message", "a".repeat(4_097), "Too long by about 1 letter"],
  ["ko", "메시지", "🦦".repeat(1_100), "76자쯤 줄여 주세요"],
])(
  "too long a text is told in letters to cut, and does not squeeze the field (%s, %s)",
  async (language, label, text, told) => {
    const viewport = { width: 320, height: 640 };
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/long?lang=${language}`, { viewport });
    const field = visitor.page.getByRole("textbox", { name: label, exact: true });
    const width = () => field.evaluate((area) => area.getBoundingClientRect().width);
    await field.waitFor();
    const before = await width();
    await field.fill(text);
    await visitor.page.getByText(told, { exact: true }).waitFor();
    expect(await width()).toBe(before);
    expect(await field.inputValue()).toBe(text);
  },
  TIMEOUT_MS,
);

test(
  "the composer says who writes, with the particle that the name asks for",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/who?lang=ko`);
    const field = visitor.page.getByRole("textbox", { name: "메시지", exact: true });
    const nickname = visitor.page.getByRole("textbox", { name: "별명" });
    await expect.poll(() => nickname.inputValue()).not.toBe("");
    for (const [name, placeholder] of [
      ["다정한 수달", "다정한 수달로 메시지 쓰기"],
      ["곰", "곰으로 메시지 쓰기"],
    ] as const) {
      await nickname.fill(name);
      await nickname.press("Enter");
      await expect.poll(() => field.getAttribute("placeholder")).toBe(placeholder);
    }
  },
  TIMEOUT_MS,
);

test(
  "a refused message stands in the field the moment that it is to be changed, and what is typed then is its end",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/edit`);
    // Only the server refuses it.
    await visitor.say("a\0b");
    await visitor.log.getByRole("button", { name: "Edit" }).evaluate((button) => {
      (button as HTMLButtonElement).click();
      document.execCommand("insertText", false, "seen");
    });
    expect(await visitor.composer.inputValue()).toBe("a\0bseen");
    await visitor.composer.fill("seen");
    await visitor.composer.press("Enter");
    await visitor.sees(["seen"]);
    expect(await visitor.composer.inputValue()).toBe("");
  },
  TIMEOUT_MS,
);

test(
  "what is being written stays through a change of language",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/half`);
    await visitor.composer.fill("half a sen");
    await visitor.page.getByRole("button", { name: "한국어" }).click();
    const field = visitor.page.getByRole("textbox", { name: "메시지", exact: true });
    await expect.poll(() => field.inputValue(), { timeout: 20_000 }).toBe("half a sen");
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

const button = (visitor: Visitor, name: string) => visitor.page.getByRole("button", { name });

test(
  "a syllable under composition goes with the message at a click on Send, once, and is not left behind",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/syllable`);
    const session = await visitor.page.context().newCDPSession(visitor.page);
    const sent: string[] = [];
    for (const [steps, text] of [
      [["ㅎ", "하", "한"], "한"],
      [["ㄱ", "그", "글"], "글"],
    ] as const) {
      await visitor.composer.focus();
      for (const step of steps)
        await session.send("Input.imeSetComposition", { text: step, selectionStart: 1, selectionEnd: 1 });
      await expect.poll(() => button(visitor, "Send").isEnabled()).toBe(true);
      await button(visitor, "Send").click();
      sent.push(text);
      await visitor.sees(sent);
      expect(await visitor.composer.inputValue()).toBe("");
    }
    await visitor.page.keyboard.type("next");
    await visitor.page.keyboard.press("Enter");
    await visitor.sees([...sent, "next"]);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test.each(["input first", "compositionend first"])(
  "an engine that ends the composition late puts nothing back (%s)",
  async (order) => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/late-${order.replaceAll(" ", "-")}`);
    await visitor.composer.waitFor();
    await visitor.composer.evaluate((area, order) => {
      const field = area as HTMLTextAreaElement;
      const composition = (type: string, data: string) =>
        field.dispatchEvent(new CompositionEvent(type, { data, bubbles: true }));
      const input = () => field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      composition("compositionstart", "");
      field.value = "안녕";
      input();
      field.form?.requestSubmit();
      field.value = "녕";
      if (order === "input first") input();
      composition("compositionend", "녕");
      if (order !== "input first") input();
    }, order);
    expect(await visitor.composer.inputValue()).toBe("");
    await visitor.sees(["안녕"]);
  },
  TIMEOUT_MS,
);

/** A key that the keyboard reports as 229, and what it is about to do. */
function unknownKey(visitor: Visitor, inputType: string): Promise<boolean> {
  return visitor.composer.evaluate((area, inputType) => {
    const key = { key: "Unidentified", keyCode: 229, bubbles: true, cancelable: true };
    area.dispatchEvent(new KeyboardEvent("keydown", key));
    return area.dispatchEvent(new InputEvent("beforeinput", { inputType, bubbles: true, cancelable: true }));
  }, inputType);
}

test(
  "a key reported as 229 outside of a composition sends when it would break the line, and only then",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/unknown`);
    await visitor.composer.fill("one");
    expect(await unknownKey(visitor, "insertText")).toBe(true);
    expect(await visitor.composer.inputValue()).toBe("one");
    expect(await unknownKey(visitor, "insertLineBreak")).toBe(false);
    await visitor.sees(["one"]);
    await visitor.composer.fill("two");
    expect(await unknownKey(visitor, "insertParagraph")).toBe(false);
    await visitor.sees(["one", "two"]);
    // Shift and Enter is known, and so is the line break that it makes.
    await visitor.composer.fill("three");
    await visitor.composer.press("Shift+Enter");
    expect(await visitor.composer.inputValue()).toBe("three\n");
    await visitor.composer.evaluate((area) =>
      area.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true })),
    );
    expect(await unknownKey(visitor, "insertLineBreak")).toBe(true);
    await visitor.sees(["one", "two"]);
  },
  TIMEOUT_MS,
);

test.each([
  ["en", "Message", "Enter sends"],
  ["ko", "메시지", "Enter로 보내기"],
])(
  "what Enter does is a choice that this browser keeps (%s)",
  async (language, message, label) => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/choice-${language}?lang=${language}`);
    const field = visitor.page.getByRole("textbox", { name: message, exact: true });
    const choice = visitor.page.getByRole("checkbox", { name: label });
    await expect.poll(() => choice.isChecked()).toBe(true);
    await choice.uncheck();
    await visitor.page.reload();
    await field.fill("a");
    await field.press("Enter");
    await visitor.page.keyboard.type("b");
    expect(await field.inputValue()).toBe("a\nb");
    await expect.poll(() => choice.isChecked()).toBe(false);
    await field.press("Control+Enter");
    await expect.poll(() => field.inputValue()).toBe("");
  },
  TIMEOUT_MS,
);

test(
  "a draft survives a reload, another room, the end of the tab and a message that is changed; other tabs have theirs",
  async () => {
    const context = await stage.browser.newContext({ locale: "en-US" });
    const room = `${server.url}/r/draft`;
    const one = await Visitor.inContext(context, room);
    await one.composer.pressSequentially("not sent yet");
    await one.page.reload();
    await expect.poll(() => one.composer.inputValue()).toBe("not sent yet");

    // Another message is changed meanwhile, and not sent.
    await one.composer.fill("a\0b");
    await one.composer.press("Enter");
    await one.composer.fill("not sent yet");
    await button(one, "Edit").click();
    expect(await one.composer.inputValue()).toBe("a\0b");
    await one.composer.pressSequentially("changed");
    await button(one, "Cancel").click();
    expect(await one.composer.inputValue()).toBe("not sent yet");
    await button(one, "Edit").click();
    await one.page.reload();
    await expect.poll(() => one.composer.inputValue()).toBe("not sent yet");

    // Another tab that looks at the same room has its own.
    const two = await Visitor.inContext(context, room);
    await two.composer.waitFor();
    expect(await two.composer.inputValue()).toBe("");
    await two.composer.pressSequentially("of the second");
    await two.page.reload();
    await one.page.reload();
    await expect.poll(() => two.composer.inputValue()).toBe("of the second");
    await expect.poll(() => one.composer.inputValue()).toBe("not sent yet");

    // Tabs that are gone leave theirs to whoever comes.
    await one.page.close();
    const three = await Visitor.inContext(context, room);
    await expect.poll(() => three.composer.inputValue()).toBe("not sent yet");
    await three.composer.press("Enter");
    await three.log.getByText("not sent yet", { exact: true }).waitFor();
    await three.page.reload();
    await three.log.getByText("not sent yet", { exact: true }).waitFor();
    expect(await three.composer.inputValue()).toBe("");
    expect(await two.composer.inputValue()).toBe("of the second");
    expect([...one.complaints, ...two.complaints, ...three.complaints]).toEqual([]);
    await context.close();
  },
  TIMEOUT_MS,
);

test(
  "a draft that comes late stands before what was written since, and what comes with it moves nothing",
  async () => {
    const context = await stage.browser.newContext({ locale: "en-US", serviceWorkers: "block" });
    const one = await Visitor.inContext(context, `${server.url}/r/late-draft`);
    await one.composer.pressSequentially("one ");
    await one.page.reload();
    await expect.poll(() => one.composer.inputValue()).toBe("one ");
    let come!: () => void;
    const coming = new Promise<void>((done) => {
      come = done;
    });
    await one.page.route("**/assets/room-later-*.js", async (route) => {
      await coming;
      await route.continue();
    });
    // The page of a room's link looks for a draft itself.
    await one.page.goto(server.url);
    await one.rooms.getByText("late-draft").click();
    await one.composer.pressSequentially("two");
    expect(await one.composer.inputValue()).toBe("two");
    const box = () => one.page.locator(".talk").boundingBox();
    const before = await box();
    const people = one.page.locator("aside.people").getByText("you", { exact: true });
    expect(await people.count()).toBe(0);
    come();
    await expect.poll(() => one.composer.inputValue()).toBe("one two");
    // The people beside it come with the draft, and move nothing.
    await people.waitFor();
    expect(await box()).toEqual(before);
    await one.page.unrouteAll();
    await one.page.reload();
    await expect.poll(() => one.composer.inputValue()).toBe("one two");
    await one.composer.press("End");
    await one.composer.pressSequentially(" three");
    await one.page.reload();
    await expect.poll(() => one.composer.inputValue()).toBe("one two three");
    expect(one.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "what is written in a new tab before the drafts are there survives a reload, and is gone once it was sent",
  async () => {
    const context = await stage.browser.newContext({ locale: "en-US", serviceWorkers: "block" });
    const one = await Visitor.inContext(context, `${server.url}/r/soon`);
    const drafts = "**/assets/room-later-*.js";
    await one.page.route(drafts, (route) => route.abort());
    await one.page.reload();
    await one.composer.pressSequentially("in time");
    await one.page.reload();
    await expect.poll(() => one.composer.inputValue()).toBe("in time");
    // Also in a room that one came to from another page.
    await one.page.goto(server.url);
    await one.rooms.getByText("soon").click();
    await one.composer.waitFor();
    await expect.poll(() => one.composer.inputValue()).toBe("in time");
    await one.page.unroute(drafts);
    await one.page.reload();
    await expect.poll(() => one.composer.inputValue()).toBe("in time");
    await one.composer.press("Enter");
    await showsStored(one.page, "in time");
    await one.page.reload();
    await showsStored(one.page, "in time");
    expect(await one.composer.inputValue()).toBe("");
    await context.close();
  },
  TIMEOUT_MS,
);

/** Up to which number the last page of a room is kept in this browser. */
function keptHead(room: string): Promise<number> {
  return new Promise((resolve) => {
    const opening = indexedDB.open("madang");
    opening.onsuccess = () => {
      const asking = opening.result.transaction("pages").objectStore("pages").get(room);
      asking.onsuccess = () => {
        opening.result.close();
        resolve(asking.result?.seq ?? 0);
      };
    };
  });
}

test(
  "typing draws nothing but the letters, calculates no styles, and writes nothing to the database",
  async () => {
    // Nobody else comes or goes on a server of its own.
    await using quiet = new ServerProcess();
    await quiet.start();
    const visitor = await Visitor.come(stage.browser, `${quiet.url}/r/quiet`);
    await visitor.say("before");
    await visitor.sees(["before"]);
    // Whatever came of that is written and drawn.
    await expect.poll(() => visitor.page.evaluate(keptHead, "quiet"), { timeout: 20_000 }).toBe(1);
    await visitor.composer.pressSequentially("x");
    await visitor.page.evaluate(async () => {
      const seen = { drawn: [] as string[], written: 0, weighed: 0 };
      Object.assign(window, { seen });
      const page = document.querySelector(".page") as Element;
      new MutationObserver((changes) => {
        for (const { type, target } of changes) {
          const element = target instanceof Element ? target : (target.parentElement as Element);
          if (!element.closest(".composer")) seen.drawn.push(`${type} ${element.outerHTML}`);
        }
      }).observe(page, { subtree: true, childList: true, attributes: true, characterData: true });
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args) {
        seen.written++;
        return put.apply(this, args);
      };
      const { encode } = TextEncoder.prototype;
      TextEncoder.prototype.encode = function (this: TextEncoder, text) {
        seen.weighed++;
        return encode.call(this, text);
      };
      // What comes behind a room's script has come and is drawn.
      for (let calm = 0; calm < 10; calm++) {
        seen.drawn = [];
        await new Promise((later) => setTimeout(later, 100));
        if (seen.drawn.length > 0) calm = 0;
      }
      seen.written = seen.weighed = 0;
    });
    const devtools = await visitor.page.context().newCDPSession(visitor.page);
    await devtools.send("Performance.enable");
    const calculations = async () => {
      const { metrics } = await devtools.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "RecalcStyleCount")?.value as number;
    };
    const text = " and thirty letters more of them";
    const before = await calculations();
    await visitor.composer.pressSequentially(text);
    // Those of what passes in the page now and then.
    expect((await calculations()) - before).toBeLessThan(text.length / 2);
    const kept = () => visitor.page.evaluate(() => JSON.stringify({ ...localStorage }));
    await expect.poll(kept).toContain("thirty letters more of them");
    const { weighed, ...seen } = await visitor.page.evaluate(
      () => (window as unknown as { seen: { weighed: number } }).seen,
    );
    expect(seen).toEqual({ drawn: [], written: 0 });
    // Once a letter, whether it is too much; drawing the composer weighs the text twice more.
    expect(weighed).toBeLessThan(2 * text.length);
    await visitor.composer.fill("");
    await expect.poll(() => visitor.composer.getAttribute("placeholder")).toMatch(/^Message as /);
  },
  TIMEOUT_MS,
);
