/**
 * A second writer of the protocol, made from the tables of PROTOCOL.md and sharing no code with src/wire: slow and
 * plain on purpose, so that a mistake in the codec cannot hide behind the same mistake here. It also makes random
 * frames and blocks. Values have the form of the document's JSON: tokens in hexadecimal, texts as strings.
 */

/** In the document's JSON. */
export type Fields = Record<string, unknown>;
/** One field: its name and its type; for a list, and for entries to the end of the frame, the layout of an entry. */
type Field = [name: string, type: string] | [name: string, type: "list" | "entries", entry: Field[]];

/** Raw bytes may stand in the place of any string, so that tests can write strings that are none. */
export type Str = string | Uint8Array;

export const MAX = 2 ** 53 - 1;

export function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest > 0n ? low + 128 : low);
  } while (rest > 0n);
  return out;
}

export function fixed(value: number, size: number): number[] {
  const digits = BigInt(value)
    .toString(16)
    .padStart(size * 2, "0");
  return hex(digits);
}

export function hex(digits: string): number[] {
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

export function utf8(text: Str): number[] {
  return typeof text === "string" ? [...Buffer.from(text, "utf8")] : [...text];
}

/** Bytes whose length may be any. */
const long = (bytes: number[]): number[] => [...varint(bytes.length), ...bytes];

export function counted(bytes: number[]): number[] {
  return [bytes.length, ...bytes];
}

/** Bit by bit, as RFC 1952 describes it. */
export function slowCrc32(bytes: number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The limits by the numbers under which WELCOME states them, from 1. */
const LIMITS = [
  "maxTextBytes",
  "maxRoomsPerConnection",
  "messagesPerSecond",
  "messageBurst",
  "maxPageRecords",
  "pageRecords",
  "maxListedPeople",
  "graceMs",
  "idleTimeoutSeconds",
];

/** What a frame about one message begins with. */
const ABOUT: Field[] = [
  ["request", "varint"],
  ["room", "varint"],
  ["seq", "varint"],
];

const SIGNS: Field = [
  "signs",
  "list",
  [
    ["sign", "str8"],
    ["count", "varint"],
    ["own", "flag"],
    [
      "people",
      "list",
      [
        ["author", "varint"],
        ["name", "str8"],
      ],
    ],
  ],
];

export const LAYOUTS: Record<string, { byte: number; fields: Field[] }> = {
  "client HELLO": {
    byte: 0x01,
    fields: [
      ["version", "varint"],
      ["capabilities", "varint"],
      ["language", "0..1"],
      ["token", "token"],
      ["name", "str8"],
    ],
  },
  "client ENTER": {
    byte: 0x02,
    fields: [
      ["request", "varint"],
      ["", "enter flags"],
      ["room", "str8"],
      ["history", "varint"],
      ["position", "position"],
      ["password", "password"],
    ],
  },
  "client LEAVE": { byte: 0x03, fields: [["room", "varint"]] },
  "client SEND": {
    byte: 0x04,
    fields: [
      ["room", "varint"],
      ["nonce", "varint1"],
      ["text", "text"],
    ],
  },
  "client HISTORY": {
    byte: 0x05,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["", "direction"],
      ["seq", "varint"],
      ["limit", "varint"],
    ],
  },
  "client RENAME": {
    byte: 0x06,
    fields: [
      ["request", "varint"],
      ["name", "str8"],
    ],
  },
  "client WATCH_ROOMS": { byte: 0x07, fields: [["on", "flag"]] },
  "client TYPING": {
    byte: 0x08,
    fields: [
      ["room", "varint"],
      ["on", "flag"],
    ],
  },
  "client PING": { byte: 0x09, fields: [["token", "varint"]] },
  "client ACT": {
    byte: 0x0b,
    fields: [
      ["room", "varint"],
      ["nonce", "varint1"],
      ["act", "0..255"],
      ["body", "hex"],
    ],
  },
  "client WHO": { byte: 0x0d, fields: ABOUT },
  "client EDITS": { byte: 0x0e, fields: ABOUT },
  "client MAKE_ROOM": {
    byte: 0x0c,
    fields: [
      ["request", "varint"],
      ["", "make flags"],
      ["room", "str8"],
      ["password", "password"],
    ],
  },
  "client SET_PASSWORD": {
    byte: 0x10,
    fields: [
      ["request", "varint"],
      ["room", "str8"],
      ["password", "text"],
    ],
  },
  "client REPORT": {
    byte: 0x0f,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["seq", "varint"],
      ["reason", "text"],
    ],
  },
  "client MOVE_OUT": {
    byte: 0x11,
    fields: [
      ["request", "varint"],
      ["words", "0..2"],
      ["baggage", "hex"],
    ],
  },
  "client MOVE_IN": {
    byte: 0x12,
    fields: [
      ["request", "varint"],
      ["attempt", "token"],
      ["phrase", "str8"],
    ],
  },
  "client RENEW": { byte: 0x13, fields: [["request", "varint"]] },
  "client OPERATE_AS": {
    byte: 0x14,
    fields: [
      ["request", "varint"],
      ["body", "hex"],
    ],
  },
  "client OPERATE": {
    byte: 0x15,
    fields: [
      ["request", "varint"],
      ["body", "hex"],
    ],
  },
  "client WORK": { byte: 0x0a, fields: [["answer", "varint"]] },
  "server WELCOME": {
    byte: 0x81,
    fields: [
      ["version", "varint"],
      ["capabilities", "varint"],
      ["author", "varint"],
      ["token", "token"],
      ["name", "str8"],
      ["epoch", "u64"],
      ["time", "u48"],
      ["limits", "limits"],
    ],
  },
  "server ENTERED": {
    byte: 0x82,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["name", "str8"],
      ["ownName", "str8"],
      ["epoch", "u64"],
      ["resume", "0..3"],
      ["first", "varint"],
      ["head", "varint"],
      ["start", "varint"],
      ["nonce", "varint"],
    ],
  },
  "server LIVE": {
    byte: 0x83,
    fields: [
      ["room", "varint"],
      ["head", "varint"],
    ],
  },
  "server PAGE": {
    byte: 0x84,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["first", "varint"],
      ["more", "flag"],
      ["blocks", "blocks"],
    ],
  },
  "server ACK": {
    byte: 0x85,
    fields: [
      ["room", "varint"],
      ["nonce", "varint"],
      ["seq", "varint"],
    ],
  },
  "server REFUSED": {
    byte: 0x86,
    fields: [
      ["refused", "0..255"],
      ["request", "varint"],
      ["room", "varint"],
      ["code", "varint"],
      ["retryAfterMs", "varint"],
      ["suggestion", "str8"],
    ],
  },
  "server PRESENCE": {
    byte: 0x87,
    fields: [
      ["room", "varint"],
      ["count", "varint"],
      [
        "events",
        "list",
        [
          ["change", "1..3"],
          ["author", "varint"],
          ["name", "str8"],
        ],
      ],
    ],
  },
  "server PEOPLE": {
    byte: 0x88,
    fields: [
      ["room", "varint"],
      ["count", "varint"],
      ["listed", "flag"],
      [
        "people",
        "list",
        [
          ["author", "varint"],
          ["name", "str8"],
        ],
      ],
    ],
  },
  "server ROOMS": {
    byte: 0x89,
    fields: [
      ["roomCount", "varint"],
      ["peopleCount", "varint"],
      [
        "rooms",
        "list",
        [
          ["name", "str8"],
          ["people", "varint"],
        ],
      ],
    ],
  },
  "server PONG": {
    byte: 0x8a,
    fields: [
      ["token", "varint"],
      ["time", "u48"],
    ],
  },
  "server GOODBYE": {
    byte: 0x8b,
    fields: [
      ["code", "varint"],
      ["retryAfterMs", "varint"],
    ],
  },
  "server RENAMED": {
    byte: 0x8c,
    fields: [
      ["request", "varint"],
      ["name", "str8"],
    ],
  },
  "server TYPING": {
    byte: 0x8d,
    fields: [
      ["room", "varint"],
      ["authors", "list", [["", "varint"]]],
    ],
  },
  "server CHALLENGE": {
    byte: 0x8e,
    fields: [
      ["bits", "varint"],
      ["challenge", "token"],
    ],
  },
  "server BECAME": {
    byte: 0x90,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["from", "varint"],
      ["to", "varint"],
      ["asOf", "varint"],
      ["messages", "entries", [["to", "varint"], ["edit", "state"], SIGNS]],
    ],
  },
  "server REACTED": { byte: 0x91, fields: [...ABOUT, SIGNS] },
  "server EDITED": {
    byte: 0x92,
    fields: [
      ...ABOUT,
      ["more", "varint"],
      ["missing", "varint"],
      [
        "versions",
        "entries",
        [
          ["number", "varint"],
          ["time", "u48"],
          ["text", "counted text"],
        ],
      ],
    ],
  },
  "server MADE": {
    byte: 0x8f,
    fields: [
      ["request", "varint"],
      ["room", "str8"],
    ],
  },
  "server STANDING": {
    byte: 0x93,
    fields: [
      ["room", "varint"],
      ["asOf", "varint"],
      ["parts", "hex"],
    ],
  },
  "server PUT_OUT": {
    byte: 0x94,
    fields: [
      ["room", "varint"],
      ["what", "1..3"],
      ["until", "varint"],
      ["by", "str8"],
      ["reason", "str8"],
    ],
  },
  "server REPORTED": {
    byte: 0x95,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["seq", "varint"],
    ],
  },
  "server MOVING": {
    byte: 0x97,
    fields: [
      ["request", "varint"],
      ["expiresAt", "u48"],
      ["phrase", "str8"],
    ],
  },
  "server MOVED": {
    byte: 0x98,
    fields: [
      ["request", "varint"],
      ["author", "varint"],
      ["token", "token"],
      ["name", "str8"],
      ["baggage", "hex"],
    ],
  },
  "server PASSWORD_SET": {
    byte: 0x96,
    fields: [
      ["request", "varint"],
      ["on", "flag"],
    ],
  },
  "server OPERATING": {
    byte: 0x99,
    fields: [
      ["request", "varint"],
      ["told", "hex"],
    ],
  },
  "server ANNOUNCED": {
    byte: 0x9a,
    fields: [
      ["at", "u48"],
      ["until", "u48"],
      ["text", "text"],
    ],
  },
};

