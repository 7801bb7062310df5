/**
 * A room as somebody would read it who comes now: its messages in their last state, without those that were removed,
 * with the signs that are on them. It is read twice: what becomes of a message stands behind it.
 * Invariant: nothing is told that the room does not show, nor that was damaged.
 */
import { isStored } from "../log/blocks.ts";
import { decodeBounds, decodeMeta } from "../log/level/entries.ts";
import { allMetas, blocksOf, boundsKey, type KeyRange, readBlockKey } from "../log/level/keys.ts";
import { tryEntry } from "../log/level/read-entry.ts";
import type { RoomMeta } from "../log/log.ts";
import { isRemoval } from "../room/amendments.ts";
import { Projections } from "../room/projections.ts";
import { type Block, decodeBlock, type TextRecord } from "../wire/block.ts";
import { WireError } from "../wire/bytes.ts";
import { checkRoomName } from "../wire/names.ts";
import { kindOf, kinds } from "../wire/records/registry.ts";
import type { Entries } from "./entries.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";

export interface Told {
  seq: number;
  /** Milliseconds since 1970. */
  time: number;
  author: number;
  name: string;
  /** "text", "reply" or "action". */
  kind: string;
  /** Of a reply. */
  to?: number;
  text: string;
  isEdited: boolean;
  signs: { sign: string; names: string[] }[];
}

/** Numbers whose records are not there any more. */
export interface Missing {
  from: number;
  to: number;
  isDamaged: boolean;
}

const ROOMS_NAMED = 20;

/** @throws KeepError when there is none of that name */
export async function findRoom(entries: Entries, name: string): Promise<RoomMeta> {
  const check = checkRoomName(name);
  const wanted = check.ok ? check.name : name.normalize("NFC");
  const names: string[] = [];
  for await (const [key, value] of entries.range(allMetas())) {
    const meta = tryEntry(key, value, decodeMeta);
    if (meta?.name === wanted) return meta;
    if (meta) names.push(JSON.stringify(meta.name));
  }
  const there = names.length === 0 ? "no room at all" : names.slice(0, ROOMS_NAMED).join(", ");
  const more = names.length > ROOMS_NAMED ? ` and ${names.length - ROOMS_NAMED} more` : "";
  throw new KeepError(KeepErrorCode.noRoom, `There is no room ${JSON.stringify(name)}, but ${there}${more}.`);
}

export class Story {
  readonly meta: RoomMeta;
  readonly topic: string;
  readonly title: string;
  /** Numbers of messages that others answer. */
  readonly answered: ReadonlySet<number>;
  readonly #entries: Entries;
  readonly #known: Projections;
  readonly #first: number;
  /** The text of each message that was edited, as it is now. */
  readonly #edits: ReadonlyMap<number, string>;

  private constructor(
    entries: Entries,
    meta: RoomMeta,
    first: number,
    known: Projections,
    edits: ReadonlyMap<number, string>,
    answered: ReadonlySet<number>,
  ) {
    this.#entries = entries;
    this.meta = meta;
    this.#first = first;
    this.#known = known;
    this.#edits = edits;
    this.answered = answered;
    this.topic = known.notices?.topic ?? "";
    this.title = known.settings?.now.title ?? "";
  }

  /** `step` is called often. @throws KeepError when there is no such room */
  static async read(entries: Entries, name: string, step: () => void): Promise<Story> {
    const meta = await findRoom(entries, name);
    const value = await entries.get(boundsKey(meta.room));
    const first = (value && tryEntry(boundsKey(meta.room), value, decodeBounds)?.first) || 1;
    // With all that a room may have: one that nobody looks after has none of it.
    const known = new Projections(undefined, true);
    const edits = new Map<number, string>();
    const answered = new Set<number>();
    for await (const { block, bytes } of blocks(entries, blocksOf(meta.room), first)) {
      step();
      if (!block) continue;
      known.apply(bytes);
      for (const { to } of block.records) if (to !== undefined) answered.add(to);
      for (const { kind, to, text } of block.acts) {
        if (kind === kinds.edit.kind && !known.amendments.isRemoved(to!)) edits.set(to!, text ?? "");
        // Its texts are not to be held on to.
        else if (isRemoval(kind)) edits.delete(to!);
      }
    }
    return new Story(entries, meta, first, known, edits, answered);
  }

  /** From the oldest on. */
  async *tell(): AsyncGenerator<Told | Missing> {
    const { amendments, reactions } = this.#known;
    for await (const { block, seq, count } of blocks(this.#entries, blocksOf(this.meta.room), this.#first)) {
      if (!block) yield { from: seq, to: seq + count - 1, isDamaged: true };
      for (const range of block?.lost ?? []) yield { ...range, isDamaged: false };
      for (const record of block?.records ?? []) {
        if (amendments.isRemoved(record.seq)) continue;
        yield this.#told(record, reactions.signsOn(record.seq));
      }
    }
  }

  #told(record: TextRecord, signs: ReturnType<Projections["reactions"]["signsOn"]>): Told {
    const { seq, time, author, name, to } = record;
    const edited = this.#edits.get(seq);
    return {
      ...{ seq, time, author, name },
      kind: kindOf(record.kind ?? kinds.text.kind)!.name,
      ...(to !== undefined && { to }),
      text: edited ?? record.text,
      isEdited: edited !== undefined,
      signs: signs.map(({ sign, people }) => ({
        sign,
        names: people.map((put) => this.#known.reactions.nameOf(put.author)),
      })),
    };
  }
}

/** Null: what stands there is damaged. */
async function* blocks(
  entries: Entries,
  range: KeyRange,
  first: number,
): AsyncGenerator<{ seq: number; count: number; bytes: Uint8Array; block: Block | null }> {
  for await (const [key, value] of entries.range(range)) {
    const { room, seq, count } = readBlockKey(key);
    if (seq + count <= first) continue;
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.length);
    yield { seq, count, bytes, block: isStored(room, seq, count, bytes) ? decoded(bytes) : null };
  }
}

function decoded(bytes: Uint8Array): Block | null {
  try {
    return decodeBlock(bytes);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
