/**
 * What the page needs soon, but not for its first paint: the words for trouble, remarks, moves of the identity, keys,
 * the service worker, the other language. It comes behind everything else.
 */
import type { ClientStorage } from "../src/client/contract.ts";
import { Remarks } from "./components/remarks.tsx";
import { Self } from "./components/self.tsx";
import { forgetPages } from "./forget-pages.ts";
import type { KeptPages } from "./kept-pages.ts";
import type { LanguageName } from "./language.ts";
import { listenToMoves } from "./moves.ts";
import { watchForNewer } from "./newer-page.ts";
import { listenToKeys } from "./shortcuts.ts";
import { listenToCommands } from "./slash.ts";
import type { Store } from "./store.ts";
import { language } from "./texts/en.ts";
import { trouble } from "./texts/en-trouble.ts";
import { serviceWorkerAddress } from "./trusted-script.ts";

/** Of rooms, on this device. */
const MAX_PAGES = 50;

/** Where the choice of a language stood before the server was told of it. */
const OLD_CHOICE = "madang.language";

export function goOn(store: Store): void {
  store.Remarks = Remarks;
  store.Self = Self;
  store.learn(trouble);
  listenToKeys(store);
  listenToCommands(store);
  listenToMoves(store);
  watchForNewer(store, language);
  fitToKeyboard();
  void prune(store.pages);
  // Without it the page needs a network.
  void navigator.serviceWorker?.register(serviceWorkerAddress(language)).catch(console.warn);
  const chosen = takeOldChoice();
  const isAsked = new URLSearchParams(location.search).has("lang");
  if (chosen && chosen !== language && !isAsked) store.setLanguage(chosen);
}

/** Rooms with something that waits to be sent. What was refused waits for its writer, who comes back when it is time. */
export async function unsentRooms(storage: ClientStorage): Promise<string[]> {
  const rooms = (await storage.identity()) ? await storage.outboxRooms() : [];
  const isToGo = async (room: string) => (await storage.outbox(room)).some(({ refused }) => !refused);
  const which = await Promise.all(rooms.map(isToGo));
  return rooms.filter((_, at) => which[at]);
}

/** Forgets the last pages of the rooms that were not visited for longest. */
async function prune(pages: KeptPages): Promise<void> {
  const old = (await pages.rooms()).slice(MAX_PAGES);
  if (old.length > 0) await forgetPages(pages, old);
}

/** Where the keyboard lies over the page instead of making it smaller, the page makes itself smaller. */
function fitToKeyboard(): void {
  const { visualViewport } = window;
  if (!visualViewport) return;
  visualViewport.onresize = () => {
    // Two fingers make the view smaller, not the page. Some engines say 1.0001 when they let go.
    if (visualViewport.scale > 1.01) return;
    document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
    window.scrollTo(0, 0);
  };
  // It may have come before this did.
  if (visualViewport.height < innerHeight) visualViewport.dispatchEvent(new Event("resize"));
}

/**
 * Has the server remember the choice, and comes again. It is the server that sets the cookie: one that a script sets
 * is forgotten after a week by some browsers. Without an answer the page goes on in the language it has.
 */
export async function speak(other: LanguageName): Promise<void> {
  const asked = `?lang=${other}`;
  const { ok } = await fetch(`/${asked}`, { method: "HEAD" });
  if (!ok) return;
  const { pathname, hash } = location;
  history.replaceState(null, "", pathname + (navigator.cookieEnabled ? "" : asked) + hash);
  location.reload();
}

function takeOldChoice(): LanguageName | null {
  try {
    const chosen = localStorage.getItem(OLD_CHOICE);
    localStorage.removeItem(OLD_CHOICE);
    return chosen === "ko" || chosen === "en" ? chosen : null;
  } catch {
    // Storage is switched off, and nothing was chosen in it.
    return null;
  }
}