/** What stands behind the numbers of a frame, as those read it who show it. */
export function writePlainTold(values: Fields, frame = "BECAME"): Uint8Array {
  const { fields: all } = LAYOUTS[`server ${frame}`]!;
  const fields = all.slice(frame === "BECAME" ? 4 : 1);
  return Uint8Array.from(fields.flatMap((field) => writeField(field, values)));
}

/** The bytes of a frame. `values.frame` names it; in `values.blocks` stand the bytes of blocks. */
export function writeFrame(direction: string, values: Fields): Uint8Array {
  const layout = LAYOUTS[`${direction} ${values.frame}`];
  if (!layout) throw new Error(`no layout for ${direction} ${values.frame}`);
  return Uint8Array.from([layout.byte, ...layout.fields.flatMap((field) => writeField(field, values))]);
}

function writeField([name, type, entry]: Field, values: Fields): number[] {
  const value = values[name];
  if (type === "list" || type === "entries") {
    const items = value as unknown[];
    const written = items.flatMap((item) =>
      entry!.flatMap((field) => writeField(field, field[0] === "" ? { "": item } : (item as Fields))),
    );
    return type === "list" ? [...varint(items.length), ...written] : written;
  }
  if (type.includes("..")) return [value as number];
  switch (type) {
    case "varint":
    case "varint1":
      return varint(value as number);
    case "flag":
      return [value ? 1 : 0];
    case "u48":
      return fixed(value as number, 6);
    case "u64":
      return hex(value as string);
    case "str8":
      return counted(utf8(value as Str));
    case "token":
      return counted(hex(value as string));
    case "text":
      return utf8(value as Str);
    case "hex":
      return hex(value as string);
    case "enter flags":
      return [(values.position ? 1 : 0) + (values.anyName ? 2 : 0) + (values.password !== undefined ? 4 : 0)];
    case "make flags":
      return [(values.unlisted ? 1 : 0) + (values.password !== undefined ? 2 : 0)];
    case "password": {
      const password = value === undefined ? [] : utf8(value as Str);
      return value === undefined ? [] : [...varint(password.length), ...password];
    }
    case "direction":
      return [(values.direction as number) + (values.became ? 2 : 0)];
    case "state": {
      const edit = values.edit as { number: number; author: number; time: number; text: Str } | null;
      if (!edit) return [values.removed ? 1 : 0];
      const { number, author, time, text } = edit;
      return [2, ...varint(number), ...varint(author), ...fixed(time, 6), ...long(utf8(text))];
    }
    case "counted text":
      return long(utf8(value as Str));
    case "position": {
      const position = value as { epoch: string; seq: number } | null;
      return position ? [...hex(position.epoch), ...varint(position.seq)] : [];
    }
    case "limits": {
      const stated = LIMITS.map((limit, i) => [
        ...varint(i + 1),
        ...varint((value as Record<string, number>)[limit]!),
      ]);
      return [...varint(stated.length), ...stated.flat()];
    }
    case "blocks":
      return (value as Uint8Array[]).flatMap((block) => [...varint(block.length), ...block]);
    default:
      throw new Error(`no type ${type}`);
  }
}

