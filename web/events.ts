/**
 * Who came, went and has another name, as rows of a conversation say it. Nobody has seen any of it when a room is drawn
 * first, so it comes behind the room.
 */
import { Presence } from "../src/wire/codes.ts";
import { isolated } from "./components/sentence.tsx";
import type { Texts } from "./texts/en.ts";
import type { EventRow, RoomEvent } from "./timeline.ts";

/** One row for a run of events: of each person the last thing that happened counts. */
export function coalesce(run: readonly RoomEvent[]): EventRow | null {
  const [head] = run;
  if (!head) return null;
  const entered = new Map<number, string>();
  const left = new Map<number, string>();
  const renamed = new Map<number, [string, string]>();
  for (const { change, author, name, before } of run) {
    if (change === Presence.rename) {
      const first = renamed.get(author)?.[0] ?? before ?? name;
      if (entered.has(author)) entered.set(author, name);
      else if (first === name) renamed.delete(author);
      else renamed.set(author, [first, name]);
      continue;
    }
    const [to, from] = change === Presence.enter ? [entered, left] : [left, entered];
    from.delete(author);
    to.delete(author);
    to.set(author, name || (before ?? ""));
  }
  if (entered.size + left.size + renamed.size === 0) return null;
  return {
    kind: "event",
    key: `e${head.id}`,
    entered: [...entered.values()],
    left: [...left.values()],
    renamed: [...renamed.values()],
  };
}

export function eventText({ entered, left, renamed }: EventRow, texts: Texts): string {
  const sentences = renamed.map(([before, after]) => texts.renamed(isolated(before), isolated(after)));
  if (entered.length > 0) sentences.unshift(texts.entered(entered.map(isolated)));
  if (left.length > 0) sentences.push(texts.left(left.map(isolated)));
  return sentences.join(" · ");
}
