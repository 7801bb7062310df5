import { expect, test } from "vitest";
import { BlockWriter } from "../src/wire/block.ts";
import { putU32 } from "../src/wire/bytes.ts";
import { Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind, Direction, type PageFrame, ServerCapability, ServerKind } from "../src/wire/frames.ts";
import {
  block,
  damaged,
  EPOCH,
  makeEnvironment,
  makeLive,
  numbers,
  OTHER_EPOCH,
  ROOM,
  settle,
} from "./fake-client-environment.ts";

type Live = Awaited<ReturnType<typeof makeLive>>;

/** Answers the newest request for history. */
function page(e: Pick<Live, "socket">, blocks: Uint8Array[], fields: Partial<PageFrame> = {}): void {
  const { request } = e.socket.last(ClientKind.history);
  e.socket.give({ kind: ServerKind.page, request, room: ROOM, first: 1, more: false, blocks, ...fields });
}

async function reconnect(e: Live, fields: Parameters<Live["entered"]>[0] = {}): Promise<void> {
  e.socket.end();
  await e.clock.advance(250);
  await e.welcome();
  await e.entered(fields);
}

const sequence = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const asked = (e: Pick<Live, "socket">) =>
  e.socket.of(ClientKind.history).map(({ direction, seq }) => `${direction ? "after" : "before"} ${seq}`);

test("a fresh room begins at start and takes what follows", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  expect(view.room.state).toBe("entering");
  expect(view.room.position).toBeNull();
  await e.welcome();
  await settle();
  expect(e.socket.last(ClientKind.enter)).toMatchObject({ room: "lobby", history: 100, position: null });
  await e.entered({ first: 1, head: 6, start: 2 });
  expect(view.room.state).toBe("catchingUp");
  expect(view.room.position).toEqual({ epoch: EPOCH, seq: 2 });
  // A block is sent whole: what lies before the start is dropped.
  e.socket.giveBytes(numbers(1, 4));
  e.socket.giveBytes(numbers(5, 2));
  e.live(6);
  expect(view.texts).toBe("3 4 5 6");
  expect(view.room.state).toBe("live");
  expect(view.room.oldest).toBe(3);
  e.socket.giveBytes(numbers(7));
  expect(view.texts).toBe("3 4 5 6 7");
  expect(view.told).toEqual(["catchingUp", "live"]);
});

test("the position of an empty room is known from the answer on", async () => {
  const e = await makeLive(0);
  expect(e.view.room.position).toEqual({ epoch: EPOCH, seq: 0 });
  expect(e.view.room.oldest).toBe(1);
});

test("doubles and overlaps are dropped record by record", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(1, 3));
  e.socket.giveBytes(numbers(1, 3));
  e.socket.giveBytes(numbers(2, 1));
  e.socket.giveBytes(numbers(2, 4));
  expect(e.view.texts).toBe("1 2 3 4 5");
  expect(asked(e)).toEqual([]);
});

test("a hole is asked for once and filled; what came early is not asked for again", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(1));
  e.socket.giveBytes(numbers(4));
  e.socket.giveBytes(numbers(5));
  expect(asked(e)).toEqual(["after 1"]);
  expect(e.view.room.state).toBe("catchingUp");
  expect(e.view.texts).toBe("1");
  page(e, [numbers(2, 2)]);
  expect(e.view.texts).toBe("1 2 3 4 5");
  expect(asked(e)).toEqual(["after 1"]);
  expect(e.view.room.state).toBe("live");
});

test("pages are asked for until nothing is missing", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(10));
  page(e, [numbers(1, 3), numbers(4, 2)], { more: true });
  expect(asked(e)).toEqual(["after 0", "after 5"]);
  page(e, [numbers(6, 2)], { more: true });
  page(e, [numbers(8, 3)]);
  expect(e.view.texts).toBe("1 2 3 4 5 6 7 8 9 10");
  expect(asked(e)).toEqual(["after 0", "after 5", "after 7"]);
});

