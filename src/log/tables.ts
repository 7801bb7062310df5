/**
 * Checks what LevelDB believes unseen: the index and the filter of its tables. It verifies no checksum when it reads,
 * and a damaged index makes whole stretches of keys vanish without an error. Data blocks are not looked at: that
 * would be reading everything, and their values carry checksums of their own.
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

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;

/** @throws LogError `damaged` that names the first table that cannot be trusted. */
export function checkTables(db: Engine, folder: string): void {
  // Asked of the engine, not of the folder: there may be half a table that a crash left behind.
  const listed = db.getProperty("leveldb.sstables").matchAll(/^ (\d+):\d+\[/gm);
  for (const [, number] of listed) {
    const name = `${number!.padStart(6, "0")}.ldb`;
    const reason = checkTable(join(folder, name));
    if (reason === null) continue;
    throw new LogError(
      LogErrorCode.damaged,
      `The log is damaged: ${reason} of the table ${name} in ${folder} cannot be trusted.`,
    );
  }
}

/** What is wrong with a table; null when nothing is, or when it has been compacted away meanwhile. */
function checkTable(path: string): string | null {
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
    if (!readBlock(file, size, footer.varint(), footer.varint())) return "the index";
    const filter = filterHandle(metaindex);
    if (filter && !readBlock(file, size, filter.varint(), filter.varint())) return "the filter";
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

function read(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, length));
  if (offset < 0 || readSync(file, bytes, 0, length, offset) < length)
    throw new WireError("table is too short");
  return bytes;
}
