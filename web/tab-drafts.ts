/** The drafts of this tab: which tab it is, which others live, and when they have to be written. */
import { Drafts } from "./drafts.ts";

const TAB = "madang.tab";
const LOCK = "madang.tab/";

export function makeDrafts(): Drafts {
  const drafts = new Drafts(holdName(), {
    storage: () => localStorage,
    now: Date.now,
    tabs: async () => {
      const held = (await navigator.locks?.query())?.held;
      return held ? new Set(held.map(({ name = "" }) => name.slice(LOCK.length))) : null;
    },
  });
  window.addEventListener("pagehide", () => drafts.flush());
  document.addEventListener("visibilitychange", () => drafts.flush());
  return drafts;
}

/**
 * A name that outlives a reload. What is copied with a tab that is duplicated would be two tabs' name: so it is no
 * name while a page has it, and one again when the page ends.
 */
function holdName(): string {
  let name = "";
  try {
    name = sessionStorage.getItem(TAB) ?? "";
    sessionStorage.removeItem(TAB);
  } catch {
    // Nothing is kept, and nothing is to be told apart.
  }
  const own = name || Math.random().toString(36).slice(2);
  const give = () => {
    try {
      sessionStorage.setItem(TAB, own);
    } catch {
      // As above.
    }
  };
  window.addEventListener("pagehide", give);
  // A page that comes back out of the browser's memory has its name again.
  window.addEventListener("pageshow", ({ persisted }) => persisted && sessionStorage.removeItem(TAB));
  // Held as long as the page lives, which other tabs can ask.
  void navigator.locks?.request(LOCK + own, () => new Promise(() => undefined)).catch(() => undefined);
  return own;
}
