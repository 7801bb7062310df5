/**
 * Takes the texts of single records out of a block. Everything else of it stays: numbers, authors, times, names, what a
 * record refers to, and records of kinds that are not known here.
 */
import { BlockReader, sealChecksum } from "./block.ts";
import { varintBytes, Writer } from "./bytes.ts";
import { kindOf } from "./records/registry.ts";

/**
 * A new block without the texts of the records with these numbers, or `block` itself when there is no such text.
 * @throws WireError
 */
export function blankRecords(block: Uint8Array, numbers: ReadonlySet<number>): Uint8Array {
  const r = new BlockReader(block);
  const w = new Writer(block.length).bytes(block.subarray(0, r.offset));
  let isChanged = false;
  for (let from = r.offset; r.next(); from = r.offset) {
    const body = numbers.has(r.seq) ? blank(r) : null;
    if (!body || body.length === r.body.length) {
      w.bytes(block.subarray(from, r.offset));
      continue;
    }
    isChanged = true;
    const { kind, author, nonce, name } = r;
    const delta = r.time - r.baseTime;
    const length =
      varintBytes(author) + varintBytes(nonce) + varintBytes(delta) + 1 + name.length + body.length;
    w.u8(kind).varint(length).varint(author).varint(nonce).varint(delta).bytes8(name).bytes(body);
  }
  return isChanged ? sealChecksum(w.take()) : block;
}

/** The body of a record without its text; null of a kind that has none. */
function blank({ kind, body }: BlockReader): Uint8Array | null {
  const known = kindOf(kind);
  const read = known?.read(body);
  return known && read && "text" in read ? known.write({ ...read, text: "" }) : null;
}
