/**
 * What can be read of a table of LevelDB, whatever is wrong with it. Where its index cannot be believed, its blocks are
 * found by their checksums: they lie behind each other from the first byte on, and each ends where its checksum fits.
 * Invariant: never throws over what is in the file; an entry of a block whose checksum does not fit is not sure.
 */
import { Reader, WireError } from "../../wire/bytes.ts";
import { crc32cEnds } from "./crc32c.ts";
import { readableEntries } from "./table-block.ts";
import { type Handle, handles, readBlock, readFooter, type Table } from "./tables.ts";

export interface SalvagedEntry {
  key: Uint8Array;
  value: Uint8Array;
  /** Of the write that made it: the highest counts, and of the same the first. 0 when it is not sure. */
  sequence: number;
  isRemoval: boolean;
  /** Whether the engine's own checksum vouches for it. */
  isSure: boolean;
  /** Whether it is certain that it is an entry at all, and not of the table's own index. */
  isListed: boolean;
}

export interface TableSalvage {
  entries: Iterable<SalvagedEntry>;
  /** Parts that are damaged, its index and its end among them; complete once the entries were read. */
  damaged: number;
}

const TRAILER_BYTES = 5;
const KEY_TRAILER_BYTES = 8;
const REMOVAL = 0;

export function salvageTable(bytes: Uint8Array): TableSalvage {
  const table: Table = {
    bytes: bytes.length,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.length)
        throw new WireError("table is too short");
      return bytes.subarray(offset, offset + length);
    },
  };
  const salvage: TableSalvage = { entries: [], damaged: 0 };
  salvage.entries = entriesOf(table, bytes, salvage);
  return salvage;
}

function* entriesOf(table: Table, bytes: Uint8Array, salvage: TableSalvage): Iterable<SalvagedEntry> {
  const indexed = indexOf(table);
  if (!indexed || !endsAsTable(bytes)) salvage.damaged++;
  for (const { offset, size } of indexed ?? blocksByChecksum(bytes)) {
    const block = attempt(() => readBlock(table, offset, size));
    if (!block?.fits) salvage.damaged++;
    if (!block) continue;
    for (const { key, value } of readableEntries(block.body)) {
      const trailer = new Reader(new Uint8Array(key.subarray(-KEY_TRAILER_BYTES)).reverse());
      const sequence = trailer.u48() * 256 + trailer.u8();
      const isRemoval = trailer.u8() === REMOVAL;
      yield {
        key: key.subarray(0, -KEY_TRAILER_BYTES),
        value,
        sequence: block.fits ? sequence : 0,
        isRemoval,
        isSure: block.fits,
        isListed: indexed !== null,
      };
    }
  }
}

function indexOf(table: Table): { offset: number; size: number }[] | null {
  const found = attempt((): Handle[] | null => {
    const { index } = readFooter(table);
    return index.fits ? handles(index.body) : null;
  });
  return found?.map(({ offset, bytes }) => ({ offset, size: bytes })) ?? null;
}

const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);

function endsAsTable(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(-MAGIC.length), MAGIC) === 0;
}

function* blocksByChecksum(bytes: Uint8Array): Iterable<{ offset: number; size: number }> {
  for (let offset = 0; ; ) {
    const end = crc32cEnds(bytes, offset);
    if (end === null) return;
    yield { offset, size: end - offset - 1 };
    offset = end + TRAILER_BYTES - 1;
  }
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
