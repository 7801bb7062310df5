/** Texts, names and addresses of every script, and hostile ones, in a real browser. */
import { expect, test } from "vitest";
import { browserAndServer, showsStored, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const SCOTLAND = `\u{1F3F4}${Array.from("gbsct", (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("")}\u{E007F}`;

const stage = browserAndServer(["--no-budgets"]);
const { server } = stage;

const room = (name: string) => `${server.url}/r/${name}`;
const narrow = { viewport: { width: 360, height: 640 } };

async function nameOneself(visitor: Visitor, name: string): Promise<void> {
  const field = visitor.page.getByRole("textbox", { name: "Nickname" });
  await visitor.name();
  await field.fill(name);
  await field.press("Enter");
  await visitor.page.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
}

/** Where a piece of a text is drawn. */
function placeOf(visitor: Visitor, selector: string, piece: string) {
  return visitor.page.evaluate(
    ([selector, piece]) => {
      for (const element of document.querySelectorAll(selector as string)) {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = (node.nodeValue ?? "").indexOf(piece as string);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + (piece as string).length);
          const { left, right, top, bottom } = range.getBoundingClientRect();
          return { left, right, top, bottom };
        }
      }
      throw new Error(`${piece} is not there`);
    },
    [selector, piece],
  );
}

const widens = (visitor: Visitor) =>
  visitor.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

test(
  "each text, each of its paragraphs and each name go their own way",
  async () => {
    const writer = await Visitor.come(stage.browser, server.url);
    await nameOneself(writer, "שלום");
    await writer.page.goto(room("direction"));
    const reader = await Visitor.come(stage.browser, room("direction"));
    for (const text of ["مرحبا!", "hello שלום?", "a longer line!\nשתיים!", "שתיים https://example.org/a/b."])
      await writer.say(text);
    await writer.sees(["مرحبا!", "hello שלום?", "a longer line!\nשתיים!", "שתיים https://example.org/a/b."]);
    await reader.sees(await writer.shown());
    for (const visitor of [writer, reader]) {
      await visitor.page.locator(".bubble a").waitFor();
      const bubble = (at: number) => `.message:nth-of-type(${at}) .bubble`;
      const [first, second, third, fourth] = [1, 2, 3, 4].map(bubble) as [string, string, string, string];
      expect((await placeOf(visitor, first, "!")).right).toBeLessThan(
        (await placeOf(visitor, first, "ا")).right,
      );
      expect((await placeOf(visitor, second, "hello")).left).toBeLessThan(
        (await placeOf(visitor, second, "?")).left,
      );
      // Two paragraphs of one text, one from each side.
      expect((await placeOf(visitor, third, "!\n")).left).toBeGreaterThan(
        (await placeOf(visitor, third, "longer")).left,
      );
      expect((await placeOf(visitor, third, "!")).top).toBeLessThan((await placeOf(visitor, third, "ש")).top);
      const box = await visitor.page.locator(third).boundingBox();
      const hebrew = await placeOf(visitor, third, "שתיים");
      expect((box?.x ?? 0) + (box?.width ?? 0) - hebrew.right).toBeLessThan(20);
      // An address is read from the left in any text.
      expect((await placeOf(visitor, fourth, "https")).left).toBeLessThan(
        (await placeOf(visitor, fourth, "/a/b")).left,
      );
    }
    // The tag stands whole beside the name.
    const name = await placeOf(reader, ".message .person b", "שלום");
    const tag = await placeOf(
      reader,
      ".message .person .tag",
      (await reader.page.locator(".message .tag").innerText()).trim(),
    );
    expect(tag.left).toBeGreaterThanOrEqual(name.right);
    expect(tag.bottom - tag.top).toBeLessThan(40);
    expect(await writer.page.locator(".event bdi").first().innerText()).toBeTruthy();
    await writer.composer.fill("مرحبا!");
    expect(await writer.composer.evaluate((field) => getComputedStyle(field).unicodeBidi)).not.toBe("normal");
  },
  TIMEOUT_MS,
);

