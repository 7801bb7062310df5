/** Keys that work everywhere on the page: Ctrl or Cmd and K, Alt and the arrows up and down. */
import type { Store } from "./store.ts";

export function listenToKeys(store: Store): void {
  window.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const { key, altKey, ctrlKey, metaKey } = event;
    if ((ctrlKey || metaKey) && key.toLowerCase() === "k") {
      if (store.current && !store.isWide) store.part?.showRooms(store);
      // The sheet is drawn with the next frame; the field is in it.
      requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("room-name")?.focus()));
    } else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) store.step(key === "ArrowUp" ? -1 : 1);
    else return;
    event.preventDefault();
  });
}