test("blocks in any order become the order of their numbers", async () => {
  const e = await makeLive(0);
  for (const seq of [4, 2, 3, 6, 1, 5, 8, 7]) e.socket.giveBytes(numbers(seq));
  expect(e.view.texts).toBe("1 2 3 4 5 6 7 8");
  page(e, [numbers(1, 8)]);
  expect(e.view.texts).toBe("1 2 3 4 5 6 7 8");
  expect(e.view.room.state).toBe("live");
});

test("memory is bounded while a hole is open: what does not fit is fetched later", async () => {
  const e = await makeLive(0);
  for (let seq = 2; seq <= 500; seq++) e.socket.giveBytes(numbers(seq));
  page(e, [numbers(1, 10)], { more: true });
  // Of the 499 early blocks 64 were kept.
  expect(e.view.records).toHaveLength(65);
  expect(asked(e)).toEqual(["after 0", "after 65"]);
  page(e, [numbers(66, 435)]);
  expect(e.view.records.map((record) => record.seq)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  expect(e.view.room.state).toBe("live");
});

test("the live frame's head shows a hole at the end", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  await e.welcome();
  await e.entered({ head: 3 });
  e.socket.giveBytes(numbers(1));
  e.live(3);
  expect(view.room.state).toBe("catchingUp");
  page(e, [numbers(2, 2)]);
  expect(view.texts).toBe("1 2 3");
  expect(view.room.state).toBe("live");
});

test("a page that never comes is asked for again, and a late one does no harm", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(3));
  const { request } = e.socket.last(ClientKind.history);
  await e.clock.advance(15_000);
  expect(asked(e)).toEqual(["after 0", "after 0"]);
  page(e, [numbers(1, 3)], { request });
  expect(e.view.texts).toBe("");
  page(e, [numbers(1, 3)]);
  expect(e.view.texts).toBe("1 2 3");
});

test("a refused page is asked for again after the time stated", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(2));
  const { request } = e.socket.last(ClientKind.history);
  e.socket.give({
    kind: ServerKind.refused,
    refused: ClientKind.history,
    request,
    room: ROOM,
    code: Refusal.tooFast,
    retryAfterMs: 2_000,
    suggestion: "",
  });
  await e.clock.advance(1_999);
  expect(asked(e)).toHaveLength(1);
  await e.clock.advance(1);
  expect(asked(e)).toHaveLength(2);
  page(e, [numbers(1, 2)]);
  expect(e.view.texts).toBe("1 2");
});

test("a server that has nothing after the position is not asked without end", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(5));
  page(e, []);
  expect(asked(e)).toHaveLength(1);
  e.socket.giveBytes(numbers(6));
  expect(asked(e)).toHaveLength(2);
  page(e, [numbers(1, 6)]);
  expect(e.view.texts).toBe("1 2 3 4 5 6");
});

test("retention that overtakes a reader in a hole is told as a gap", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(1));
  e.socket.giveBytes(numbers(9));
  page(e, [numbers(5, 2), numbers(7, 3)], { first: 6 });
  expect(e.view.told).toContain("gap 2 5");
  expect(e.view.texts).toBe("1 6 7 8 9");
  expect(e.view.room.oldest).toBe(6);
});

test("an answer to the request of an older connection changes nothing", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(3));
  const old = e.socket;
  await reconnect(e, { head: 3 });
  page({ socket: old } as Live, [numbers(1, 3)]);
  expect(e.view.texts).toBe("");
  e.socket.giveBytes(numbers(1, 3));
  expect(e.view.texts).toBe("1 2 3");
});

test("a reconnect states the position and continues without a double", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(1, 3));
  e.socket.end();
  expect(e.view.room.state).toBe("entering");
  await e.clock.advance(250);
  await e.welcome();
  await settle();
  expect(e.socket.last(ClientKind.enter).position).toEqual({ epoch: EPOCH, seq: 3 });
  await e.entered({ head: 5 });
  e.socket.giveBytes(numbers(3, 3));
  e.live(5);
  expect(e.view.texts).toBe("1 2 3 4 5");
  expect(e.view.told.filter((told) => /gap|reset/.test(told))).toEqual([]);
});

