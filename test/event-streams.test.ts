/** Streams of events over HTTP: what they tell, how they go on, how they end, and how many there are. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BotTokens } from "../src/server/bot-tokens.ts";
import { DEFAULT_ALLOWANCES } from "../src/wire/allowances.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { EventReader, range } from "./event-source.ts";
import { ask } from "./http-client.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type ServerSetting } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const OPERATOR = "0123456789abcdef";
const PATIENCE = { timeout: 5_000 };

async function postTo(url: string, room: string, text: string): Promise<number> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${OPERATOR}` };
  const body = JSON.stringify({ name: "Build", text });
  const answer = await fetch(`${url}/api/rooms/${room}/messages`, { method: "POST", headers, body });
  return ((await answer.json()) as { seq: number }).seq;
}

async function yard(count: number, setting: ServerSetting = {}) {
  const server = await runServer({ postToken: OPERATOR, ...setting });
  for (let i = 1; i <= count; i++) await postTo(server.url, "yard", `message ${i}`);
  const readers: EventReader[] = [];
  const open = (query = "", headers = {}, room = "yard") => {
    const reader = new EventReader(server.url, `/api/rooms/${room}/events${query}`, headers);
    readers.push(reader);
    return reader;
  };
  return {
    server,
    open,
    say: (text: string) => postTo(server.url, "yard", text),
    async [Symbol.asyncDispose]() {
      for (const reader of readers) reader[Symbol.dispose]();
      await server.stop();
      expect(server.errors).toEqual([]);
    },
  };
}

const until = (get: () => unknown) => expect.poll(get, PATIENCE);

describe("a stream", () => {
  test("begins with where it stands, and tells what comes from then on", async () => {
    await using run = await yard(2);
    const reader = run.open();
    await until(() => reader.events.length).toBe(1);
    expect(reader.head).toContain("Content-Type: text/event-stream");
    expect(reader.head).toContain("X-Content-Type-Options: nosniff");
    expect(reader.retryMs).toBeGreaterThan(0);
    const { epoch } = run.server.log;
    expect(reader.events[0]).toEqual({
      type: "position",
      id: "2",
      data: { room: "yard", epoch, first: 1, head: 2, after: 2 },
    });
    await run.say("three\nlines");
    await until(() => reader.events.length).toBe(2);
    expect(reader.events[1]).toEqual({
      type: "message",
      id: "3",
      data: { seq: 3, author: 0, name: "Build", time: expect.any(String), text: "three\nlines" },
    });
    run.server.events.beat();
    await until(() => reader.comments).toBe(1);
  });

  test("tells every record, acts too, and goes on behind what was last", async () => {
    await using run = await yard(3);
    const client = await RawClient.greeted(run.server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    client.say(room, 1, "mine");
    const body = kinds.reaction.write({ to: 1, on: true, text: "👍" });
    client.write({ kind: ClientKind.act, room, nonce: 2, act: kinds.reaction.kind, body });
    const all = run.open("?after=0");
    await until(() => all.numbers).toEqual(range(1, 5));
    expect(all.events.at(-1)).toMatchObject({
      id: "5",
      data: { seq: 5, name: "Ada", kind: "reaction", to: 1, on: true, text: "👍" },
    });
    // What came last counts for more than the address, which stays as it was at the beginning.
    const later = run.open("?after=0", { "Last-Event-ID": "3" });
    await until(() => later.numbers).toEqual([4, 5]);
    client[Symbol.dispose]();
  });

  test("loses, doubles and turns around nothing over reconnects while others write", async () => {
    await using run = await yard(0, { limits: { messagesPerSecond: 0, tailBytes: 4_096 } });
    await run.say("first");
    const whole = run.open("?after=0");
    const seen: number[] = [];
    let last = "0";
    const writing = (async () => {
      for (let i = 0; i < 40; i++)
        await Promise.all(range(1, 10).map((n) => run.say(`${i} ${n} ${"x".repeat(100)}`)));
    })();
    let isOver = false;
    void writing.then(() => {
      isOver = true;
    });
    for (let round = 0; round < 200 && !(isOver && seen.length === 401); round++) {
      const reader = run.open("", { "Last-Event-ID": last });
      await until(() => reader.events.length).toBeGreaterThan(isOver ? 0 : 1);
      await new Promise((next) => setTimeout(next, 10));
      reader[Symbol.dispose]();
      seen.push(...reader.numbers);
      last = reader.lastId!;
    }
    expect(seen).toEqual(range(1, 401));
    await until(() => whole.numbers).toEqual(range(1, 401));
    await until(() => run.server.events.count).toBe(1);
  });

  test("goes on behind a restart of the server, by its number", { timeout: 40_000 }, async () => {
    using folder = makeFolder();
    const environment = { MADANG_POST_TOKEN: OPERATOR };
    const args = ["--port", "0", "--data", folder.path];
    const seen: number[] = [];
    await using first = await ServerProcess.start(args, environment);
    for (let i = 0; i < 3; i++) await postTo(first.url, "yard", "before");
    using reader = new EventReader(first.url, "/api/rooms/yard/events?after=0");
    await until(() => reader.numbers).toEqual([1, 2, 3]);
    await first.kill("SIGTERM");
    await until(() => reader.isClosed).toBe(true);
    expect(reader.events.at(-1)).toMatchObject({ type: "end", id: null, data: { code: "stopping" } });
    expect([reader.isWhole, reader.retryMs >= 3_000]).toEqual([true, true]);
    seen.push(...reader.numbers);
    await using second = await ServerProcess.start(args, environment);
    expect(await postTo(second.url, "yard", "while away")).toBe(4);
    using again = new EventReader(second.url, "/api/rooms/yard/events", { "Last-Event-ID": reader.lastId! });
    await until(() => again.numbers).toEqual([4]);
    await second.kill("SIGKILL");
    await using third = await ServerProcess.start(args, environment);
    using last = new EventReader(third.url, "/api/rooms/yard/events", { "Last-Event-ID": again.lastId! });
    await postTo(third.url, "yard", "after");
    await until(() => last.numbers).toEqual([5]);
  });

  test("is told by a server that stops when to come back", async () => {
    await using run = await yard(1);
    const reader = run.open();
    await until(() => reader.events.length).toBe(1);
    reader.retryMs = 0;
    await run.server.stop();
    await until(() => reader.isWhole).toBe(true);
    expect(reader.events.at(-1)).toMatchObject({ type: "end", data: { code: "stopping" } });
    expect(reader.retryMs).toBeGreaterThanOrEqual(3_000);
  });

  test("tells what retention took as a gap, and a position that never was as a reset", async () => {
    await using run = await yard(0, { limits: { messagesPerSecond: 0 } });
    for (let i = 0; i < 6; i++) await run.say(`message ${i}`);
    await run.server.house.rooms.applyRetention(0, 1, () => false);
    const reader = run.open("?after=1");
    await until(() => reader.numbers).toEqual(range(2, 6));
    expect(reader.events[1]).toEqual({ type: "gap", id: "4", data: { from: 2, to: 4, why: "not_kept" } });
    const lost = run.open("?after=90");
    await until(() => lost.events.length).toBe(2);
    await run.say("seven");
    await until(() => lost.numbers).toEqual([7]);
    expect(lost.events[0]).toEqual({ type: "reset", id: "6", data: { asked: 90, head: 6 } });
  });
});

describe("who may read", () => {
  test("as for a page of messages: rooms that are there and open, and a token for others", async () => {
    using folder = makeFolder();
    writeFileSync(join(folder.path, "format"), "madang 3\n");
    const tokens = new BotTokens(folder.path);
    const make = (rooms: string[], may: ("post" | "read")[]) => tokens.make({ name: "B", rooms, may }, 1);
    const named = make(["yard"], ["read"]);
    const tokensOf = [make(["*"], ["read"]), make(["yard"], ["post"]), make(["other"], ["read"])];
    await using run = await yard(1, { botTokens: folder.path });
    const status = async (token: string, path = "/api/rooms/yard/events", query = "") => {
      const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
      using reader = new EventReader(run.server.url, path + query, headers);
      await until(() => reader.status).not.toBe(0);
      return reader.status;
    };
    const bad = ["/api/rooms/%ff/events", "/api/rooms/yard%2Fback/events", "/api/rooms/nobody/events"];
    expect(await Promise.all(bad.map((path) => status("", path)))).toEqual([400, 400, 404]);
    expect(await status("", undefined, "?after=x")).toBe(400);
    expect(await status(`${named.token.slice(0, -3)}AAA`)).toBe(401);
    expect(await Promise.all(tokensOf.map(({ token }) => status(token)))).toEqual([200, 403, 403]);
    const open = run.open();
    const granted = run.open("", { Authorization: `Bearer ${named.token}` });
    await until(() => open.events.length + granted.events.length).toBe(2);
    run.server.house.rooms.about("yard")!.flags |= 8;
    await run.say("behind the password");
    await until(() => granted.numbers).toEqual([2]);
    await until(() => open.isWhole).toBe(true);
    expect(open.events.at(-1)).toMatchObject({ type: "end", data: { code: "room_closed" } });
    expect(open.numbers).toEqual([]);
    expect([await status(""), await status(tokensOf[0]!.token), await status(named.token)]).toEqual([
      404, 404, 200,
    ]);
    // A token that was revoked is noticed without a word in the room.
    tokens.revoke(named.bot.id);
    run.server.events.beat();
    await until(() => granted.isWhole).toBe(true);
  });

  test("HEAD and others are told what is allowed", async () => {
    await using run = await yard(1);
    const { status, headers } = await ask(run.server, "/api/rooms/yard/events", { method: "DELETE" });
    expect([status, headers.allow]).toEqual([405, "GET, OPTIONS"]);
    expect((await ask(run.server, "/api/rooms/yard/events", { method: "HEAD" })).status).toBe(405);
  });
});

describe("the bounds", () => {
  test("a room that is closed takes its streams with it, and one with a stream stays in memory", async () => {
    await using run = await yard(1);
    const reader = run.open();
    await until(() => reader.events.length).toBe(1);
    await run.say("by somebody who holds no seat");
    // More rooms than are kept in memory with nobody in them.
    for (let i = 0; i < 13; i++)
      await Promise.all(range(1, 20).map((n) => postTo(run.server.url, `room-${i}-${n}`, "hello")));
    await run.say("still there");
    await until(() => reader.numbers).toEqual([2, 3]);
    const { rooms } = run.server.house;
    await rooms.overseer.close("yard", (room) => encodeServerFrame({ kind: ServerKind.live, room, head: 0 }));
    await until(() => reader.isWhole).toBe(true);
    expect(reader.events.at(-1)).toMatchObject({ type: "end", data: { code: "room_closed" } });
  });

  test("so many of one address, so many in all, and a place again when one goes", async () => {
    await using run = await yard(1);
    const readers = range(1, 32).map(() => run.open());
    await until(() => run.server.events.count).toBe(32);
    const more = await ask(run.server, "/api/rooms/yard/events");
    expect([more.status, more.headers["retry-after"]]).toEqual([429, "30"]);
    expect(more.json).toMatchObject({ error: "too_many_streams" });
    readers[0]![Symbol.dispose]();
    await until(() => run.server.events.count).toBe(31);
    const again = run.open();
    await until(() => again.status).toBe(200);
    await using small = await yard(1, { maxSockets: 40 });
    const [one, two] = [small.open(), small.open()];
    await until(() => one.status + two.status).toBe(400);
    expect((await ask(small.server, "/api/rooms/yard/events")).status).toBe(503);
  });

  test("an address that is denied from now on is cut", async () => {
    await using run = await yard(1);
    const reader = run.open();
    await until(() => reader.events.length).toBe(1);
    run.server.events.dropDenied((address) => address.toString() !== "127.0.0.1");
    await run.say("still here");
    await until(() => reader.numbers).toEqual([2]);
    run.server.events.dropDenied((address) => address.toString() === "127.0.0.1");
    await until(() => reader.isClosed).toBe(true);
    expect([reader.isWhole, run.server.events.count]).toEqual([false, 0]);
  });

  test("what is read for a stream is paid for as other reads are", async () => {
    const { visitor } = DEFAULT_ALLOWANCES;
    const bytes = { perSecond: 1, burst: 4_000 };
    const allowances = { ...DEFAULT_ALLOWANCES, visitor: { ...visitor, bytes } };
    await using run = await yard(0, { allowances });
    for (let i = 0; i < 20; i++) await run.say("x".repeat(500));
    const reader = run.open("?after=0");
    await until(() => reader.numbers.length).toBeGreaterThan(3);
    const live = run.open();
    await until(() => live.events.length).toBe(1);
    await run.say("live");
    // Who was at the head hears of it, although the one behind has to wait for hours.
    await until(() => live.numbers).toEqual([21]);
    expect(reader.numbers.length).toBeLessThan(20);
  });

  test("who reads nothing holds nobody up, takes a piece of memory and is ended", {
    timeout: 60_000,
  }, async () => {
    await using run = await yard(1, { limits: { messagesPerSecond: 0, stalledMs: 1_000 } });
    const slow = run.open();
    await until(() => slow.events.length).toBe(1);
    slow.socket.pause();
    const good = run.open();
    await until(() => good.events.length).toBe(1);
    const before = process.memoryUsage().rss;
    // More than the kernel takes: 4 MB and what the reader's side holds.
    for (let i = 0; i < 60; i++) await Promise.all(range(1, 50).map(() => run.say("x".repeat(4_000))));
    await until(() => good.numbers.length).toBe(3_000);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(200);
    const left = () => {
      run.server.events.beat();
      return run.server.events.count;
    };
    await expect.poll(left, { timeout: 8_000, interval: 100 }).toBe(1);
    expect(good.numbers).toEqual(range(2, 3_001));
  });
});
