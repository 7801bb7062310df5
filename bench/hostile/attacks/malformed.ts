/** Frames that are wrong in every way there is, and right ones that were changed at random, by seed. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { type ClientFrame, ClientKind, Direction, Language } from "../../../src/wire/frames.ts";
import { WIRE } from "../../../src/wire/limits.ts";
import { MoveWords, writeMoveIn, writeMoveOut } from "../../../src/wire/moving.ts";
import type { RecordKind } from "../../../src/wire/records/kind.ts";
import { Sanction, sanction } from "../../../src/wire/records/sanction.ts";
import { settings } from "../../../src/wire/records/settings.ts";
import { sweep } from "../../../src/wire/records/sweep.ts";
import type { Random } from "../../random.ts";
import type { Arena } from "../arena.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";

const AT_ONCE = 30;
/** The first that is wrong ends a connection, and the rest of it is for nobody. */
const A_CONNECTION = 8;
const ADDRESSES = 200;

const hello: ClientFrame = {
  ...{ kind: ClientKind.hello, version: WIRE.version, capabilities: 0, language: Language.en },
  ...{ token: new Uint8Array(0), name: "Mallory" },
};

function act<Body extends object>(nonce: number, kind: RecordKind<Body>, body: Body): ClientFrame {
  return { kind: ClientKind.act, room: 1, nonce, act: kind.kind, body: kind.write(body) };
}

/** One of each kind, as it should be. */
export const RIGHT: ClientFrame[] = [
  hello,
  { kind: ClientKind.enter, request: 1, anyName: true, room: "hostile", history: 10, position: null },
  {
    ...{ kind: ClientKind.enter, request: 2, anyName: false, room: "hostile", history: 0 },
    position: { epoch: "0123456789abcdef", seq: 7 },
  },
  { kind: ClientKind.work, answer: 7 },
  { kind: ClientKind.leave, room: 1 },
  { kind: ClientKind.send, room: 1, nonce: 1, text: Buffer.from("hostile") },
  { kind: ClientKind.history, request: 3, room: 1, direction: Direction.before, seq: 5, limit: 10 },
  {
    kind: ClientKind.history,
    request: 5,
    room: 1,
    direction: Direction.after,
    seq: 0,
    limit: 10,
    became: true,
  },
  { kind: ClientKind.makeRoom, request: 6, unlisted: true, room: "hostile" },
  {
    ...{ kind: ClientKind.moveOut, request: 7 },
    body: writeMoveOut({ words: MoveWords.en, baggage: Buffer.from("{}") }),
  },
  {
    ...{ kind: ClientKind.moveIn, request: 8 },
    body: writeMoveIn({ attempt: Buffer.of(1, 2, 3), phrase: "acorn maple" }),
  },
  { kind: ClientKind.renew, request: 9, body: new Uint8Array(0) },
  { kind: ClientKind.makeRoom, request: 7, unlisted: true, room: "hostile", password: Buffer.from("p") },
  { kind: ClientKind.setPassword, request: 8, room: "hostile", password: Buffer.from("p") },
  { kind: ClientKind.who, request: 10, room: 1, seq: 1 },
  { kind: ClientKind.edits, request: 11, room: 1, seq: 1 },
  { kind: ClientKind.report, request: 12, room: 1, seq: 1, reason: Buffer.from("spam") },
  { kind: ClientKind.operateAs, request: 13, body: Buffer.from("a guess of a key") },
  { kind: ClientKind.operate, request: 14, body: Buffer.from([1, 1, 0x61]) },
  { kind: ClientKind.rename, request: 4, name: "Mallory 2" },
  { kind: ClientKind.watchRooms, on: true },
  { kind: ClientKind.typing, room: 1, on: true },
  { kind: ClientKind.ping, token: 1 },
  { kind: ClientKind.act, room: 1, nonce: 2, act: 3, body: Buffer.from([1, 0x61]) },
  { kind: ClientKind.act, room: 1, nonce: 3, act: 5, body: Buffer.from([1]) },
  { kind: ClientKind.act, room: 1, nonce: 4, act: 6, body: Buffer.from("\u0001\u0001👍") },
  act(5, settings, { slowSeconds: 10, speakers: 1, locked: true, title: "Hostile" }),
  act(6, sanction, { who: 2, what: Sanction.ban, until: 0, text: "no" }),
  act(7, sweep, { who: 2, since: 1, text: "" }),
];

