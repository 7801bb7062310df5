/**
 * The entries of the engine's journals: what each record of a journal, one write of the engine, puts and removes.
 * Invariant: an entry is handed on only when the checksum of its record fits.
 *
 *   record  u64 sequence of its first entry, u32 count, then for each u8 kind (1 put, 0 removal), varint length, key, and
 *           if it is a put varint length, value; little-endian
 */
import { Reader, WireError } from "../../wire/bytes.ts";
import { engineRecords } from "./engine-records.ts";
import type { SalvagedEntry } from "./table-salvage.ts";

const HEADER_BYTES = 12;

/** Of a whole journal, a list for each record. What is damaged is passed over, and `onDamage` called each time. */
export function* journalEntries(
  journal: Uint8Array,
  onDamage: () => void = () => undefined,
): Iterable<SalvagedEntry[]> {
  const goOn = () => {
    onDamage();
    return true;
  };
  for (const record of engineRecords(journal, goOn)) yield [...entriesOf(record)];
}

function* entriesOf(record: Uint8Array): Iterable<SalvagedEntry> {
  try {
    const header = new Reader(new Uint8Array(record.subarray(0, HEADER_BYTES)).reverse());
    header.skip(4 + 1);
    let sequence = header.u8() * 2 ** 48 + header.u48();
    const r = new Reader(record, HEADER_BYTES);
    while (r.left > 0) {
      const isRemoval = r.u8() === 0;
      const key = r.bytes(r.varint());
      const value = isRemoval ? new Uint8Array(0) : r.bytes(r.varint());
      yield { key, value, sequence: sequence++, isRemoval, isSure: true, isListed: true };
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
}