export interface PlainRecord {
  kind?: number;
  author: number;
  nonce: number;
  delta: number;
  /** Written as it stands: empty refers to the record before. */
  name?: Str;
  /** Only in a kind that has it. */
  to?: number;
  on?: boolean;
  who?: number;
  role?: number;
  what?: number;
  address?: boolean;
  until?: number;
  since?: number;
  unlisted?: boolean;
  slowSeconds?: number;
  speakers?: number;
  locked?: boolean;
  keepHours?: number;
  title?: Str;
  room?: Str;
  front?: number;
  act?: number;
  by?: number;
  at?: number;
  person?: number;
  personName?: Str;
  said?: Uint8Array;
  excerpt?: Str;
  text?: Str;
  /** What follows delta in a record that has no name. */
  body?: number[];
}

export interface PlainBlock {
  room: number;
  seq: number;
  time: number;
  records: PlainRecord[];
  flags?: number;
  /** To state another count than there are records. */
  count?: number;
}

export function writeRecord(record: PlainRecord): number[] {
  const inner = [...varint(record.author), ...varint(record.nonce), ...varint(record.delta)];
  if (record.body) inner.push(...record.body);
  else {
    inner.push(...counted(utf8(record.name ?? "")));
    if (record.to !== undefined) inner.push(...varint(record.to));
    if (record.on !== undefined) inner.push(record.on ? 1 : 0);
    if (record.who !== undefined) inner.push(...varint(record.who));
    if (record.role !== undefined) inner.push(record.role);
    if (record.what !== undefined) inner.push(record.what + (record.address ? 128 : 0));
    if (record.until !== undefined) inner.push(...varint(record.until));
    if (record.since !== undefined) inner.push(...varint(record.since));
    if (record.unlisted !== undefined) inner.push(record.unlisted ? 1 : 0);
    if (record.slowSeconds !== undefined) inner.push(1, ...counted(varint(record.slowSeconds)));
    if (record.speakers !== undefined) inner.push(2, 1, record.speakers);
    if (record.locked !== undefined) inner.push(3, 1, record.locked ? 1 : 0);
    if (record.title !== undefined) inner.push(4, ...counted(utf8(record.title)));
    if (record.keepHours !== undefined) inner.push(5, ...counted(varint(record.keepHours)));
    if (record.room !== undefined) inner.push(0, ...counted(utf8(record.room)));
    if (record.front !== undefined) inner.push(...varint(record.front));
    if (record.act !== undefined) inner.push(record.act);
    if (record.by !== undefined) inner.push(...varint(record.by));
    if (record.at !== undefined) inner.push(...fixed(record.at, 6));
    if (record.person !== undefined) inner.push(...varint(record.person));
    if (record.personName !== undefined) inner.push(...counted(utf8(record.personName)));
    if (record.said !== undefined) inner.push(...record.said);
    if (record.excerpt !== undefined) {
      const excerpt = utf8(record.excerpt);
      inner.push(...varint(excerpt.length), ...excerpt);
    }
    inner.push(...utf8(record.text ?? ""));
  }
  return [record.kind ?? 1, ...varint(inner.length), ...inner];
}

