/**
 * Operating a real server as a bot does: the key, orders, what others hear; and that nothing of it is there without a
 * key.
 */
import { expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { decodeReserved, kinds, Order, operate, operateAs, Sort } from "../src/client/client.ts";
import { RoomState } from "../src/client/contract.ts";
import { decodeText } from "../src/wire/bytes.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { type AnnouncedFrame, ServerCapability } from "../src/wire/frames.ts";
import { runServer } from "./running-server.ts";

const KEY = "the-key-of-a-test-0123";

test("a bot closes a room, keeps names and announces, with the key alone", async () => {
  await using server = await runServer({ operatorKey: KEY });
  const port = Number(new URL(server.socketUrl).port);
  const heard: AnnouncedFrame[] = [];
  const op = visitor(port, "127.0.0.1", {});
  const bo = visitor(port, "127.0.0.2", { announced: (frame) => heard.push(frame) });
  try {
    op.start();
    bo.start();
    const his = bo.enter("yard", { listener: {} });
    await expect.poll(() => his.state).toBe(RoomState.live);
    expect(op.capabilities & ServerCapability.isOperated).not.toBe(0);
    await expect(operate(op, { what: Order.list })).rejects.toMatchObject({ code: Refusal.notAllowed });
    await expect(operateAs(op, `${KEY}?`)).rejects.toMatchObject({ code: Refusal.wrongKey });
    await operateAs(op, KEY);
    await operate(op, { what: Order.announce, until: 0, text: "공지" });
    await expect.poll(() => heard.map(({ text }) => decodeText(text))).toEqual(["공지"]);
    await operate(op, { what: Order.reserve, sort: Sort.room, name: "lobby" });
    expect(decodeReserved(await operate(op, { what: Order.list }))).toEqual([
      { sort: Sort.room, name: "lobby" },
    ]);
    his.send("hello");
    await expect.poll(() => his.pending).toEqual([]);
    await operate(op, { what: Order.close, reserve: true, room: "yard", reason: "spam" });
    await expect.poll(() => his.state).toBe(RoomState.refused);
    expect(his.refusal).toMatchObject({ code: Refusal.roomClosed, suggestion: "spam", putOut: null });
    const lobby = bo.enter("lobby", { listener: {} });
    await expect.poll(() => lobby.refusal?.code).toBe(Refusal.reservedName);
    const back = op.enter("lobby", { listener: {} });
    await expect.poll(() => back.state).toBe(RoomState.live);
    // What somebody whose room was closed had not sent goes nowhere, and they are in no loop of entering.
    his.send("after that");
    const again = bo.enter("yard", { listener: {} });
    await expect.poll(() => again.refusal?.code).toBe(Refusal.roomClosed);
    expect(back.act(kinds.topic, { text: "tea" }).refused).toBeNull();
    await expect.poll(() => back.pending).toEqual([]);
  } finally {
    op.stop();
    bo.stop();
  }
});

test("a server without a key says so, and ends a connection that shows one", async () => {
  await using server = await runServer({});
  const codes: (number | null)[] = [];
  const op = visitor(Number(new URL(server.socketUrl).port), "127.0.0.1", {
    state: (_, { code }) => codes.push(code),
  });
  try {
    op.start();
    await expect.poll(() => op.me?.author).toBeGreaterThan(0);
    expect(op.capabilities & ServerCapability.isOperated).toBe(0);
    operateAs(op, KEY).catch(() => undefined);
    await expect.poll(() => codes.at(-1)).toBe(Close.unexpectedFrame);
  } finally {
    op.stop();
  }
});
