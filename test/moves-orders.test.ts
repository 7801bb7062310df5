/**
 * Three browsers move one identity about in random orders, with cuts, restarts and time going by: one token holds at any
 * time, nobody's text is taken for a repeat of another's, and there is always somebody who gets in. A seed replays.
 */
import { expect, test } from "vitest";
import { TokenWorth } from "../src/session/socket.ts";
import { ServerKind } from "../src/wire/frames.ts";
import type { Moved } from "../src/wire/moving.ts";
import { Dice } from "./dice.ts";
import { send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { MovingYard } from "./moving-yard.ts";

interface Browser {
  /** The first is the identity's; the others are guests until they are given one of it. */
  token: Uint8Array;
  isAda: boolean;
  socket: FakeSocket | null;
  room: number;
  nonce: number;
  attempt: Uint8Array;
  /** Texts on their way, by nonce. */
  sent: Map<number, string>;
}

interface Outcome {
  /** What should not have been. */
  wrong: string[];
  moves: number;
  texts: number;
}

async function run(seed: number, steps: number, isBroken = false): Promise<Outcome> {
  const dice = new Dice(seed);
  const yard = await MovingYard.open();
  const break_ = () => {
    if (isBroken) yard.house.house.identities.show = (_token, then) => then(TokenWorth.holds);
  };
  break_();
  const first = await yard.hello(undefined, "Ada");
  const { author, token } = first.last(ServerKind.welcome);
  first.cut();
  const browser = (isAda: boolean, own: Uint8Array, id: number): Browser => ({
    ...{ token: own, isAda, socket: null, room: 0, nonce: 0, attempt: Uint8Array.of(id), sent: new Map() },
  });
  const browsers = [
    browser(true, token, 0),
    browser(false, new Uint8Array(0), 1),
    browser(false, new Uint8Array(0), 2),
  ];
  const given = [token];
  const wrong: string[] = [];
  const written = new Set<string>();
  let phrase = "";
  let moves = 0;
  let texts = 0;

  const enter = async (one: Browser) => {
    one.socket?.cut();
    const socket = await yard.hello(one.token, one.isAda ? "Ada" : "");
    one.socket = socket.closedWith === null ? socket : null;
    if (!one.socket) return;
    if (!one.isAda) one.token = socket.last(ServerKind.welcome).token;
    else if (socket.last(ServerKind.welcome).author !== author) wrong.push("became somebody else");
    const entered = await yard.house.enter(socket, "yard", { anyName: true });
    one.room = entered.room;
    one.nonce = Math.max(entered.nonce, ...one.sent.keys(), 0);
    if (one.isAda) for (const [nonce, text] of one.sent) send(socket, one.room, nonce, text);
  };
  const become = (one: Browser, moved: Moved) => {
    one.socket?.cut();
    if (moved.author !== author) return;
    // What was on its way comes back to its writer.
    if (!one.isAda) one.sent.clear();
    Object.assign(one, { token: moved.token, isAda: true, socket: null });
    given.push(moved.token);
    moves++;
  };
  for (let step = 0; step < steps; step++) {
    const one = browsers[dice.int(0, 3 - 1)] as Browser;
    const isIn = one.socket !== null && one.socket.closedWith === null;
    switch (dice.int(0, 19)) {
      case 0:
      case 1:
      case 9:
      case 10:
        if (!isIn || dice.int(0, 3) === 0) await enter(one);
        break;
      case 2:
        one.socket?.cut();
        one.socket = null;
        break;
      case 3:
      case 11:
        if (isIn && one.isAda) ({ phrase } = await yard.out(one.socket!));
        break;
      case 4:
      case 12:
      case 13:
        if (isIn && phrase && dice.int(0, 4 - 1) > 0) {
          const moved = await yard.in(one.socket!, phrase, one.attempt);
          // Some lose the answer.
          if (typeof moved !== "number" && dice.int(0, 4 - 1) > 0) become(one, moved);
        }
        break;
      case 5:
        if (isIn && one.isAda && dice.int(0, 3 - 1) === 0) become(one, await yard.renew(one.socket!));
        break;
      case 6:
        for (const each of browsers) each.socket = null;
        await yard.restart();
        break_();
        break;
      case 7:
        await yard.loop.advance(dice.int(0, 400_000));
        break;
      default:
        if (isIn && one.isAda) {
          const text = `text ${texts++}`;
          one.sent.set(++one.nonce, text);
          written.add(text);
          send(one.socket!, one.room, one.nonce, text);
          await yard.settle();
        }
    }
    await yard.settle();
    const open = browsers.filter(({ isAda, socket }) => isAda && socket?.closedWith === null);
    if (new Set(open.map(({ token }) => String(token))).size > 1) wrong.push(`step ${step}: two tokens hold`);
    for (const one of open)
      for (const { nonce, seq } of one.socket!.all(ServerKind.ack)) {
        const text = one.sent.get(nonce);
        const said = one.socket!.blocks.flatMap(({ seq: at, records }) =>
          records.map((r, i) => [at + i, r.text]),
        );
        const known = said.find(([at]) => at === seq)?.[1];
        if (text && known !== undefined && known !== text)
          wrong.push(`step ${step}: ${text} is taken for ${known}`);
      }
  }
  // Whoever holds one of them gets in, and it is one.
  const holding: boolean[] = [];
  for (const one of given.reverse()) holding.push((await yard.hello(one, "Ada")).closedWith === null);
  if (!holding.includes(true)) wrong.push("nobody gets in");
  return { wrong, moves, texts };
}

test("whatever the order, one token holds, no text is lost as a repeat, and somebody gets in", async () => {
  let moves = 0;
  let texts = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const outcome = await run(seed, 200);
    expect(outcome.wrong, `seed ${seed}`).toEqual([]);
    moves += outcome.moves;
    texts += outcome.texts;
  }
  expect(moves).toBeGreaterThan(60);
  expect(texts).toBeGreaterThan(300);
});

test("control: without an end of tokens two speak as one, and a text is taken for another's", async () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= 20; seed++) wrong.push(...(await run(seed, 200, true)).wrong);
  expect(wrong.some((line) => line.includes("two tokens hold"))).toBe(true);
  expect(wrong.some((line) => line.includes("is taken for"))).toBe(true);
});
