/**
 * An open room with two people and whoever operates the server in it, and what they do in it and to all of the server.
 */
import { encodeText } from "../src/wire/bytes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { encodeOrder, type OrderBody } from "../src/wire/orders.ts";
import { ENTER, FakeHouse, type HouseOptions } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

export const KEY = "the-key-of-a-test-0123";

/** An open room with Bo and Cy in it, and Op, who has shown no key. */
export async function operatedYard(options: HouseOptions = {}) {
  const house = new FakeHouse({ operatorKey: KEY, ...options });
  const bo = await house.seated("yard", "Bo");
  const cy = await house.seated("yard", "Cy");
  const op = await house.seated("yard", "Op");
  const { room } = bo;
  let nonce = 1_000;
  let request = 100;
  const shows = async (key = KEY, socket = op.socket) => {
    socket.write({ kind: ClientKind.operateAs, request: ++request, body: encodeText(key) });
    await house.loop.settle();
    return answerTo(socket, request);
  };
  const wants = async (order: OrderBody, socket = op.socket, settle = true) => {
    socket.write({ kind: ClientKind.operate, request: ++request, body: encodeOrder(order) });
    if (settle) await house.loop.settle();
    return answerTo(socket, request);
  };
  const does = async <Body extends object>(
    kind: { kind: number; write(body: Body): Uint8Array },
    body: Body,
    socket = op.socket,
    number = room,
  ) => {
    const own = ++nonce;
    socket.write({ kind: ClientKind.act, room: number, nonce: own, act: kind.kind, body: kind.write(body) });
    await house.loop.settle();
    return answerTo(socket, own);
  };
  return { house, bo, cy, op, room, shows, wants, does };
}

/** The code with which a request was refused; null: it was not. */
export function answerTo(socket: FakeSocket, request: number): number | null {
  const refused = socket.all(ServerKind.refused).filter((frame) => frame.request === request);
  return refused.at(-1)?.code ?? null;
}

export async function enters(house: FakeHouse, socket: FakeSocket, room = "yard"): Promise<number | null> {
  const before = socket.frames.length;
  socket.write({ ...ENTER, request: 77, room });
  await house.loop.settle();
  const told = socket.frames.slice(before).find(({ kind }) => kind === ServerKind.refused);
  return told ? (told as { code: number }).code : null;
}
