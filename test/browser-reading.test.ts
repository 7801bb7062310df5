/**
 * Reading back in a room of thousands: the place is kept, whatever comes, is drawn or changes its size, and what was
 * missed is unread until it was in sight. In a real browser on a real server.
 */
import { type AddressInfo, connect, createServer } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launch, ServerProcess, Visitor } from "./browser-page.ts";
import { RawClient } from "./raw-client.ts";

const TIMEOUT_MS = 180_000;
/** Most that may be on its way to the server, so that no answer is held back. */
const IN_FLIGHT = 500;

let browser: Browser;
let server: ServerProcess;
const talkers: Talker[] = [];
const visitors: Visitor[] = [];

beforeAll(async () => {
  browser = await launch();
}, TIMEOUT_MS);
afterAll(() => browser.close());
beforeEach(async () => {
  server = new ServerProcess(["--no-budgets"]);
  await server.start();
});
afterEach(async () => {
  const complaints = visitors.splice(0).flatMap((visitor) => visitor.complaints);
  for (const talker of talkers.splice(0)) talker.client.socket.terminate();
  for (const context of browser.contexts()) await context.close();
  await server.close();
  expect(complaints).toEqual([]);
});

/** Somebody who only talks: messages `n 1`, `n 2` and so on. */
class Talker {
  readonly client: RawClient;
  readonly #room: number;
  #nonce = 0;
  /** Number of the last message. */
  said: number;

  static async enter(room: string): Promise<Talker> {
    const client = await RawClient.greeted(`${server.url.replace("http", "ws")}/ws`, "talker");
    const { room: number, head } = await client.enter(room, { history: 0 });
    const talker = new Talker(client, number, head);
    talkers.push(talker);
    return talker;
  }

  private constructor(client: RawClient, room: number, head: number) {
    this.client = client;
    this.#room = room;
    this.said = head;
  }

  async say(count: number): Promise<void> {
    for (const end = this.said + count; this.said < end; ) {
      const upTo = Math.min(end, this.said + IN_FLIGHT);
      while (this.said < upTo) this.client.say(this.#room, ++this.#nonce, `n ${++this.said}`);
      await this.client.until(() => this.client.records.at(-1)?.seq === upTo, `message ${upTo} is stored`);
    }
  }
}

/** A room of `count` messages, and its talker. */
async function makeRoom(count: number): Promise<Talker> {
  const talker = await Talker.enter("yard");
  await talker.say(count);
  return talker;
}

/** A line to the server that brings so many bytes a second, in small parts. */
async function openLine(bytesPerSecond: number): Promise<AsyncDisposable & { url: string }> {
  const proxy = createServer((near) => {
    const far = connect(Number(new URL(server.url).port), "127.0.0.1");
    near.pipe(far);
    far.on("data", (data) => {
      far.pause();
      near.write(data);
      setTimeout(() => far.resume(), (data.length / bytesPerSecond) * 1000);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("close", () => other.destroy()).on("error", () => other.destroy());
  });
  await new Promise<void>((open) => proxy.listen(0, "127.0.0.1", open));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => void proxy.close(),
  };
}

async function come(
  options: Parameters<Browser["newContext"]>[0] = {},
  hash = "",
  url = server.url,
): Promise<Visitor> {
  const visitor = await Visitor.come(browser, `${url}/r/yard${hash}`, options);
  visitors.push(visitor);
  await visitor.log.locator(".message").first().waitFor();
  await visitor.connection.locator("p").waitFor({ state: "detached" });
  return visitor;
}

interface Place {
  /** The first message in sight, where it stands, and the last one wholly in sight. */
  seq: number;
  offset: number;
  last: number;
  top: number;
  max: number;
}

/** What is in sight. */
const placeOf = (page: Page): Promise<Place> =>
  page.evaluate(() => {
    const log = document.querySelector(".log") as HTMLElement;
    const { top, bottom } = log.getBoundingClientRect();
    const place = {
      seq: 0,
      offset: 0,
      last: 0,
      top: log.scrollTop,
      max: log.scrollHeight - log.clientHeight,
    };
    for (const row of document.querySelectorAll<HTMLElement>(".message[data-seq]")) {
      const box = row.getBoundingClientRect();
      if (box.bottom <= top) continue;
      if (place.seq === 0) Object.assign(place, { seq: Number(row.dataset.seq), offset: box.top - top });
      if (box.bottom > bottom + 1) break;
      place.last = Number(row.dataset.seq);
    }
    return place;
  });

/** The same, once it no longer changes: a wheel turns on for some frames. */
async function restAt(page: Page): Promise<Place> {
  let place = await placeOf(page);
  await expect
    .poll(async () => {
      const before = JSON.stringify(place);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50))));
      place = await placeOf(page);
      return JSON.stringify(place) === before;
    })
    .toBe(true);
  return place;
}