test.each([
  ["continued, behind", { resume: Resume.continued, start: 3, head: 5 }, [], "1 2 3 4 5", 1],
  ["continued, equal", { resume: Resume.continued, start: 3, head: 3 }, [], "1 2 3", 1],
  ["gap", { resume: Resume.gap, first: 11, start: 10, head: 12 }, ["gap 4 10"], "1 2 3 11 12", 11],
  [
    "gap with more to read",
    { resume: Resume.gap, first: 7, start: 10, head: 12 },
    ["gap 4 10"],
    "1 2 3 11 12",
    11,
  ],
  ["reset, another life", { resume: Resume.reset, epoch: OTHER_EPOCH, start: 1, head: 2 }, ["reset"], "2", 2],
  ["reset, beyond the end", { resume: Resume.reset, start: 0, head: 2 }, ["reset"], "1 2", 1],
  [
    "another epoch, whatever the answer says",
    { resume: Resume.continued, epoch: OTHER_EPOCH, start: 0, head: 2 },
    ["reset"],
    "1 2",
    1,
  ],
  ["fresh although a position was stated", { resume: Resume.fresh, start: 1, head: 2 }, ["reset"], "2", 2],
])("resume: %s", async (_, fields, told, texts, oldest) => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(1, 3));
  e.view.told.length = 0;
  await reconnect(e, fields);
  if (fields.head > fields.start) e.socket.giveBytes(numbers(fields.start + 1, fields.head - fields.start));
  e.live(fields.head);
  expect(e.view.told.filter((line) => /gap|reset/.test(line))).toEqual(told);
  expect(e.view.texts).toBe(texts);
  expect(e.view.room.position).toEqual({
    epoch: (fields as { epoch?: string }).epoch ?? EPOCH,
    seq: fields.head,
  });
  expect(e.view.room.oldest).toBe(oldest);
  expect(e.view.room.state).toBe("live");
});

test("a position from the caller's storage is continued", async () => {
  const e = makeEnvironment();
  const view = e.enter("lobby", { position: { epoch: EPOCH, seq: 40, oldest: 31 } });
  expect(view.room.position).toEqual({ epoch: EPOCH, seq: 40 });
  await e.welcome();
  await e.entered({ head: 41 });
  expect(e.socket.last(ClientKind.enter).position).toEqual({ epoch: EPOCH, seq: 40 });
  e.socket.giveBytes(numbers(41));
  expect(view.texts).toBe("41");
  expect(view.room.oldest).toBe(31);
});

test("records of kinds not known have their number all the same", async () => {
  const e = await makeLive(0);
  // The record's kind is the first byte after the header: 2 kind and version, 4 checksum, 1 room, 1 seq, 6 time, 1 count.
  const unknown = block(1, [[1, "from the future"]]);
  unknown[15] = 200;
  e.socket.giveBytes(unknown);
  expect(e.view.room.position?.seq).toBe(1);
  expect(e.view.records).toHaveLength(0);
  e.socket.giveBytes(numbers(2));
  expect(e.view.texts).toBe("2");
});

test("what is lost on the server's disk is told in its place, and the position goes on over it", async () => {
  const e = await makeLive(0);
  const order: string[] = [];
  e.view.listener.appended = (records) => {
    order.push(...records.map((record) => record.text), `at ${e.view.room.position?.seq}`);
  };
  e.view.listener.gap = (from, to, lost) => {
    order.push(`${lost ? "lost" : "gap"} ${from}-${to}`, `at ${e.view.room.position?.seq}`);
  };
  e.socket.giveBytes(damaged(1, ["1", null, null, "4", null]));
  expect(order).toEqual(["1", "at 1", "lost 2-3", "at 3", "4", "at 4", "lost 5-5", "at 5"]);
  // Of a block that is partly known only what is new is told.
  e.socket.giveBytes(damaged(4, ["4", null, null, null, "8"]));
  expect(order.slice(8)).toEqual(["lost 6-7", "at 7", "8", "at 8"]);
  e.socket.giveBytes(damaged(6, [null, null, "8"]));
  expect(order).toHaveLength(12);
  expect(e.errors).toEqual([]);
});

