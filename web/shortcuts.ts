/** Keys that work everywhere on the page: Ctrl or Cmd and K, Alt and the arrows up and down. */
import type { Store } from "./store.ts";

export function listenToKeys(store: Store): void {
  window.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const { key, altKey, ctrlKey, metaKey } = event;
    if ((ctrlKey || metaKey) && key.toLowerCase() === "k") {
      if (store.current && !store.isWide) void store.withLater(({ showRoomList }) => showRoomList(store));
      // The sheet is drawn with the next frame; the field is in it.
      requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("room-name")?.focus()));
    } else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) step(store, key === "ArrowUp" ? -1 : 1);
    else return;
    event.preventDefault();
  });
}

/** To the open room before or after the present one. */
export function step(store: Store, by: 1 | -1): void {
  const names = [...store.open.keys()];
  if (names.length === 0) return;
  const at = store.current ? names.indexOf(store.current.name) : by > 0 ? -1 : 0;
  store.enter(names[(at + by + names.length) % names.length] as string);
}
