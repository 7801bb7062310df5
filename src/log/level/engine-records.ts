/**
 * The records of LevelDB's journals and of its manifest, which are files of one format (doc/log_format.md).
 * Invariant: a record is handed on only when the checksum of each of its fragments fits.
 *
 *   file    pages of 32 KiB, fragments behind each other in each; what is too short for a header at its end is padding
 *   header  u32 masked CRC-32C of kind and payload, u16 length, u8 kind (little-endian): 1 whole, 2 first, 3 middle, 4 last
 */
import { crc32c, unmask } from "./crc32c.ts";

const PAGE_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const Kind = { whole: 1, first: 2, middle: 3, last: 4 } as const;

/**
 * The records, each put together from its fragments. At one that is damaged or torn `goOn` is asked: when it says
 * true, reading goes on with the next fragment, or with the next page when it is not clear where that begins.
 */
export function* engineRecords(bytes: Uint8Array, goOn: () => boolean = () => false): Iterable<Uint8Array> {
  let parts: Uint8Array[] | null = null;
  for (let at = 0; ; ) {
    const left = PAGE_BYTES - (at % PAGE_BYTES);
    if (left < HEADER_BYTES) at += left;
    if (at + HEADER_BYTES > bytes.length) return;
    const end = fits(bytes, at);
    if (end === null) {
      if (isTornEnd(bytes, at) || !goOn()) return;
      parts = null;
      at = nextFragment(bytes, at);
      continue;
    }
    const kind = bytes[at + 6]!;
    if (kind === Kind.whole || kind === Kind.first) parts = [];
    parts?.push(bytes.subarray(at + HEADER_BYTES, end));
    if (parts && (kind === Kind.whole || kind === Kind.last)) {
      yield Buffer.concat(parts);
      parts = null;
    }
    at = end;
  }
}

/** Where the fragment at `at` ends, or null when it is not whole. */
function fits(bytes: Uint8Array, at: number): number | null {
  if (at + HEADER_BYTES > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = at + HEADER_BYTES + view.getUint16(at + 4, true);
  if (end > bytes.length || crc32c(bytes.subarray(at + 6, end)) !== unmask(view.getUint32(at, true)))
    return null;
  return end;
}

/** A crash in the middle of a write leaves a fragment that reaches beyond the file; it was never acknowledged. */
function isTornEnd(bytes: Uint8Array, at: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLastPage = at - (at % PAGE_BYTES) + PAGE_BYTES >= bytes.length;
  return isLastPage && at + HEADER_BYTES + view.getUint16(at + 4, true) > bytes.length;
}

/** Behind a damaged fragment: the next one if its length was not damaged, else the next page. */
function nextFragment(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const page = at - (at % PAGE_BYTES) + PAGE_BYTES;
  const behind = at + HEADER_BYTES + view.getUint16(at + 4, true);
  const isClear = page - behind < HEADER_BYTES ? behind <= page : fits(bytes, behind) !== null;
  return isClear ? behind : page;
}
