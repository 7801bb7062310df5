/**
 * Bytes to frames. The layouts are those drawn in encode.ts. Every byte is accounted for: what is missing, left
 * over, out of range or not UTF-8 is a WireError, and nothing else is ever thrown. Views in a frame (token, text,
 * body, blocks, parts, told, password) point into the bytes given and live as long as those do.
 */
import { Reader, WireError } from "./bytes.ts";
import type { Presence, Refusal, Resume } from "./codes.ts";
import {
  type ClientFrame,
  ClientKind,
  type Direction,
  type Language,
  type Person,
  type Position,
  type PresenceEvent,
  type PutOutFrame,
  type RoomSummary,
  type ServerFrame,
  ServerKind,
} from "./frames.ts";
import { LimitId, STATED_DEFAULTS, type StatedLimit, type StatedLimits, WIRE } from "./limits.ts";

export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const r = new Reader(bytes);
  const frame = readClientFrame(r);
  r.end();
  return frame;
}

/** @throws WireError. For kinds this version does not know too: see `isKnownServerKind`. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  const r = new Reader(bytes);
  const frame = readServerFrame(r);
  r.end();
  return frame;
}

/** A client passes over frames of kinds it does not know: a later server may send them. */
export function isKnownServerKind(kind: number): boolean {
  return kind >= ServerKind.welcome && kind <= ServerKind.announced;
}

function readClientFrame(r: Reader): ClientFrame {
  const kind = r.u8();
  switch (kind) {
    case ClientKind.hello: {
      const version = r.varint();
      const capabilities = r.varint();
      const language = choice(r, 1) as Language;
      const token = r.bytes8(WIRE.maxTokenBytes);
      return { kind, version, capabilities, language, token, name: r.str8() };
    }
    case ClientKind.enter: {
      const request = r.varint();
      const flags = choice(r, 7);
      const room = r.str8();
      const history = r.varint();
      const position: Position | null = flags & 1 ? { epoch: r.hex64(), seq: r.varint() } : null;
      const password = flags & 4 ? r.bytes(r.varint()) : undefined;
      return { kind, request, anyName: (flags & 2) !== 0, room, history, position, password };
    }
    case ClientKind.leave:
      return { kind, room: r.varint() };
    case ClientKind.send:
      return { kind, room: r.varint(), nonce: atLeastOne(r), text: r.rest() };
    case ClientKind.act:
      return { kind, room: r.varint(), nonce: atLeastOne(r), act: r.u8(), body: r.rest() };
    case ClientKind.history: {
      const request = r.varint();
      const room = r.varint();
      const direction = choice(r, 3);
      const asked = { direction: (direction & 1) as Direction, became: direction > 1 };
      return { kind, request, room, ...asked, seq: r.varint(), limit: r.varint() };
    }
    case ClientKind.rename:
      return { kind, request: r.varint(), name: r.str8() };
    case ClientKind.watchRooms:
      return { kind, on: choice(r, 1) === 1 };
    case ClientKind.typing:
      return { kind, room: r.varint(), on: choice(r, 1) === 1 };
    case ClientKind.ping:
      return { kind, token: r.varint() };
    case ClientKind.work:
      return { kind, answer: r.varint() };
    case ClientKind.makeRoom: {
      const request = r.varint();
      const flags = choice(r, 3);
      const room = r.str8();
      const password = flags & 2 ? r.bytes(r.varint()) : undefined;
      return { kind, request, unlisted: (flags & 1) !== 0, room, password };
    }
    case ClientKind.who:
    case ClientKind.edits:
      return { kind, request: r.varint(), room: r.varint(), seq: r.varint() };
    case ClientKind.report:
      return { kind, request: r.varint(), room: r.varint(), seq: r.varint(), reason: r.rest() };
    case ClientKind.moveOut:
    case ClientKind.moveIn:
    case ClientKind.renew:
      return { kind, request: r.varint(), body: r.rest() };
    case ClientKind.setPassword:
      return { kind, request: r.varint(), room: r.str8(), password: r.rest() };
    case ClientKind.operateAs:
    case ClientKind.operate:
      return { kind, request: r.varint(), body: r.rest() };
    default:
      throw new WireError(`unknown frame kind ${kind}`);
  }
}

