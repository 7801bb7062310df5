/** Rooms with a password, and what tests ask of them: make, enter, set. */
import { expect } from "vitest";
import { encodeText } from "../src/wire/bytes.ts";
import type { Refusal } from "../src/wire/codes.ts";
import { ClientKind, type EnterFrame, type ServerFrame, ServerKind } from "../src/wire/frames.ts";
import { ENTER, FakeHouse, type HouseOptions } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

export type Bytes = string | Uint8Array;
export const bytesOf = (password: Bytes) => (typeof password === "string" ? encodeText(password) : password);

let requests = 100;

/** The code of the refusal of a request, or the frame that answers it; undefined: nothing did yet. */
export function answerTo(socket: FakeSocket, request: number): ServerFrame | Refusal | undefined {
  const frame = socket.frames.find((one) => "request" in one && one.request === request);
  return frame?.kind === ServerKind.refused ? frame.code : frame;
}

export async function make(
  house: FakeHouse,
  socket: FakeSocket,
  room: string,
  password?: Bytes,
  unlisted = false,
) {
  const request = ++requests;
  const own = password === undefined ? {} : { password: bytesOf(password) };
  socket.write({ kind: ClientKind.makeRoom, request, unlisted, room, ...own });
  await house.loop.settle();
  return answerTo(socket, request);
}

export function ask(
  socket: FakeSocket,
  room: string,
  password?: Bytes,
  more: Partial<EnterFrame> = {},
): number {
  const request = ++requests;
  const own = password === undefined ? {} : { password: bytesOf(password) };
  socket.write({ ...ENTER, request, anyName: true, room, ...own, ...more });
  return request;
}

/** The number of the room, or the code of the refusal. */
export async function enter(house: FakeHouse, socket: FakeSocket, room: string, password?: Bytes) {
  const request = ask(socket, room, password);
  await house.loop.settle();
  return answerTo(socket, request);
}

export async function set(
  house: FakeHouse,
  socket: FakeSocket,
  password: Bytes,
  settle = true,
  room = "yard",
) {
  const request = ++requests;
  socket.write({ kind: ClientKind.setPassword, request, room, password: bytesOf(password) });
  if (settle) await house.loop.settle();
  return settle ? answerTo(socket, request) : request;
}

export const isIn = expect.objectContaining({ kind: ServerKind.entered });
export const isMade = (room: string) => expect.objectContaining({ kind: ServerKind.made, room });
export const isSet = (on: boolean) => expect.objectContaining({ kind: ServerKind.passwordSet, on });

/** A room with the password "sesame" that Ada made and is in, and Bo, who is not. */
export async function closedYard(options: HouseOptions = {}) {
  const house = new FakeHouse(options);
  const ada = house.greet({ name: "Ada" });
  await make(house, ada, "yard", "sesame");
  const { room } = await house.enter(ada, "yard");
  const bo = house.greet({ name: "Bo" });
  house.hashes.made = 0;
  return { house, ada, bo, room };
}

export const stored = async ({ log }: FakeHouse) =>
  (await log.states("password/", "", 100)).map(({ name }) => name);
