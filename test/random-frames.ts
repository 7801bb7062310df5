/** Random frames and blocks, in the form in which the independent writer takes them. */
import type { Dice } from "./dice.ts";
import { type PlainBlock, type PlainRecord, writeBlock } from "./independent-blocks.ts";
import { type Field, type Fields, LAYOUTS, LIMITS } from "./independent-layouts.ts";
import { MAX } from "./independent-numbers.ts";

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
  6: (dice) => ({ to: dice.number(), on: dice.int(0, 1) === 1, text: dice.text(64) }),
  7: (dice) => ({ text: dice.text(4096) }),
  8: (dice) => ({ unlisted: dice.int(0, 1) === 1 }),
  9: (dice) => ({ who: dice.number(), role: dice.int(0, 255) }),
  10: (dice) => ({ text: dice.text(512) }),
  11: (dice) => ({ to: dice.number(), on: dice.int(0, 1) === 1 }),
  12: (dice) => ({ to: dice.number(), text: dice.text(512) }),
  13: (dice) => ({
    ...(dice.int(0, 1) && { slowSeconds: dice.number() }),
    ...(dice.int(0, 1) && { speakers: dice.int(0, 255) }),
    ...(dice.int(0, 1) && { locked: dice.int(0, 1) === 1 }),
    ...(dice.int(0, 1) && { title: dice.text(200) }),
    ...(dice.int(0, 1) && { keepHours: dice.number() }),
  }),
  14: (dice) => ({
    ...{ who: dice.number(), what: dice.int(0, 127), until: dice.number(), text: dice.text(512) },
    ...(dice.int(0, 1) && { address: true }),
  }),
  15: (dice) => ({ who: dice.number(), since: dice.number(), text: dice.text(512) }),
  16: (dice) => ({
    ...{ front: dice.number(), act: dice.int(0, 255), by: dice.number(), at: dice.int(0, 2 ** 48 - 1) },
    ...{ person: dice.number(), personName: dice.text(96), said: dice.bytes(dice.int(0, 60)) },
  }),
  17: (dice) => ({
    ...(dice.int(0, 1) && { room: `r${dice.text(90)}` }),
    ...{ front: dice.number(1), by: dice.number(), person: dice.number(), personName: dice.text(96) },
    ...{ excerpt: dice.text(600), text: dice.text(600) },
  }),
  18: () => ({}),
};
/** The kinds whose bodies are made by their layout; a text is made with its record. */
export const KINDS_AT_RANDOM = Object.keys(BODIES).map(Number);
const KINDS = [...KINDS_AT_RANDOM, 0, 0x7f];

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
