/** Acts at the server: what is stored of them and answered, their order with texts, and every act that is bad input. */
import { describe, expect, test, vi } from "vitest";
import type { ReadOptions } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { Room } from "../src/room/room.ts";
import { MAX_EDITS, MAX_ROOM_EDITS, MAX_ROOM_REACTIONS, MAX_SIGNS } from "../src/session/judge.ts";
import { type ActRecord, decodeBlock, lostBlock, type TextRecord } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { edit } from "../src/wire/records/edit.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { LOST } from "../src/wire/records/lost.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { reply } from "../src/wire/records/reply.ts";
import { text } from "../src/wire/records/text.ts";
import { FakeHouse, type HouseOptions, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { EVERYTHING, makeBatch } from "./log-blocks.ts";

/** Keeps next to nothing in memory, so that every older message has to be looked for. */
const NO_TAIL: HouseOptions = { limits: { tailBytes: 1 } };
const THUMB = { on: true, text: "👍" };

function act(socket: FakeSocket, room: number, nonce: number, kind: number, body: Uint8Array): void {
  socket.write({ kind: ClientKind.act, room, nonce, act: kind, body });
}

/** Ada and Bo in a room in which Ada said number 1, "first", and Bo number 2, "second". */
async function talk(options: HouseOptions = {}) {
  const house = new FakeHouse(options);
  const ada = await house.seated("yard", "Ada");
  const bo = await house.seated("yard", "Bo");
  const { room } = ada;
  let nonce = 1;
  send(ada.socket, room, nonce, "first");
  await house.loop.settle();
  send(bo.socket, room, 1, "second");
  await house.loop.settle();
  const raw = async (kind: number, body: Uint8Array, socket = ada.socket) => {
    const before = socket.frames.length;
    act(socket, room, ++nonce, kind, body);
    await house.loop.settle();
    const refused = socket.frames.slice(before).find((frame) => frame.kind === ServerKind.refused);
    if (refused) expect(refused).toMatchObject({ refused: ClientKind.act, request: nonce, room });
    return refused ? (refused as { code: Refusal }).code : null;
  };
  return {
    house,
    ada: ada.socket,
    bo: bo.socket,
    room,
    /** Says it as Ada, or as whose socket it is: the code of the refusal, or null. */
    does: <Body extends object>(kind: RecordKind<Body>, body: Body, socket = ada.socket) =>
      raw(kind.kind, kind.write(body), socket),
    raw,
    last: () => nonce,
  };
}

/** All that the log holds. */
async function stored(house: FakeHouse): Promise<(TextRecord | ActRecord)[]> {
  const blocks = await house.log.readForward(1, 1, EVERYTHING);
  return blocks.flatMap(({ bytes }) => {
    const { records, acts } = decodeBlock(bytes);
    return [...records, ...acts].sort((a, b) => a.seq - b.seq);
  });
}

describe("acts", () => {
  test("of every kind are stored as they were said, behind author, name and time, and sent to all", async () => {
    const { house, bo, does } = await talk();
    const heard: Uint8Array[] = [];
    bo.heard = (frame) => heard.push(frame.slice());
    expect(await does(reply, { to: 2, text: "so?" })).toBeNull();
    expect(await does(reaction, { to: 2, ...THUMB })).toBeNull();
    expect(await does(edit, { to: 3, text: "so!" })).toBeNull();
    expect(await does(reaction, { to: 2, ...THUMB, on: false })).toBeNull();
    const head = { author: 1, time: house.loop.now(), name: "Ada" };
    expect((await stored(house)).slice(2)).toEqual([
      { seq: 3, nonce: 2, ...head, kind: reply.kind, to: 2, text: "so?" },
      { seq: 4, nonce: 3, ...head, kind: reaction.kind, to: 2, ...THUMB },
      { seq: 5, nonce: 4, ...head, kind: edit.kind, to: 3, text: "so!" },
      { seq: 6, nonce: 5, ...head, kind: reaction.kind, to: 2, ...THUMB, on: false },
    ]);
    const blocks = await house.log.readForward(1, 3, EVERYTHING);
    expect(heard).toEqual(blocks.map(({ bytes }) => bytes));
  });

  test("of kind 1 are texts, and one row of nonces with SEND: a repeat is known by either frame", async () => {
    const { house, ada, room, raw } = await talk();
    expect(await raw(text.kind, encodeText("third"))).toBeNull();
    send(ada, room, 2, "third");
    act(ada, room, 1, text.kind, encodeText("first"));
    await house.loop.settle();
    const acks = ada.frames.filter((frame) => frame.kind === ServerKind.ack);
    expect(acks).toMatchObject([
      { nonce: 2, seq: 3 },
      { nonce: 1, seq: 1 },
    ]);
    expect(await stored(house)).toHaveLength(3);
    expect(await raw(text.kind, encodeText(" "))).toBe(Refusal.emptyText);
  });

  test("of one flush are one block, whoever said them", async () => {
    const { house, ada, bo, room } = await talk();
    const before = house.transport.published.length;
    for (let n = 0; n < 10; n++) {
      const body = (to: number) => reaction.write({ to, on: n % 2 === 0, text: "👍" });
      act(ada, room, 10 + n, reaction.kind, body(2));
      act(bo, room, 10 + n, reaction.kind, body(1));
    }
    await house.loop.settle();
    expect(house.transport.published.length - before).toBe(1);
    expect((await stored(house)).length).toBe(22);
  });

  test("are repeated after a restart without being stored twice", async () => {
    const { house, does, last } = await talk();
    await does(reply, { to: 2, text: "so?" });
    const next = await house.restart();
    const ada = next.greet({ token: Uint8Array.of(1) });
    const { room } = await next.enter(ada, "yard");
    act(ada, room, last(), reply.kind, reply.write({ to: 2, text: "so?" }));
    await next.loop.settle();
    expect(ada.last(ServerKind.ack)).toMatchObject({ nonce: last(), seq: 3 });
    expect(await stored(next)).toHaveLength(3);
  });

  test("stop at the budget as texts do, in order", async () => {
    const { house, ada, room } = await talk({ limits: { messageBurst: 3, messagesPerSecond: 1 } });
    for (let nonce = 2; nonce <= 5; nonce++)
      act(ada, room, nonce, reply.kind, reply.write({ to: 1, text: "so?" }));
    await house.loop.settle();
    const codes = ada.frames.flatMap((frame) =>
      frame.kind === ServerKind.refused ? [[frame.refused, frame.request, frame.code]] : [],
    );
    expect(codes).toEqual([
      [ClientKind.act, 4, Refusal.tooFast],
      [ClientKind.act, 5, Refusal.outOfOrder],
    ]);
  });
});

describe("bad input", () => {
  test.each([0, LOST, 0x33, 0x7f, 0x80, 0xff])("kind %s is none that anybody says here", async (kind) => {
    const { raw, house } = await talk();
    expect(await raw(kind, Uint8Array.of(1))).toBe(Refusal.unknownKind);
    expect(await stored(house)).toHaveLength(2);
  });

  test.each<[string, number, number[]]>([
    ["a reply that ends in its number", reply.kind, [0x81]],
    ["a reply whose number is too long a varint", reply.kind, [0x81, 0, 0x61]],
    ["an edit without a body", edit.kind, []],
    ["a removal with a byte left over", removal.kind, [1, 0]],
    ["a reaction that is neither put nor taken back", reaction.kind, [1, 2, 0x78]],
    ["a reaction of letters", reaction.kind, [1, 1, 0x68, 0x69]],
    ["a reply whose text is no UTF-8", reply.kind, [1, 0xff]],
  ])("%s is no body of its kind", async (_, kind, body) => {
    const { raw } = await talk();
    expect(await raw(kind, Uint8Array.from(body))).toBe(Refusal.badBody);
  });

  test("a text in a body is judged as that of a message, a sign by its own length", async () => {
    const { does } = await talk({ limits: { maxTextBytes: 10 } });
    expect(await does(reply, { to: 1, text: "12345678901" })).toBe(Refusal.textTooLong);
    expect(await does(reply, { to: 1, text: "1234567890" })).toBeNull();
    expect(await does(edit, { to: 1, text: "\u200b" })).toBe(Refusal.emptyText);
    expect(await does(edit, { to: 1, text: "" })).toBe(Refusal.emptyText);
    expect(await does(reply, { to: 1, text: "a\0b" })).toBe(Refusal.badText);
    const { does: other } = await talk();
    expect(await other(reaction, { to: 1, on: true, text: "👍".repeat(17) })).toBe(Refusal.textTooLong);
    expect(await other(reaction, { to: 1, on: true, text: "" })).toBe(Refusal.emptyText);
  });

  test.each([
    ["in memory", {}],
    ["on disk", NO_TAIL],
  ])("what an act refers to is looked at, %s", async (_, options) => {
    const { does, house, bo } = await talk(options);
    const refers = async (to: number) => [
      await does(reply, { to, text: "x" }),
      await does(edit, { to, text: "x" }),
      await does(removal, { to }),
      await does(reaction, { to, ...THUMB }),
    ];
    expect(await refers(0)).toEqual(Array(4).fill(Refusal.noSuchMessage));
    expect(await refers(3)).toEqual(Array(4).fill(Refusal.noSuchMessage));
    expect(await refers(2 ** 52)).toEqual(Array(4).fill(Refusal.noSuchMessage));
    expect(await does(edit, { to: 2, text: "x" })).toBe(Refusal.notYours);
    expect(await does(removal, { to: 2 })).toBe(Refusal.notYours);
    expect(await does(removal, { to: 1 })).toBeNull();
    expect(await refers(1)).toEqual(Array(4).fill(Refusal.removed));
    // Number 3 is the removal.
    expect(await refers(3)).toEqual(Array(4).fill(Refusal.notAMessage));
    expect(await does(edit, { to: 2, text: "mine" }, bo)).toBeNull();
    expect(await does(edit, { to: 4, text: "of an edit" }, bo)).toBe(Refusal.notAMessage);
    expect((await stored(house)).length).toBe(4);
  });

  test("what is lost cannot be referred to", async () => {
    const { house } = await talk();
    const lost = { room: 1, seq: 3, count: 2, time: 0, bytes: lostBlock(1, 3, 2, 0) };
    await house.log.append(makeBatch(lost));
    const next = await house.restart();
    const ada = next.greet({ token: Uint8Array.of(1) });
    const { room, nonce } = await next.enter(ada, "yard");
    act(ada, room, nonce + 1, reply.kind, reply.write({ to: 3, text: "x" }));
    await next.loop.settle();
    expect(ada.last(ServerKind.refused).code).toBe(Refusal.notKept);
  });

  test("what is not kept any more cannot be referred to, and no disk is asked for it", async () => {
    const { does, house, bo, room } = await talk();
    for (let nonce = 2; nonce <= 5; nonce++) {
      send(bo, room, nonce);
      await house.loop.settle();
    }
    const applied = house.rooms.applyRetention(0, 2, () => false);
    await house.loop.settle();
    await applied;
    const read = vi.spyOn(house.log, "readForward");
    expect(await does(reply, { to: 1, text: "x" })).toBe(Refusal.notKept);
    expect(read).not.toHaveBeenCalled();
    expect(await does(reply, { to: 6, text: "x" })).toBeNull();
  });

  test("what comes out of order after a crash is never stored behind what overtook it", async () => {
    const { house, does } = await talk();
    await does(edit, { to: 1, text: "edited" });
    await does(removal, { to: 1 });
    const next = await house.restart();
    const ada = next.greet({ token: Uint8Array.of(1) });
    const { room } = await next.enter(ada, "yard");
    act(ada, room, 5, reply.kind, reply.write({ to: 2, text: "five" }));
    act(ada, room, 4, reply.kind, reply.write({ to: 2, text: "four" }));
    // What is stored is told its number, whatever became of its message since.
    act(ada, room, 2, edit.kind, edit.write({ to: 1, text: "edited" }));
    act(ada, room, 6, reply.kind, reply.write({ to: 6, text: "to what the crash took" }));
    await next.loop.settle();
    const answers = ada.frames.flatMap((frame) => {
      if (frame.kind === ServerKind.ack) return [[frame.nonce, frame.seq]];
      return frame.kind === ServerKind.refused ? [[frame.request, frame.code]] : [];
    });
    expect(answers.sort((a, b) => a[0]! - b[0]!)).toEqual([
      [2, 3],
      [4, Refusal.staleNonce],
      [6, Refusal.noSuchMessage],
    ]);
    expect((await stored(next)).map(({ nonce }) => nonce)).toEqual([1, 1, 2, 3, 5]);
  });

  /** What Ada is answered who says all of it at once. */
  async function atOnce(said: { kind: number; body: Uint8Array }[], options: HouseOptions = {}) {
    const { house, ada, room } = await talk({ limits: { messagesPerSecond: 0 }, ...options });
    said.forEach(({ kind, body }, at) => {
      act(ada, room, 2 + at, kind, body);
    });
    await house.loop.settle();
    const refused = ada.frames.flatMap((frame) =>
      frame.kind === ServerKind.refused ? [[frame.request - 2, frame.code]] : [],
    );
    return { refused, stored: (await stored(house)).length - 2 };
  }
  const put = (text: string, on = true, to = 1) => ({
    kind: reaction.kind,
    body: reaction.write({ to, on, text }),
  });
  const edited = { kind: edit.kind, body: edit.write({ to: 1, text: "new" }) };
  const removed = { kind: removal.kind, body: removal.write({ to: 1 }) };

  test("what is on its way to the log counts: nothing is done to what is being removed", async () => {
    expect(await atOnce([edited, removed, edited, put("👍"), removed])).toEqual({
      refused: [
        [2, Refusal.removed],
        [3, Refusal.removed],
        [4, Refusal.removed],
      ],
      stored: 2,
    });
  });

  test("a sign that is put twice by two tabs is stored once, and so is taking it back", async () => {
    const again = [put("👍"), put("👍"), put("👍", false), put("👍", false), put("👍"), put("👍", true, 2)];
    expect(await atOnce(again)).toEqual({
      refused: [
        [1, Refusal.noChange],
        [3, Refusal.noChange],
      ],
      stored: 4,
    });
    const { house, does } = await talk();
    expect(await does(reaction, { to: 1, ...THUMB })).toBeNull();
    expect(await does(reaction, { to: 1, ...THUMB })).toBe(Refusal.noChange);
    expect(await does(reaction, { to: 1, on: false, text: "🎉" })).toBe(Refusal.noChange);
    const next = await house.restart();
    const ada = next.greet({ token: Uint8Array.of(1) });
    const { room, nonce } = await next.enter(ada, "yard");
    act(ada, room, nonce + 1, reaction.kind, reaction.write({ to: 1, ...THUMB }));
    await next.loop.settle();
    expect(ada.last(ServerKind.refused).code).toBe(Refusal.noChange);
  });

  test("a message has so many different signs and no more, also of those on their way", async () => {
    const signs = Array.from({ length: MAX_SIGNS + 1 }, (_, i) => put(String.fromCodePoint(0x1f600 + i)));
    const { refused } = await atOnce([...signs, put("👍", true, 2)]);
    expect(refused).toEqual([[MAX_SIGNS, Refusal.tooManyReactions]]);
    const { does, bo } = await talk({ limits: { messagesPerSecond: 0 } });
    for (let i = 0; i < MAX_SIGNS; i++)
      expect(await does(reaction, { to: 1, on: true, text: String.fromCodePoint(0x1f600 + i) })).toBeNull();
    expect(await does(reaction, { to: 1, ...THUMB })).toBe(Refusal.tooManyReactions);
    // One that is there is not another one.
    expect(await does(reaction, { to: 1, on: true, text: "😀" }, bo)).toBeNull();
  });

  test("a room has so many signs and no more; they can still be taken back", async () => {
    const { house, does } = await talk();
    const { reactions } = (house.rooms.open("yard") as Room).projections;
    const size = vi.spyOn(reactions, "size", "get").mockReturnValue(MAX_ROOM_REACTIONS - 1);
    expect(await does(reaction, { to: 1, ...THUMB })).toBeNull();
    size.mockReturnValue(MAX_ROOM_REACTIONS);
    expect(await does(reaction, { to: 1, on: true, text: "🎉" })).toBe(Refusal.tooManyReactions);
    expect(await does(reaction, { to: 1, ...THUMB, on: false })).toBeNull();
  });

  test("a message has so many edits and no more, also of those on their way", async () => {
    const { refused } = await atOnce(Array(MAX_EDITS + 1).fill(edited));
    expect(refused).toEqual([[MAX_EDITS, Refusal.tooManyEdits]]);
  });

  test("a message has so many edits and no more", async () => {
    const { house, ada, room, does } = await talk({ limits: { messagesPerSecond: 0 } });
    for (let n = 0; n < MAX_EDITS; n++)
      act(ada, room, 2 + n, edit.kind, edit.write({ to: 1, text: `edit ${n}` }));
    await house.loop.settle();
    act(ada, room, 500, edit.kind, edit.write({ to: 1, text: "one more" }));
    await house.loop.settle();
    expect(ada.last(ServerKind.refused).code).toBe(Refusal.tooManyEdits);
    expect(await does(removal, { to: 1 })).not.toBe(Refusal.tooManyEdits);
  });

  test("a room has so many edits and no more; what was edited can still be removed", async () => {
    const { house, does } = await talk();
    const { amendments } = (house.rooms.open("yard") as Room).projections;
    const edits = vi.spyOn(amendments, "edits", "get").mockReturnValue(MAX_ROOM_EDITS - 1);
    expect(await does(edit, { to: 1, text: "last" })).toBeNull();
    edits.mockReturnValue(MAX_ROOM_EDITS);
    expect(await does(edit, { to: 1, text: "one more" })).toBe(Refusal.tooManyEdits);
    expect(await does(reply, { to: 1, text: "so?" })).toBeNull();
    expect(await does(removal, { to: 1 })).toBeNull();
  });

  test("an act at somebody who has not entered, and a nonce that is none", async () => {
    const { house, ada, room } = await talk();
    act(ada, room + 7, 2, reply.kind, reply.write({ to: 1, text: "x" }));
    await house.loop.settle();
    expect(ada.last(ServerKind.refused)).toMatchObject({
      code: Refusal.notInRoom,
      request: 2,
      room: room + 7,
    });
    act(ada, room, WIRE.maxVarint, reply.kind, reply.write({ to: 1, text: "x" }));
    await house.loop.settle();
    expect(ada.last(ServerKind.refused).code).toBe(Refusal.nonceTooHigh);
  });
});

/** Reads wait until they are let through. */
class HeldLog extends MemoryLog {
  held: (() => void)[] | null = null;
  override async readForward(room: number, from: number, options: ReadOptions) {
    await new Promise<void>((go) => (this.held ? this.held.push(go) : go()));
    return super.readForward(room, from, options);
  }
}

describe("an act whose message is looked for on disk", () => {
  async function held() {
    const log = new HeldLog();
    const at = await talk({ ...NO_TAIL, log });
    log.held = [];
    const release = async () => {
      const waiting = log.held ?? [];
      log.held = null;
      for (const go of waiting) go();
      await at.house.loop.settle();
    };
    return { ...at, release };
  }

  test("is followed by what was said behind it, in order", async () => {
    const { house, ada, room, release } = await held();
    act(ada, room, 2, reply.kind, reply.write({ to: 1, text: "reply" }));
    send(ada, room, 3, "behind");
    act(ada, room, 4, edit.kind, edit.write({ to: 1, text: "edit" }));
    send(ada, room, 5, "last");
    await house.loop.settle();
    expect(ada.frames.at(-1)?.kind).not.toBe(ServerKind.refused);
    await release();
    expect((await stored(house)).slice(2).map(({ nonce, text }) => [nonce, text])).toEqual([
      [2, "reply"],
      [3, "behind"],
      [4, "edit"],
      [5, "last"],
    ]);
  });

  test("holds a bounded number of bytes; the rest is told when to come again, and comes in order", async () => {
    const { house, ada, room, release } = await held();
    act(ada, room, 2, reply.kind, reply.write({ to: 1, text: "reply" }));
    for (let nonce = 3; nonce < 30; nonce++) send(ada, room, nonce, "x".repeat(4000));
    // It would fit, and must not stand before what did not.
    send(ada, room, 30, "short");
    const refused = ada.frames.flatMap((frame) =>
      frame.kind === ServerKind.refused ? [[frame.request, frame.code, frame.retryAfterMs > 0]] : [],
    );
    expect(refused[0]).toEqual([18, Refusal.tooFast, true]);
    expect(refused.slice(1)).toEqual(
      Array.from({ length: 12 }, (_, i) => [19 + i, Refusal.outOfOrder, false]),
    );
    await release();
    for (let nonce = 18; nonce < 31; nonce++) send(ada, room, nonce, "y");
    await house.loop.settle();
    expect((await stored(house)).slice(1).map(({ nonce }) => nonce)).toEqual(
      Array.from({ length: 30 }, (_, i) => Math.max(1, i + 1)),
    );
  });

  test("is followed in order although what is stored, or waits behind it, is repeated when nothing more can wait", async () => {
    const { house, ada, room, release } = await held();
    const text = "x".repeat(4000);
    act(ada, room, 2, reply.kind, reply.write({ to: 1, text: "reply" }));
    for (let nonce = 3; nonce <= 18; nonce++) send(ada, room, nonce, text);
    expect(ada.last(ServerKind.refused)).toMatchObject({ request: 18, code: Refusal.tooFast });
    // One that waits, and one that is stored: neither finds a place.
    send(ada, room, 17, text);
    send(ada, room, 1, text);
    await release();
    send(ada, room, 19, "not before 18");
    await house.loop.settle();
    expect(ada.last(ServerKind.refused)).toMatchObject({ request: 19, code: Refusal.outOfOrder });
    send(ada, room, 18, text);
    send(ada, room, 19, "behind");
    await house.loop.settle();
    const nonces = (await stored(house)).slice(2).map(({ nonce }) => nonce);
    expect(nonces).toEqual(Array.from({ length: 18 }, (_, i) => i + 2));
  });

  test("is not overtaken by what is said after entering again, and nor is what waits behind it", async () => {
    const { house, ada, room, release } = await held();
    act(ada, room, 2, reply.kind, reply.write({ to: 1, text: "reply" }));
    send(ada, room, 3, "behind");
    await house.enter(ada, "yard", { position: { epoch: house.log.epoch, seq: 2 } });
    send(ada, room, 4, "after");
    await house.loop.settle();
    await release();
    expect((await stored(house)).slice(2).map(({ nonce }) => nonce)).toEqual([2, 3, 4]);
    expect(ada.frames.some(({ kind }) => kind === ServerKind.refused)).toBe(false);
  });

  test("is stored nowhere when its connection ends meanwhile, or leaves; what waits is answered", async () => {
    const gone = await held();
    act(gone.ada, gone.room, 2, reply.kind, reply.write({ to: 1, text: "reply" }));
    gone.ada.cut();
    await gone.release();
    expect(await stored(gone.house)).toHaveLength(2);
    const left = await held();
    act(left.ada, left.room, 2, reply.kind, reply.write({ to: 1, text: "reply" }));
    send(left.ada, left.room, 3);
    left.ada.write({ kind: ClientKind.leave, room: left.room });
    await left.release();
    const codes = left.ada.frames.flatMap((frame) => (frame.kind === ServerKind.refused ? [frame.code] : []));
    expect(codes).toEqual([Refusal.notInRoom, Refusal.notInRoom]);
  });

  test("is judged by a removal of its message that is on its way to the log", async () => {
    const { house, ada, room, release } = await held();
    const other = house.greet({ token: Uint8Array.of(1) });
    await house.enter(other, "yard", { position: { epoch: house.log.epoch, seq: 2 } });
    act(other, room, 2, removal.kind, removal.write({ to: 1 }));
    act(ada, room, 3, edit.kind, edit.write({ to: 1, text: "too late" }));
    await house.loop.settle();
    await release();
    await house.rooms.blanking.drained();
    expect(ada.last(ServerKind.refused)).toMatchObject({ request: 3, code: Refusal.removed });
    expect((await stored(house)).map(({ text }) => text)).toEqual(["", "second", undefined]);
  });
});
