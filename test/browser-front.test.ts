/** The front page: what this is, the rooms one was in, and finding one among many, more than are told of unasked. */
import type { BrowserContextOptions } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const TOKEN = "a-token-that-is-long-enough-for-the-server";
const ROOMS = 130;
const special = ["감나무-아래-평상", "ünter-linden", "office-hours"];

process.env.MADANG_POST_TOKEN = TOKEN;
const stage = browserAndServer();
const { server } = stage;

beforeAll(async () => {
  // The newest are told of first: the special ones are beyond what is told of unasked.
  for (let n = 0; n < ROOMS; n++) await post(special[n] ?? `yard-${n}`);
}, TIMEOUT_MS);

async function post(room: string): Promise<void> {
  const answer = await fetch(`${server.url}/api/rooms/${encodeURIComponent(room)}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "post", text: "…" }),
  });
  expect(answer.status).toBe(201);
}

const come = (options: BrowserContextOptions = {}) => Visitor.come(stage.browser, server.url, options);

test(
  "more than the hundred rooms that are told of unasked are listed on demand",
  async () => {
    const { rooms, page, complaints } = await come();
    await expect.poll(() => rooms.getByRole("link").count()).toBe(100);
    await page.getByRole("button", { name: "Show more rooms" }).click();
    await expect.poll(() => rooms.getByRole("link").count()).toBe(ROOMS);
    await page.getByRole("button", { name: "Show more rooms" }).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test.each([
  ["평상", special[0]],
  // As it stands while one writes it with an input method.
  ["감ㄴ", special[0]],
  ["아래-ㅍ", special[0]],
  ["LINDEN", special[1]],
  ["Office h", special[2]],
])(
  "“%s” finds %s among all rooms",
  async (sought, found) => {
    const { rooms, page } = await come({ viewport: { width: 360, height: 700 } });
    const field = page.getByRole("searchbox", { name: "Search rooms" });
    await field.fill(sought);
    await expect.poll(() => rooms.getByRole("link").allInnerTexts()).toEqual([found]);
    await field.fill(`${sought}?!`);
    await page.getByText("No such room yet.").waitFor();
    await field.fill("");
    await expect.poll(() => rooms.getByRole("link").count()).toBe(ROOMS);
  },
  TIMEOUT_MS,
);

test(
  "a server that lists nothing else can be asked again",
  async () => {
    const { rooms, page } = await come();
    await page.route("**/api/rooms", (route) => route.fulfill({ status: 404, body: "{}" }));
    const more = page.getByRole("button", { name: "Show more rooms" });
    const asked = page.waitForResponse("**/api/rooms");
    await more.click();
    await asked;
    await page.unroute("**/api/rooms");
    await expect
      .poll(async () => {
        if (await more.count()) await more.click();
        return rooms.getByRole("link").count();
      })
      .toBe(ROOMS);
  },
  TIMEOUT_MS,
);

test(
  "the rooms one was in stand above all others, the latest first, and say so in both languages",
  async () => {
    const visitor = await come();
    const { page } = visitor;
    for (const name of ["yard-107", "yard-109"]) {
      await page.goto(`${server.url}/r/${name}`);
      await visitor.sees(["…"]);
      await page.getByRole("button", { name: "Leave", exact: true }).click();
      await page.waitForURL(`${server.url}/`);
    }
    const recent = page.getByRole("list", { name: "Your recent rooms" });
    await expect.poll(() => recent.getByRole("link").allInnerTexts()).toEqual(["yard-109", "yard-107"]);
    await page.reload();
    await expect.poll(() => recent.getByRole("link").allInnerTexts()).toEqual(["yard-109", "yard-107"]);
    const others = page.getByRole("list", { name: "Rooms", exact: true });
    await others.getByRole("link", { name: "yard-108", exact: true }).waitFor();
    expect(await others.getByRole("link", { name: "yard-109", exact: true }).count()).toBe(0);
    await page.getByText("Open a room, share its link, talk").waitFor();
    await page.goto(`${server.url}/?lang=ko`);
    await page.getByRole("list", { name: "최근에 간 방" }).getByRole("link", { name: "yard-109" }).click();
    await page.waitForURL(`${server.url}/r/yard-109`);
  },
  TIMEOUT_MS,
);
