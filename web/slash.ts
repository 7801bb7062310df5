/**
 * Texts that begin with a slash: commands, which command-part.tsx reads when the first one is begun, and texts that begin
 * with two, of which the first goes. It decides only which is which. Invariant: a command is never sent as a text.
 */
import type { Store } from "./store.ts";

/** A slash alone, or before a space, is a text like any other. */
export const isCommand = (text: string): boolean => /^\/[^\s/]/.test(text);

export function listenToCommands(store: Store): void {
  const part = () => import("./command-part.tsx");
  window.addEventListener("input", ({ target }) => {
    const { current: view } = store;
    const area = target as HTMLTextAreaElement;
    if (!view || view.editing || !/^\/(?!\/)/.test(area.value) || !area.closest(".composer")) return;
    part().then(({ offer }) => offer(store, view, area), console.warn);
  });
  store.commanded = (view, text) => {
    // What is changed of a message is no command.
    if (view.editing) return text;
    if (!isCommand(text)) return text.replace(/^\/\//, "/");
    part().then(
      ({ command }) => command(store, view, text),
      () => store.lack(true),
    );
    return "";
  };
}
