/**
 * Checks what LevelDB believes unseen: the checksums in its tables. It verifies none when it reads, and a damaged
 * index makes whole stretches of keys vanish without an error. At every start that is the index and the filter, a
 * hundredth of the whole; data blocks, whose values carry checksums of their own, only before anything is removed.
 * Invariant: changes nothing, and knows of tables only what LevelDB's doc/table_format.md states.
 *
 *   table   data blocks, filter block, metaindex block, index block, footer (48 bytes)
 *   block   contents, u8 compression, u32 masked CRC-32C of both (little-endian)
 *   footer  handles of metaindex and index (varint offset, varint size each), padding, 8 bytes magic
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { Reader, WireError } from "../wire/bytes.ts";
import { crc32c, unmask } from "./crc32c.ts";
import type { Engine } from "./engine.ts";
import { LogError, LogErrorCode } from "./log.ts";
import { unpackSnappy } from "./snappy.ts";

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;

/**
 * Looks at the index of every table, and with `everything` at all their bytes.
 * @throws LogError `damaged` that names the first table that cannot be trusted
 */
export function checkTables(db: Engine, folder: string, everything = false): void {
  // Asked of the engine, not of the folder: there may be half a table that a crash left behind.
  const listed = db.getProperty("leveldb.sstables").matchAll(/^ (\d+):\d+\[/gm);
  for (const [, number] of listed) {
    const name = `${number!.padStart(6, "0")}.ldb`;
    const reason = checkTable(join(folder, name), everything);
    if (reason === null) continue;
    throw new LogError(
      LogErrorCode.damaged,
      `The log is damaged: ${reason} of the table ${name} in ${folder} cannot be trusted.`,
    );
  }
}

/** What is wrong with a table; null when nothing is, or when it has been compacted away meanwhile. */
function checkTable(path: string, everything: boolean): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    const size = fstatSync(file).size;
    const footer = new Reader(read(file, size - FOOTER_BYTES, FOOTER_BYTES));
    const metaindex = readBlock(file, size, footer.varint(), footer.varint());
    if (!metaindex) return "the metaindex";
    const index = readBlock(file, size, footer.varint(), footer.varint());
    if (!index) return "the index";
    const filter = filterHandle(metaindex);
    if (filter && !readBlock(file, size, filter.varint(), filter.varint())) return "the filter";
    if (!everything) return null;
    for (const { offset, bytes } of handles(index))
      if (!readBlock(file, size, offset, bytes)) return `the block at byte ${offset}`;
    return null;
  } catch (error) {
    if (error instanceof WireError) return "the footer";
    throw error;
  } finally {
    closeSync(file);
  }
}

/** The contents and compression byte of a block, or null when its checksum does not fit. */
function readBlock(file: number, fileBytes: number, offset: number, size: number): Uint8Array | null {
  if (offset + size + TRAILER_BYTES > fileBytes) return null;
  const block = read(file, offset, size + TRAILER_BYTES);
  const body = block.subarray(0, size + 1);
  const stored = new DataView(block.buffer, block.byteOffset).getUint32(size + 1, true);
  return crc32c(body) === unmask(stored) ? body : null;
}

/** The only entry of a metaindex: no shared bytes, key length, value length, key, then the filter's handle. */
function filterHandle(metaindex: Uint8Array): Reader | null {
  const r = new Reader(metaindex);
  const [shared, keyBytes, valueBytes] = [r.varint(), r.varint(), r.varint()];
  if (shared !== 0 || keyBytes === 0 || valueBytes === 0 || metaindex.at(-1) !== 0) return null;
  r.skip(keyBytes);
  return new Reader(r.bytes(valueBytes));
}

/** Where the data blocks lie. Entries: shared, key and value length, key, value; then the restarts and their count. */
function handles(index: Uint8Array): { offset: number; bytes: number }[] {
  const contents = index.subarray(0, -1);
  const plain = index.at(-1) === 0 ? contents : unpackSnappy(contents);
  if (plain.length < 4) throw new WireError("index is too short");
  const restarts = new DataView(plain.buffer, plain.byteOffset).getUint32(plain.length - 4, true);
  const r = new Reader(plain, 0, Math.max(0, plain.length - 4 - 4 * restarts));
  const found: { offset: number; bytes: number }[] = [];
  while (r.left > 0) {
    r.varint();
    const keyBytes = r.varint();
    const valueBytes = r.varint();
    r.skip(keyBytes);
    const handle = new Reader(r.bytes(valueBytes));
    found.push({ offset: handle.varint(), bytes: handle.varint() });
  }
  return found;
}

function read(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, length));
  if (offset < 0 || readSync(file, bytes, 0, length, offset) < length)
    throw new WireError("table is too short");
  return bytes;
}
