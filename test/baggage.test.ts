/** What goes along when an identity moves: it fits the frame, and whatever comes in is taken as far as it makes sense. */
import { expect, test } from "vitest";
import { encodeText } from "../src/wire/bytes.ts";
import { WIRE } from "../src/wire/limits.ts";
import { pack, unpack } from "../web/baggage.ts";

const room = (name: string, read = 7) => ({ name, epoch: "00000000000000aa", read, open: true });

test("comes out as it went in", () => {
  const baggage = {
    rooms: [room("마당"), { ...room("yard"), open: false }],
    ignored: [[5, "Eve"]],
    enterSends: false,
  };
  expect(unpack(pack(baggage as Parameters<typeof pack>[0]))).toEqual(baggage);
});

test("what does not fit is left out: the ignored first, then the rooms visited longest ago", () => {
  const rooms = Array.from({ length: 60 }, (_, n) => room(`${n}-${"마".repeat(60)}`));
  const ignored = Array.from({ length: 500 }, (_, n): [number, string] => [n, "somebody"]);
  const bytes = pack({ rooms, ignored, enterSends: true });
  expect(bytes.length).toBeLessThanOrEqual(WIRE.maxBaggageBytes);
  const out = unpack(bytes);
  expect(out.ignored).toEqual([]);
  expect(out.rooms.length).toBeGreaterThan(20);
  expect(out.rooms).toEqual(rooms.slice(0, out.rooms.length));
});

test.each([
  "",
  "x",
  "null",
  "7",
  "[]",
  '{"rooms":7,"ignored":{}}',
  '{"rooms":[null,["A/ B"],[1],["ok",3,-1,2]]}',
])("whatever else comes in is no harm: %s", (text) => {
  const { rooms, ignored, enterSends } = unpack(encodeText(text));
  expect([ignored, enterSends]).toEqual([[], null]);
  for (const one of rooms) expect(one).toEqual({ name: "ok", epoch: "", read: 0, open: false });
});

test("bytes that are no text are nothing", () => {
  expect(unpack(Uint8Array.of(255, 254)).rooms).toEqual([]);
});
