/** What is known of the message that an act refers to: from the room's tail at once, or from the log. */
import { BlockReader } from "../wire/block.ts";
import { kindOf } from "../wire/records/registry.ts";
import type { History, ReadPayer } from "./history.ts";
import type { Room } from "./room.ts";

export interface Target {
  kind: number;
  author: number;
  /** Its text is blank. */
  isBlank: boolean;
}

/** Of a committed number that the tail holds; undefined when it holds it not. */
export function targetInTail(room: Room, number: number): Target | undefined {
  const block = room.tail.at(room.tail.indexOf(number));
  return block && (targetIn(block.bytes, number) ?? undefined);
}

/** Null: there is no such number any more. */
export async function findTarget(
  history: History,
  room: Room,
  number: number,
  pays: Pick<ReadPayer, "didRead">,
): Promise<Target | null> {
  const blocks = await history.readForward(room, number, { maxBytes: 1, maxRecords: 1 });
  const block = blocks?.[0];
  if (!block) return null;
  pays.didRead(block.bytes.length);
  return targetIn(block.bytes, number);
}

function targetIn(block: Uint8Array, number: number): Target | null {
  const r = new BlockReader(block);
  while (r.next()) {
    if (r.seq !== number) continue;
    const { kind, author } = r;
    const known = kindOf(kind);
    return {
      kind,
      author,
      isBlank: known?.isMessage === true && (known.read(r.body) as { text?: string }).text === "",
    };
  }
  return null;
}
