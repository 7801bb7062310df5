/**
 * Hands what was sent before the page's script was there to the outbox of its room. Loaded only where there is some.
 * In one transaction a text becomes an entry of the outbox and its id is noted; only then is it taken out of where
 * early.ts keeps it. So a page may end at any step: what is found there again is an entry already, or is none yet. Two
 * tabs may find the same, and the one that comes second finds the note. Invariant: no id becomes an entry twice.
 */
import type { OutboxEntry } from "../src/client/contract.ts";
import { isBlank } from "../src/wire/invisible.ts";
import { checkRoomName } from "../src/wire/names.ts";
import type { Database } from "./database.ts";
import type { Sent } from "./early.ts";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";

/** Where the ids are noted, beside the identity. */
const NOTED = "early";
/** Of no use any more once every tab that had found them has asked: far more than anybody sends meanwhile. */
const MOST_NOTED = 1_000;
/** Where early.ts keeps them, by address. */
const KEPT = "madang.sent/";

/** What is not handed over in the end is found by the next page. */
export async function takeEarly(store: Store, view: RoomView): Promise<void> {
  // The page that is kept for all rooms has a field under any address. To no room of such a name anything ever goes.
  const isRoom = view.name.endsWith("/back") || checkRoomName(view.name).ok;
  const isPlain = ({ text }: OutboxEntry) =>
    isRoom &&
    !isBlank(text) &&
    text[0] !== "/" &&
    new TextEncoder().encode(text).length <= store.maxTextBytes;
  const db = await store.pages.db;
  const kept = view.early.filter(({ id }) => !id.startsWith("held"));
  let own: readonly OutboxEntry[] | null;
  try {
    own = db && (await enlist(db, kept, isPlain, view.room?.name ?? view.name));
  } catch (error) {
    console.warn(error);
    // It may be stored all the same.
    if ((error as DOMException).name === "TimeoutError") return;
    own = null;
  }
  const found = forget(new Set(kept.map(({ id }) => id)));
  const isOwn = (entry: OutboxEntry) =>
    // Where there is no database, whoever takes them from there first has them.
    own ? own.includes(entry) && !isPlain(entry) : !kept.includes(entry) || found.has(entry.id);
  const left = view.early.filter((entry) => !kept.includes(entry) || isOwn(entry));
  if (own) {
    // To the other tabs.
    const channel = new BroadcastChannel("madang.outbox");
    channel.postMessage(view.name);
    channel.close();
    await view.room?.reload();
  }
  view.held.unshift(...left.filter(isPlain));
  const others = left.filter((entry) => !isPlain(entry) && !isBlank(entry.text)).map(({ text }) => text);
  const unsent = others.filter((text) => !isRoom || text[0] !== "/" || store.send(view, text));
  // One may be writing already, and goes on below.
  if (unsent[0] && !view.editing) {
    view.draft = [...unsent, ...(view.draft ? [view.draft] : [])].join("\n");
    view.fill?.(view.draft);
  }
  view.jumpToNewest();
}

/** Those of them that were still there. */
function forget(ids: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(KEPT)) continue;
      const sent: Sent[] = JSON.parse(localStorage.getItem(key) ?? "[]");
      const left = sent.filter(([id]) => !ids.has(id));
      for (const [id] of sent) if (ids.has(id)) found.add(id);
      if (left[0]) localStorage.setItem(key, JSON.stringify(left));
      else localStorage.removeItem(key);
    }
  } catch {
    // It is switched off, and nothing was kept.
  }
  return found;
}

/** Those that no other tab had before. Of what is no message that can be sent, the id alone is stored. */
async function enlist(
  db: Database,
  entries: readonly OutboxEntry[],
  isPlain: (entry: OutboxEntry) => boolean,
  room: string,
): Promise<OutboxEntry[]> {
  let own: OutboxEntry[] = [];
  let at = 0;
  const put = (outbox: IDBObjectStore, identity: IDBObjectStore) => {
    const request: IDBRequest<string[] | undefined> = identity.get(NOTED);
    request.onsuccess = () => {
      const noted = request.result ?? [];
      own = entries.filter(({ id }) => !noted.includes(id));
      for (const entry of own) {
        // An id begins with when it was written. The order holds where the clock does not.
        at = Math.max(at + 1, Number.parseInt(entry.id, 36));
        if (isPlain(entry)) outbox.put({ ...entry, room, writtenAt: at });
      }
      identity.put([...noted, ...own.map(({ id }) => id)].slice(-MOST_NOTED), NOTED);
    };
  };
  await db.write("outbox", true, put, "identity");
  return own;
}
