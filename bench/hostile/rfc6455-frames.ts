/** Frames, right and wrong ones, in the families of the Autobahn suite (RFC 6455, sections 5 to 8). */
import { encodeClientFrame } from "../../src/wire/encode.ts";
import { ClientKind } from "../../src/wire/frames.ts";
import { WIRE } from "../../src/wire/limits.ts";
import { type FrameShape, Opcode, wsFrame } from "./frame-stream.ts";
import { KNOWN, type RfcCase } from "./rfc6455-case.ts";

const app = (token: number, shape: FrameShape = {}) =>
  wsFrame(encodeClientFrame({ kind: ClientKind.ping, token }), shape);
/** A message in as many frames as it has parts. */
const fragments = (opcode: number, ...parts: Uint8Array[]) =>
  parts.map((part, i) =>
    wsFrame(part, { opcode: i === 0 ? opcode : Opcode.continuation, fin: i === parts.length - 1 }),
  );
const whole = (frames: Buffer[]) => [Buffer.concat(frames)];
const bytewise = (bytes: Buffer) => [...bytes].map((byte) => Buffer.of(byte));
const pingBytes = (token: number) => Buffer.from(encodeClientFrame({ kind: ClientKind.ping, token }));
const control = (opcode: number, text: string, shape: FrameShape = {}) =>
  wsFrame(Buffer.from(text, "latin1"), { opcode, ...shape });
const closing = (code: number, reason = "") =>
  wsFrame(Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason, "latin1")]), {
    opcode: Opcode.close,
  });

type Row = [string, Buffer[], string, RfcCase["known"]?];
const family = (group: string, rows: Row[]): RfcCase[] =>
  rows.map(([name, frames, expected, known]) => ({
    ...{ name: `${group}: ${name}`, frames, expected },
    ...(known && { known }),
  }));
const emptied = { got: ["close empty"], why: KNOWN.emptyClose };
const drop = { got: ["drop"], why: KNOWN.drop };
/** A message to a room that nobody entered is refused with code 6, however long its text is. */
const message = (bytes: number) =>
  Buffer.concat([Buffer.of(ClientKind.send, 99, 1), Buffer.alloc(bytes - 3, 0x61)]);

const framing = (): RfcCase[] =>
  family("framing", [
    ...[4, 125, 126, 127, 128, 255, 256, 4_096].map(
      (bytes): Row => [`${bytes} bytes`, [wsFrame(message(bytes))], "refused 6, open"],
    ),
    ["a frame in single bytes", bytewise(app(7)), "app 7, open"],
    [
      "a long one in pieces",
      [0, 1, 2, 3, 4].map((i) => wsFrame(message(1_000)).subarray(i * 202, i * 202 + 202)),
      "refused 6, open",
    ],
    [
      "ten in one piece",
      whole(Array.from({ length: 10 }, (_, i) => app(i))),
      `${Array.from({ length: 10 }, (_, i) => `app ${i}`).join(", ")}, open`,
    ],
    [
      "a frame behind another's half",
      [Buffer.concat([app(1), app(2).subarray(0, 3)]), app(2).subarray(3)],
      "app 1, app 2, open",
    ],
    ["an empty one", [wsFrame(Buffer.alloc(0))], "close 4500"],
    [
      "length in two bytes that fits one",
      [app(7, { lengthBytes: 2 })],
      "close 1002",
      { got: ["app 7, open"], why: KNOWN.longLength },
    ],
    [
      "length in eight bytes that fits one",
      [app(7, { lengthBytes: 8 })],
      "close 1002",
      { got: ["app 7, open"], why: KNOWN.longLength },
    ],
    [
      "without a mask",
      [app(7, { masked: false })],
      "close 1002",
      { got: ["app 7, silence"], why: KNOWN.unmasked },
    ],
    [
      "a ping without a mask",
      [control(Opcode.ping, "hi", { masked: false })],
      "close 1002",
      { got: ["pong hi, silence"], why: KNOWN.unmasked },
    ],
  ]);

