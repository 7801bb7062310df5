/**
 * The records of an engine as JSON Lines, in the order of rooms and numbers. It knows no folders.
 * Invariant: a line is a record as it was stored, of a kind that is known here; what is lost has none. A plain text
 * says no kind.
 *
 *   {"from":"log","room":3,"roomName":"yard","seq":17,"author":5,"nonce":2,"name":"Ada","time":"2026-…Z","text":"…"}
 *   {…,"seq":18,…,"time":"2026-…Z","kind":"reply","to":17,"text":"…"}
 */
import type { FileHandle } from "node:fs/promises";
import { decodeBlock } from "../../wire/block.ts";
import { WireError } from "../../wire/bytes.ts";
import { kindOf } from "../../wire/records/registry.ts";
import { isStored } from "../blocks.ts";
import type { Engine } from "./engine.ts";
import { decodeMeta } from "./entries.ts";
import { allBlocks, allMetas, readBlockKey } from "./keys.ts";
import { tryEntry } from "./read-entry.ts";

const WRITE_CHARACTERS = 1 << 16;

/**
 * @param names of rooms as found so far, and those that are found here
 * @returns how many records were written
 */
export async function exportRecords(
  db: Engine,
  from: string,
  names: Map<number, string>,
  out: FileHandle,
): Promise<number> {
  for await (const [key, value] of db.iterator(allMetas())) {
    const meta = tryEntry(key, value, decodeMeta);
    if (meta && !names.has(meta.room)) names.set(meta.room, meta.name);
  }
  let written = 0;
  let lines = "";
  for await (const [key, value] of db.iterator(allBlocks())) {
    const { room, seq, count } = readBlockKey(key);
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.length);
    if (!isStored(room, seq, count, bytes)) continue;
    for (const record of recordsOf(bytes)) {
      const time = new Date(record.time).toISOString();
      const kind = record.kind && kindOf(record.kind)?.name;
      const said = "said" in record && record.said ? { said: Buffer.from(record.said).toString("hex") } : {};
      const line = { from, room, roomName: names.get(room) ?? null, ...record, ...said, time, kind };
      lines += `${JSON.stringify(line)}\n`;
      written++;
    }
    if (lines.length < WRITE_CHARACTERS) continue;
    await out.write(lines);
    lines = "";
  }
  await out.write(lines);
  return written;
}

function recordsOf(bytes: Uint8Array) {
  try {
    const { records, acts } = decodeBlock(bytes);
    return [...records, ...acts].sort((a, b) => a.seq - b.seq);
  } catch (error) {
    if (error instanceof WireError) return [];
    throw error;
  }
}