export function writeBlock(block: PlainBlock): Uint8Array {
  const rest = [
    ...varint(block.room),
    ...varint(block.seq),
    ...fixed(block.time, 6),
    ...varint(block.count ?? block.records.length),
    ...block.records.flatMap(writeRecord),
  ];
  return sealPlain([0x42, 0x10 + (block.flags ?? 0)], rest);
}

/** Puts the right checksum between the two. */
export function sealPlain(start: number[], rest: number[]): Uint8Array {
  return Uint8Array.from([...start, ...fixed(slowCrc32([...start, ...rest]), 4), ...rest]);
}

/** A small generator with a seed (mulberry32), so that a failure can be played again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** Small and large ones, and those at the edges of a varint's sizes. */
  number(least = 0): number {
    const edge = 128 ** this.int(0, 7);
    const value = this.pick([edge, edge - 1, this.int(0, 300), Math.floor(this.unit() * edge), MAX]);
    return Math.max(least, Math.min(value, MAX));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(0, 255));
  }

  digits(bytes: number): string {
    return Buffer.from(this.bytes(bytes)).toString("hex");
  }

  /** At most `max` bytes of UTF-8, with characters of one to four bytes. */
  text(max: number): string {
    let text = "";
    for (let n = this.int(0, 20); n > 0; n--) {
      const next =
        text + this.pick(["a", "Z", " ", "é", "ß", "마", "당", "\ufeff", "😀", "\u{10ffff}", "\n"]);
      if (Buffer.byteLength(next) > max) break;
      text = next;
    }
    return text;
  }
}