function readServerFrame(r: Reader): ServerFrame {
  const kind = r.u8();
  switch (kind) {
    case ServerKind.welcome: {
      const version = r.varint();
      const capabilities = r.varint();
      const author = r.varint();
      const token = r.bytes8(WIRE.maxTokenBytes);
      const name = r.str8();
      const epoch = r.hex64();
      const time = r.u48();
      return { kind, version, capabilities, author, token, name, epoch, time, limits: readLimits(r) };
    }
    case ServerKind.entered: {
      const request = r.varint();
      const room = r.varint();
      const name = r.str8();
      const ownName = r.str8();
      const epoch = r.hex64();
      const resume = choice(r, 3) as Resume;
      const first = r.varint();
      const head = r.varint();
      const start = r.varint();
      return { kind, request, room, name, ownName, epoch, resume, first, head, start, nonce: r.varint() };
    }
    case ServerKind.live:
      return { kind, room: r.varint(), head: r.varint() };
    case ServerKind.page: {
      const request = r.varint();
      const room = r.varint();
      const first = r.varint();
      const more = choice(r, 1) === 1;
      const blocks: Uint8Array[] = [];
      while (r.left > 0) blocks.push(r.bytes(atLeastOne(r)));
      return { kind, request, room, first, more, blocks };
    }
    case ServerKind.became: {
      const request = r.varint();
      return { kind, request, room: r.varint(), from: r.varint(), to: r.varint(), told: r.rest() };
    }
    case ServerKind.reacted:
    case ServerKind.edited:
    case ServerKind.moving:
    case ServerKind.moved:
    case ServerKind.operating:
      return { kind, request: r.varint(), told: r.rest() };
    case ServerKind.ack:
      return { kind, room: r.varint(), nonce: r.varint(), seq: r.varint() };
    case ServerKind.refused: {
      const refused = r.u8() as ClientKind;
      const request = r.varint();
      const room = r.varint();
      const code = r.varint() as Refusal;
      return { kind, refused, request, room, code, retryAfterMs: r.varint(), suggestion: r.str8() };
    }
    case ServerKind.presence: {
      const room = r.varint();
      const count = r.varint();
      const events: PresenceEvent[] = [];
      // Three bytes are the least an entry takes, so a count cannot ask for more than the bytes can hold.
      for (let n = counted(r, 3); n > 0; n--) {
        events.push({ change: (1 + choice(r, 3, 1)) as Presence, author: r.varint(), name: r.str8() });
      }
      return { kind, room, count, events };
    }
    case ServerKind.people: {
      const room = r.varint();
      const count = r.varint();
      const listed = choice(r, 1) === 1;
      const people: Person[] = [];
      for (let n = counted(r, 2); n > 0; n--) people.push({ author: r.varint(), name: r.str8() });
      return { kind, room, count, listed, people };
    }
    case ServerKind.rooms: {
      const roomCount = r.varint();
      const peopleCount = r.varint();
      const rooms: RoomSummary[] = [];
      for (let n = counted(r, 2); n > 0; n--) rooms.push({ name: r.str8(), people: r.varint() });
      return { kind, roomCount, peopleCount, rooms };
    }
    case ServerKind.pong:
      return { kind, token: r.varint(), time: r.u48() };
    case ServerKind.goodbye:
      return { kind, code: r.varint(), retryAfterMs: r.varint() };
    case ServerKind.renamed:
      return { kind, request: r.varint(), name: r.str8() };
    case ServerKind.typing: {
      const room = r.varint();
      const authors: number[] = [];
      for (let n = counted(r, 1); n > 0; n--) authors.push(r.varint());
      return { kind, room, authors };
    }
    case ServerKind.challenge:
      return { kind, bits: r.varint(), challenge: r.bytes8(WIRE.maxTokenBytes) };
    case ServerKind.made:
      return { kind, request: r.varint(), room: r.str8() };
    case ServerKind.standing:
      return { kind, room: r.varint(), asOf: r.varint(), parts: r.rest() };
    case ServerKind.putOut: {
      const room = r.varint();
      const what = (1 + choice(r, 3, 1)) as PutOutFrame["what"];
      return { kind, room, what, until: r.varint(), by: r.str8(), reason: r.str8() };
    }
    case ServerKind.reported:
      return { kind, request: r.varint(), room: r.varint(), seq: r.varint() };
    case ServerKind.passwordSet:
      return { kind, request: r.varint(), on: choice(r, 1) === 1 };
    case ServerKind.announced:
      return { kind, at: r.u48(), until: r.u48(), text: r.rest() };
    default:
      throw new WireError(`unknown frame kind ${kind}`);
  }
}

function readLimits(r: Reader): StatedLimits {
  const limits = {} as StatedLimits;
  const byId = new Map<number, StatedLimit>();
  for (const [name, id] of Object.entries(LimitId) as [StatedLimit, number][]) {
    byId.set(id, name);
    limits[name] = STATED_DEFAULTS[name];
  }
  for (let n = counted(r, 2); n > 0; n--) {
    const name = byId.get(r.varint());
    const value = r.varint();
    if (name) limits[name] = value;
  }
  return limits;
}

/** One byte from `min` to `max`, less `min`. */
function choice(r: Reader, max: number, min = 0): number {
  const value = r.u8();
  if (value < min || value > max) throw new WireError("field has a value that is not allowed");
  return value - min;
}

/** A varint where zero would mean "none", which cannot stand here. */
function atLeastOne(r: Reader): number {
  const value = r.varint();
  if (value === 0) throw new WireError("field must not be zero");
  return value;
}

/** A count of entries that take at least `leastBytes` each. */
function counted(r: Reader, leastBytes: number): number {
  const count = r.varint();
  if (count * leastBytes > r.left) throw new WireError("count is larger than the frame");
  return count;
}
