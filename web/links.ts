/**
 * Links to messages and rooms of this server stay in the page; whoever follows that beside a message gets it to paste.
 * It listens to the whole page, so that the log knows nothing of it.
 */
import { roomOf, seqOf } from "./address.ts";
import type { Store } from "./store.ts";

export function listenToLinks(store: Store): void {
  document.addEventListener("click", (event) => {
    const { ctrlKey, metaKey, shiftKey, altKey, target } = event;
    const pressed = target as Element;
    const { current: view } = store;
    if (!view || !pressed.closest(".log,.about")) return;
    const link = pressed.closest("a");
    // Where nothing hovers, a touch shows it.
    if (!link) pressed.closest(".message")?.classList.toggle("is-open");
    if (!link || ctrlKey || metaKey || shiftKey || altKey || link.origin !== location.origin) return;
    const room = roomOf(link.pathname);
    if (room === null) return;
    event.preventDefault();
    store.enter(room, seqOf(link.hash));
    if (link.matches(".to-message"))
      void import("./components/room-menu.tsx")
        .then(({ copyLink }) => copyLink(store, view, link.href))
        .catch(console.warn);
  });
}