const atEnd = async (visitor: Visitor, seq: number) =>
  expect
    .poll(async () => {
      const { last, top, max } = await placeOf(visitor.page);
      return [last, Math.round(max - top)];
    })
    .toEqual([seq, 0]);

/**
 * Watches each frame: how far a message that was in sight moves down, and up, from one frame to the next. Rows that
 * came in above, or went, move nothing.
 */
async function watchMoves(page: Page): Promise<() => Promise<{ down: number; up: number; lost: number }>> {
  await page.evaluate(() => {
    const log = document.querySelector(".log") as HTMLElement;
    const moves = { down: 0, up: 0, lost: 0 };
    let before: { seq: string; y: number } | null = null;
    const look = () => {
      if (before) {
        const row = document.querySelector(`[data-seq="${before.seq}"]`);
        const by = row ? row.getBoundingClientRect().top - before.y : 0;
        if (!row) moves.lost++;
        moves.down = Math.max(moves.down, by);
        moves.up = Math.max(moves.up, -by);
      }
      const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
      const row = [...document.querySelectorAll<HTMLElement>(".message[data-seq]")].find(
        (one) => one.getBoundingClientRect().bottom > middle,
      );
      before = row ? { seq: row.dataset.seq as string, y: row.getBoundingClientRect().top } : null;
      requestAnimationFrame(look);
    };
    look();
    Object.assign(globalThis, { moves });
  });
  return () => page.evaluate(() => (globalThis as unknown as { moves: typeof moves }).moves);
}
declare const moves: { down: number; up: number; lost: number };

