import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Hashcash } from "../src/server/newcomer-work.ts";
import { SessionState } from "../src/session/session.ts";
import { Close } from "../src/wire/codes.ts";
import { Capability, ClientKind, ServerKind } from "../src/wire/frames.ts";
import { FakeHouse, HELLO } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

/** Counts up, as the protocol says one may. */
function solve(bits: number, challenge: Uint8Array): number {
  for (let answer = 0; answer < 2 ** 20; answer++) {
    const number = Buffer.alloc(8);
    number.writeUInt32BE(answer, 4);
    const digest = createHash("sha256").update(challenge).update(number).digest();
    if (BigInt(`0x${digest.toString("hex")}`) >> BigInt(256 - bits) === 0n) return answer;
  }
  throw new Error("no answer in a million tries");
}

const ABLE = { ...HELLO, capabilities: Capability.answersChallenge };

describe("the puzzle", () => {
  test("is answered by whoever counts, and by nothing else", () => {
    const work = new Hashcash(0);
    for (const bits of [1, 7, 8, 9, 12]) {
      const challenge = Uint8Array.of(1, 2, 3, bits);
      const answer = solve(bits, challenge);
      expect(work.isDone(bits, challenge, answer)).toBe(true);
      for (let other = 0; other < answer; other++) expect(work.isDone(bits, challenge, other)).toBe(false);
      expect(work.isDone(bits, Uint8Array.of(1, 2, 4, bits), answer) && bits > 7).toBe(false);
    }
    expect(work.isDone(8, Buffer.from("6d6164616e672e31", "hex"), 400)).toBe(true);
    expect(work.isDone(1, Uint8Array.of(1), Number.MAX_SAFE_INTEGER)).toBeTypeOf("boolean");
  });

  test("is harder the more newcomers there are, never the same, and only what the operator wants in quiet times", () => {
    const bits = (always: number, pressure: number) => new Hashcash(always).demand(pressure)?.bits ?? 0;
    expect([0, 0.4, 0.5, 0.9, 1].map((pressure) => bits(0, pressure))).toEqual([0, 0, 16, 19, 19]);
    expect([0, 0.5, 1].map((pressure) => bits(18, pressure))).toEqual([18, 18, 19]);
    const work = new Hashcash(1);
    const seen = new Set(Array.from({ length: 100 }, () => String(work.demand(0)!.challenge)));
    expect(seen.size).toBe(100);
  });
});

describe("a newcomer", () => {
  const house = () => new FakeHouse({ work: new Hashcash(6), limits: { helloTimeoutMs: 5_000 } });
  const answer = (socket: FakeSocket) => {
    const { bits, challenge } = socket.last(ServerKind.challenge);
    socket.write({ kind: ClientKind.work, answer: solve(bits, challenge) });
  };

  test("is welcomed after the work, with what the hello said, and has a minute for it", async () => {
    const here = house();
    const socket = here.connect();
    socket.write({ ...ABLE, name: "Ada" });
    await here.loop.advance(30_000);
    expect(socket.frames.map(({ kind }) => kind)).toEqual([ServerKind.challenge]);
    expect(socket.session.state).toBe(SessionState.greeting);
    answer(socket);
    expect(socket.last(ServerKind.welcome).name).toBe("Ada");
  });

  test("who takes longer than a minute is asked to come again", async () => {
    const here = house();
    const socket = here.connect();
    socket.write(ABLE);
    await here.loop.advance(59_000);
    expect(socket.closedWith).toBeNull();
    await here.loop.advance(1_000);
    expect(socket.closedWith).toBe(Close.helloTimeout);
  });

  test("who answers wrongly, twice, unasked, or cannot answer, is not let in", () => {
    const here = house();
    const wrong = here.connect();
    wrong.write(ABLE);
    const { bits, challenge } = wrong.last(ServerKind.challenge);
    wrong.write({ kind: ClientKind.work, answer: solve(bits, challenge) + 2 ** 40 });
    expect(wrong.closedWith).toBe(Close.workNeeded);
    const unasked = here.connect();
    unasked.write({ kind: ClientKind.work, answer: 1 });
    expect(unasked.closedWith).toBe(Close.unexpectedFrame);
    const again = here.connect();
    again.write(ABLE);
    again.write(ABLE);
    expect(again.closedWith).toBe(Close.unexpectedFrame);
    const old = here.connect();
    old.write(HELLO);
    expect(old.closedWith).toBe(Close.workNeeded);
  });

  test("whoever shows a token is none", () => {
    const here = house();
    const first = here.connect();
    first.write(ABLE);
    answer(first);
    const back = here.connect();
    back.write({ ...HELLO, token: first.last(ServerKind.welcome).token });
    expect(back.last(ServerKind.welcome).author).toBe(first.last(ServerKind.welcome).author);
  });
});

test("a flood of newcomers from one address is asked for work before it is refused", async () => {
  const allowances = { identity: {}, server: {}, visitor: { identities: { perSecond: 1, burst: 10 } } };
  const here = new FakeHouse({ work: new Hashcash(0), allowances });
  const one = here.connect();
  const address = one.session.visitor;
  const kinds: number[] = [];
  for (let n = 0; n < 8; n++) {
    const socket = here.connect(address);
    socket.write(ABLE);
    kinds.push(socket.frames[0]!.kind);
  }
  expect(kinds).toEqual([...Array(5).fill(ServerKind.welcome), ...Array(3).fill(ServerKind.challenge)]);
  const elsewhere = here.connect();
  elsewhere.write(HELLO);
  expect(elsewhere.frames[0]!.kind).toBe(ServerKind.welcome);
});
