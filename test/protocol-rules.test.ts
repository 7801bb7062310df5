/** Rules of PROTOCOL.md about connections, frames, limits, names and people, each on a running server. */
import { describe, expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Close, Presence, Refusal } from "../src/wire/codes.ts";
import { Capability, ClientKind, Direction, type Person, ServerKind } from "../src/wire/frames.ts";
import { type Limits, WIRE } from "../src/wire/limits.ts";
import { ENTER, HELLO } from "./fake-house.ts";
import { fill, makeNoise } from "./log-blocks.ts";
import { acted, refusals, rule } from "./protocol-rule.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type ServerSetting } from "./running-server.ts";

/** So many requests, weighed, and no more for a long time. */
const requests = (frameBurst: number): Partial<Limits> => ({ framesPerSecond: 0.001, frameBurst });

/** A server, Ada on it, and a bound on both. */
async function greeted(setting: ServerSetting = {}) {
  const server = await runServer(setting);
  const ada = await RawClient.greeted(server.socketUrl, "Ada");
  return {
    server,
    ada,
    async [Symbol.asyncDispose]() {
      ada[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Close code after these bytes, sent as the first or after a greeting. */
async function closedBy(
  run: { server: { socketUrl: string } },
  bytes: number[],
  greet = true,
): Promise<number> {
  const { socketUrl } = run.server;
  using client = greet ? await RawClient.greeted(socketUrl, "Eve") : await RawClient.open(socketUrl);
  client.socket.send(Uint8Array.from(bytes));
  await client.closed();
  return client.closeCode;
}

async function fromAddress(url: string, localAddress: string): Promise<RawClient> {
  const client = await RawClient.open(url, { localAddress });
  client.write({ ...HELLO });
  await client.until(() => client.frames.length > 0, "a welcome");
  return client;
}

describe("a connection", () => {
  rule(
    "Before HELLO was answered with WELCOME, a client sends nothing else but WORK (close code 4501).",
    async () => {
      await using run = await greeted();
      expect(await closedBy(run, [ClientKind.ping, 1], false)).toBe(Close.unexpectedFrame);
    },
  );

  rule(
    "Answers CHALLENGE, once, within a minute (4001 after that). Answered by WELCOME; a wrong one ends the connection with 4506, one that was not asked for with 4501.",
    async () => {
      await using server = await runServer({ newcomerWorkBits: 60 });
      using client = await RawClient.open(server.socketUrl);
      client.write({ ...HELLO, capabilities: Capability.answersChallenge });
      await client.until(() => client.all(ServerKind.challenge).length === 1, "a challenge");
      client.write({ kind: ClientKind.work, answer: 0 });
      await client.closed();
      expect(client.closeCode).toBe(Close.workNeeded);
      await using run = await greeted();
      expect(await closedBy(run, [ClientKind.work, 0])).toBe(Close.unexpectedFrame);
    },
  );

  rule(
    "The server is about to close this connection with `code`: 4000, 4003, 4005 or 4507; before the other codes there is none.",
    async () => {
      await using server = await runServer({ limits: { helloTimeoutMs: 20 } });
      using late = await RawClient.open(server.socketUrl);
      await late.closed();
      expect([late.closeCode, late.frames]).toEqual([Close.helloTimeout, []]);
      using there = await RawClient.greeted(server.socketUrl, "Ada");
      await server.stop();
      await there.closed();
      expect(there.closeCode).toBe(Close.goingAway);
      expect(there.last(ServerKind.goodbye).code).toBe(Close.goingAway);
    },
  );

  rule(
    "this connection did nothing and made place for a newcomer; GOODBYE says when to come back",
    async () => {
      await using server = await runServer({ limits: { maxConnections: 1 } });
      using idle = await fromAddress(server.socketUrl, "127.0.0.1");
      using newcomer = await fromAddress(server.socketUrl, "127.0.0.2");
      await idle.closed();
      expect([idle.closeCode, newcomer.closeCode]).toEqual([Close.full, 0]);
      expect(idle.last(ServerKind.goodbye)).toMatchObject({ code: Close.full, retryAfterMs: 30_000 });
    },
  );

  rule("One that goes on gets GOODBYE with 4005 and a time, and the connection ends.", async () => {
    const none = { identity: { refusals: { perSecond: 1, burst: 3 } }, visitor: {}, server: {} };
    await using run = await greeted({ allowances: none });
    for (let request = 1; request <= 4; request++) {
      run.ada.write({ kind: ClientKind.rename, request, name: "" });
    }
    await run.ada.closed();
    expect(run.ada.closeCode).toBe(Close.tooMuch);
    expect(run.ada.all(ServerKind.refused).length).toBe(4);
    expect(run.ada.last(ServerKind.goodbye).retryAfterMs).toBeGreaterThanOrEqual(1_000);
  });

  rule("the server cuts the connection, without a close code.", async () => {
    await using run = await greeted();
    expect(await closedBy(run, Array(WIRE.maxClientFrameBytes + 1).fill(ClientKind.ping))).toBe(1006);
  });

  rule(
    "It cuts a connection from which nothing came for about `idleTimeoutSeconds` (see [limits](#limits)), without a close frame: a client that still hears anything sees 1006.",
    async () => {
      await using server = await runServer({ limits: { idleTimeoutSeconds: 8 } });
      using silent = await RawClient.open(server.socketUrl, { autoPong: false });
      silent.write({ ...HELLO });
      using alive = await RawClient.greeted(server.socketUrl, "Ada");
      await silent.closed();
      expect([silent.closeCode, silent.all(ServerKind.goodbye), alive.closeCode]).toEqual([1006, [], 0]);
    },
    30_000,
  );
});

describe("frames", () => {
  const name = [1, 1, 0, 0, 0, 0];
  test.each([
    ["a token of 65 bytes", [1, 1, 0, 0, 65, ...Array(65).fill(0), 0], false],
    ["a language that there is not", [1, 1, 0, 2, 0, 0], false],
    ["a name that is not UTF-8", [...name.slice(0, 5), 1, 0xff], false],
    ["a nonce 0", [ClientKind.send, 1, 0, 0x61], true],
    ["a varint that is not the shortest", [ClientKind.ping, 0x80, 0], true],
    ["a varint of 2^53", [ClientKind.ping, ...Array(7).fill(0x80), 0x10], true],
    ["a flag 2", [ClientKind.watchRooms, 2], true],
    ["a direction 4", [ClientKind.history, 1, 1, 4, 0, 1], true],
    ["bits of ENTER that are not known", [ClientKind.enter, 1, 4, 1, 0x61, 0], true],
    ["a kind that is not known", [0x3f], true],
    ["an empty message", [], true],
    ["bytes left over", [ClientKind.ping, 1, 1], true],
  ])("%s ends the connection with 4500", async (_, bytes, greet) => {
    await using run = await greeted();
    expect(await closedBy(run, bytes, greet)).toBe(Close.badFrame);
  });

  rule(
    "A name is answered with badName or badRoomName (in HELLO by another name), a text with textTooLong or badText, a nonce with nonceTooHigh,",
    async () => {
      await using run = await greeted();
      const { ada, server } = run;
      using long = await RawClient.greeted(server.socketUrl, "x".repeat(97));
      expect(long.welcome.name).not.toBe("");
      const { room } = await ada.enter("yard");
      ada.write({ kind: ClientKind.rename, request: 2, name: "x".repeat(97) });
      ada.write({ ...ENTER, request: 3, room: "x".repeat(193) });
      ada.say(room, 1, "x".repeat(4_097));
      ada.write({ kind: ClientKind.send, room, nonce: 2, text: Uint8Array.of(0xff) });
      ada.say(room, 2 ** 52, "x");
      expect((await refusals(ada, 5)).map(({ refused, request, code }) => [refused, request, code])).toEqual([
        [ClientKind.rename, 2, Refusal.badName],
        [ClientKind.enter, 3, Refusal.badRoomName],
        [ClientKind.send, 1, Refusal.textTooLong],
        [ClientKind.send, 2, Refusal.badText],
        [ClientKind.send, 2 ** 52, Refusal.nonceTooHigh],
      ]);
    },
  );

  rule("The LEAVE of a room that one is not in does nothing.", async () => {
    await using run = await greeted();
    run.ada.write({ kind: ClientKind.leave, room: 99 });
    run.ada.write({ kind: ClientKind.typing, room: 99, on: true });
    await acted(run.ada);
    expect(run.ada.frames.map(({ kind }) => kind)).toEqual([ServerKind.welcome, ServerKind.pong]);
  });

  rule("0 stops that and is not answered; one more ROOMS may be on its way.", async () => {
    await using run = await greeted();
    for (const on of [true, false]) run.ada.write({ kind: ClientKind.watchRooms, on });
    await acted(run.ada);
    expect(run.ada.all(ServerKind.rooms)).toHaveLength(1);
    expect(run.ada.all(ServerKind.refused)).toEqual([]);
  });

  rule(
    "More than `maxPageRecords` is cut to that. `pageRecords` is a good number to ask for. Whole blocks are sent: the rest of the block in which the oldest wanted record stands comes too",
    async () => {
      const log = new MemoryLog();
      await fill(log, 1, ...Array(20).fill(10));
      await using run = await greeted({ log, limits: { maxPageRecords: 45 } });
      const { start, head } = await run.ada.enter("room-1", { history: 400 });
      expect([start, head]).toEqual([150, 200]);
    },
  );

  rule(
    "The page consists of whole blocks and ends with the one with which `limit` records or 192 KiB are reached, whichever is first.",
    async () => {
      const log = new MemoryLog();
      await fill(log, 1, 10, 10, 10);
      for (let n = 0; n < 6; n++)
        await log.append({ blocks: [makeNoise(1, 31 + n * 15, 15)], rooms: [], snapshots: [] });
      await using run = await greeted({ log });
      const { room, head } = await run.ada.enter("room-1", { history: 0 });
      const page = async (direction: Direction, seq: number, limit: number) => {
        const before = run.ada.all(ServerKind.page).length;
        run.ada.write({ kind: ClientKind.history, request: 2, room, direction, seq, limit });
        await run.ada.until(() => run.ada.all(ServerKind.page).length > before, "a page");
        return run.ada.last(ServerKind.page);
      };
      expect((await page(Direction.after, 0, 15)).blocks).toHaveLength(2);
      // 0 is taken for 1.
      expect((await page(Direction.after, 0, 0)).blocks).toHaveLength(1);
      const { blocks, more } = await page(Direction.before, Number.MAX_SAFE_INTEGER, 500);
      const bytes = blocks.map(({ length }) => length);
      const all = bytes.reduce((sum, length) => sum + length, 0);
      expect([all >= 192 * 1024, all - bytes[0]! < 192 * 1024, more]).toEqual([true, true, true]);
      // A number beyond the head is taken for head + 1.
      expect(await page(Direction.after, head + 1_000, 10)).toMatchObject({
        blocks: [],
        more: false,
        first: 1,
      });
    },
  );

  rule("For all others 0, also for RENAME and ENTER: go by `request`.", async () => {
    await using run = await greeted();
    using bo = await RawClient.greeted(run.server.socketUrl, "Bo");
    await run.ada.enter("yard");
    await bo.enter("yard", { room: "lobby" });
    await bo.enter("yard");
    bo.write({ kind: ClientKind.rename, request: 5, name: "ada" });
    const [rename] = await refusals(bo, 1);
    expect(rename).toMatchObject({
      refused: ClientKind.rename,
      request: 5,
      room: 0,
      code: Refusal.nameTaken,
    });
    using twin = await RawClient.greeted(run.server.socketUrl, "Ada");
    twin.write({ ...ENTER, request: 6, anyName: false });
    const [enter] = await refusals(twin, 1);
    expect(enter).toMatchObject({ refused: ClientKind.enter, request: 6, room: 0, code: Refusal.nameTaken });
    expect(enter!.suggestion).toBe("Ada 2");
  });

  rule(
    "Author 0 is nobody's: no client ever has this number. Its text records are those of all who post over HTTP, each under a name of its own choice",
    async () => {
      const postToken = "a-token-of-a-test-for-posts";
      await using run = await greeted({ postToken });
      await run.ada.enter("yard");
      const post = (name: string) =>
        fetch(`${run.server.url}/api/rooms/yard/messages`, {
          method: "POST",
          headers: { "Content-Type": "application/json", Authorization: `Bearer ${postToken}` },
          body: JSON.stringify({ name, text: "done" }),
        });
      for (const name of ["Build", "Deploy"]) expect((await post(name)).status).toBe(201);
      await run.ada.until(() => run.ada.records.length === 2, "both posts");
      expect(run.ada.records).toMatchObject([
        { author: 0, name: "Build", nonce: 1, seq: 1 },
        { author: 0, name: "Deploy", nonce: 2, seq: 2 },
      ]);
    },
  );
});

describe("limits", () => {
  rule("It counts as a request, and so does a WebSocket ping", async () => {
    await using run = await greeted({ limits: requests(2) });
    run.ada.socket.ping();
    await acted(run.ada);
    run.ada.socket.ping();
    run.ada.write({ kind: ClientKind.ping, token: 7 });
    const [ping, frame] = await refusals(run.ada, 2);
    for (const refused of [ping, frame]) {
      expect(refused).toMatchObject({ refused: ClientKind.ping, request: 0, code: Refusal.tooFast });
      expect(refused!.retryAfterMs).toBeGreaterThan(0);
    }
  });

  rule("LEAVE of a room one is in is always done.", async () => {
    await using run = await greeted({ limits: requests(2) });
    const { room } = await run.ada.enter("yard");
    run.ada.write({ kind: ClientKind.leave, room });
    run.ada.say(room, 1, "from outside");
    expect(await refusals(run.ada, 1)).toMatchObject([{ code: Refusal.notInRoom }]);
  });

  const weights: [string, number, (ada: RawClient, room: number, n: number) => void][] = [
    [
      "SEND or ACT of what is stored: an older one, the author's newest | ½, ¼",
      8,
      (ada, room) => ada.say(room, 2, "newest"),
    ],
    ["SEND or ACT of what is stored: an older one", 4, (ada, room) => ada.say(room, 1, "older")],
    [
      "ENTER, MAKE_ROOM, SET_PASSWORD, HISTORY, WHO, EDITS, REPORT, WATCH_ROOMS with 1",
      1,
      (ada, room, n) =>
        ada.write({ kind: ClientKind.history, request: n, room, direction: 0, seq: 1, limit: 1 }),
    ],
    ["HELLO, LEAVE, WATCH_ROOMS with 0, TYPING, PING", 2, (ada) => ada.socket.ping()],
  ];
  for (const [sentence, free, again] of weights) {
    rule(sentence, async () => {
      await using run = await greeted({ limits: requests(4) });
      const { room } = await run.ada.enter("yard");
      for (const nonce of [1, 2]) run.ada.say(room, nonce, "word");
      await run.ada.until(() => run.ada.records.length === 2, "both messages");
      for (let n = 0; n <= free; n++) again(run.ada, room, n);
      expect(await refusals(run.ada, 1)).toMatchObject([{ code: Refusal.tooFast }]);
      const answers = run.ada.all(ServerKind.ack).length + run.ada.all(ServerKind.page).length;
      if (sentence.includes("PING")) return;
      await run.ada.until(
        () => run.ada.all(ServerKind.ack).length + run.ada.all(ServerKind.page).length === free,
        `${free} answers, not ${answers}`,
      );
    });
  }
});

describe("names", () => {
  rule(
    "NFC, without white space at both ends, and every run of spaces (Unicode's category Zs) as one space in a nickname, one `-` in the name of a room.",
    async () => {
      await using run = await greeted();
      using bo = await RawClient.greeted(run.server.socketUrl, " Cafe\u0301 \u3000 Bo\t");
      expect(bo.welcome.name).toBe("Café Bo");
      expect((await bo.enter("  My \u3000 YARD ÄÖ ")).name).toBe("my-yard-äö");
      expect((await bo.enter("\u1112\u1161\u11ab")).name).toBe("한");
    },
  );

  rule("What is not allowed is badName or badRoomName:", async () => {
    await using run = await greeted();
    const { ada } = run;
    const both = ["", " ", "a\u0007b", "a\u200bb", "a\u202eb", "a\ue000", "a\u2028b", "\u2800", "a\ufffd"];
    const names = [...both, "\u{1f1e6}", "a\u20dd", " \u0301a", `x${"\u0301".repeat(5)}`, "x".repeat(33)];
    const rooms = [...both, "a/b", "a\\b", "a?", "a#", "50%", ".", "..", "x".repeat(65)];
    for (const name of names) ada.write({ kind: ClientKind.rename, request: 1, name });
    for (const room of rooms) ada.write({ ...ENTER, request: 2, room });
    const refused = await refusals(ada, names.length + rooms.length);
    expect(refused.map(({ request, code }) => [request, code])).toEqual([
      ...names.map(() => [1, Refusal.badName]),
      ...rooms.map(() => [2, Refusal.badRoomName]),
    ]);
    const good = ["👩‍👩‍👧", "🇰🇷", "می‌خواهم", "क्‍ष", "x".repeat(32), "50% / # ?"];
    for (const name of good) ada.write({ kind: ClientKind.rename, request: 3, name });
    await ada.until(() => ada.all(ServerKind.renamed).length === good.length, "six names");
    expect(ada.all(ServerKind.renamed).map(({ name }) => name)).toEqual(good);
  });

  rule(
    "While another connection of the same identity is open, the name in use stays and that of HELLO is passed over; WELCOME tells which.",
    async () => {
      await using run = await greeted();
      using tab = await RawClient.greeted(run.server.socketUrl, "Zoe", run.ada.welcome.token.slice());
      expect([tab.welcome.author, tab.welcome.name]).toEqual([run.ada.welcome.author, "Ada"]);
    },
  );

  rule("The server keeps no nickname of somebody who is gone, nor over a restart", async () => {
    await using run = await greeted();
    const token = run.ada.welcome.token.slice();
    run.ada.socket.close();
    await run.ada.closed();
    using back = await RawClient.greeted(run.server.socketUrl, "", token);
    expect(back.welcome.author).toBe(run.ada.welcome.author);
    expect(back.welcome.name).not.toBe("Ada");
  });

  rule(
    "so one is called there until one has left, or until RENAME, which holds for all rooms. It is refused with nameTaken when the name is taken in any of them.",
    async () => {
      await using run = await greeted();
      await run.ada.enter("yard");
      using twin = await RawClient.greeted(run.server.socketUrl, "Ada");
      expect((await twin.enter("yard")).ownName).toBe("Ada 2");
      expect((await twin.enter("lobby")).ownName).toBe("Ada");
      twin.write({ kind: ClientKind.rename, request: 3, name: "Ada" });
      expect(await refusals(twin, 1)).toMatchObject([{ request: 3, code: Refusal.nameTaken }]);
      twin.write({ kind: ClientKind.rename, request: 4, name: "Zoe" });
      await twin.until(() => twin.all(ServerKind.renamed).length === 1, "the new name");
      expect((await twin.enter("yard")).ownName).toBe("Zoe");
      expect((await twin.enter("lobby")).ownName).toBe("Zoe");
    },
  );

  rule(
    "It comes on the connection that asked; others of the same identity learn it from PRESENCE.",
    async () => {
      await using run = await greeted();
      using tab = await RawClient.greeted(run.server.socketUrl, "", run.ada.welcome.token.slice());
      await tab.enter("yard");
      await run.ada.enter("yard");
      run.ada.write({ kind: ClientKind.rename, request: 3, name: "Zoe" });
      const renamed = { change: Presence.rename, author: run.ada.welcome.author, name: "Zoe" };
      const told = () => tab.all(ServerKind.presence).flatMap(({ events }) => events);
      await tab.until(() => told().some(({ change }) => change === Presence.rename), "the new name");
      expect(told().at(-1)).toEqual(renamed);
      expect([run.ada.all(ServerKind.renamed).length, tab.all(ServerKind.renamed).length]).toEqual([1, 0]);
    },
  );
});

describe("people", () => {
  rule(
    "Enter and rename both say: this author is here under this name, whether known or not. Leave says: this author is not here; of somebody who is not known it says nothing. So events that repeat what PEOPLE said change nothing, and are no news to show.",
    async () => {
      await using run = await greeted({ limits: { graceMs: 0 } });
      await run.ada.enter("yard");
      const enter = { change: Presence.enter, author: run.ada.welcome.author, name: "Ada" };
      await run.ada.until(() => run.ada.all(ServerKind.presence).length === 1, "a change");
      expect(run.ada.last(ServerKind.people).people).toEqual([{ author: enter.author, name: "Ada" }]);
      expect(run.ada.last(ServerKind.presence).events).toEqual([enter]);
      using bo = await RawClient.greeted(run.server.socketUrl, "Bo");
      await bo.enter("yard");
      const people = () => {
        const known = new Map<number, string>();
        for (const frame of run.ada.frames) {
          if (frame.kind === ServerKind.people) {
            known.clear();
            for (const { author, name } of frame.people as Person[]) known.set(author, name);
          } else if (frame.kind === ServerKind.presence)
            for (const { change, author, name } of frame.events) {
              if (change === Presence.leave) known.delete(author);
              else known.set(author, name);
            }
        }
        return [...known.values()];
      };
      await run.ada.until(() => people().length === 2, "Bo");
      expect(people()).toEqual(["Ada", "Bo"]);
      bo[Symbol.dispose]();
      await run.ada.until(() => people().length === 1, "Bo's end");
    },
  );

  rule(
    "A room becomes large with more people than `maxListedPeople`, and is listed again with nine tenths of that or fewer.",
    async () => {
      await using run = await greeted({ limits: { maxListedPeople: 10, graceMs: 0 } });
      await run.ada.enter("yard");
      const others: RawClient[] = [];
      const told = () => run.ada.all(ServerKind.people).map(({ count, listed }) => [count, listed]);
      const counted = (count: number) =>
        run.ada.until(
          () =>
            run.ada.frames.some(
              (frame) =>
                (frame.kind === ServerKind.people || frame.kind === ServerKind.presence) &&
                frame.count === count,
            ),
          `${count} people`,
        );
      for (let n = 2; n <= 11; n++) {
        const other = await RawClient.greeted(run.server.socketUrl, `Guest ${n}`);
        others.push(other);
        await other.enter("yard");
      }
      await run.ada.until(() => told().at(-1)?.[1] === false, "a large room");
      expect(told().at(-1)).toEqual([11, false]);
      const leave = async () => {
        const other = others.pop()!;
        other.write({ kind: ClientKind.leave, room: other.last(ServerKind.entered).room });
        await acted(other);
        other[Symbol.dispose]();
      };
      run.ada.frames.length = 0;
      await leave();
      await counted(10);
      expect(told()).toEqual([]);
      await leave();
      await counted(9);
      expect(told()).toEqual([[9, true]]);
      for (const other of others) other[Symbol.dispose]();
    },
  );
});
