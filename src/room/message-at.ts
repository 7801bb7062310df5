/** A message with its author's name and its text, from the log, for those who tell others of it. */
import { BlockReader, fullNameOf } from "../wire/block.ts";
import { decodeText } from "../wire/bytes.ts";
import { kindOf } from "../wire/records/registry.ts";
import type { History, ReadPayer } from "./history.ts";
import type { Room } from "./room.ts";

export interface MessageAt {
  kind: number;
  author: number;
  name: string;
  /** Empty: it was removed, or its kind has none. */
  text: string;
}

/** Null: there is no such number any more. */
export async function messageAt(
  history: History,
  room: Room,
  number: number,
  pays: Pick<ReadPayer, "didRead">,
): Promise<MessageAt | null> {
  const [block] = (await history.readForward(room, number, { maxBytes: 1, maxRecords: 1 })) ?? [];
  if (!block) return null;
  pays.didRead(block.bytes.length);
  const r = new BlockReader(block.bytes);
  while (r.next()) {
    if (r.seq !== number) continue;
    const { kind, author } = r;
    const { text = "" } = (kindOf(kind)?.read(r.body) ?? {}) as { text?: string };
    return { kind, author, name: decodeText(fullNameOf(r)), text };
  }
  return null;
}

/** What somebody is called who wrote among the newest of a room; empty: nobody of that number did. */
export function nameInTail({ tail }: Room, author: number): string {
  for (let i = tail.count - 1; i >= 0; i--) {
    const r = new BlockReader(tail.at(i)?.bytes);
    while (r.next()) if (r.author === author && r.name.length > 0) return decodeText(r.name);
  }
  return "";
}
