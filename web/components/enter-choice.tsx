/**
 * Whether Enter sends or breaks the line. At first it breaks it on touch screens, where there is no Shift and Enter;
 * what is chosen is kept in this browser.
 */
import type { Store } from "../store.ts";

const KEY = "madang.enter";

export function chosenEnter(): boolean {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage is switched off: nothing was chosen.
  }
  return chosen === null ? !matchMedia("(pointer: coarse)").matches : chosen === "send";
}

export function EnterChoice({ store }: { store: Store }) {
  const choose = ({ currentTarget: { checked } }: { currentTarget: HTMLInputElement }) => {
    store.enterSends = checked;
    store.tick();
    try {
      localStorage.setItem(KEY, checked ? "send" : "break");
    } catch {
      // The choice lasts as long as the page.
    }
  };
  return (
    <label class="enter-choice">
      <input type="checkbox" checked={store.enterSends} onChange={choose} /> {store.texts.enterSends}
    </label>
  );
}
