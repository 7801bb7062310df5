/**
 * Which tables LevelDB will read when it opens: its manifest says so (doc/impl.md). The engine could be asked, but
 * only once it is open, and opening is when a damaged table can end the process. Invariant: changes nothing; of a
 * manifest that cannot be read to its end the part that can be counts, and the engine itself refuses the rest.
 *
 *   record  an edit (see engine-records.ts): tag and fields, again and again; all numbers are varints
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Reader, WireError } from "../../wire/bytes.ts";
import { engineRecords } from "./engine-records.ts";

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
    for (const edit of bytes ? engineRecords(bytes) : []) apply(edit, live);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return live;
}

/** Why the engine would not open, as far as its manifest tells; null when it would. */
export function manifestTrouble(folder: string): string | null {
  const bytes = readManifest(folder);
  if (!bytes) return "its manifest, or the file that names it, is missing";
  let damaged = 0;
  for (const _ of engineRecords(bytes, () => ++damaged < 2));
  if (damaged > 0 || bytes.length === 0) return "its manifest is damaged";
  const isGone = (table: number) => !existsSync(join(folder, tableName(table)));
  const gone = [...liveTables(folder)].find(isGone);
  return gone === undefined ? null : `its table ${tableName(gone)} is missing`;
}

export const tableName = (table: number): string => `${String(table).padStart(6, "0")}.ldb`;

function readManifest(folder: string): Uint8Array | null {
  try {
    const name = readFileSync(join(folder, "CURRENT"), "utf8").trimEnd();
    return /^MANIFEST-\d+$/.test(name) ? readFileSync(join(folder, name)) : null;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
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
