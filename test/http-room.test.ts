import { describe, expect, test, vi } from "vitest";
import type { AppendBlock } from "../src/log/log.ts";
import { postMessage, readMessages } from "../src/session/http-room.ts";
import { FIRST_KEY_NONCE, HTTP_AUTHOR, PostKeys } from "../src/session/post-keys.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { Sort } from "../src/wire/orders.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { makeBatch } from "./log-blocks.ts";

const ALL = { after: null, before: null, limit: 100 };

async function filled(count: number, limits = {}) {
  const house = new FakeHouse({ limits: { messagesPerSecond: 0, graceMs: 0, ...limits } });
  const { socket, room } = await house.seated("yard", "Ada");
  for (let nonce = 1; nonce <= count; nonce++) {
    send(socket, room, nonce);
    if (nonce % 3 === 0) await house.loop.settle();
  }
  await house.loop.settle();
  const read = async (query: { after?: number; before?: number; limit?: number }) => {
    const answer = await readMessages(house.house, "yard", { ...ALL, ...query });
    if (!answer.ok) throw new Error(answer.refusal.code);
    return answer.value.messages.map(({ seq }) => seq);
  };
  return { house, socket, room, read };
}

/** Reactions to number 1, some hundred bytes of them a block and no message. */
function actsOnly(seq: number, count: number): AppendBlock {
  const writer = new BlockWriter();
  const body = kinds.reaction.write({ to: 1, on: true, text: "👍" });
  for (let i = 0; i < count; i++)
    writer.record(kinds.reaction.kind, 1, seq + i, 1000, encodeText("Ada"), body);
  return { room: 1, seq, count, time: 1000, bytes: writer.seal(1, seq) };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("reading over HTTP", () => {
  test("a page says what the room is and what was said, by whom and when", async () => {
    const { house } = await filled(1);
    const answer = await readMessages(house.house, " YARD", ALL);
    expect(answer).toEqual({
      ok: true,
      value: {
        room: "yard",
        epoch: house.log.epoch,
        first: 1,
        head: 1,
        before: 1,
        after: 1,
        messages: [{ seq: 1, author: 1, name: "Ada", time: "2026-01-01T00:00:00.000Z", text: "message 1" }],
      },
    });
  });

  test("a reply says so and what it answers; acts are told nowhere, and their numbers are passed", async () => {
    const { house, socket, room, read } = await filled(1);
    const said = [
      { act: kinds.reply, body: kinds.reply.write({ to: 1, text: "so?" }) },
      { act: kinds.edit, body: kinds.edit.write({ to: 1, text: "other" }) },
    ];
    for (const [i, { act, body }] of said.entries())
      socket.write({ kind: ClientKind.act, room, nonce: 2 + i, act: act.kind, body });
    send(socket, room, 9);
    await house.loop.settle();
    expect(await read({})).toEqual([1, 2, 4]);
    const answer = await readMessages(house.house, "yard", ALL);
    if (!answer.ok) throw new Error("it is not answered");
    expect(answer.value.messages[1]).toMatchObject({ seq: 2, kind: "reply", to: 1, text: "so?" });
    expect(answer.value.messages[0]).toMatchObject({ seq: 1, text: "message 1" });
  });

  test("the newest, those after or before a number, exactly, though blocks hold several", async () => {
    const { read } = await filled(10);
    expect(await read({})).toEqual(range(1, 10));
    expect(await read({ limit: 2 })).toEqual([9, 10]);
    expect(await read({ after: 4, limit: 2 })).toEqual([5, 6]);
    expect(await read({ after: 0 })).toEqual(range(1, 10));
    expect(await read({ after: 10 })).toEqual([]);
    expect(await read({ after: 1e14 })).toEqual([]);
    expect(await read({ before: 6, limit: 3 })).toEqual([3, 4, 5]);
    expect(await read({ before: 1 })).toEqual([]);
    expect(await read({ before: 0 })).toEqual([]);
    expect(await read({ before: 1e14, limit: 1 })).toEqual([10]);
    expect(await read({ after: 3, before: 8 })).toEqual([4, 5, 6, 7]);
    expect(await read({ after: 3, before: 8, limit: 2 })).toEqual([4, 5]);
    expect(await read({ after: 3, before: 4 })).toEqual([]);
    expect(await read({ after: 8, before: 3 })).toEqual([]);
    expect(await read({ after: 8, before: 1e14 })).toEqual([9, 10]);
    expect(await read({ after: 0, before: 3 })).toEqual([1, 2]);
  });

  test.each([false, true])(
    "pages lead past any number of acts to every message, on: %s",
    async (isForward) => {
      const { house, room } = await filled(1);
      for (let seq = 2; seq < 90_000; seq += 100) await house.log.append(makeBatch(actsOnly(seq, 100)));
      const next = await house.restart();
      const again = next.greet({ token: Uint8Array.of(1) });
      const { nonce } = await next.enter(again, "yard");
      send(again, room, nonce + 1, "behind");
      await next.loop.settle();
      const reads = vi.spyOn(next.log, isForward ? "readForward" : "readBackward");
      const found: number[] = [];
      let query: { after: number | null; before: number | null } = {
        after: isForward ? 0 : null,
        before: null,
      };
      for (let asked = 0, isOver = false; !isOver && asked < 20; asked++) {
        const answer = await readMessages(next.house, "yard", { ...query, limit: 1 });
        if (!answer.ok) throw new Error(answer.refusal.code);
        const { messages, before, after, first, head } = answer.value;
        for (const { seq } of messages) found.push(seq);
        isOver = isForward ? after >= head : before <= first;
        query = isForward ? { after, before: null } : { after: null, before };
      }
      expect(found).toEqual(isForward ? [1, 90_002] : [90_002, 1]);
      // Not one for every block.
      expect(reads.mock.calls.length).toBeLessThan(60);
    },
  );

  test("no longer than allowed", async () => {
    const { read } = await filled(30, { maxPageRecords: 7 });
    expect(await read({ limit: 1000 })).toEqual(range(24, 30));
    expect(await read({ after: 0, limit: 1000 })).toEqual(range(1, 7));
  });

  test("a room that is not there is not made", async () => {
    const { house } = await filled(1);
    expect(await readMessages(house.house, "other", ALL)).toMatchObject({
      ok: false,
      refusal: { status: 404 },
    });
    expect(await readMessages(house.house, "a/b", ALL)).toMatchObject({
      ok: false,
      refusal: { status: 400 },
    });
    expect(house.rooms.count).toBe(1);
  });

  test("a room that everybody leaves while it is read is forgotten once", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const { socket } = await house.seated("yard");
    const reading = readMessages(house.house, "yard", ALL);
    socket.cut();
    const { socket: other } = await house.seated("yard");
    expect(await reading).toMatchObject({ ok: true, value: { messages: [] } });
    expect([house.rooms.count, house.rooms.has("yard")]).toEqual([1, true]);
    expect(other.last(ServerKind.entered).name).toBe("yard");
  });

  test("pages that are asked for together are made one in a turn of the loop", async () => {
    const { house } = await filled(3);
    let made = 0;
    const reading = [1, 2, 3].map(() =>
      readMessages(house.house, "yard", ALL).then(({ ok }) => {
        expect(ok).toBe(true);
        made++;
      }),
    );
    const promisesSettle = () => new Promise((done) => setImmediate(done));
    for (const before of [0, 1, 2]) {
      await promisesSettle();
      expect(made).toBe(before);
      house.loop.turn();
    }
    await Promise.all(reading);
  });

  test("reading keeps nothing in memory that was not there", async () => {
    const { house } = await filled(3);
    const next = await house.restart();
    const reading = Promise.all([1, 2, 3].map(() => readMessages(next.house, "yard", ALL)));
    await next.loop.settle();
    await reading;
    expect([...next.rooms.loaded]).toHaveLength(1);
    const { room } = await next.seated("yard");
    expect(room).toBe(1);
  });
});