const pings = (): RfcCase[] =>
  family("pings", [
    ["empty", [control(Opcode.ping, "")], "pong , open"],
    ["with a text", [control(Opcode.ping, "hello")], "pong hello, open"],
    [
      "with bytes that are no text",
      [control(Opcode.ping, "\xff\xfe\x00\x80")],
      "pong \xff\xfe\x00\x80, open",
    ],
    ["of 125 bytes", [control(Opcode.ping, "p".repeat(125))], `pong ${"p".repeat(125)}, open`],
    ["of 126 bytes", [control(Opcode.ping, "p".repeat(126))], "close 1002", drop],
    ["in single bytes", bytewise(control(Opcode.ping, "slow")), "pong slow, open"],
    [
      "ten, answered in order",
      whole([..."0123456789"].map((n) => control(Opcode.ping, n))),
      `${[..."0123456789"].map((n) => `pong ${n}`).join(", ")}, open`,
    ],
    ["a pong that nobody asked for", [control(Opcode.pong, "")], "open"],
    ["a pong with a text", [control(Opcode.pong, "unasked")], "open"],
    [
      "a pong, then a ping",
      [control(Opcode.pong, "unasked"), control(Opcode.ping, "asked")],
      "pong asked, open",
    ],
    ["a pong of 126 bytes", [control(Opcode.pong, "p".repeat(126))], "close 1002", drop],
  ]);

const reserved = (): RfcCase[] =>
  family("reserved bits", [
    ...[1, 2, 3, 4, 5, 6, 7].map(
      (bits): Row => [`${bits} on a message`, [app(7, { reserved: bits })], "close 1002", drop],
    ),
    ...[1, 4, 7].map(
      (bits): Row => [
        `${bits} on a ping`,
        [control(Opcode.ping, "x", { reserved: bits })],
        "close 1002",
        drop,
      ],
    ),
    ["4 on a close", [control(Opcode.close, "\x03\xe8", { reserved: 4 })], "close 1002", drop],
    [
      "1 on a continuation",
      [
        wsFrame(pingBytes(7).subarray(0, 1), { fin: false }),
        wsFrame(pingBytes(7).subarray(1), { opcode: 0, reserved: 1 }),
      ],
      "close 1002",
      drop,
    ],
  ]);

const opcodes = (): RfcCase[] =>
  family("opcodes", [
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
      (opcode): Row => [`${opcode}`, [control(opcode, "x")], "close 1002", drop],
    ),
    [
      "3, behind a good message",
      whole([app(7), control(3, "")]),
      "app 7, close 1002",
      { ...drop, got: ["app 7, drop", "drop"] },
    ],
  ]);

const fragmentation = (): RfcCase[] => {
  const bytes = pingBytes(300);
  const [a, b, c] = [bytes.subarray(0, 1), bytes.subarray(1, 2), bytes.subarray(2)];
  const none = Buffer.alloc(0);
  const two = fragments(Opcode.binary, a, bytes.subarray(1));
  return family("fragments", [
    ["two", two, "app 300, open"],
    ["two in one piece", whole(two), "app 300, open"],
    ["three", fragments(Opcode.binary, a, b, c), "app 300, open"],
    [
      "empty ones among them",
      fragments(Opcode.binary, none, a, none, bytes.subarray(1), none),
      "app 300, open",
    ],
    ["in single bytes", bytewise(Buffer.concat(two)), "app 300, open"],
    ["a ping between", [two[0]!, control(Opcode.ping, "mid"), two[1]!], "pong mid, app 300, open"],
    [
      "a ping between, in one piece",
      whole([two[0]!, control(Opcode.ping, "mid"), two[1]!]),
      "pong mid, app 300, open",
    ],
    ["a pong between", [two[0]!, control(Opcode.pong, "mid"), two[1]!], "app 300, open"],
    ["a close between", [two[0]!, closing(1000)], "close 1000"],
    ["the end without a beginning", [wsFrame(bytes, { opcode: Opcode.continuation })], "close 1002", drop],
    [
      "the middle without a beginning",
      [wsFrame(bytes, { opcode: Opcode.continuation, fin: false })],
      "close 1002",
      drop,
    ],
    [
      "an end too many",
      [...two, wsFrame(c, { opcode: Opcode.continuation })],
      "app 300, close 1002",
      { ...drop, got: ["app 300, drop", "drop"] },
    ],
    [
      "a new message within one",
      [two[0]!, app(7), two[1]!],
      "close 1002",
      { got: ["close 4500"], why: KNOWN.interleaved },
    ],
    ["a ping in fragments", fragments(Opcode.ping, a, b), "close 1002", drop],
    ["a pong in fragments", fragments(Opcode.pong, a, b), "close 1002", drop],
    ["a close in fragments", fragments(Opcode.close, Buffer.of(3), Buffer.of(0xe8)), "close 1002", drop],
    ["together too long", fragments(Opcode.binary, message(5_000), Buffer.alloc(5_000)), "close 1009", drop],
    ["a text in two", fragments(Opcode.text, Buffer.from("he"), Buffer.from("llo")), "close 4504"],
  ]);
};

