/**
 * Which tables LevelDB will read when it opens: its manifest says so (doc/impl.md). The engine could be asked, but
 * only once it is open, and opening is when a damaged table can end the process. Invariant: changes nothing; of a
 * manifest that cannot be read to its end the part that can be counts, and the engine itself refuses the rest.
 *
 *   file    pages of 32 KiB, fragments behind each other in each; what is too short for a header at its end is padding
 *   header  u32 masked CRC-32C of kind and payload, u16 length, u8 kind (little-endian): 1 whole, 2 first, 3 middle, 4 last
 *   edit    tag and fields, again and again; all numbers are varints
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Reader, WireError } from "../wire/bytes.ts";
import { crc32c, unmask } from "./crc32c.ts";

const PAGE_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const Kind = { whole: 1, first: 2, middle: 3, last: 4 } as const;
const Tag = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLog: 9,
} as const;

/** Numbers of the tables that are in use; none where there is no manifest. */
export function liveTables(folder: string): Set<number> {
  const live = new Set<number>();
  const bytes = readManifest(folder);
  try {
    for (const edit of bytes ? edits(bytes) : []) apply(edit, live);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return live;
}

function readManifest(folder: string): Uint8Array | null {
  try {
    const name = readFileSync(join(folder, "CURRENT"), "utf8").trimEnd();
    return /^MANIFEST-\d+$/.test(name) ? readFileSync(join(folder, name)) : null;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** The records of the file, each put together from its fragments. */
function* edits(bytes: Uint8Array): Iterable<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let parts: Uint8Array[] = [];
  for (let at = 0; ; ) {
    if (PAGE_BYTES - (at % PAGE_BYTES) < HEADER_BYTES) at += PAGE_BYTES - (at % PAGE_BYTES);
    if (at + HEADER_BYTES > bytes.length) return;
    const end = at + HEADER_BYTES + view.getUint16(at + 4, true);
    const kind = bytes[at + 6]!;
    if (end > bytes.length || crc32c(bytes.subarray(at + 6, end)) !== unmask(view.getUint32(at, true)))
      return;
    if (kind === Kind.whole || kind === Kind.first) parts = [];
    parts.push(bytes.subarray(at + HEADER_BYTES, end));
    if (kind === Kind.whole || kind === Kind.last) yield Buffer.concat(parts);
    at = end;
  }
}

function apply(edit: Uint8Array, live: Set<number>): void {
  const r = new Reader(edit);
  const skipCounted = () => r.skip(r.varint());
  while (r.left > 0) {
    switch (r.varint()) {
      case Tag.comparator:
        skipCounted();
        break;
      case Tag.logNumber:
      case Tag.nextFile:
      case Tag.lastSequence:
      case Tag.previousLog:
        r.varint();
        break;
      case Tag.compactPointer:
        r.varint();
        skipCounted();
        break;
      case Tag.deletedFile:
        r.varint();
        live.delete(r.varint());
        break;
      case Tag.newFile: {
        r.varint();
        const table = r.varint();
        // Its bytes, its first and its last key.
        r.varint();
        skipCounted();
        skipCounted();
        live.add(table);
        break;
      }
      default:
        throw new WireError("unknown tag in the manifest");
    }
  }
}