describe("posting over HTTP", () => {
  async function post(house: FakeHouse, room: string, message: { name: string; text: string }) {
    const answer = postMessage(house.house, room, message);
    await house.loop.settle();
    return answer;
  }

  test("is seen in the room, under a name of its own and nobody's number", async () => {
    const { house, socket, room } = await filled(1);
    expect(await post(house, "yard", { name: "Build", text: "green" })).toEqual({
      ok: true,
      value: { room: "yard", seq: 2 },
    });
    expect(await post(house, "yard", { name: "Door", text: "open" })).toMatchObject({ value: { seq: 3 } });
    expect(socket.texts(room)).toEqual(["message 1", "green", "open"]);
    const records = socket.blocks.slice(1).flatMap((block) => block.records);
    expect(records.map(({ author, name }) => [author, name])).toEqual([
      [HTTP_AUTHOR, "Build"],
      [HTTP_AUTHOR, "Door"],
    ]);
    expect(house.rooms.people.count).toBe(1);
  });

  test("is held by nothing that is set in a room", async () => {
    const house = new FakeHouse();
    const ada = house.greet({ name: "Ada" });
    ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "yard" });
    await house.loop.settle();
    const { room } = await house.enter(ada, "yard");
    const body = kinds.settings.write({ slowSeconds: 600, speakers: 1, locked: true });
    ada.write({ kind: ClientKind.act, room, nonce: 2, act: kinds.settings.kind, body });
    for (const seq of [3, 4])
      expect(await post(house, "yard", { name: "Build", text: "green" })).toMatchObject({ value: { seq } });
  });

  test("makes the room if need be, and keeps it", async () => {
    const house = new FakeHouse();
    expect(await post(house, "yard", { name: "Build", text: "green" })).toMatchObject({ value: { seq: 1 } });
    expect([house.rooms.count, (await house.log.rooms()).length]).toEqual([1, 1]);
    const next = await house.restart();
    expect(await post(next, "yard", { name: "Build", text: "red" })).toMatchObject({ value: { seq: 2 } });
  });

  test("makes none under a name that is reserved, and goes on in one that is there", async () => {
    const house = new FakeHouse();
    await post(house, "there", { name: "Build", text: "green" });
    for (const name of ["yard", "there"]) house.rooms.operation.reserved.add({ sort: Sort.room, name });
    const refused = { ok: false, refusal: { status: 403, code: "name_reserved" } };
    expect(await post(house, "yard", { name: "Build", text: "green" })).toMatchObject(refused);
    expect(await post(house, "there", { name: "Build", text: "green" })).toMatchObject({ value: { seq: 2 } });
    expect(house.rooms.has("yard")).toBe(false);
  });

  test("several at once, of several names in one block", async () => {
    const house = new FakeHouse();
    const names = ["a", "b", "a", "c"];
    const answers = names.map((name) => postMessage(house.house, "yard", { name, text: `from ${name}` }));
    await house.loop.settle();
    const numbers = (await Promise.all(answers)).map((answer) => answer.ok && answer.value.seq);
    expect(numbers).toEqual([1, 2, 3, 4]);
    const page = await readMessages(house.house, "yard", ALL);
    expect(page.ok && page.value.messages.map(({ name, text }) => `${name}: ${text}`)).toEqual(
      names.map((name) => `${name}: from ${name}`),
    );
  });

  test("what cannot be is refused, and makes no room", async () => {
    const house = new FakeHouse({ limits: { maxTextBytes: 10, maxRooms: 1 } });
    const bad: [string, string, string, number][] = [
      ["a/b", "Build", "hi", 400],
      ["yard", "", "hi", 400],
      ["yard", "x".repeat(33), "hi", 400],
      ["yard", "Build", "", 400],
      ["yard", "Build", " \n", 400],
      ["yard", "Build", "a\0b", 400],
      ["yard", "Build", "x".repeat(11), 413],
    ];
    for (const [room, name, text, status] of bad) {
      expect(await post(house, room, { name, text })).toMatchObject({ ok: false, refusal: { status } });
    }
    expect(house.rooms.count).toBe(0);
    await post(house, "a", { name: "Build", text: "hi" });
    expect(await post(house, "b", { name: "Build", text: "hi" })).toMatchObject({ refusal: { status: 503 } });
  });

  test("a full room asks to come back", async () => {
    const house = new FakeHouse({ limits: { maxPendingBytes: 65_536 } });
    const text = "x".repeat(4000);
    const answers = range(1, 30).map(() => postMessage(house.house, "yard", { name: "Build", text }));
    await house.loop.settle();
    const busy = (await Promise.all(answers)).filter((answer) => !answer.ok);
    expect(busy.length).toBeGreaterThan(5);
    expect(busy[0]).toMatchObject({ refusal: { status: 503, code: "room_busy" } });
    expect(await post(house, "yard", { name: "Build", text })).toMatchObject({ ok: true });
  });
});