/** Random values for a frame. */
export function randomFrame(key: string, dice: Dice): Fields {
  const values: Fields = { frame: key.split(" ")[1] };
  for (const field of LAYOUTS[key]!.fields) randomField(field, values, dice);
  return values;
}

function randomField([name, type, entry]: Field, values: Fields, dice: Dice): void {
  if (type === "enter flags") values.anyName = dice.int(0, 1) === 1;
  else if (type === "make flags") values.unlisted = dice.int(0, 1) === 1;
  else if (type === "password") {
    if (dice.int(0, 1)) values.password = dice.text(1024);
  } else if (type === "direction")
    Object.assign(values, { direction: dice.int(0, 1), became: dice.int(0, 1) === 1 });
  else if (type === "state") {
    const edit = { number: dice.number(), author: dice.number(), time: dice.int(0, 2 ** 48 - 1) };
    values.removed = dice.int(0, 2) === 0;
    values.edit = values.removed || dice.int(0, 1) ? null : { ...edit, text: dice.text(4096) };
  } else if (type === "list" || type === "entries") {
    values[name] = Array.from({ length: dice.int(0, 5) }, () => {
      const item: Fields = {};
      for (const field of entry!) randomField(field, item, dice);
      return "" in item ? item[""] : item;
    });
  } else values[name] = randomValue(type, dice);
}

function randomValue(type: string, dice: Dice): unknown {
  if (type.includes("..")) {
    const [from, to] = type.split("..").map(Number);
    return dice.int(from!, to!);
  }
  switch (type) {
    case "varint":
      return dice.number();
    case "varint1":
      return dice.number(1);
    case "flag":
      return dice.int(0, 1) === 1;
    case "u48":
      return dice.pick([0, 2 ** 48 - 1, 2 ** 32, dice.int(0, 2 ** 48 - 1)]);
    case "u64":
      return dice.digits(8);
    case "str8":
      return dice.text(96);
    case "token":
      return dice.digits(dice.int(0, 64));
    case "text":
    case "counted text":
      return dice.text(4096);
    case "hex":
      return dice.digits(dice.int(0, 300));
    case "position":
      return dice.int(0, 1) ? { epoch: dice.digits(8), seq: dice.number() } : null;
    case "limits":
      return Object.fromEntries(LIMITS.map((limit) => [limit, dice.number()]));
    case "blocks":
      return Array.from({ length: dice.int(0, 3) }, () => writeBlock(randomBlock(dice)));
    default:
      throw new Error(`no type ${type}`);
  }
}