/** Until `done`, `step` by step; fails when nothing is different after many of them. */
async function until(page: Page, done: (place: Place) => boolean, step: () => Promise<unknown>) {
  let idle = 0;
  for (let before = ""; ; ) {
    const place = await placeOf(page);
    if (done(place)) return place;
    const now = `${place.seq} ${Math.round(place.offset)}`;
    idle = now === before ? idle + 1 : 0;
    if (idle > 100) throw new Error(`stuck at ${JSON.stringify(place)}`);
    before = now;
    await step();
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

test.each([
  ["the wheel", 10_000],
  ["Home", 4_000],
  ["Page Up", 2_000],
] as const)(
  "a room is read to its first message by %s, and the place is kept at each page",
  async (way, count) => {
    await makeRoom(count);
    const visitor = await come();
    const { page } = visitor;
    await atEnd(visitor, count);
    await visitor.log.focus();
    await visitor.log.hover();
    const told = await watchMoves(page);
    const step = () =>
      way === "the wheel" ? page.mouse.wheel(0, -1500) : page.keyboard.press(way.replace(" ", ""));
    await until(page, ({ seq, top }) => seq === 1 && top === 0, step);
    await visitor.log.getByText("The conversation begins here.").waitFor();
    const { up, down, lost } = await told();
    expect(up).toBeLessThan(4);
    // Nobody is thrown a page of messages further. Home goes over all that is here, and in a long frame over more than
    // that.
    if (way !== "Home") expect([lost, down < 4_000]).toEqual([0, true]);
    // And down again, by the button.
    await page.getByRole("button", { name: "Jump to latest" }).click();
    await atEnd(visitor, count);
  },
  TIMEOUT_MS,
);

const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };

/** A finger on the log of a phone. */
class Finger {
  readonly #send: (type: string, y?: number) => Promise<unknown>;
  #y = 0;

  private constructor(send: (type: string, y?: number) => Promise<unknown>) {
    this.#send = send;
  }

  static async of(page: Page): Promise<Finger> {
    const session = await page.context().newCDPSession(page);
    return new Finger((type, y) =>
      session.send("Input.dispatchTouchEvent", {
        type: type as "touchStart",
        touchPoints: y === undefined ? [] : [{ x: 60, y }],
      }),
    );
  }

  async down(y: number): Promise<void> {
    this.#y = y;
    await this.#send("touchStart", y);
  }

  /** Moves by `by` pixels, in steps of `step`. */
  async move(by: number, step: number): Promise<void> {
    for (const end = this.#y + by; this.#y !== end; ) {
      this.#y += Math.sign(by) * Math.min(step, Math.abs(end - this.#y));
      await this.#send("touchMove", this.#y);
    }
  }

  async up(): Promise<void> {
    await this.#send("touchEnd");
  }
}

test(
  "a room is read to its first message by finger, and the place is kept at each page",
  async () => {
    await makeRoom(700);
    const visitor = await come(PHONE);
    const { page } = visitor;
    await atEnd(visitor, 700);
    const finger = await Finger.of(page);
    const told = await watchMoves(page);
    await until(
      page,
      ({ seq, top }) => seq === 1 && top === 0,
      async () => {
        await finger.down(200);
        await finger.move(350, 50);
        await finger.up();
      },
    );
    const { up, lost } = await told();
    expect(lost).toBe(0);
    expect(up).toBeLessThan(4);
  },
  TIMEOUT_MS,
);

test(
  "a busy room is left upwards by a slow finger, stays where it was left, and is joined again at its end",
  async () => {
    const talker = await makeRoom(150);
    const visitor = await come(PHONE);
    const { page } = visitor;
    await atEnd(visitor, 150);
    const finger = await Finger.of(page);
    await finger.down(200);
    // The first pixels are what tells a drag from a tap.
    await finger.move(20, 5);
    for (let i = 0; i < 20; i++) {
      await talker.say(1);
      await visitor.log.evaluate(() => new Promise(requestAnimationFrame));
      await finger.move(2, 1);
    }
    // Held still before it goes up: no fling.
    await finger.move(1, 1);
    const held = await restAt(page);
    await talker.say(30);
    await page.getByRole("button", { name: /new message/ }).waitFor();
    await finger.up();
    await talker.say(30);
    await page.getByRole("button", { name: /(5|6|7)\d new message/ }).waitFor();
    const after = await placeOf(page);
    expect(after.seq).toBe(held.seq);
    expect(Math.abs(after.offset - held.offset)).toBeLessThan(4);
    // Down to the end by hand: from there on it follows.
    await until(
      page,
      ({ top, max }) => max - top < 1,
      async () => {
        await finger.down(500);
        await finger.move(-350, 50);
        await finger.up();
      },
    );
    await talker.say(20);
    await atEnd(visitor, talker.said);
    await page.getByRole("button", { name: "Jump to latest" }).waitFor({ state: "detached" });
  },
  TIMEOUT_MS,
);

test(
  "no change of a size loses the newest message, nor the one that is read",
  async () => {
    const talker = await makeRoom(300);
    const visitor = await come(PHONE);
    const { page } = visitor;
    await atEnd(visitor, 300);
    const sizes = [
      [360, 340],
      [360, 640],
      [640, 360],
      [320, 500],
      [360, 640],
    ] as const;
    const isAtEnd = () => atEnd(visitor, talker.said);
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      await talker.say(1);
      await isAtEnd();
    }
    // The composer grows, and the text does.
    await visitor.composer.fill("one\ntwo\nthree\nfour");
    await isAtEnd();
    await visitor.composer.fill("");
    await isAtEnd();
    for (const size of ["200%", "100%"]) {
      await page.evaluate((fontSize) => Object.assign(document.documentElement.style, { fontSize }), size);
      await isAtEnd();
    }
    // A scroll that was caused by the browser, in the same frame as a new size.
    for (const height of [300, 640]) {
      await page.evaluate((px) => {
        document.documentElement.style.setProperty("--height", `${px}px`);
        const log = document.querySelector(".log") as HTMLElement;
        log.scrollTop -= 30;
        log.dispatchEvent(new Event("scroll"));
      }, height);
      await isAtEnd();
    }
    // Further up the message in sight stays.
    await visitor.log.hover();
    await page.mouse.wheel(0, -1000);
    await page.getByRole("button", { name: "Jump to latest" }).waitFor();
    const { seq } = await restAt(page);
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      await expect.poll(async () => (await placeOf(page)).seq).toBe(seq);
    }
  },
  TIMEOUT_MS,
);