test("what is lost among the records of a page is told before the page is given", async () => {
  const e = await makeLive(20);
  const asking = e.view.room.page(Direction.before, 21, 50);
  page(e, [
    damaged(1, ["1", null]),
    damaged(3, [null, "4", null, "6"]),
    numbers(7, 13),
    damaged(20, ["20", null]),
  ]);
  const given = await asking;
  expect(given.records.map((record) => record.seq)).toEqual([1, 4, 6, ...sequence(7, 20)]);
  expect([given.from, given.to]).toEqual([1, 21]);
  expect(e.view.told.filter((line) => line.startsWith("lost")).sort()).toEqual([
    "lost 2 2",
    "lost 21 21",
    "lost 3 3",
    "lost 5 5",
  ]);
});

test("a block that is damaged inside moves nothing and ends the socket", async () => {
  const e = await makeLive(0);
  const bad = numbers(1, 2);
  bad[16] = 0x7f;
  e.socket.giveBytes(bad);
  expect(e.client.state).toBe("waiting");
  expect(e.view.room.position?.seq).toBe(0);
  expect(e.view.records).toHaveLength(0);
  const other = new BlockWriter();
  other.text(1, 1, 5, null, new Uint8Array([0x61]));
  const nameless = other.seal(ROOM, 1);
  putU32(nameless, 2, 0);
  await e.clock.advance(250);
  await e.welcome();
  await e.entered();
  e.socket.giveBytes(nameless);
  expect(e.client.state).toBe("waiting");
  expect(e.view.room.position?.seq).toBe(0);
});

test("blocks for rooms one is not in are passed over", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(block(1, [[1, "elsewhere"]], 99));
  expect(e.view.records).toHaveLength(0);
  expect(e.client.state).toBe("ready");
});

test("pages come from anywhere in the room, in both directions, and change nothing of what comes by itself", async () => {
  const e = await makeLive(900);
  const { room } = e.view;
  const below = room.page(Direction.before, 400, 5);
  const above = room.page(Direction.after, 399, 1_000_000);
  const [one, other] = e.socket.of(ClientKind.history);
  expect(one).toMatchObject({ direction: Direction.before, seq: 400, limit: 5 });
  expect(other).toMatchObject({ direction: Direction.after, seq: 399, limit: 500 });
  e.socket.giveBytes(numbers(901));
  // Whole blocks: both pages may hold more than was asked for, on both sides of the number.
  page(e, [numbers(398, 8), numbers(406, 4)], { request: other!.request, more: true });
  page(e, [numbers(394, 4), numbers(398, 8)], { request: one!.request, more: true });
  expect(await above).toMatchObject({ from: 398, to: 409, more: true });
  const { records, ...range } = await below;
  expect(range).toEqual({ from: 394, to: 405, more: true, acts: [] });
  expect(records.map((record) => record.seq)).toEqual(sequence(394, 405));
  expect([room.oldest, room.position?.seq, e.view.texts]).toEqual([901, 901, "901"]);
});

test("the last page in a direction says that it is", async () => {
  const e = await makeLive(20);
  const { room } = e.view;
  const below = room.page(Direction.before, 9, 50);
  page(e, [numbers(5, 4)], { first: 3 });
  // Numbers 3 and 4 are of records that are gone since: nothing is below.
  expect(await below).toMatchObject({ from: 3, to: 8, more: false });
  const none = room.page(Direction.before, 3, 50);
  page(e, [], { first: 3, more: true });
  expect(await none).toMatchObject({ from: 3, to: 2, more: false, records: [] });
  const above = room.page(Direction.after, 18, 50);
  page(e, [numbers(17, 4)]);
  expect(await above).toMatchObject({ from: 17, to: 20, more: false });
  // From below the first one that is kept up: what is gone is known to be nothing.
  const gone = room.page(Direction.after, 2, 50);
  page(e, [numbers(8, 4)], { first: 8, more: true });
  expect(await gone).toMatchObject({ from: 3, to: 11, more: true });
});

