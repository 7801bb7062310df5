/**
 * `madang verify`: looks at everything that a data folder or a backup holds, and says what is wrong with it, by room and
 * number where there is one. It changes nothing. Invariant: what it calls sound is what a server would serve whole.
 */
import { statSync } from "node:fs";
import {
  decodeBounds,
  decodeChange,
  decodeMeta,
  decodeNumber,
  decodeSnapshot,
  decodeState,
} from "../log/level/entries.ts";
import {
  allBlocks,
  allBounds,
  allChanges,
  allFloors,
  allMetas,
  allSnapshots,
  allStates,
  erasedKey,
  type KeyRange,
  readBlockKey,
  readRoomKey,
  readStateKey,
  snapshotKey,
} from "../log/level/keys.ts";
import { manifestTrouble } from "../log/level/manifest.ts";
import { tryEntry } from "../log/level/read-entry.ts";
import { checkEverything } from "../log/level/tables.ts";
import { type Bounds, ChangeKind, LogError, LogErrorCode, type RoomMeta } from "../log/log.ts";
import { decodeText, Reader } from "../wire/bytes.ts";
import { BackupFile } from "./backup-file.ts";
import { type Beginning, readBeginning } from "./beginning.ts";
import type { Entries } from "./entries.ts";
import { FolderEntries } from "./folder.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";
import { amount, type Operator, Tally } from "./operator.ts";
import { RoomCheck } from "./verify-room.ts";

/** More are counted. */
const MOST_TOLD = 1_000;
const OPERATED = "operated/";

/** @returns whether nothing is wrong. @throws KeepError, LogError when it cannot be looked at */
export async function verify(path: string, operator: Operator): Promise<boolean> {
  const check = new Check(operator);
  try {
    await look(path, check);
  } catch (error) {
    const isDamage =
      (error instanceof LogError && error.code === LogErrorCode.damaged) ||
      (error instanceof KeepError &&
        [KeepErrorCode.torn, KeepErrorCode.damaged].includes(error.code as never));
    if (!isDamage) throw error;
    check.tell((error as Error).message);
  }
  check.end(path);
  return check.troubles === 0;
}

async function look(path: string, check: Check): Promise<void> {
  if (isFile(path)) {
    const file = await BackupFile.open(path, (read) => check.passed(read));
    try {
      await check.all(file, await readBeginning(file));
    } finally {
      await file.close();
    }
    return;
  }
  const folder = await openStopped(path);
  try {
    const { look } = folder;
    const manifest = manifestTrouble(look.folder.engine);
    if (manifest) check.tell(`The log cannot be opened: ${manifest}.`);
    try {
      checkEverything(look.folder.engine);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      check.tell(error.message);
    }
    await check.all(folder, await readBeginning(folder, look.witness, look.complaints));
  } finally {
    await folder.close();
  }
}

/** A data folder that no server uses. @throws LogError */
export async function openStopped(path: string): Promise<FolderEntries> {
  try {
    return await FolderEntries.open(path);
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== LogErrorCode.inUse) throw error;
    throw new LogError(
      LogErrorCode.inUse,
      `${error.message} Make a backup, which a running server does, and look at that.`,
    );
  }
}

export function isFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new KeepError(KeepErrorCode.missing, `There is nothing at ${path}.`);
  return stat.isFile();
}

class Check {
  troubles = 0;
  readonly #operator: Operator;
  readonly #tally: Tally;
  #lost = 0;

  constructor(operator: Operator) {
    this.#operator = operator;
    this.#tally = new Tally(operator);
  }

  tell(sentence: string): void {
    this.troubles++;
    if (this.troubles <= MOST_TOLD) this.#operator.say(sentence);
  }

  /** Of a pass over the bytes before anything is looked at. */
  passed(bytes: number): void {
    this.#tally.bytes = bytes;
    this.step();
  }

  step(): void {
    this.#tally.step("verify");
  }

  end(path: string): void {
    const lost = this.#lost > 0 ? `; ${amount(this.#lost, "message")} of them known to be lost` : "";
    const said = this.troubles > MOST_TOLD ? `, the first ${MOST_TOLD} of which were told` : "";
    const wrong = this.troubles === 0 ? "nothing is wrong" : `${amount(this.troubles, "thing")} wrong${said}`;
    this.#operator.say(`${path}: ${wrong} (${this.#tally}${lost}).`);
  }

