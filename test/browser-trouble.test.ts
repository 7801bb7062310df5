/**
 * What the page shows when a server refuses, holds back, has lost something or is full: in both languages, in a real
 * browser, against frames that a test gives. The page itself comes from the real server.
 */
import type { Page, WebSocketRoute } from "playwright-core";
import { expect, test } from "vitest";
import { BlockWriter } from "../src/wire/block.ts";
import { decodeText, encodeText } from "../src/wire/bytes.ts";
import { Close, Refusal, Resume } from "../src/wire/codes.ts";
import { decodeClientFrame } from "../src/wire/decode.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import { type ClientFrame, ClientKind, type ServerFrame, ServerKind } from "../src/wire/frames.ts";
import { DEFAULT_LIMITS } from "../src/wire/limits.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const POLL = { timeout: 20_000 };
const EPOCH = "00000000000000aa";
const ROOM = 7;
const ME = 2 ** 52 + 12_345;
const OTHERS = [
  { author: 2 ** 40 + 7, name: "느긋한 수달과 함께 걷는 다정한 두루미와 고라니" },
  { author: 3, name: "A name of thirty-two letters, xyz" },
  { author: 2 ** 51 + 1, name: "שלום" },
];

const stage = browserAndServer();
const { server } = stage;

/** Ten numbers, of which 3 to 8 are lost. */
function damagedBlock(): Uint8Array {
  const writer = new BlockWriter();
  const time = Date.now();
  const say = (n: number, nonce: number) => {
    const { author, name } = OTHERS[n % OTHERS.length]!;
    writer.text(author, nonce, time, encodeText(name), encodeText(`text ${nonce}`));
  };
  say(0, 1);
  say(1, 2);
  for (let n = 0; n < 6; n++) writer.lost(time);
  say(2, 9);
  say(0, 10);
  return writer.seal(ROOM, 1);
}

/** A server of one person, which answers messages by their text: `why` codes and times. */
async function trouble(page: Page, why: Record<string, [Refusal, number]>) {
  const seen: ClientFrame[] = [];
  const refusedRooms = new Set(["full"]);
  const connected: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/ws$/, (socket) => {
    connected.push(socket);
    const give = (frame: ServerFrame) => socket.send(Buffer.from(encodeServerFrame(frame)));
    socket.onMessage((data) => {
      const frame = decodeClientFrame(new Uint8Array(data as Buffer));
      seen.push(frame);
      const refuse = (code: Refusal, retryAfterMs: number, request: number, room: number) =>
        give({
          kind: ServerKind.refused,
          refused: frame.kind,
          request,
          room,
          code,
          retryAfterMs,
          suggestion: "",
        });
      if (frame.kind === ClientKind.hello) {
        give({
          kind: ServerKind.welcome,
          version: 1,
          capabilities: 0,
          author: ME,
          token: new Uint8Array([1]),
          name: frame.name || "Otter",
          epoch: EPOCH,
          time: Date.now(),
          limits: DEFAULT_LIMITS,
        });
      } else if (frame.kind === ClientKind.enter) {
        if (refusedRooms.delete(frame.room)) return refuse(Refusal.serverFull, 0, frame.request, 0);
        give({
          kind: ServerKind.entered,
          request: frame.request,
          room: ROOM,
          name: frame.room,
          ownName: "Otter",
          epoch: EPOCH,
          resume: Resume.fresh,
          first: 1,
          head: 10,
          start: 0,
          nonce: 0,
        });
        socket.send(Buffer.from(damagedBlock()));
        give({ kind: ServerKind.live, room: ROOM, head: 10 });
        const people = [...OTHERS, { author: ME, name: "Otter" }];
        give({ kind: ServerKind.people, room: ROOM, count: 1_207, listed: false, people });
      } else if (frame.kind === ClientKind.send) {
        const answer = why[decodeText(frame.text)];
        if (answer) refuse(...answer, frame.nonce, ROOM);
      }
    });
  });
  return { seen, connected };
}

/** Nothing of these stands outside the page. */
async function expectInside(page: Page, part: string): Promise<void> {
  const moving = () => document.getAnimations().filter(({ playState }) => playState === "running").length;
  await expect.poll(() => page.evaluate(moving), POLL).toBe(0);
  const outside = await page.evaluate((inPart) => {
    const things = [
      ...document.querySelectorAll<HTMLElement>(
        `${inPart} :is(.notice, .gap, .refused, .person, .tag, .bubble)`,
      ),
    ];
    const isOut = (box: DOMRect) => box.width > 0 && (box.left < 0 || box.right > innerWidth + 0.5);
    const found = things.filter((one) => one.checkVisibility() && isOut(one.getBoundingClientRect()));
    const page = document.documentElement;
    return [...found.map((one) => one.textContent), ...(page.scrollWidth > innerWidth ? ["the page"] : [])];
  }, part);
  expect(outside).toEqual([]);
}

