/**
 * Checks what LevelDB believes unseen: the checksums in its tables. It verifies none when it reads; a damaged index
 * makes whole stretches of keys vanish without an error, and a damaged key can make it end the process. So every
 * start looks at the tables before the engine does: at index and filter, a hundredth of the whole, at what the start
 * itself reads, and at messages up to an amount. What only a request would meet is left to the request, as values
 * carry checksums of their own; before anything is removed, nothing is let pass.
 * Invariant: changes nothing, and knows of tables only what LevelDB's doc/table_format.md states.
 *
 *   table   data blocks, filter block, metaindex block, index block, footer (48 bytes)
 *   block   contents, u8 compression, u32 masked CRC-32C of both (little-endian)
 *   footer  handles of metaindex and index (varint offset, varint size each), padding, 8 bytes magic
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { Reader, WireError } from "../../wire/bytes.ts";
import { LogError, LogErrorCode } from "../log.ts";
import { crc32c, unmask } from "./crc32c.ts";
import { allBlocks } from "./keys.ts";
import { liveTables, tableName } from "./manifest.ts";
import { survivesReading, unpackBlock } from "./table-block.ts";

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const READ_BYTES = 256 * 1024;
/** Bytes of messages that a start looks at, the newest tables first: some three tenths of a second. */
const START_BYTES = 256 * 1024 * 1024;
/** Behind the keys of all messages come the few of everything else. */
const MESSAGES_END = allBlocks().lt;

export interface Table {
  bytes: number;
  read(offset: number, length: number): Uint8Array;
}

/** A block's contents and compression byte, and whether its checksum fits. */
interface Block {
  body: Uint8Array;
  fits: boolean;
}

/** Where a data block lies, and the keys between which the index states its own. */
export interface Handle {
  offset: number;
  bytes: number;
  after: Uint8Array | null;
  upTo: Uint8Array;
}

/**
 * To be called before the engine opens.
 * @throws LogError `damaged` that names the first table that the engine must not read
 */
export function checkBeforeOpening(folder: string, messageBytes = START_BYTES): void {
  let left = messageBytes;
  checkTables(folder, (table, handle) => {
    const isMessages = Buffer.compare(handle.upTo, MESSAGES_END) < 0;
    if (isMessages && left < handle.bytes) return true;
    if (isMessages) left -= handle.bytes;
    const { body, fits } = readBlock(table, handle.offset, handle.bytes);
    return fits || survivesReading(body, handle.after, handle.upTo);
  });
}

/** @throws LogError `damaged` that names the first table of which a byte cannot be trusted */
export function checkEverything(folder: string): void {
  checkTables(folder, (table, { offset, bytes }) => readBlock(table, offset, bytes).fits);
}

function checkTables(folder: string, isSound: (table: Table, handle: Handle) => boolean): void {
  const newestFirst = [...liveTables(folder)].sort((a, b) => b - a);
  for (const number of newestFirst) {
    const name = tableName(number);
    const reason = checkTable(join(folder, name), isSound);
    if (reason === null) continue;
    throw new LogError(
      LogErrorCode.damaged,
      `The log is damaged: ${reason} of the table ${name} in ${folder} cannot be trusted.`,
    );
  }
}

/** What is wrong with a table; null when nothing is, or when it has been compacted away meanwhile. */
function checkTable(path: string, isSound: (table: Table, handle: Handle) => boolean): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    const table = openTable(file);
    const { metaindex, index } = readFooter(table);
    if (!metaindex.fits) return "the metaindex";
    if (!index.fits) return "the index";
    const filter = filterHandle(metaindex.body);
    if (filter && !readBlock(table, filter.varint(), filter.varint()).fits) return "the filter";
    for (const handle of handles(index.body))
      if (!isSound(table, handle)) return `the block at byte ${handle.offset}`;
    return null;
  } catch (error) {
    if (error instanceof WireError) return "the footer";
    throw error;
  } finally {
    closeSync(file);
  }
}

export function readFooter(table: Table): { metaindex: Block; index: Block } {
  const footer = new Reader(table.read(table.bytes - FOOTER_BYTES, FOOTER_BYTES));
  const metaindex = readBlock(table, footer.varint(), footer.varint());
  return { metaindex, index: readBlock(table, footer.varint(), footer.varint()) };
}

/** Data blocks lie behind each other, so a good deal is read at a time. */
function openTable(file: number): Table {
  const bytes = fstatSync(file).size;
  let from = 0;
  let ahead = new Uint8Array(0);
  return {
    bytes,
    read(offset, length) {
      if (offset < 0 || offset + length > bytes) throw new WireError("table is too short");
      if (offset < from || offset + length > from + ahead.length) {
        ahead = new Uint8Array(Math.min(bytes - offset, Math.max(length, READ_BYTES)));
        from = offset;
        if (readSync(file, ahead, 0, ahead.length, from) < ahead.length)
          throw new WireError("table is too short");
      }
      return ahead.subarray(offset - from, offset - from + length);
    },
  };
}

export function readBlock(table: Table, offset: number, size: number): Block {
  const block = table.read(offset, size + TRAILER_BYTES);
  const body = block.subarray(0, size + 1);
  const stored = new DataView(block.buffer, block.byteOffset).getUint32(size + 1, true);
  return { body, fits: crc32c(body) === unmask(stored) };
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
export function handles(index: Uint8Array): Handle[] {
  const plain = unpackBlock(index);
  if (!plain || plain.length < 4) throw new WireError("index cannot be read");
  const restarts = new DataView(plain.buffer, plain.byteOffset).getUint32(plain.length - 4, true);
  const r = new Reader(plain, 0, Math.max(0, plain.length - 4 - 4 * restarts));
  const found: Handle[] = [];
  let after: Uint8Array | null = null;
  while (r.left > 0) {
    // Each entry of an index is a restart, so none shares bytes with the one before.
    const [, keyBytes, valueBytes] = [r.varint(), r.varint(), r.varint()];
    const upTo = r.bytes(keyBytes);
    const handle = new Reader(r.bytes(valueBytes));
    found.push({ offset: handle.varint(), bytes: handle.varint(), after, upTo });
    after = upTo;
  }
  return found;
}
