/** The page itself, in a real browser: reading up and down, unread ones, narrow screens, languages, refusals. */
import { expect, test } from "vitest";
import { browserAndServer, showsStored, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

const stage = browserAndServer(["--no-budgets"]);
const { server } = stage;

const room = (name: string) => `${server.url}/r/${name}`;

async function sayMany(visitor: Visitor, count: number, text: string): Promise<void> {
  for (let n = 1; n <= count; n++) await visitor.say(`${text} ${n}`);
  await showsStored(visitor.page, `${text} ${count}`);
}

/** The first message in sight, and where it stands. */
function inSight(visitor: Visitor) {
  return visitor.page.evaluate(() => {
    const log = document.querySelector("[role=log]") as HTMLElement;
    const top = log.getBoundingClientRect().top;
    const rows = [...log.querySelectorAll<HTMLElement>(".message")];
    const row = rows.find((one) => one.getBoundingClientRect().bottom > top) as HTMLElement;
    return {
      text: row.querySelector(".bubble")?.textContent,
      y: Math.round(row.getBoundingClientRect().top),
    };
  });
}

test(
  "older messages come while scrolling up, and nothing that is read moves",
  async () => {
    const writer = await Visitor.come(stage.browser, room("long"));
    await sayMany(writer, 260, "message");
    const reader = await Visitor.come(stage.browser, room("long"));
    await reader.log.getByText("message 260", { exact: true }).waitFor();
    // First those in sight, then one page: whole blocks, so it can be more than the hundred asked for when some were
    // stored together.
    const count = async () => (await reader.messages()).length;
    await expect.poll(count, { timeout: 30_000 }).toBeGreaterThanOrEqual(100);
    expect(await count()).toBeLessThan(200);

    // Per frame every row that stays in sight moves by the same distance: what the wheel turned, and nothing else.
    await reader.page.evaluate(() => {
      const state = { worst: 0, before: new Map<string, number>() };
      Object.assign(globalThis, { watched: state });
      const look = () => {
        const now = new Map<string, number>();
        for (const row of document.querySelectorAll<HTMLElement>(".message")) {
          const { top } = row.getBoundingClientRect();
          if (top > 0 && top < innerHeight) now.set(row.dataset.key ?? "", top);
        }
        for (const [key, top] of now) {
          const moved = Math.abs(top - (state.before.get(key) ?? top));
          state.worst = Math.max(state.worst, moved);
        }
        state.before = now;
        requestAnimationFrame(look);
      };
      look();
    });
    await reader.log.hover();
    const step = 120;
    await expect
      .poll(
        async () => {
          await reader.page.mouse.wheel(0, -step);
          await reader.page.evaluate(
            () => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))),
          );
          return reader.log.getByText("message 1", { exact: true }).count();
        },
        { interval: 1, timeout: 60_000 },
      )
      .toBe(1);
    const worst = await reader.page.evaluate(
      () => (globalThis as unknown as { watched: { worst: number } }).watched.worst,
    );
    // Two turns of the wheel may fall into one frame of a busy machine; a page is thousands of pixels.
    expect(worst).toBeLessThan(step * 5);

    // The wheel has been still for a while when what is in sight no longer changes.
    let before = await inSight(reader);
    await expect
      .poll(async () => {
        const earlier = before;
        before = await inSight(reader);
        return JSON.stringify(before) === JSON.stringify(earlier);
      })
      .toBe(true);
    await writer.say("while you read");
    await reader.page.getByRole("button", { name: "1 new message" }).waitFor();
    expect(await inSight(reader)).toEqual(before);
    await reader.page.getByRole("button", { name: "1 new message" }).click();
    await reader.log.getByText("while you read").waitFor();
    await expect.poll(() => reader.page.getByRole("button", { name: /newest|new message/ }).count()).toBe(0);
    expect(await reader.page.locator(".message").count()).toBeLessThanOrEqual(400);
  },
  TIMEOUT_MS,
);