test(
  "marks stay in their bubble, and long texts are folded until somebody wants them",
  async () => {
    const writer = await Visitor.come(stage.browser, room("marks"), narrow);
    const pile = `a${"\u0301\u0323".repeat(300)}`;
    const long = `first${"\n".repeat(400)}last`;
    await writer.say("before");
    await writer.say(pile);
    await writer.say(long);
    await writer.say("W".repeat(900));
    await writer.say("twelve lines\n".repeat(12).trim());
    await writer.page.waitForFunction(
      () => document.querySelectorAll(".message:not(.is-pending)").length === 5,
    );
    // What is too long is folded once it is measured.
    await expect.poll(() => writer.page.getByRole("button", { name: "Show all" }).count()).toBe(2);
    expect(await widens(writer)).toBe(false);
    const heights = await writer.log
      .locator(".bubble")
      .evaluateAll((all) => all.map((one) => one.clientHeight));
    expect(Math.max(...heights)).toBeLessThan(16 * 32);
    expect(heights[1]).toBeLessThan(60);
    expect(
      await writer.log
        .locator(".bubble")
        .evaluateAll((all) => all.map((one) => getComputedStyle(one).overflowY)),
    ).toEqual(["visible", "clip", "clip", "clip", "visible"]);

    await writer.page.getByRole("button", { name: "Show all" }).first().click();
    await writer.page.getByRole("button", { name: "Show less" }).waitFor();
    await expect
      .poll(() =>
        writer.log
          .locator(".bubble")
          .nth(2)
          .evaluate((one) => one.clientHeight),
      )
      .toBeGreaterThan(5_000);
    await writer.page.getByRole("button", { name: "Show less" }).click();
    await expect
      .poll(() =>
        writer.log
          .locator(".bubble")
          .nth(2)
          .evaluate((one) => one.clientHeight),
      )
      .toBeLessThan(16 * 32);
  },
  TIMEOUT_MS,
);