const utf8 = (): RfcCase[] =>
  family("text", [
    ["ASCII", [control(Opcode.text, "hello")], "close 4504"],
    ["empty", [control(Opcode.text, "")], "close 4504"],
    ["of several bytes a letter", [wsFrame(Buffer.from("마당 🏮"), { opcode: Opcode.text })], "close 4504"],
    ...(
      [
        ["a lone byte of a longer one", "\x80"],
        ["cut at its end", "\xe1\x84"],
        ["in a longer form", "\xc0\xaf"],
        ["a surrogate", "\xed\xa0\x80"],
        ["above U+10FFFF", "\xf4\x90\x80\x80"],
        ["a byte that never occurs", "\xfe"],
      ] as const
    ).map(([name, text]): Row => [`not UTF-8: ${name}`, [control(Opcode.text, text)], "close 1007", drop]),
    [
      "a letter in two fragments",
      fragments(Opcode.text, Buffer.of(0xeb), Buffer.of(0xa7, 0x88)),
      "close 4504",
    ],
  ]);

const closes = (): RfcCase[] =>
  family("closing", [
    ["empty", [control(Opcode.close, "")], "close empty"],
    ["1000", [closing(1000)], "close 1000"],
    ["1000 with a reason", [closing(1000, "bye")], "close 1000"],
    ["1000 with a reason of 123 bytes", [closing(1000, "b".repeat(123))], "close 1000"],
    ["with 126 bytes", [closing(1000, "b".repeat(124))], "close 1002", drop],
    ["one byte", [control(Opcode.close, "\x03")], "close 1002", emptied],
    ["a reason that is not UTF-8", [closing(1000, "\xff")], "close 1007", emptied],
    ...[1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 4000, 4999].map(
      (code): Row => [`${code}`, [closing(code)], `close ${code}`],
    ),
    ...[3000, 3999].map((code): Row => [`${code}`, [closing(code)], `close ${code}`, emptied]),
    ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535].map(
      (code): Row => [`${code}, not allowed`, [closing(code)], "close 1002", emptied],
    ),
    ["twice", whole([closing(1000), closing(1001)]), "close 1000"],
    ["then a ping", whole([closing(1000), control(Opcode.ping, "late")]), "close 1000"],
    ["then a message", whole([closing(1000), app(7)]), "close 1000"],
    ["in single bytes", bytewise(closing(1000)), "close 1000"],
  ]);

const limits = (): RfcCase[] =>
  family("limits", [
    [`${WIRE.maxClientFrameBytes} bytes`, [wsFrame(message(WIRE.maxClientFrameBytes))], "refused 6, open"],
    ["one byte more", [wsFrame(message(WIRE.maxClientFrameBytes + 1))], "close 1009", drop],
    ["65,536 bytes", [wsFrame(message(65_536))], "close 1009", drop],
    ["a length of 2^62 that never comes", [app(7, { says: 1n << 62n, lengthBytes: 8 })], "close 1009", drop],
    ["a length with its first bit set", [app(7, { says: 1n << 63n, lengthBytes: 8 })], "close 1002", drop],
  ]);

export function frameCases(): RfcCase[] {
  const families = [framing, pings, reserved, opcodes, fragmentation, utf8, closes, limits];
  return families.flatMap((family) => family());
}