test(
  "several rooms are open at once, with unread counts, a line, and the browser's way back",
  async () => {
    const reader = await Visitor.come(stage.browser, server.url);
    await reader.page.getByRole("textbox", { name: "Room name" }).fill("One");
    await reader.page.getByRole("button", { name: "Enter room" }).click();
    await reader.page.waitForURL(room("one"));
    const writer = await Visitor.come(stage.browser, room("one"));
    await writer.say("seen");
    await reader.sees(["seen"]);
    await reader.page.getByRole("textbox", { name: "Room name" }).fill("two");
    await reader.page.keyboard.press("Enter");
    await reader.page.waitForURL(room("two"));
    await sayMany(writer, 30, "unseen");
    await reader.rooms.getByRole("img", { name: "30 unread" }).waitFor();
    await expect.poll(() => reader.page.title()).toBe("(30) two · 마당");

    await reader.page.goBack();
    await reader.log.getByText("New messages").waitFor();
    await expect.poll(async () => (await reader.messages()).length).toBe(31);
    await reader.page.getByRole("button", { name: "30 new messages" }).click();
    await expect.poll(() => reader.page.title()).toBe("one · 마당");
    await reader.page.getByRole("button", { name: "Leave", exact: true }).click();
    await reader.page.waitForURL(`${server.url}/`);
    await writer.log.getByText(`${await reader.name()} left`).waitFor();
    expect(reader.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "on a narrow phone nothing is cut off, and the sides are sheets",
  async () => {
    const viewport = { width: 360, height: 640 };
    const phone = await Visitor.come(stage.browser, room("narrow"), {
      viewport,
      hasTouch: true,
      isMobile: true,
    });
    await phone.composer.fill(
      "https://example.com/a/very/long/address/that/does/not/fit/into/one/line/of/a/phone",
    );
    await phone.page.getByRole("button", { name: "Send" }).tap();
    await phone.log.getByRole("link").waitFor();
    const wide = () => phone.page.evaluate(() => document.documentElement.scrollWidth);
    expect(await wide()).toBeLessThanOrEqual(360);
    expect(await phone.rooms.isVisible()).toBe(false);
    await phone.page.getByRole("button", { name: "Show rooms" }).tap();
    await phone.rooms.waitFor();
    await phone.page.keyboard.press("Escape");
    await expect.poll(() => phone.rooms.isVisible()).toBe(false);
    const focused = () => phone.page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await expect.poll(focused).toBe("Show rooms");
    await phone.page.getByRole("button", { name: /^Show people/ }).tap();
    await phone.people.waitFor();
    await phone.stands();
    const small = await phone.page.evaluate(() =>
      [...document.querySelectorAll("button, .list a")]
        .map((one) => ({ name: one.outerHTML.slice(0, 80), box: one.getBoundingClientRect() }))
        .filter(({ box }) => box.height > 0 && (box.height < 44 || box.width < 44))
        .map(({ name }) => name),
    );
    expect(small).toEqual([]);
    expect(await wide()).toBeLessThanOrEqual(360);
    // Beside the sheet lies what closes it.
    await phone.page.touchscreen.tap(10, 400);
    await expect.poll(() => phone.people.isVisible()).toBe(false);
  },
  TIMEOUT_MS,
);

test(
  "the language comes from the link, from the switch, and is remembered",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/?lang=ko`);
    const { page } = visitor;
    await page.getByRole("textbox", { name: "별명" }).waitFor();
    await page.getByRole("textbox", { name: "방 이름" }).fill("말");
    await page.getByRole("button", { name: "들어가기" }).click();
    await page.getByRole("log", { name: "대화" }).waitFor();
    await page.getByRole("textbox", { name: "메시지" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("ko");
    await page.reload();
    await page.getByRole("list", { name: "참여자" }).waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("list", { name: "People" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
  },
  TIMEOUT_MS,
);

test(
  "a taken name is answered with a free one, and a refused message can be changed or dropped",
  async () => {
    const first = await Visitor.come(stage.browser, room("names"));
    await first.page.getByRole("textbox", { name: "Nickname" }).fill("Otter");
    await first.page.keyboard.press("Enter");
    await first.people.getByText("Otter").waitFor();
    const second = await Visitor.come(stage.browser, room("names"));
    await second.name();
    await second.page.getByRole("textbox", { name: "Nickname" }).fill("0tter");
    await second.page.keyboard.press("Enter");
    await second.page.getByText("looks like it").waitFor();
    await second.page.getByRole("button", { name: /^Use/ }).click();
    await first.people.getByText("0tter 2").waitFor();

    // Only the server refuses it.
    const unsendable = "a\0b";
    await second.say(unsendable);
    await second.log.getByText("characters that cannot be sent").waitFor();
    await second.log.getByRole("button", { name: "Edit" }).click();
    await second.composer.fill("now something");
    await second.composer.press("Enter");
    await second.sees(["now something"]);
    await second.say(unsendable);
    await second.log.getByRole("button", { name: "Delete" }).click();
    await second.sees(["now something"]);
  },
  TIMEOUT_MS,
);

test(
  "text stays text, links open elsewhere, and the page's own rules hold",
  async () => {
    const visitor = await Visitor.come(stage.browser, room("text"));
    const evil = '<img src=x onerror="document.title=1"><b>x</b> javascript:alert(1)';
    await visitor.say(evil);
    await visitor.say("see https://example.com/a, yes");
    await visitor.sees([evil, "see https://example.com/a, yes"]);
    const link = visitor.log.getByRole("link");
    expect(await link.getAttribute("href")).toBe("https://example.com/a");
    expect(await link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    expect(await link.getAttribute("target")).toBe("_blank");
    expect(await visitor.log.locator("img, b:not(.person b)").count()).toBe(0);

    const blocked = await visitor.page.evaluate(() => {
      try {
        document.body.insertAdjacentHTML("beforeend", "<i></i>");
        return false;
      } catch {
        return true;
      }
    });
    expect(blocked).toBe(true);
    await visitor.page.evaluate(() => navigator.serviceWorker.ready);
    expect(await visitor.page.getByRole("status", { name: "Connection" }).count()).toBe(1);
    for (const landmark of ["banner", "main", "navigation", "complementary"] as const) {
      await expect.poll(() => visitor.page.getByRole(landmark).count()).toBe(1);
    }
  },
  TIMEOUT_MS,
);
