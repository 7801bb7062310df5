/**
 * Finds out whether the server has a newer version of this page than the one that is open. It is offered and never
 * forced: the open page goes on with what it has. Asked when the page came from the service worker, which does not ask;
 * when a lost connection is there again, as a server that was replaced ends all connections; and now and then when
 * somebody looks, without a service worker too.
 */
import type { LanguageName } from "./language.ts";
import type { Store } from "./store.ts";

/** All pages come back at once; they need not all ask at once. */
const SPREAD_MS = 4_000;
const SELDOM_MS = 3_600_000;

export function watchForNewer(store: Store, language: LanguageName): void {
  const own =
    document.body.dataset.script ?? document.querySelector("script[type=module]")?.getAttribute("src");
  let askedAt = Date.now();
  let isAsking = false;
  const ask = async () => {
    if (isAsking || !own) return;
    isAsking = true;
    await new Promise((over) => setTimeout(over, Math.random() * SPREAD_MS));
    try {
      // With anything behind its name it is not taken for the page that the service worker keeps.
      const response = await fetch(`/${language}.html?now`, { cache: "no-store" });
      const page = response.ok ? await response.text() : "";
      askedAt = Date.now();
      // Scripts are named by what is in them. A page without any is none of ours.
      store.isOld = /<script[^>]+src=/.test(page) && !page.includes(`"${own}"`);
      store.tick();
    } catch {
      // No network again: the next return asks.
    }
    isAsking = false;
  };
  store.onReturn = () => void ask();
  if (navigator.serviceWorker?.controller) void ask();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - askedAt > SELDOM_MS) void ask();
  });
}