/** Every cut, every byte too many, every kind, and numbers and lengths that lie. */
export function malformed(): Buffer[] {
  const right = RIGHT.map((frame) => Buffer.from(encodeClientFrame(frame)));
  const cut = right.flatMap((bytes) => Array.from({ length: bytes.length }, (_, n) => bytes.subarray(0, n)));
  const longer = right.map((bytes) => Buffer.concat([bytes, Buffer.of(0)]));
  const kinds = Array.from({ length: 256 }, (_, kind) => Buffer.of(kind, 1, 1, 1, 1, 1));
  const endless = right.map((bytes) => Buffer.concat([bytes.subarray(0, 1), Buffer.alloc(20, 0xff)]));
  const overlong = right.map((bytes) => Buffer.concat([bytes.subarray(0, 1), Buffer.of(0x80, 0x80, 0x00)]));
  const lengths = right.map((bytes) => Buffer.concat([bytes.subarray(0, 4), Buffer.of(0xff)]));
  const texts = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0]].flatMap((bad) => [
    Buffer.from([ClientKind.rename, 1, bad.length, ...bad]),
    Buffer.from([ClientKind.send, 1, 1, ...bad]),
    Buffer.from([ClientKind.enter, 1, 2, bad.length, ...bad, 0]),
  ]);
  const large = Buffer.concat([Buffer.of(ClientKind.send, 1, 1), Buffer.alloc(8_180, 0x61)]);
  return [...cut, ...longer, ...kinds, ...endless, ...overlong, ...lengths, ...texts, large];
}

/** A right frame, changed in one to four places. */
export function mutated(random: Random): Buffer {
  let bytes = Buffer.from(encodeClientFrame(random.pick(RIGHT)));
  for (let left = random.between(1, 4); left > 0; left--) {
    const at = random.between(0, bytes.length);
    const way = random.between(0, 4);
    if (way === 0 && at < bytes.length) bytes[at] = random.between(0, 255);
    else if (way === 1 && at < bytes.length) bytes[at]! ^= 1 << random.between(0, 7);
    else if (way === 2) bytes = bytes.subarray(0, at);
    else if (way === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(random.between(0, 255)), bytes.subarray(at)]);
    else bytes = Buffer.concat([bytes, bytes.subarray(at)]);
  }
  return bytes;
}

/** Sends all that `next` gives, some on each connection; half of the connections have said hello before. */
async function sendAll(arena: Arena, next: () => Buffer | null): Promise<void> {
  let connections = 0;
  await arena.abreast(AT_ONCE, async () => {
    for (let frame = next(); frame && !arena.over; ) {
      const peer = arena.peer(connections++ % ADDRESSES);
      if (!(await peer.opened)) {
        await arena.pause(20);
        continue;
      }
      if (connections % 2 === 0) peer.send(hello, RIGHT[1]!);
      const batch: Buffer[] = [];
      for (; frame && batch.length < A_CONNECTION; frame = next()) batch.push(wsFrame(frame));
      arena.count("frames", batch.length);
      peer.raw(Buffer.concat(batch));
      // A whole one behind them: when it is answered, or the connection has ended, all were looked at.
      peer.send({ kind: ClientKind.ping, token: 1 });
      await Promise.race([peer.next(() => true), peer.ended]);
      peer.leave();
    }
  });
}

export const malformedFrames: Attack = {
  name: "malformed",
  what: "malformed frames of every kind",
  atLeastSeconds: 10,
  run: (arena) => {
    const frames = malformed();
    return sendAll(arena, () => frames.pop() ?? null);
  },
};

export const mutatedFrames: Attack = {
  name: "mutated",
  what: "frames changed at random",
  atLeastSeconds: 60,
  run: (arena) => {
    let left = arena.order.mutations;
    return sendAll(arena, () => (left-- > 0 ? mutated(arena.random) : null));
  },
};