const button = (visitor: Visitor) => visitor.page.getByRole("button", { name: /new message|Jump to latest/ });

/** The texts around the line: the last message above it, and the first below. */
const around = (visitor: Visitor) =>
  visitor.log.evaluate((log) => {
    const rows = [...log.querySelectorAll(".message, .unread")];
    const at = rows.findIndex((row) => row.matches(".unread"));
    const box = rows[at]?.getBoundingClientRect();
    const frame = log.getBoundingClientRect();
    const isInSight = box && box.top >= frame.top && box.bottom <= frame.bottom;
    const text = (row?: Element) => row?.querySelector(".bubble")?.textContent;
    return [text(rows[at - 1]), text(rows[at + 1]), isInSight];
  });

test.each([
  ["a few", 5, 1e9],
  ["three hundred over a slow line", 300, 20_000],
  ["a thousand", 1_000, 1e9],
  ["five thousand over a fast line", 5_000, 1e6],
] as const)(
  "%s missed are all unread, and the room opens at the line above the first of them",
  async (_what, missed, rate) => {
    const talker = await makeRoom(120);
    await using line = await openLine(rate);
    const visitor = await come({}, "", line.url);
    const { page } = visitor;
    await atEnd(visitor, 120);
    await page.goto("about:blank");
    await talker.say(missed);
    await page.goto(`${line.url}/r/yard`);
    await visitor.connection.locator("p").waitFor({ state: "detached" });
    await expect.poll(() => around(visitor), { timeout: 30_000 }).toEqual(["n 120", "n 121", true]);
    if (missed > 30)
      await button(visitor)
        .getByText(`${missed.toLocaleString("en")} new messages`)
        .waitFor();
    // A few are all in sight at once, and read.
    else await expect.poll(() => button(visitor).count()).toBe(0);
    // What comes now moves nothing.
    if (missed > 30) {
      const { seq, offset } = await restAt(page);
      await talker.say(3);
      await button(visitor)
        .getByText(`${(missed + 3).toLocaleString("en")} new messages`)
        .waitFor();
      expect(await placeOf(page)).toMatchObject({ seq, offset });
      // What was in sight is read, and the next visit goes on from there.
      await visitor.log.hover();
      await page.mouse.wheel(0, 2000);
      await expect
        .poll(() => button(visitor).innerText())
        .not.toContain(`${(missed + 3).toLocaleString("en")}`);
      await button(visitor).click();
      await atEnd(visitor, talker.said);
      await expect.poll(() => button(visitor).count()).toBe(0);
    }
  },
  TIMEOUT_MS,
);

test(
  "going live moves nothing for whoever reads the kept page meanwhile",
  async () => {
    const talker = await makeRoom(300);
    const visitor = await come();
    const { page } = visitor;
    await atEnd(visitor, 300);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.goto("about:blank");
    await server.kill();
    talker.client.socket.terminate();
    await page.goto(`${server.url}/r/yard`);
    await visitor.log.getByText("n 300", { exact: true }).waitFor();
    await visitor.log.hover();
    await page.mouse.wheel(0, -900);
    await button(visitor).waitFor();
    const { seq, offset } = await restAt(page);
    await server.start();
    const second = await Talker.enter("yard");
    await second.say(200);
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await button(visitor).getByText("200 new messages").waitFor({ timeout: 40_000 });
    const after = await placeOf(page);
    expect([after.seq, Math.round(after.offset)]).toEqual([seq, Math.round(offset)]);
  },
  TIMEOUT_MS,
);

