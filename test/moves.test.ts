/** An identity moves by a phrase and its earlier token ends, whatever is lost on the way; and one token is renewed. */
import { describe, expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { SHOWN_WITHIN_MS } from "../src/server/serials.ts";
import { MAX_MOVES, Moves, PHRASE_MS } from "../src/session/moves.ts";
import { DEFAULT_ALLOWANCES } from "../src/wire/allowances.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { encodeClientFrame } from "../src/wire/encode.ts";
import { ClientKind, type MovedFrame, type MoveFrame, ServerKind } from "../src/wire/frames.ts";
import { type Moved, MoveWords, readMoving, writeMoveIn, writeMoveOut } from "../src/wire/moving.ts";
import { edit } from "../src/wire/records/edit.ts";
import { send } from "./fake-house.ts";
import { FakeLoop } from "./fake-loop.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { ATTEMPT, MovingYard } from "./moving-yard.ts";

const tokenOf = (socket: FakeSocket) => socket.last(ServerKind.welcome).token;

/** Ada, whose phrase somebody else said: what that gave. */
async function saidPhrase(yard: MovingYard) {
  const ada = await yard.hello(undefined, "Ada");
  const token = tokenOf(ada);
  const { author } = ada.last(ServerKind.welcome);
  const guest = await yard.hello();
  const { phrase } = await yard.out(ada, MoveWords.en, encodeText("her rooms"));
  const moved = (await yard.in(guest, phrase)) as Moved;
  return { ada, guest, token, author, phrase, moved };
}

describe("a phrase", () => {
  test("gives whoever says it name, authorship and baggage, and ends nothing before that is used", async () => {
    const yard = await MovingYard.open();
    const ada = await yard.hello(undefined, "Ada");
    const { author } = ada.last(ServerKind.welcome);
    const { room } = await yard.house.enter(ada, "yard");
    send(ada, room, 1, "mine");
    await yard.settle();
    const { expiresAt, phrase } = await yard.out(ada, MoveWords.ko, encodeText("her rooms"));
    expect(expiresAt).toBe(yard.loop.now() + PHRASE_MS);
    expect(phrase.split(" ")).toHaveLength(5);
    const guest = await yard.hello();
    const typed = ` ${phrase.normalize("NFD").replaceAll(" ", "- ")}.`;
    const moved = (await yard.in(guest, typed)) as Moved;
    expect(moved).toMatchObject({ author, name: "Ada", baggage: encodeText("her rooms") });
    expect(moved.token).not.toEqual(tokenOf(ada));
    expect(ada.closedWith).toBeNull();
    expect(yard.became(await yard.hello(tokenOf(ada)))).toBe(author);

    const there = await yard.hello(moved.token, moved.name);
    expect(yard.became(there)).toBe(author);
    expect(ada.closedWith).toBe(Close.tokenEnded);
    expect(ada.last(ServerKind.goodbye)).toMatchObject({ code: Close.tokenEnded, retryAfterMs: 0 });
    // What she wrote is hers to change, from the number on that she had come to.
    const entered = await yard.house.enter(there, "yard");
    expect(entered.nonce).toBe(1);
    there.write({
      ...{ kind: ClientKind.act, room: entered.room, nonce: 2, act: edit.kind },
      body: edit.write({ to: 1, text: "still mine" }),
    });
    await yard.settle();
    expect(there.all(ServerKind.refused)).toEqual([]);
    const again = await yard.hello(tokenOf(ada));
    expect([again.closedWith, again.all(ServerKind.welcome)]).toEqual([Close.tokenEnded, []]);
    expect(yard.became(await yard.hello(moved.token))).toBe(author);
  });

  test("whose answer was lost gives the same to the same attempt, and nothing to another", async () => {
    const yard = await MovingYard.open();
    const ada = await yard.hello();
    const { phrase } = await yard.out(ada);
    const guest = await yard.hello();
    // Cut before the answer.
    const lost = yard.in(guest, phrase);
    guest.cut();
    await lost.catch(() => undefined);
    const again = await yard.hello();
    expect(await yard.in(again, phrase, Uint8Array.of(1, 2, 3))).toBe(Refusal.badPhrase);
    expect(await yard.in(again, phrase, new Uint8Array(0))).toBe(Refusal.badPhrase);
    const moved = (await yard.in(again, phrase)) as Moved;
    expect(await yard.in(await yard.hello(), phrase)).toEqual(moved);
    expect(yard.became(await yard.hello(moved.token))).toBe(moved.author);
    expect(await yard.in(await yard.hello(), phrase)).toBe(Refusal.badPhrase);
  });

  test("cut off before the welcome, the new one comes again, and the one before is ended either way", async () => {
    const yard = await MovingYard.open();
    const { ada, moved, author, token } = await saidPhrase(yard);
    const cut = yard.house.greet({ token: moved.token });
    cut.cut();
    await yard.settle();
    expect(cut.frames).toEqual([]);
    expect(ada.closedWith).toBe(Close.tokenEnded);
    expect(yard.became(await yard.hello(token))).toBe(Close.tokenEnded);
    expect(yard.became(await yard.hello(moved.token))).toBe(author);
  });

  test("wrong, used, given up and too old ones are refused alike", async () => {
    const yard = await MovingYard.open();
    const { ada, guest, phrase, token } = await saidPhrase(yard);
    const other = Uint8Array.of(9);
    const refused = async (said: string) => {
      const before = guest.all(ServerKind.refused).length;
      expect(await yard.in(guest, said, other)).toBe(Refusal.badPhrase);
      return guest.all(ServerKind.refused)[before];
    };
    const used = await refused(phrase);
    expect(await refused("acorn acorn acorn acorn acorn")).toEqual(used);
    expect(await refused("")).toEqual(used);
    const second = await yard.out(ada);
    const third = await yard.out(ada);
    expect(await refused(second.phrase)).toEqual(used);
    expect(await yard.out(ada, MoveWords.none)).toEqual({ expiresAt: 0, phrase: "" });
    expect(await refused(third.phrase)).toEqual(used);
    const fourth = await yard.out(ada);
    await yard.loop.advance(PHRASE_MS);
    expect(await refused(fourth.phrase)).toEqual(used);
    const fifth = await yard.out(ada);
    await yard.restart();
    expect(await yard.in(await yard.hello(), fifth.phrase)).toBe(Refusal.badPhrase);
    expect(yard.became(await yard.hello(token))).toBe(ada.last(ServerKind.welcome).author);
  });

  test("the clock that people see does not lengthen it when it is set back", async () => {
    const yard = await MovingYard.open();
    const ada = await yard.hello();
    const { phrase } = await yard.out(ada);
    yard.loop.jump(-3_600_000);
    await yard.loop.advance(PHRASE_MS);
    expect(await yard.in(await yard.hello(), phrase)).toBe(Refusal.badPhrase);
  });

  test.each(["another phrase", "giving it up", "a renewal"])(
    "%s makes worthless what one gave",
    async (what) => {
      const yard = await MovingYard.open();
      const { ada, moved, author, token } = await saidPhrase(yard);
      if (what === "another phrase") await yard.out(ada);
      else if (what === "giving it up") await yard.out(ada, MoveWords.none);
      else await yard.renew(ada);
      expect(yard.became(await yard.hello(moved.token))).toBe(Close.tokenEnded);
      expect([ada.closedWith, yard.became(await yard.hello(token))]).toEqual([null, author]);
    },
  );

  test("what it gave is worthless when it was not shown in time, also over a restart, and the old one holds", async () => {
    const yard = await MovingYard.open();
    const { moved, author, token } = await saidPhrase(yard);
    await yard.loop.advance(SHOWN_WITHIN_MS - 1);
    await yard.restart();
    await yard.loop.advance(1);
    expect(yard.became(await yard.hello(moved.token))).toBe(Close.tokenEnded);
    expect(yard.became(await yard.hello(token))).toBe(author);
  });

  test("what it gave and what it ended outlives the process", async () => {
    const yard = await MovingYard.open();
    const { moved, author, token } = await saidPhrase(yard);
    await yard.restart();
    expect(yard.became(await yard.hello(token))).toBe(author);
    expect(yard.became(await yard.hello(moved.token))).toBe(author);
    await yard.restart();
    expect(yard.became(await yard.hello(token))).toBe(Close.tokenEnded);
    expect(yard.became(await yard.hello(moved.token))).toBe(author);
  });
});

test("a renewal ends every other connection once its token is shown, and a phrase that a thief asked for", async () => {
  const yard = await MovingYard.open();
  const ada = await yard.hello(undefined, "Ada");
  const thief = await yard.hello(tokenOf(ada));
  const { phrase } = await yard.out(thief);
  const { token, author, name, baggage } = await yard.renew(ada);
  expect([author, name, baggage.length]).toEqual([ada.last(ServerKind.welcome).author, "Ada", 0]);
  expect(await yard.in(await yard.hello(), phrase)).toBe(Refusal.badPhrase);
  const renewed = await yard.hello(token, "Ada");
  expect([ada, thief].map(({ closedWith }) => closedWith)).toEqual([Close.tokenEnded, Close.tokenEnded]);
  expect(yard.became(renewed)).toBe(author);
  // Nothing that the thief had sent on its way is taken any more.
  thief.write({ kind: ClientKind.rename, request: 1, name: "Eve" });
  await yard.settle();
  expect(yard.house.rooms.people.get(author)?.name).toBe("Ada");
  const second = await yard.hello(token);
  expect([yard.became(second), renewed.closedWith]).toEqual([author, null]);
});

test("a phrase that was asked for with a token ends with it", async () => {
  const yard = await MovingYard.open();
  const ada = await yard.hello();
  const { token } = await yard.renew(ada);
  const { phrase } = await yard.out(ada);
  // The renewed one is worthless by now, as a phrase came after it; a second renewal is not.
  const renewed = await yard.renew(ada);
  expect(renewed.token).not.toEqual(token);
  await yard.hello(renewed.token);
  expect(await yard.in(await yard.hello(), phrase)).toBe(Refusal.badPhrase);
});

test.each([
  ["words that there are none of", ClientKind.moveOut, [3]],
  ["too much baggage", ClientKind.moveOut, [1, ...new Uint8Array(6_145)]],
  ["no words", ClientKind.moveOut, []],
  ["an attempt of 65 bytes", ClientKind.moveIn, [65, ...new Uint8Array(65), 0]],
  ["a phrase that is cut", ClientKind.moveIn, [0, 5, 97]],
  ["a phrase that is no text", ClientKind.moveIn, [0, 1, 255]],
  ["a byte too many", ClientKind.renew, [0]],
] as const)("%s ends the connection", async (_, kind, body) => {
  const yard = await MovingYard.open();
  const ada = await yard.hello();
  await yard.ask(ada, kind, Uint8Array.from(body));
  expect(ada.closedWith).toBe(Close.badFrame);
});

test("before the hello nobody moves", async () => {
  const yard = await MovingYard.open();
  for (const kind of [ClientKind.moveOut, ClientKind.moveIn, ClientKind.renew]) {
    const socket = yard.house.connect();
    socket.write({ kind, request: 1, body: Uint8Array.of(0, 0) });
    expect(socket.closedWith).toBe(Close.unexpectedFrame);
  }
});

test("guesses cost an address and the server, and whoever waits gets on", async () => {
  const yard = await MovingYard.open(new MemoryLog(), { allowances: DEFAULT_ALLOWANCES });
  const ada = await yard.hello();
  const { phrase } = await yard.out(ada);
  const guesser = await yard.hello();
  let guesses = 0;
  while ((await yard.in(guesser, `wrong ${guesses}`)) === Refusal.badPhrase) guesses++;
  expect(guesses).toBe(DEFAULT_ALLOWANCES.identity.moves!.burst);
  const { code, retryAfterMs } = guesser.last(ServerKind.refused);
  expect([code, retryAfterMs]).toEqual([Refusal.tooFast, 30_000]);
  await yard.loop.advance(retryAfterMs);
  expect(await yard.in(guesser, phrase)).toMatchObject({ author: ada.last(ServerKind.welcome).author });
});

test("phrases are bounded in all, and the next one is told when the oldest ends", async () => {
  const yard = await MovingYard.open();
  const { moves } = yard.house.house;
  for (let n = 0; n < MAX_MOVES; n++) moves.begin(10_000 + n, "", new Uint8Array(0), MoveWords.en);
  expect(moves.count).toBe(MAX_MOVES);
  await yard.loop.advance(1_000);
  const ada = await yard.hello();
  const answer = await yard.ask(
    ada,
    ClientKind.moveOut,
    writeMoveOut({ words: MoveWords.en, baggage: new Uint8Array(0) }),
  );
  expect(answer).toMatchObject({ code: Refusal.tooFast, retryAfterMs: PHRASE_MS - 1_000 });
  // Whoever has one already has a place.
  expect(moves.begin(10_500, "", new Uint8Array(0), MoveWords.en)).toMatchObject({ author: 10_500 });
  await yard.loop.advance(PHRASE_MS - 1_000);
  expect((await yard.out(ada)).phrase).not.toBe("");
  expect(moves.count).toBe(2);
});

test("two phrases that sound alike are not under way at once", () => {
  const made = ["게살 하나", "개살 하나", "셋"];
  const phrases = { make: () => made.shift() as string, keyOf: (typed: string) => typed.replace("개", "게") };
  const nothing = { give: async () => new Uint8Array(0), withdraw: () => undefined };
  const moves = new Moves(new FakeLoop(), phrases, nothing);
  expect(moves.begin(1, "", ATTEMPT, MoveWords.ko)).toMatchObject({ phrase: "게살 하나" });
  expect(moves.begin(2, "", ATTEMPT, MoveWords.ko)).toMatchObject({ phrase: "셋" });
});

test("what is said on the wire stays what it was when its bytes are used again", async () => {
  const yard = await MovingYard.open();
  const [ada, guest] = [await yard.hello(), await yard.hello()];
  const receive = (socket: FakeSocket, frame: MoveFrame) => {
    const bytes = encodeClientFrame(frame);
    socket.session.receive(bytes);
    bytes.fill(0);
  };
  const body = writeMoveOut({ words: MoveWords.en, baggage: encodeText("rooms") });
  receive(ada, { kind: ClientKind.moveOut, request: 1, body });
  const { phrase } = readMoving((ada.frames.at(-1) as MovedFrame).told);
  const said = writeMoveIn({ attempt: ATTEMPT, phrase });
  receive(guest, { kind: ClientKind.moveIn, request: 1, body: said });
  await yard.settle();
  expect(await yard.in(guest, phrase)).toMatchObject({ baggage: encodeText("rooms") });
});
