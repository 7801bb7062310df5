/**
 * The examples of PROTOCOL.md as test vectors. Reads the fenced blocks `vector <direction> <name> [decode-only]`,
 * bytes in hexadecimal with annotations after `;`, and the `json <name>` that follows each.
 */
import { readFileSync } from "node:fs";
import type { Block } from "../src/wire/block.ts";
import { WireError } from "../src/wire/bytes.ts";
import { decodeClientFrame, decodeServerFrame } from "../src/wire/decode.ts";
import { encodeClientFrame, encodeServerFrame } from "../src/wire/encode.ts";
import {
  type ClientFrame,
  ClientKind,
  type MovedFrame,
  type MoveFrame,
  type ServerFrame,
  ServerKind,
} from "../src/wire/frames.ts";
import {
  type Moved,
  type MoveIn,
  type MoveOut,
  type Moving,
  readMoved,
  readMoveIn,
  readMoveOut,
  readMoving,
  writeMoved,
  writeMoveIn,
  writeMoveOut,
  writeMoving,
} from "../src/wire/moving.ts";
import type { Fields } from "./independent-layouts.ts";
import { hex, utf8 } from "./independent-numbers.ts";
import { writePlainTold } from "./independent-writer.ts";

export interface Vector {
  direction: "client" | "server" | "block";
  name: string;
  /** The bytes come from a later version: this one reads them and would never write them. */
  decodeOnly: boolean;
  bytes: Uint8Array;
  json: Fields;
}

export const PROTOCOL = readFileSync(new URL("../PROTOCOL.md", import.meta.url), "utf8");

export function readVectors(document = PROTOCOL): Vector[] {
  const vectors: Vector[] = [];
  const names = new Set<string>();
  const fences = document.matchAll(/^```(vector|json) (.*)\n([\s\S]*?)^```$/gm);
  for (const [, type, info, body] of fences) {
    if (type === "json") {
      const vector = vectors.at(-1);
      if (!vector || vector.name !== info) throw new Error(`the JSON of ${info} does not follow its bytes`);
      vector.json = JSON.parse(body!);
      continue;
    }
    const [direction, name, mark] = info!.split(" ");
    if (direction !== "client" && direction !== "server" && direction !== "block")
      throw new Error(`${name} has no direction`);
    if (!name || names.has(name)) throw new Error(`the name ${name} is missing or taken`);
    names.add(name);
    vectors.push({
      direction,
      name,
      decodeOnly: mark === "decode-only",
      bytes: parseHex(name, body!),
      json: {},
    });
  }
  return vectors;
}

function parseHex(name: string, body: string): Uint8Array {
  const digits = body
    .split("\n")
    .map((line) => line.split(";")[0]!)
    .join(" ");
  if (!/^(\s*[0-9a-f]{2}(?=\s))*\s*$/.test(digits))
    throw new Error(`${name} holds something that is not hexadecimal`);
  return Uint8Array.from(hex(digits.replaceAll(/\s/g, "")));
}

/** The document's JSON with blocks by their bytes, as the independent writer takes it. */
export function plainOf(vector: Vector, all: Vector[]): Fields {
  const { blocks } = vector.json as { blocks?: string[] };
  if (!blocks) return vector.json;
  return { ...vector.json, blocks: blocks.map((name) => all.find((other) => other.name === name)!.bytes) };
}

/** What the codec must make of the values of an independent writer. */
export function frameOf(direction: string, values: Fields): ClientFrame | ServerFrame {
  const { frame, ...fields } = values;
  const kinds: Record<string, number> = direction === "client" ? ClientKind : ServerKind;
  const kind = kinds[camelCase(frame as string)];
  if (kind === undefined) throw new Error(`no frame ${frame}`);
  if (frame === "HELLO" || frame === "WELCOME") fields.token = Uint8Array.from(hex(fields.token as string));
  if (frame === "CHALLENGE") fields.challenge = Uint8Array.from(hex(fields.challenge as string));
  if (frame === "ACT") fields.body = Uint8Array.from(hex(fields.body as string));
  if (frame === "STANDING") fields.parts = Uint8Array.from(hex(fields.parts as string));
  if (frame === "REPORT") fields.reason = Uint8Array.from(utf8(fields.reason as string));
  if (typeof fields.password === "string") fields.password = Uint8Array.from(utf8(fields.password));
  if (frame === "OPERATE_AS" || frame === "OPERATE")
    fields.body = Uint8Array.from(hex(fields.body as string));
  if (frame === "OPERATING") fields.told = Uint8Array.from(hex(fields.told as string));
  if (frame === "ANNOUNCED") fields.text = Uint8Array.from(utf8(fields.text as string));
  if (frame === "SEND") fields.text = Uint8Array.from(utf8(fields.text as string));
  if (frame === "MOVE_IN") fields.attempt = Uint8Array.from(hex(fields.attempt as string));
  if (frame === "MOVED") fields.token = Uint8Array.from(hex(fields.token as string));
  if (frame === "MOVE_OUT" || frame === "MOVED")
    fields.baggage = Uint8Array.from(hex(fields.baggage as string));
  if (frame === "BECAME") {
    const { asOf, messages, ...numbers } = fields;
    return { kind, ...numbers, told: writePlainTold({ asOf, messages }) } as unknown as ServerFrame;
  }
  if (frame === "REACTED" || frame === "EDITED") {
    const { request, ...told } = fields;
    return { kind, request, told: writePlainTold(told, frame) } as unknown as ServerFrame;
  }
  return { kind, ...fields } as unknown as ClientFrame | ServerFrame;
}

export function blockOf(vector: Vector): Block {
  const json = vector.json as unknown as Omit<Block, "lost">;
  const acts = (json.acts ?? []).map((act) => ({
    ...act,
    ...(act.said && { said: Uint8Array.from(hex(act.said as unknown as string)) }),
  }));
  return { lost: [], ...json, acts };
}

/** Those about moves with their fields, which the codec leaves to moving.ts. */
export function decode(direction: string, bytes: Uint8Array): ClientFrame | ServerFrame {
  if (direction !== "client") {
    const frame = decodeServerFrame(bytes);
    const { kind } = frame;
    if (kind === ServerKind.moving) return opened(frame, readMoving(frame.told));
    return kind === ServerKind.moved ? opened(frame, readMoved(frame.told)) : frame;
  }
  const frame = decodeClientFrame(bytes);
  if (frame.kind === ClientKind.moveOut) return opened(frame, readMoveOut(frame.body));
  if (frame.kind === ClientKind.moveIn) return opened(frame, readMoveIn(frame.body));
  if (frame.kind !== ClientKind.renew) return frame;
  if (frame.body.length > 0) throw new WireError("a renewal has no body");
  return opened(frame, {});
}

export function encode(direction: string, frame: ClientFrame | ServerFrame): Uint8Array {
  const fields = frame as unknown as MoveOut & MoveIn & Moving & Moved;
  const write = {
    [ClientKind.moveOut]: writeMoveOut,
    [ClientKind.moveIn]: writeMoveIn,
    [ClientKind.renew]: () => new Uint8Array(0),
    [ServerKind.moving]: writeMoving,
    [ServerKind.moved]: writeMoved,
  }[frame.kind as number];
  const body = write?.(fields);
  return direction === "client"
    ? encodeClientFrame((body ? { ...frame, body } : frame) as ClientFrame)
    : encodeServerFrame((body ? { ...frame, told: body } : frame) as ServerFrame);
}

function opened({ kind, request }: MoveFrame | MovedFrame, fields: object): ClientFrame | ServerFrame {
  return { kind, request, ...fields } as ClientFrame | ServerFrame;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