const marked = (visitor: Visitor) =>
  visitor.log.locator(".is-marked").evaluateAll((rows) =>
    rows.map((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      const log = (row.closest(".log") as Element).getBoundingClientRect();
      return [row.querySelector(".bubble")?.textContent, top >= log.top && bottom <= log.bottom];
    }),
  );

test(
  "a link to a message opens the room there, and says so when there is no such message",
  async () => {
    const talker = await makeRoom(3_000);
    const visitor = await come({}, "#1234");
    const { page } = visitor;
    await expect.poll(() => marked(visitor)).toEqual([["n 1234", true]]);
    expect(await visitor.messages()).not.toContain("n 3000");
    // What is said meanwhile moves nothing.
    const before = await restAt(page);
    await talker.say(20);
    await button(visitor).waitFor();
    expect(await placeOf(page)).toMatchObject({ seq: before.seq, offset: before.offset });

    // Back from what lay over the page is no way to the message once more.
    await visitor.log.hover();
    await until(
      page,
      ({ last }) => last < 1_200,
      () => page.mouse.wheel(0, -800),
    );
    await page.getByRole("button", { name: "Room menu" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await page.goBack();
    await dialog.waitFor({ state: "detached" });
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50))));
    expect((await placeOf(page)).last).toBeLessThan(1_200);

    // Into the open page: by the address, back, and again.
    const go = (hash: string) =>
      page.evaluate((to) => {
        location.hash = to;
      }, hash);
    await go("#40");
    await expect.poll(() => marked(visitor)).toEqual([["n 40", true]]);
    await go("#2990");
    await expect.poll(() => marked(visitor)).toEqual([["n 2990", true]]);
    await page.goBack();
    await expect.poll(() => marked(visitor)).toEqual([["n 40", true]]);
    await go("#99999");
    await page.getByText("That message does not exist, or is no longer kept.").waitFor();
    await page.getByText("That message does not exist").waitFor({ state: "detached" });

    // From there both ways, over all that lies between.
    await go("#1500");
    await expect.poll(() => marked(visitor)).toEqual([["n 1500", true]]);
    await visitor.log.hover();
    const told = await watchMoves(page);
    await until(
      page,
      ({ seq }) => seq < 1_100,
      () => page.mouse.wheel(0, -1000),
    );
    await until(
      page,
      ({ seq }) => seq > 2_000,
      () => page.mouse.wheel(0, 1000),
    );
    expect((await told()).lost).toBe(0);
    await until(
      page,
      ({ last }) => last === 3_020,
      () => page.mouse.wheel(0, 2000),
    );
    await talker.say(5);
    await atEnd(visitor, 3_025);
    // Whoever went on is not led back by a reload.
    await expect.poll(() => new URL(page.url()).hash).toBe("");
  },
  TIMEOUT_MS,
);

test(
  "a link beside a message is copied, and what is past retention is told",
  async () => {
    const talker = await makeRoom(0);
    // One at a time: retention removes whole blocks.
    for (let n = 0; n < 40; n++) await talker.say(1);
    const visitor = await come({ permissions: ["clipboard-read", "clipboard-write"] });
    const { page } = visitor;
    await atEnd(visitor, 40);
    // What copies a link comes with the list of people.
    await visitor.people.waitFor();
    const message = visitor.log.locator(".message[data-seq='37']");
    await message.hover();
    await message.locator(".to-message").click();
    await page.getByText("Link to the message copied").waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toBe(`${server.url}/r/yard#37`);
    await expect.poll(() => marked(visitor)).toEqual([["n 37", true]]);

    await server.kill("SIGTERM");
    await server.start(["--keep-messages", "10"]);
    const first = async () => (await (await fetch(`${server.url}/api/rooms/yard/messages`)).json()).first;
    await expect.poll(first, { timeout: 20_000 }).toBe(31);
    const late = await come({}, "#12");
    await late.page.getByText("That message does not exist, or is no longer kept.").waitFor();
    await atEnd(late, 40);
  },
  TIMEOUT_MS,
);