  async all(entries: Entries, { commit, troubles }: Beginning): Promise<void> {
    for (const trouble of troubles) this.tell(trouble);
    this.#tally.bytes = 0;
    const metas = new Map<number, RoomMeta>();
    const names = new Map<string, number>();
    for await (const [key, value] of this.#range(entries, allMetas())) {
      const meta = this.#decode(key, value, decodeMeta, () => `The row of room ${readRoomKey(key)}`);
      if (!meta) continue;
      if (names.has(meta.name))
        this.tell(`Rooms ${names.get(meta.name)} and ${meta.room} have the same name.`);
      names.set(meta.name, meta.room);
      metas.set(meta.room, meta);
    }
    if (commit && commit.rooms > metas.size)
      this.tell(`${commit.rooms - metas.size} of ${amount(commit.rooms, "room")} are missing.`);
    const dropped = await this.#small(entries);
    await this.#rooms(entries, metas, dropped);
  }

  /** All that is neither a block nor of one room. @returns the rooms that were dropped */
  async #small(entries: Entries): Promise<Set<number>> {
    const dropped = new Set<number>();
    for await (const [key, value] of this.#range(entries, allChanges())) {
      const change = this.#decode(key, value, decodeChange, () => "The note of a change");
      if (change?.kind === ChangeKind.dropped) dropped.add(change.room);
    }
    for await (const [key, value] of this.#range(entries, allFloors()))
      this.#decode(key, value, decodeNumber, () => "Where a room begins that was dropped and made again");
    const erased = await entries.get(erasedKey());
    if (erased) this.#decode(erasedKey(), erased, decodeNumber, () => "How far old bytes are erased");
    return dropped;
  }

  async #rooms(
    entries: Entries,
    metas: ReadonlyMap<number, RoomMeta>,
    dropped: ReadonlySet<number>,
  ): Promise<void> {
    const bounds = new Map<number, Bounds>();
    for await (const [key, value] of this.#range(entries, allBounds())) {
      const room = readRoomKey(key);
      const read = this.#decode(key, value, decodeBounds, () => `Where room ${room} begins and ends`);
      if (read) bounds.set(room, read);
    }
    for await (const [key, value] of this.#range(entries, allSnapshots()))
      this.#decode(key, value, decodeSnapshot, () => `The snapshot of room ${readRoomKey(key)}`);
    const takenOver = await this.#takenOver(entries);
    const begin = async (room: number): Promise<RoomCheck> => {
      const known = metas.get(room);
      if (!known) this.tell(`Room ${room} has messages and no name.`);
      const meta = known ?? { room, name: "", createdAt: 0, flags: 0 };
      const value = known && (await entries.get(snapshotKey(room)));
      const snapshot = value ? tryEntry(snapshotKey(room), value, decodeSnapshot) : null;
      const of = { meta, bounds: bounds.get(room) ?? null, snapshot, takenOver: takenOver.get(room) };
      return new RoomCheck(of, (clause) => this.tell(`${nameOf(meta)}: ${clause}.`));
    };
    const seen = new Set<number>();
    let open = null as { room: number; check: RoomCheck } | null;
    for await (const [key, value] of this.#range(entries, allBlocks())) {
      const { room, seq, count } = readBlockKey(key);
      if (!metas.has(room) && dropped.has(room)) continue;
      if (open?.room !== room) {
        this.#end(open?.check);
        open = { room, check: await begin(room) };
        seen.add(room);
      }
      open.check.block(seq, count, new Uint8Array(value.buffer, value.byteOffset, value.length));
      this.#tally.messages += count;
      this.#tally.bytes += key.length + value.length;
      this.step();
    }
    this.#end(open?.check);
    // A room that was made and not written to has no bounds.
    for (const room of metas.keys()) if (!seen.has(room) && bounds.has(room)) this.#end(await begin(room));
    this.#tally.rooms = metas.size;
  }

  #end(check: RoomCheck | undefined): void {
    check?.end();
    this.#lost += check?.lost ?? 0;
  }

  /** All named values. @returns those that say which rooms were taken over, see src/room/operation.ts */
  async #takenOver(entries: Entries): Promise<Map<number, number>> {
    const takenOver = new Map<number, number>();
    for await (const [key, value] of this.#range(entries, allStates())) {
      const name = decodeText(readStateKey(key));
      const state = this.#decode(key, value, decodeState, () => `The value "${name}"`);
      if (state && name.startsWith(OPERATED))
        takenOver.set(Number(name.slice(OPERATED.length)), new Reader(state.bytes).varint());
    }
    return takenOver;
  }

  #range(entries: Entries, range: KeyRange) {
    return entries.range(range, (what) => this.tell(`A part of the log cannot be read: ${what}.`));
  }

  #decode<T>(
    key: Uint8Array,
    value: Uint8Array,
    decode: (key: Uint8Array, value: Uint8Array) => T,
    what: () => string,
  ): T | null {
    const read = tryEntry(key, value, decode);
    if (read === null) this.tell(`${what()} is damaged.`);
    return read;
  }
}

const nameOf = ({ room, name }: RoomMeta): string =>
  `Room ${room}${name ? ` (${JSON.stringify(name)})` : ""}`;