test("a page with a hole in it is taken from the number asked for to the hole", async () => {
  const e = await makeLive(20);
  const { room } = e.view;
  const below = room.page(Direction.before, 21, 50);
  page(e, [numbers(1, 3), numbers(10, 11)], { more: true });
  expect(await below).toMatchObject({ from: 10, to: 20, more: true });
  const above = room.page(Direction.after, 9, 50);
  page(e, [numbers(10, 2), numbers(13, 8)], { more: true });
  expect(await above).toMatchObject({ from: 10, to: 11, more: true });
  const elsewhere = room.page(Direction.after, 9, 50);
  page(e, [numbers(1, 3)], { more: true });
  expect(await elsewhere).toMatchObject({ from: 10, to: 9, more: false, records: [] });
});

test("pages that did not come are asked for again after a reconnect", async () => {
  const e = await makeLive(20);
  const { room } = e.view;
  const pages = [room.page(Direction.before, 21, 5), room.page(Direction.after, 3, 5)];
  const answered = room.page(Direction.before, 9, 5);
  page(e, [numbers(4, 5)], { more: true });
  await answered;
  await reconnect(e, { head: 20 });
  expect(asked(e)).toEqual(["before 21", "after 3"]);
  const [one, other] = e.socket.of(ClientKind.history);
  page(e, [numbers(16, 5)], { request: one!.request, more: true });
  page(e, [numbers(4, 5)], { request: other!.request, more: true });
  expect((await Promise.all(pages)).map(({ from }) => from)).toEqual([16, 4]);
});

test("a page asked for before the room was ever entered waits for it", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  const more = view.room.page(Direction.before, 9, 5);
  await e.welcome();
  await e.entered({ head: 8, start: 8 });
  page(e, [numbers(4, 5)], { more: true });
  expect((await more).records).toHaveLength(5);
});

test("in another life of the log a page from before is not waited for: its numbers are others", async () => {
  const e = await makeLive(20);
  const more = e.view.room.page(Direction.before, 9, 5);
  await reconnect(e, { resume: Resume.reset, epoch: OTHER_EPOCH, head: 20 });
  expect(await more).toMatchObject({ more: false, records: [] });
  expect(asked(e)).toEqual([]);
});

test("a page that is refused waits or rejects", async () => {
  const e = await makeLive(20);
  const refuse = (code: Refusal, retryAfterMs: number) =>
    e.socket.give({
      kind: ServerKind.refused,
      refused: ClientKind.history,
      request: e.socket.last(ClientKind.history).request,
      room: ROOM,
      code,
      retryAfterMs,
      suggestion: "",
    });
  const more = e.view.room.page(Direction.before, 21, 5).catch((error) => error.code);
  refuse(Refusal.tooFast, 1_000);
  await e.clock.advance(1_000);
  expect(asked(e)).toHaveLength(2);
  refuse(Refusal.notInRoom, 0);
  expect(await more).toBe(Refusal.notInRoom);
  await reconnect(e, { head: 20 });
  expect(asked(e)).toEqual([]);
});

test("the time of a refused request for history holds on the next connection, in both directions", async () => {
  const e = await makeLive(20);
  const refuse = () =>
    e.socket.give({
      kind: ServerKind.refused,
      refused: ClientKind.history,
      request: e.socket.last(ClientKind.history).request,
      room: ROOM,
      code: Refusal.tooFast,
      retryAfterMs: 5_000,
      suggestion: "",
    });
  void e.view.room.page(Direction.before, 21, 5);
  refuse();
  await reconnect(e, { head: 22, start: 20 });
  e.socket.giveBytes(numbers(22));
  expect(asked(e)).toEqual([]);
  await e.clock.advance(4_749);
  expect(asked(e)).toEqual([]);
  await e.clock.advance(1);
  expect(asked(e).sort()).toEqual(["after 20", "before 21"]);
});

test("history that is damaged is not asked for again by itself", async () => {
  const e = await makeLive(0);
  e.socket.giveBytes(numbers(3));
  const { request } = e.socket.last(ClientKind.history);
  const frame = { refused: ClientKind.history, request, room: ROOM, suggestion: "" };
  e.socket.give({ kind: ServerKind.refused, ...frame, code: Refusal.damaged, retryAfterMs: 0 });
  await e.clock.advance(20_000);
  expect(asked(e)).toHaveLength(1);
  e.socket.giveBytes(numbers(4));
  expect(asked(e)).toHaveLength(2);
});

