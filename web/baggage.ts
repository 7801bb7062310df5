/**
 * What goes along when an identity moves, as JSON: the rooms and up to where each was read, whom one ignores, and how
 * Enter is taken. The server hands it on and does not look into it; so whatever comes in may be anything. Invariant: it
 * fits the frame; what does not is left out, rooms last.
 */
import { decodeText, encodeText } from "../src/wire/bytes.ts";
import { WIRE } from "../src/wire/limits.ts";
import { canonicalRoom } from "./address.ts";

/** A room and where it was read up to; `open`: it is one of those that one is in. */
export interface PackedRoom {
  name: string;
  epoch: string;
  read: number;
  open: boolean;
}

export interface Baggage {
  rooms: PackedRoom[];
  ignored: [number, string][];
  /** Whether Enter sends; null: as the device has it. */
  enterSends: boolean | null;
}

export function pack({ rooms, ignored, enterSends }: Baggage): Uint8Array {
  const packed = rooms.map(({ name, epoch, read, open }) => [name, epoch, read, open ? 1 : 0]);
  for (const people = [...ignored]; ; ) {
    const bytes = encodeText(JSON.stringify({ rooms: packed, ignored: people, enter: enterSends }));
    if (bytes.length <= WIRE.maxBaggageBytes) return bytes;
    // The earliest of those, then the rooms that were visited longest ago.
    if (people.length > 0) people.splice(0, Math.ceil(people.length / 2));
    else packed.pop();
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const listOf = (value: unknown): unknown[][] => (Array.isArray(value) ? value.filter(Array.isArray) : []);

export function unpack(bytes: Uint8Array): Baggage {
  let read: { rooms?: unknown; ignored?: unknown; enter?: unknown } | null = null;
  try {
    read = JSON.parse(decodeText(bytes));
  } catch {
    // Nothing came along.
  }
  const rooms = listOf(read?.rooms).flatMap(([name, epoch, seq, open]) =>
    typeof name === "string" && canonicalRoom(name) === name && name !== ""
      ? {
          name,
          epoch: typeof epoch === "string" && /^[\da-f]{16}$/.test(epoch) ? epoch : "",
          read: isCount(seq) ? seq : 0,
          open: open === 1,
        }
      : [],
  );
  const ignored = listOf(read?.ignored).filter(
    (one): one is [number, string] => isCount(one[0]) && typeof one[1] === "string",
  );
  return { rooms, ignored, enterSends: typeof read?.enter === "boolean" ? read.enter : null };
}