/** What the body of a record of a kind holds, at random. Of a kind that is not known: anything. */
type PlainBody = Omit<PlainRecord, "kind" | "author" | "nonce" | "delta" | "name" | "body">;
const BODIES: Record<number, (dice: Dice) => PlainBody> = {
  3: (dice) => ({ to: dice.number(), text: dice.text(4096) }),
  4: (dice) => ({ to: dice.number(), text: dice.text(4096) }),
  5: (dice) => ({ to: dice.number() }),
  7: (dice) => ({ text: dice.text(4096) }),
  6: (dice) => ({ to: dice.number(), on: dice.int(0, 1) === 1, text: dice.text(64) }),
  8: (dice) => ({ unlisted: dice.int(0, 1) === 1 }),
  10: (dice) => ({ text: dice.text(512) }),
  12: (dice) => ({ to: dice.number(), text: dice.text(512) }),
  11: (dice) => ({ to: dice.number(), on: dice.int(0, 1) === 1 }),
  9: (dice) => ({ who: dice.number(), role: dice.int(0, 255) }),
  13: (dice) => ({
    ...(dice.int(0, 1) && { slowSeconds: dice.number() }),
    ...(dice.int(0, 1) && { speakers: dice.int(0, 255) }),
    ...(dice.int(0, 1) && { locked: dice.int(0, 1) === 1 }),
    ...(dice.int(0, 1) && { title: dice.text(200) }),
    ...(dice.int(0, 1) && { keepHours: dice.number() }),
  }),
  15: (dice) => ({ who: dice.number(), since: dice.number(), text: dice.text(512) }),
  18: () => ({}),
  14: (dice) => ({
    ...{ who: dice.number(), what: dice.int(0, 127), until: dice.number(), text: dice.text(512) },
    ...(dice.int(0, 1) && { address: true }),
  }),
};
const KINDS = [...Object.keys(BODIES).map(Number), 0, 0x7f];

export function randomBody(kind: number, dice: Dice): PlainBody {
  return BODIES[kind]?.(dice) ?? { text: dice.bytes(dice.int(0, 60)) as unknown as string };
}

/** A random block; a record of an author met before may leave its name out. Only text records if `plain`. */
export function randomBlock(dice: Dice, plain = false): PlainBlock {
  const records: PlainRecord[] = [];
  const known = new Set<number>();
  for (let n = dice.int(1, 8); n > 0; n--) {
    const author = dice.pick([1, 2, 300, dice.number(1)]);
    const nonce = dice.number(1);
    const delta = records.length === 0 ? 0 : dice.int(0, 100_000);
    if (!plain && dice.int(0, 4) === 0) {
      const body = [...dice.bytes(dice.int(0, 200))];
      records.push({ kind: dice.pick([2, 128, 255]), author, nonce, delta, body });
      continue;
    }
    const name = known.has(author) && dice.int(0, 1) ? "" : `n${dice.text(90)}`;
    if (!plain && dice.int(0, 1) === 0) {
      const record = { kind: dice.pick(KINDS), author, nonce, delta, name };
      records.push({ ...record, ...randomBody(record.kind, dice) });
      continue;
    }
    known.add(author);
    records.push({ author, nonce, delta, name, text: dice.text(4096) });
  }
  return {
    room: dice.number(1),
    seq: Math.min(dice.number(1), MAX - 10),
    time: dice.pick([0, 1_767_225_600_000, 2 ** 48 - 1_000_000]),
    records,
    flags: plain ? 0 : dice.pick([0, 0, 1, 2, 4, 7]),
  };
}
