/**
 * What is sent and is not just a new text: what was changed of a message; commands, which command-part.tsx reads when
 * the first one is begun; and texts that begin with two slashes, of which the first goes. A command stays in the field
 * until it is done, and waits there for its part and for the room, and others below it wait for it. Invariants: a
 * command is never sent as a text; one that was changed while it waited is not done, nor one below a wrong one.
 */
import { action } from "../src/wire/records/action.ts";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";

/** A slash alone, or before a space, is a text like any other. */
export const isCommand = (text: string): boolean => /^\/[^\s/]/.test(text);

/**
 * What stands in the field below a text that was to be sent: before the page's script was there one could go on writing.
 * Null: that text is not there any more.
 */
export function restOf({ draft }: RoomView, text: string): string | null {
  return `${draft}\n`.startsWith(`${text}\n`) ? draft.slice(text.length + 1) : null;
}

/** What is changed of a message is no command. */
function change(view: RoomView, text: string): string | false {
  const { room, pending, editing, amend } = view;
  if (amend) {
    amend(text);
    return false;
  }
  const changed = pending.find(({ id, refused }) => refused && id === editing);
  // It may have been discarded meanwhile; of an answer talk.ts knows what it answers.
  if (!room || !changed || (changed.act && changed.act.kind !== action.kind)) return text;
  if (changed.act) {
    room.act(action, { text });
    room.discard(changed.id);
  } else room.retry(changed.id, text);
  view.edit(null);
  view.jumpToNewest();
  return false;
}

export function listenToCommands(store: Store): void {
  let part: typeof import("./command-part.tsx") | null = null;
  /** What waits in the field for its part or for the room: one below the other. */
  let asked: { view: RoomView; text: string }[] = [];
  const load = async () => {
    part = await import("./command-part.tsx");
    return part;
  };
  /** Null: that cannot be told yet. Texts of two slashes may stand below commands. */
  const attempt = (view: RoomView, text: string): boolean | null => {
    if (isCommand(text)) return part ? part.command(store, view, text) : null;
    const rest = restOf(view, text);
    store.send(view, text);
    if (rest) view.fill?.(rest);
    return true;
  };
  const goOn = (): void => {
    const waiting = asked;
    const [first] = waiting;
    if (!first) return;
    // What is done changes the room, which is heard of here while it is being done.
    asked = [];
    const { view, text } = first;
    if (view.editing || restOf(view, text) === null) return;
    const isDone = attempt(view, text);
    if (isDone !== false) asked = waiting.slice(isDone ? 1 : 0);
    if (isDone) goOn();
  };
  const ask = (view: RoomView, text: string): boolean | null => {
    asked = [];
    const isDone = attempt(view, text);
    if (isDone === null) asked = [{ view, text }];
    if (!part) void store.withPart(load(), goOn);
    return isDone;
  };
  const look = (area: HTMLTextAreaElement | null): void => {
    const { current: view } = store;
    if (!view || view.editing || !area || !/^\/(?!\/)/.test(area.value) || !area.closest(".composer")) return;
    load().then(({ offer }) => offer(store, view, area), console.warn);
  };
  window.addEventListener("input", ({ target }) => look(target as HTMLTextAreaElement));
  look(document.querySelector("textarea"));
  store.heedCommand = goOn;
  store.commanded = (view, text) => {
    if (view.editing) return change(view, text);
    return isCommand(text) ? !ask(view, text) : text.replace(/^\/\//, "/");
  };
  const { current, slashed } = store;
  if (!current) return;
  // What was to be sent before this was there, and was not changed since.
  asked = slashed.map((text) => ({ view: current, text }));
  goOn();
  if (asked.length > 0 && !part) void store.withPart(load(), goOn);
}
