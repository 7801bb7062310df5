/**
 * What became of messages beyond their page, as the server tells it with the page: what, to whom, and how much at once.
 */
import { expect, test, vi } from "vitest";
import { readTold, type ToldMessage } from "../src/wire/became.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { ClientKind, Direction, ServerCapability, ServerKind } from "../src/wire/frames.ts";
import { edit } from "../src/wire/records/edit.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { text } from "../src/wire/records/text.ts";
import { FakeHouse, type HouseOptions } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

/** Every older record has to be read from the log. */
const NO_TAIL: HouseOptions = { limits: { tailBytes: 1, messagesPerSecond: 0 } };

async function yard(options: HouseOptions = { limits: { messagesPerSecond: 0 } }) {
  const house = new FakeHouse(options);
  const { socket: ada, room } = await house.seated("yard", "Ada");
  const nonces = new Map<FakeSocket, number>();
  const say = (socket: FakeSocket, kind: number, body: Uint8Array) => {
    const nonce = (nonces.get(socket) ?? 0) + 1;
    nonces.set(socket, nonce);
    socket.write({ kind: ClientKind.act, room, nonce, act: kind, body });
  };
  return {
    house,
    ada,
    say: async (socket: FakeSocket, ...said: string[]) => {
      for (const one of said) say(socket, text.kind, encodeText(one));
      await house.loop.settle();
    },
    does: async <Body extends object>(socket: FakeSocket, kind: RecordKind<Body>, ...bodies: Body[]) => {
      for (const body of bodies) say(socket, kind.kind, kind.write(body));
      await house.loop.settle();
    },
    /** The page, and what was told before it. */
    page: async (direction: Direction, seq: number, limit: number, became = true, socket = ada) => {
      const before = socket.frames.length;
      socket.write({ kind: ClientKind.history, request: 9, room, direction, seq, limit, became });
      await house.loop.settle();
      const [first, last] = socket.frames.slice(before);
      const told = first?.kind === ServerKind.became ? first : null;
      const page = told ? last : first;
      if (page?.kind !== ServerKind.page) throw new Error("no page came");
      const numbers = page.blocks.flatMap((block) => {
        const { seq, count } = decodeBlock(block);
        return Array.from({ length: count }, (_, i) => seq + i);
      });
      return { page, numbers, told, ...(told && readTold(told.told)) };
    },
  };
}

const asSaid = { removed: false, edit: null, signs: [] };

test("edits, removals and signs beyond a page are told with it, up to the head of then", async () => {
  const { house, ada, say, does, page } = await yard();
  for (const one of ["one", "two", "three", "four"]) await say(ada, one);
  const others: FakeSocket[] = [];
  for (const name of ["Bo", "Cy", "Di", "Em"]) others.push((await house.seated("yard", name)).socket);
  await does(ada, edit, { to: 1, text: "uno" }, { to: 1, text: "eins" });
  await does(ada, removal, { to: 2 });
  for (const socket of others) await does(socket, reaction, { to: 3, on: true, text: "👍" });
  await does(ada, reaction, { to: 3, on: true, text: "👍" }, { to: 3, on: true, text: "🎉" });
  await does(others[3]!, reaction, { to: 4, on: true, text: "👍" }, { to: 4, on: false, text: "👍" });
  const time = house.loop.now();
  const told = await page(Direction.before, 5, 10);
  expect(told.told).toMatchObject({ request: 9, from: 1, to: 4 });
  const bo = { author: 2, name: "Bo" };
  const names = [bo, { author: 3, name: "Cy" }, { author: 4, name: "Di" }];
  expect([told.asOf, told.messages]).toEqual([
    15,
    [
      { ...asSaid, to: 1, edit: { number: 6, author: 1, time, text: "eins" } },
      { ...asSaid, to: 2, removed: true },
      {
        ...asSaid,
        to: 3,
        signs: [
          { sign: "👍", count: 5, own: true, people: names },
          { sign: "🎉", count: 1, own: true, people: [] },
        ],
      },
    ] satisfies ToldMessage[],
  ]);
  // The other direction, a part of them, and another reader.
  const above = await page(Direction.after, 2, 1, true, others[0]!);
  expect([above.told, above.numbers]).toMatchObject([{ from: 3, to: 3 }, [3]]);
  expect(above.messages?.[0]?.signs).toMatchObject([
    { count: 5, own: true, people: [{ author: 3 }, { author: 4 }, { author: 5 }] },
    { count: 1, own: false, people: [{ author: 1, name: "Ada" }] },
  ]);
});

