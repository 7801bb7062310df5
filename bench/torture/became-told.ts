/**
 * What a server told with a page of what became of its messages, as it is written down and beside a replay of the log.
 */
import { readTold } from "../../src/client/client.ts";
import type { RecordPage } from "../../src/client/contract.ts";
import type { Conversation } from "./conversation.ts";
import type { BecameState, Event } from "./journal.ts";
import { shorten } from "./tokens.ts";

/** Null where the server tells none. */
export function becameEvent(room: string, { from, to, became }: RecordPage): Event | null {
  if (!became || to < from) return null;
  const { asOf, messages } = readTold(became.told);
  const states = messages
    .filter((message) => message.to >= from && message.to <= to)
    .map(({ to: seq, removed, edit, signs }): BecameState => {
      const counts = signs.map(({ sign, count }): [string, number] => [sign, count]).sort();
      return [seq, edit ? shorten(edit.text) : null, removed, counts];
    });
  return { do: "became", room, from, to, asOf, states };
}

/** What has to be told of a range by the acts that a replay was told. Null as text: as it was said. */
export function becameStates(log: Conversation, from: number, to: number): BecameState[] {
  const became: BecameState[] = [];
  for (const [seq, text, isRemoved, signs, isEdited] of log.states()) {
    if (seq < from || seq > to) continue;
    const counts = new Map<string, number>();
    for (const put of signs) {
      const [sign = ""] = put.split(" ");
      counts.set(sign, (counts.get(sign) ?? 0) + 1);
    }
    if (isRemoved) became.push([seq, null, true, []]);
    else if (isEdited || counts.size > 0)
      became.push([seq, isEdited ? text : null, false, [...counts].sort()]);
  }
  return became.sort(([a], [b]) => a - b);
}