test(
  "a text of which nothing shows is not sent",
  async () => {
    const writer = await Visitor.come(stage.browser, room("nothing"));
    await writer.say("something");
    for (const text of [
      "\u180B",
      " \u2065 ",
      "\u{1D159}",
      "\uFFFC",
      "\u{13441}\n\u{13441}",
      "\u3164",
      "\u200B",
    ]) {
      await writer.say(text);
      await expect.poll(() => writer.page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
    }
    await writer.say("  two\n\tindented");
    await writer.sees(["something", "  two\n\tindented"]);
  },
  TIMEOUT_MS,
);

test(
  "the field says what is wrong with a name, nothing is sent, and nothing breaks afterwards",
  async () => {
    const visitor = await Visitor.come(stage.browser, server.url);
    const own = await visitor.name();
    const sent: string[] = [];
    visitor.page.on("request", (request) => sent.push(request.url()));
    const field = visitor.page.getByRole("textbox", { name: "Room name" });
    for (const [name, said] of [
      ["C#", "#"],
      ["50%", "%"],
      ["a/b", "/"],
      ["what?", "?"],
      ["a\\b?#", "\\ ? #"],
      ["a\u200Bb", "U+200B"],
      ["..", "dots"],
      ["q\u0301\u0302\u0303\u0304\u0305x", "marks"],
      ["가".repeat(90), "26 characters"],
      ["a".repeat(65), "1 character"],
    ] as const) {
      await field.fill(name);
      await field.press("Enter");
      await visitor.page.locator("#room-problem", { hasText: said }).waitFor();
      expect(await field.inputValue()).toBe(name);
      await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
      expect(new URL(visitor.page.url()).pathname).toBe("/");
      await field.fill("fine");
      await expect.poll(() => visitor.page.locator("#room-problem").innerText()).toBe("");
    }
    expect(sent.filter((url) => url.includes("/r/"))).toEqual([]);
    await field.fill("");

    const nickname = visitor.page.getByRole("textbox", { name: "Nickname" });
    for (const [name, said] of [
      ["가".repeat(90), "58 characters"],
      ["a\u202Eb", "U+202E"],
      ["a\u0007b", "U+0007"],
      ["\u{1F1F0}x", "\u{1F1F0}"],
    ] as const) {
      await nickname.fill(name);
      await nickname.press("Enter");
      await visitor.page.locator("#name-problem", { hasText: said }).waitFor();
      expect(await nickname.inputValue()).toBe(name);
    }
    await visitor.page.reload();
    expect(await visitor.name()).toBe(own);
    await visitor.page.goto(room(encodeURIComponent("가".repeat(90))));
    await visitor.page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    await visitor.page.reload();
    await visitor.page.goto(server.url);
    expect(await visitor.name()).toBe(own);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "flags and other signs of many parts may be a name, and the seal shows the whole of it",
  async () => {
    const reader = await Visitor.come(stage.browser, room("signs"));
    for (const sign of [SCOTLAND, "\u{1F1F0}\u{1F1F7}", "👩🏽‍🚀", "1️⃣", "👨‍👩‍👧‍👦"]) {
      const writer = await Visitor.come(stage.browser, server.url);
      await nameOneself(writer, sign);
      await writer.page.goto(room("signs"));
      await writer.say(`I am ${sign}`);
      const row = reader.log.locator(".message", { hasText: `I am ${sign}` });
      await row.waitFor();
      expect(await row.locator(".seal").innerText()).toBe(sign);
      expect(await row.locator(".person b").innerText()).toBe(sign);
      await writer.page.context().close();
    }
  },
  TIMEOUT_MS,
);

test(
  "addresses become links to what is written, and those that look like others say where they lead",
  async () => {
    const writer = await Visitor.come(stage.browser, room("links"), narrow);
    expect(
      await writer.page.evaluate(() =>
        performance.getEntriesByType("resource").some(({ name }) => name.includes("linkify")),
      ),
    ).toBe(false);
    const texts = [
      "지도는 https://example.org/r/집에서 봐요",
      "https://bücher.example/straße?größe=xl#größe",
      "see https://example.org/a, https://example.org/b.",
      "https://аррle.example/",
      "https://0x7f.1/",
      "https://name@other.example/ javascript:alert(1)",
    ];
    for (const text of texts) await writer.say(text);
    await showsStored(writer.page, texts.at(-1)!);
    await expect
      .poll(() =>
        writer.log
          .locator(".bubble a")
          .evaluateAll((all) =>
            all.map((one) => [one.textContent, (one as HTMLAnchorElement).getAttribute("href")]),
          ),
      )
      .toEqual(
        [
          "https://example.org/r/집",
          "https://bücher.example/straße?größe=xl#größe",
          "https://example.org/a",
          "https://example.org/b",
          "https://аррle.example/",
          "https://0x7f.1/",
        ].map((label) => [label, new URL(label).href]),
      );
    await expect
      .poll(async () => (await writer.log.locator(".leads").allInnerTexts()).map((text) => text.trim()))
      .toEqual([`(→ ${new URL("https://аррle.example/").hostname})`, "(→ 127.0.0.1)"]);
    expect(await widens(writer)).toBe(false);
  },
  TIMEOUT_MS,
);

test(
  "hostile names and texts run nothing, go nowhere and widen nothing",
  async () => {
    const reader = await Visitor.come(stage.browser, room("hostile"), narrow);
    const away: string[] = [];
    // What lies over the page is a step of its history, at the same address.
    reader.page.on("framenavigated", (frame) => frame.url() !== room("hostile") && away.push(frame.url()));
    reader.page.on("dialog", (dialog) => away.push(dialog.message()));
    reader.page.on("popup", (popup) => away.push(popup.url()));
    const writer = await Visitor.come(stage.browser, server.url);
    const names = [
      "<img src=x onerror=hit()>",
      "<script>hit()</script>",
      "</b><h1>{{hit()}}",
      "'\"><svg/onload=hit()>",
      "W".repeat(32),
      "ש".repeat(32),
      "﷽".repeat(32),
      "q\u0301\u0302\u0303\u0304".repeat(10),
    ];
    const texts = [
      "<script>hit()</script><img src=x onerror=hit()>",
      "javascript:hit() data:text/html,<script>hit()</script> vbscript:hit()",
      'https://example.org/"onmouseover="hit()"x="',
      "https://example.org/<img src=x onerror=hit()>",
      "[x](javascript:hit()) ![](x) <a href=javascript:hit()>x</a>",
      "https://example.org/\u202Egpj.exe \u2066 \u202E",
      `https://${"a".repeat(60)}.example/${"b".repeat(600)}`,
      "W".repeat(3_000),
      "\u{12031}".repeat(300),
      "﷽".repeat(300),
      "__proto__ constructor toString",
      `${"\t".repeat(500)}x`,
    ];
    for (const [at, name] of names.entries()) {
      await nameOneself(writer, name);
      await writer.page.goto(room("hostile"));
      for (const text of texts.filter((_, n) => n % names.length === at)) {
        await writer.say(text);
        await expect.poll(async () => new Set(await writer.shown()).has(text)).toBe(true);
      }
      await writer.page.waitForFunction(() => !document.querySelector(".is-pending"));
      await writer.page.goto(server.url);
    }
    await expect.poll(async () => (await reader.shown()).length).toBe(texts.length);
    expect(new Set(await reader.shown())).toEqual(new Set(texts));
    await reader.page.getByRole("button", { name: /^Show people/ }).click();
    await reader.stands();
    expect(await widens(reader)).toBe(false);
    expect(await reader.log.evaluate((log) => log.scrollWidth > log.clientWidth)).toBe(false);
    const foreign = reader.page.locator(".log :is(script, img, svg, h1)");
    expect(await foreign.count()).toBe(0);
    expect(away).toEqual([]);
    expect(reader.complaints).toEqual([]);
    expect(writer.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "several messages copied are names, times and texts",
  async () => {
    const writer = await Visitor.come(stage.browser, server.url);
    await nameOneself(writer, "Gentle Otter");
    await writer.page.goto(room("copy"));
    const reader = await Visitor.come(stage.browser, room("copy"));
    await writer.say("one https://example.org/x");
    await writer.say("two\nlines");
    await reader.sees(["one https://example.org/x", "two\nlines"]);
    const copied = await reader.page.evaluate(() => {
      getSelection()?.selectAllChildren(document.querySelector(".log-rows") as Element);
      return String(getSelection());
    });
    const lines = copied
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
    const from = lines.findIndex((line) => line.startsWith("Gentle Otter") && !line.includes("joined"));
    expect(lines.slice(from)).toEqual([
      expect.stringMatching(/^Gentle Otter \w{4,8}$/),
      "one https://example.org/x",
      "two",
      "lines",
      expect.stringMatching(/^\d{1,2}:\d{2}\s[AP]M$/u),
    ]);
    expect(lines).not.toContain("O");
  },
  TIMEOUT_MS,
);

test.each([
  ["en-GB", /^\d{1,2}:\d{2}$/],
  ["de-DE", /^\d{1,2}:\d{2}$/],
  ["sv-SE", /^\d{1,2}:\d{2}$/],
  ["en-US", /^\d{1,2}:\d{2}\s[AP]M$/u],
])(
  "the time of a message as it is written in %s",
  async (locale, form) => {
    const writer = await Visitor.come(stage.browser, `${room("times")}?lang=en`, { locale });
    await writer.say(`from ${locale}`);
    await showsStored(writer.page, `from ${locale}`);
    const time = writer.log.locator(".message", { hasText: `from ${locale}` }).locator("time");
    expect(await time.innerText()).toMatch(form);
  },
  TIMEOUT_MS,
);