test("it is told to whoever asks, with a page that has something, by a server that says so", async () => {
  const { ada, say, page } = await yard();
  expect(ada.last(ServerKind.welcome).capabilities & ServerCapability.tellsBecame).not.toBe(0);
  expect((await page(Direction.before, 1, 10)).told).toBe(null);
  await say(ada, "one");
  expect((await page(Direction.before, 2, 10, false)).told).toBe(null);
  expect(await page(Direction.before, 2, 10)).toMatchObject({
    asOf: 1,
    messages: [],
    told: { from: 1, to: 1 },
  });
});

test.each([
  ["long texts", 40, 4000],
  ["many reads", 300, 10],
])(
  "with %s it reaches less far at once, and the page with it; all comes in the end",
  async (_, count, length) => {
    const { house, ada, say, does, page } = await yard(NO_TAIL);
    // All in one block, so that none can be left off.
    await say(ada, ...Array.from({ length: count }, (_, i) => `${i + 1}`));
    for (let to = 1; to <= count; to++) await does(ada, edit, { to, text: `${to} `.padEnd(length, "x") });
    const read = vi.spyOn(house.log, "readForward");
    for (const isUpward of [false, true]) {
      const seen: number[] = [];
      let pages = 0;
      for (let seq = isUpward ? 0 : count + 1; isUpward ? seq < count : seq > 1; pages++) {
        read.mockClear();
        const direction = isUpward ? Direction.after : Direction.before;
        const { told, messages, page: frame } = await page(direction, seq, 1);
        expect(read.mock.calls.length).toBeLessThanOrEqual(101);
        expect(told!.told.length).toBeLessThan(64 * 1024 + length + 100);
        const texts = messages!.map(({ to, edit }) => edit?.text.startsWith(`${to} `) && to);
        expect(texts).toEqual(Array.from({ length: told!.to - told!.from + 1 }, (_, i) => told!.from + i));
        seen.push(...(texts as number[]));
        expect(frame.more).toBe(isUpward || told!.from > 1);
        seq = isUpward ? told!.to : told!.from;
      }
      expect(pages).toBeGreaterThan(2);
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    }
  },
);

test("whole blocks beyond what is told are left off, and the reader pays for what was read", async () => {
  const { house, ada, say, does, page } = await yard(NO_TAIL);
  for (let n = 1; n <= 150; n++) await say(ada, `${n}`);
  for (let to = 1; to <= 150; to++) await does(ada, edit, { to, text: "x" });
  const owed = vi.spyOn(house.house.budget, "owe");
  // The last edit stands in the tail.
  const { numbers, told, page: frame } = await page(Direction.before, 151, 500);
  expect(told).toMatchObject({ from: 50, to: 150 });
  expect([numbers[0], numbers.at(-1), frame.more]).toEqual([50, 150, true]);
  expect(owed.mock.calls.filter(([, cost]) => cost === "diskRead")).toHaveLength(101);
});

test("an edit whose text is gone from the log is none", async () => {
  const { house, ada, say, does, page } = await yard(NO_TAIL);
  await say(ada, "one");
  await does(ada, edit, { to: 1, text: "uno" });
  await does(ada, reaction, { to: 1, on: true, text: "👍" });
  vi.spyOn(house.log, "readForward").mockResolvedValue([]);
  const { messages } = await page(Direction.before, 2, 10);
  expect(messages).toMatchObject([{ to: 1, edit: null, signs: [{ count: 1 }] }]);
});

test("numbers that are not kept any more are not looked at", async () => {
  const { house, ada, say, page } = await yard();
  for (let n = 0; n < 50; n++) await say(ada, `message ${n}`);
  const trimmed = house.rooms.applyRetention(0, 2, () => false);
  await house.loop.advance(1_000);
  await trimmed;
  const { first, projections } = (await house.rooms.open("yard"))!;
  expect(first).toBeGreaterThan(40);
  const looks = vi.spyOn(projections.amendments, "isRemoved");
  const { told } = await page(Direction.after, 0, 10);
  expect(told).toMatchObject({ from: 1, to: 50 });
  const looked = looks.mock.calls.map(([number]) => number);
  expect(looked).toEqual(Array.from({ length: 51 - first }, (_, i) => first + i));
});
