/**
 * One data block of a LevelDB table whose checksum does not fit: would the engine survive to read it? It was built
 * with assertions, and a key that is too short or out of order ends the process. What it only calls damaged, or what
 * is wrong within a value, costs the request that meets it and nothing else. It knows nothing of the log's own keys.
 *
 *   contents  entries, u32 offset of each restart, u32 number of restarts (little-endian)
 *   entry     varint bytes shared with the key before, varint further bytes, varint value bytes, key's rest, value
 *   key       user key, then eight bytes: u56 sequence, of which the highest comes first, and u8 type (little-endian)
 */
import { WireError } from "../../wire/bytes.ts";
import { unpackSnappy } from "./snappy.ts";

const KEY_TRAILER_BYTES = 8;
const Packing = { none: 0, snappy: 1 } as const;

/** What a block holds once it is unpacked, or null when it cannot be. `block` ends with the compression byte. */
export function unpackBlock(block: Uint8Array): Uint8Array | null {
  const contents = block.subarray(0, -1);
  const packing = block.at(-1);
  if (packing === Packing.none) return contents;
  if (packing !== Packing.snappy) return null;
  try {
    return unpackSnappy(contents);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** `after` and `upTo`: the keys that the index states before and for this block; null for no bound. */
export function survivesReading(block: Uint8Array, after: Uint8Array | null, upTo: Uint8Array): boolean {
  const contents = unpackBlock(block);
  if (!contents || contents.length < 4) return true;
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  const restarts = view.getUint32(contents.length - 4, true);
  const end = contents.length - 4 * (restarts + 1);
  if (restarts === 0 || end < 0) return true;
  const starts = new Set([0]);
  for (let i = 0; i < restarts; i++) starts.add(view.getUint32(end + 4 * i, true));
  for (const start of starts) {
    if (start < end && !survivesFrom(contents, start, end, start === 0 ? after : null, upTo)) return false;
  }
  return true;
}

/** Walks as the engine does from a restart on, to the end or to what it calls damaged itself. */
function survivesFrom(
  contents: Uint8Array,
  start: number,
  end: number,
  after: Uint8Array | null,
  upTo: Uint8Array,
): boolean {
  let key: Uint8Array = new Uint8Array(0);
  let before = after;
  for (let at = start; end - at >= 3; ) {
    const shared = varint32(contents, at, end);
    const rest = shared && varint32(contents, shared.next, end);
    const value = rest && varint32(contents, rest.next, end);
    if (!value || shared.value > key.length) return true;
    // The engine adds the two in 32 bits.
    if (rest.value + value.value > 0xffffffff) return false;
    if (rest.value + value.value > end - value.next) return true;
    const keyEnd = value.next + rest.value;
    key = Buffer.concat([key.subarray(0, shared.value), contents.subarray(value.next, keyEnd)]);
    at = keyEnd + value.value;
    if (key.length < KEY_TRAILER_BYTES) return false;
    if ((before && compareKeys(key, before) <= 0) || compareKeys(key, upTo) > 0) return false;
    before = key;
  }
  return true;
}

/**
 * Every entry that can be made out, whatever is wrong with the others: from each restart on, to the next one or to what
 * makes no sense. Whether an entry is true is for its reader to find out.
 */
export function* readableEntries(block: Uint8Array): Iterable<{ key: Uint8Array; value: Uint8Array }> {
  const contents = unpackBlock(block);
  if (!contents || contents.length < 4) return;
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  const restarts = view.getUint32(contents.length - 4, true);
  const end = contents.length - 4 * (restarts + 1);
  if (end < 0) return;
  const starts = new Set([0]);
  for (let i = 0; i < restarts; i++) starts.add(view.getUint32(end + 4 * i, true));
  const ordered = [...starts].filter((start) => start < end).sort((a, b) => a - b);
  for (const [i, start] of ordered.entries()) {
    let key: Uint8Array = new Uint8Array(0);
    for (let at = start; at < (ordered[i + 1] ?? end); ) {
      const shared = varint32(contents, at, end);
      const rest = shared && varint32(contents, shared.next, end);
      const size = rest && varint32(contents, rest.next, end);
      if (!size || shared.value > key.length || rest.value + size.value > end - size.next) break;
      const keyEnd = size.next + rest.value;
      key = Buffer.concat([key.subarray(0, shared.value), contents.subarray(size.next, keyEnd)]);
      at = keyEnd + size.value;
      if (key.length >= KEY_TRAILER_BYTES) yield { key, value: contents.subarray(keyEnd, at) };
    }
  }
}

/** As lenient as the engine: longer forms than needed, and bits beyond the 32nd, are let pass. */
function varint32(bytes: Uint8Array, at: number, end: number): { value: number; next: number } | null {
  let value = 0;
  for (let shift = 0; shift <= 28 && at < end; shift += 7) {
    const part = bytes[at++]!;
    value = (value | ((part & 0x7f) << shift)) >>> 0;
    if (part < 0x80) return { value, next: at };
  }
  return null;
}

function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const order = Buffer.compare(a.subarray(0, -KEY_TRAILER_BYTES), b.subarray(0, -KEY_TRAILER_BYTES));
  return order || Number(trailer(b) - trailer(a));
}

function trailer(key: Uint8Array): bigint {
  return new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(
    key.length - KEY_TRAILER_BYTES,
    true,
  );
}