describe("a key for a post", () => {
  const message = { name: "Build", text: "green" };
  const nonce = (n: number) => FIRST_KEY_NONCE + n;

  function poster(house: FakeHouse, keys = new PostKeys()) {
    return (key: number | null, room = "yard", text = "green") => {
      const keyed = key === null ? null : { nonce: nonce(key), keys };
      return postMessage(house.house, room, { ...message, text }, keyed);
    };
  }
  const seqOf = (answer: Awaited<ReturnType<typeof postMessage>>) =>
    answer.ok ? answer.value.seq : answer.refusal.code;
  /** The numbers of posts made at the same time. */
  async function together(house: FakeHouse, posts: ReturnType<typeof postMessage>[]) {
    for (let i = 0; i < 3; i++) await house.loop.settle();
    return (await Promise.all(posts)).map(seqOf);
  }

  test("a repeat gets the number it has and stores nothing: later, at once, and while the first is on its way", async () => {
    const house = new FakeHouse();
    const post = poster(house);
    const all = [post(1), post(1), post(2), post(null), post(1), post(null)];
    const [first, ...others] = await together(house, all);
    expect([others[0], others[3]]).toEqual([first, first]);
    const [second] = await together(house, [post(2)]);
    expect(others[1]).toBe(second);
    expect(new Set([first, ...others])).toEqual(new Set([1, 2, 3, 4]));
    expect(await together(house, [post(2), post(1, "yard", "another text"), post(1, "other")])).toEqual([
      second,
      first,
      1,
    ]);
    expect((await house.log.bounds(1)).head).toBe(4);
    expect((await house.log.bounds(2)).head).toBe(1);
  });

  test("also after a restart, among what others wrote, and not beyond what is kept", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0 } });
    const post = poster(house);
    expect(await together(house, [post(1)])).toEqual([1]);
    expect(await together(house, [post(2)])).toEqual([2]);
    expect(await together(house, [post(null)])).toEqual([3]);
    const { socket, room } = await house.seated("yard", "Ada");
    for (let n = 1; n <= 30; n++) send(socket, room, n);
    await house.loop.settle();
    expect(await together(house, [post(3)])).toEqual([34]);
    const next = await house.restart();
    const again = poster(next);
    expect(await together(next, [again(2), again(3), again(4), again(1), again(4)])).toEqual([
      2, 34, 35, 1, 35,
    ]);
    expect((await next.log.bounds(room)).head).toBe(35);
    // Those without a key go on and are taken for none.
    expect(await together(next, [again(null), again(null)])).toEqual([36, 37]);
  });

  test("of many keys the newest ten thousand are known, in few rooms at a time", {
    timeout: 30_000,
  }, async () => {
    const house = new FakeHouse({ limits: { maxPendingBytes: 2 ** 30 } });
    const keys = new PostKeys();
    const post = poster(house, keys);
    const numbers = await together(
      house,
      range(1, 10_001).map((n) => post(n)),
    );
    expect(numbers).toEqual(range(1, 10_001));
    expect(await together(house, [post(10_001), post(2)])).toEqual([10_001, 2]);
    expect(await together(house, [post(1)])).toEqual([10_002]);
    // More rooms than are remembered: what was dropped is read again.
    for (let n = 1; n <= 300; n++) await together(house, [post(1, `room ${n}`)]);
    expect(keys.size.rooms).toBe(256);
    expect(keys.size.keys).toBeLessThan(50_001);
    expect(await together(house, [post(1, "room 1"), post(10_001), post(1, "room 300")])).toEqual([
      1, 10_001, 1,
    ]);
    const next = await house.restart();
    const again = poster(next);
    expect(await together(next, [again(10_001), again(1), again(3), again(2)])).toEqual([
      10_001, 10_002, 3, 10_003,
    ]);
  });

  test("where the log is damaged nothing is stored, since nobody can tell", async () => {
    const house = new FakeHouse();
    const post = poster(house);
    await together(house, [post(1)]);
    house.rooms.history.readBackward = () => Promise.resolve(null);
    const blind = poster(house);
    expect(await together(house, [blind(1), blind(2)])).toEqual(["room_damaged", "room_damaged"]);
    expect((await house.log.bounds(1)).head).toBe(1);
  });
});