test("leaving ends a wait for a page", async () => {
  const e = await makeLive(20);
  const more = e.view.room.page(Direction.before, 21, 5);
  e.view.room.leave();
  expect(await more).toMatchObject({ more: false, records: [] });
});

test("a refused enter is tried again when its time is over, not before, whatever the connection does", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  await e.welcome();
  await e.clock.advance(25);
  const frame = {
    refused: ClientKind.enter,
    room: 0,
    code: Refusal.tooFast,
    retryAfterMs: 5_000,
    suggestion: "",
  };
  const { request } = e.socket.last(ClientKind.enter);
  e.socket.give({ kind: ServerKind.refused, request, ...frame });
  e.socket.end();
  await e.clock.advance(250);
  await e.welcome();
  await e.clock.advance(4_749);
  expect(e.socket.of(ClientKind.enter)).toEqual([]);
  await e.clock.advance(1);
  expect(e.socket.of(ClientKind.enter)).toHaveLength(1);
  await e.entered();
  e.live(0);
  expect(view.room.state).toBe("live");
});

test("entering is refused for good with a reason, or tried again later", async () => {
  const e = makeEnvironment();
  const view = e.enter("!!");
  await e.welcome();
  await settle();
  const refuse = (code: Refusal, retryAfterMs: number) =>
    e.socket.give({
      kind: ServerKind.refused,
      refused: ClientKind.enter,
      request: e.socket.last(ClientKind.enter).request,
      room: 0,
      code,
      retryAfterMs,
      suggestion: "Fox 2",
    });
  refuse(Refusal.tooFast, 3_000);
  expect(view.room.state).toBe("entering");
  await e.clock.advance(3_000);
  expect(e.socket.of(ClientKind.enter)).toHaveLength(2);
  refuse(Refusal.nameTaken, 0);
  expect(view.room.state).toBe("refused");
  expect(view.room.refusal).toMatchObject({ code: Refusal.nameTaken, suggestion: "Fox 2" });
  const again = e.enter("!!");
  expect(again.room).not.toBe(view.room);
  await e.entered();
  e.live(0);
  expect(again.room.state).toBe("live");
});

test("what became of a page's messages is asked for where the server tells it, and ends the page where it does", async () => {
  const e = await makeLive(40, { capabilities: ServerCapability.tellsBecame });
  const told = Uint8Array.of(40);
  const give = (from: number, to: number, blocks: Uint8Array[], more = true) => {
    const { request, became } = e.socket.last(ClientKind.history);
    expect(became).toBe(true);
    const frame = { kind: ServerKind.became, request, room: ROOM, from, to, told } as const;
    e.socket.give(frame);
    page(e, blocks, { more });
    return frame;
  };
  const below = e.view.room.page(Direction.before, 21, 50);
  const frame = give(14, 20, [numbers(7, 10), numbers(17, 5)]);
  const { records, ...rest } = await below;
  expect(rest).toEqual({ from: 14, to: 20, more: true, acts: [], became: frame });
  expect(records.map(({ seq }) => seq)).toEqual(sequence(14, 20));
  const above = e.view.room.page(Direction.after, 9, 50);
  give(10, 12, [numbers(7, 10)]);
  expect(await above).toMatchObject({ from: 10, to: 12, more: true });
  const all = e.view.room.page(Direction.before, 5, 50);
  give(1, 4, [numbers(1, 6)], false);
  expect(await all).toMatchObject({ from: 1, to: 4, more: false });
  // What is missing before the position is all there is: the acts follow.
  e.socket.giveBytes(numbers(45));
  expect(e.socket.last(ClientKind.history)).toMatchObject({ seq: 40, became: false });
});

test("a server that does not tell what became of messages is not asked for it", async () => {
  const e = await makeLive(20);
  const asking = e.view.room.page(Direction.before, 21, 50);
  expect(e.socket.last(ClientKind.history).became).toBe(false);
  page(e, [numbers(16, 5)]);
  expect((await asking).became).toBe(undefined);
});