const languages = [
  {
    lang: "en",
    lost: "6 messages are lost here: the server's disk was damaged.",
    untold: "It may or may not have been sent: the server can no longer tell.",
    notSent: "Not sent. The server's disk is full.",
    slow: /^The room is in slow mode\. Your next message goes out in \d+ s\.$/,
    more: "and 1,203 more",
    full: "No more rooms can be opened right now.",
    again: "Try again",
    message: "Message",
    people: "People",
    denied: "This address may not connect here.",
  },
  {
    lang: "ko",
    lost: "서버 디스크가 손상돼서, 여기 있던 메시지 6개가 사라졌어요.",
    untold: "보내졌을 수도, 아닐 수도 있어요. 서버가 더는 확인할 수 없어요.",
    notSent: "보내지 못했어요. 서버 디스크가 가득 찼어요.",
    slow: /^지금은 천천히 이야기하는 방이에요\. 다음 메시지는 \d+초 뒤에 보낼게요\.$/,
    more: "그 밖에 1,203명",
    full: "지금은 방을 더 만들 수 없어요.",
    again: "다시 들어가기",
    message: "메시지",
    people: "참여자",
    denied: "이 주소에서는 들어올 수 없어요.",
  },
] as const;

test.each(languages.flatMap((words) => [1_200, 320].map((width) => ({ ...words, width }))))(
  "trouble is told in its place ($lang, $width px)",
  async (words) => {
    const context = await stage.browser.newContext({ viewport: { width: words.width, height: 760 } });
    const page = await context.newPage();
    const { seen, connected } = await trouble(page, {
      untold: [Refusal.cannotTell, 0],
      "no place": [Refusal.logFull, 0],
      slow: [Refusal.slowMode, 60_000],
    });
    await page.goto(`${server.url}/r/yard?lang=${words.lang}`);
    const rows = page.locator(".log-rows > :not(.edge, .event, .day)");
    await expect.poll(() => page.locator(".gap").allInnerTexts(), POLL).toEqual([words.lost]);
    expect(
      (await rows.evaluateAll((all) => all.map((row) => row.className.split(" ")[0]))).indexOf("gap"),
    ).toBe(2);

    for (const text of ["untold", "no place", "slow"]) {
      await page.getByRole("textbox", { name: words.message, exact: true }).fill(text);
      await page.keyboard.press("Enter");
    }
    await expect
      .poll(() => page.locator(".refused > span").allInnerTexts(), POLL)
      .toEqual([words.untold, words.notSent]);
    await expect
      .poll(() => page.locator(".notice").allInnerTexts(), POLL)
      .toEqual([expect.stringMatching(words.slow)]);
    await expectInside(page, ".talk");

    // The short tag shows; the whole one is there for who looks closer.
    if (words.width < 700) await page.locator("button.narrow[aria-haspopup]").last().click();
    const list = page.getByRole("complementary", { name: words.people });
    await list.getByText(words.more).waitFor();
    const tag = list
      .locator(".tag")
      .filter({ hasText: /^[0-9a-z]{6}$/ })
      .first();
    expect(await tag.getAttribute("title")).toContain(await tag.innerText());
    expect(await list.locator("li").count()).toBe(OTHERS.length + 1);
    await expectInside(page, ".people");
    if (words.width < 700) {
      const [count, close] = await Promise.all(
        [".people .count", ".overlay .close"].map((name) => page.locator(name).boundingBox()),
      );
      expect((count?.x ?? 0) + (count?.width ?? 0)).toBeLessThanOrEqual(close?.x ?? 0);
    }

    // What was given back is not sent again by itself.
    expect(seen.filter((frame) => frame.kind === ClientKind.send)).toHaveLength(3);
    await connected[0]?.close({ code: Close.denied });
    await page.getByText(words.denied).waitFor();
  },
  TIMEOUT_MS,
);

test.each(languages)(
  "a refused room can be asked for again ($lang)",
  async (words) => {
    const context = await stage.browser.newContext({ viewport: { width: 360, height: 700 } });
    const page = await context.newPage();
    await trouble(page, {});
    await page.goto(`${server.url}/r/full?lang=${words.lang}`);
    await page.getByRole("alert").filter({ hasText: words.full }).waitFor();
    await expectInside(page, ".talk");
    await page.getByRole("button", { name: words.again }).click();
    await page.locator(".gap").waitFor();
    await page.getByRole("textbox", { name: words.message, exact: true }).waitFor();
  },
  TIMEOUT_MS,
);

/** It threw at the rename, and then at every start. */
test(
  "90 letters of Hangul are told before they are sent, as a name and as a room, now and after a reload",
  async () => {
    const visitor = await Visitor.come(stage.browser, server.url);
    const { page } = visitor;
    const name = await visitor.name();
    await page.getByRole("textbox", { name: "Nickname" }).fill("가".repeat(90));
    await page.getByRole("textbox", { name: "Nickname" }).press("Enter");
    await page.getByText("Too long by 58 characters.").waitFor();
    await page.goto(`${server.url}/r/${"가".repeat(90)}`);
    await page.getByRole("alert").filter({ hasText: "Use 1 to 64 characters" }).waitFor();
    await page.reload();
    await page.getByRole("alert").filter({ hasText: "Use 1 to 64 characters" }).waitFor();
    expect(await visitor.name()).toBe(name);
    await expect.poll(() => visitor.connection.innerText(), POLL).toBe("");
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);
