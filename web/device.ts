/**
 * What this browser keeps of who one is, and how that becomes another. Loaded when somebody moves. The identity that was
 * here before is kept beside the present one, and comes back when that is gone.
 * Invariants: what was written under one identity goes out under no other by itself: it comes back to its writer. And no
 * tab goes on as who it was: this one and all others begin anew.
 */
import type { Identity, OutboxEntry } from "../src/client/contract.ts";
import { Refusal } from "../src/wire/codes.ts";
import type { Baggage } from "./baggage.ts";
import type { Database } from "./database.ts";
import { ignored } from "./ignored.ts";
import type { KeptPage } from "./kept-pages.ts";
import type { Store } from "./store.ts";

/** Where the identity before the present one is. */
const BEFORE = "before";
/** Of what was read in a room, how many records are shown again. */
const READ_AGAIN = 50;
/** Another tab that has not let go of a room by then is one that does not hear. */
const TABS_END_MS = 3_000;

export class Device {
  readonly #db: Database;
  readonly #store: Store;

  private constructor(db: Database, store: Store) {
    this.#db = db;
    this.#store = store;
  }

  /** @throws Error where nothing can be kept */
  static async open(store: Store): Promise<Device> {
    const db = await store.pages.db;
    if (!db) throw new Error("nothing is kept here");
    return new Device(db, store);
  }

  /** Null: nobody was here before. */
  async before(): Promise<Identity | null> {
    return (await this.#db.read<Identity | undefined>("identity", (store) => store.get(BEFORE))) ?? null;
  }

  /** What waits to be sent, or for its writer. */
  unsent(): Promise<OutboxEntry[]> {
    return this.#db.read<OutboxEntry[]>("outbox", (store) => store.getAll());
  }

  /** The last page of each room that was visited, the latest first. */
  async pages(): Promise<KeptPage[]> {
    const pages = await this.#db.read<KeptPage[]>("pages", (store) => store.getAll());
    return pages.sort((a, b) => b.keptAt - a.keptAt);
  }

  /** What came along: in the rooms one goes on where one had read up to. */
  async unpack({ rooms, ignored: people, enterSends }: Baggage): Promise<void> {
    const known = new Set((await this.pages()).map(({ room }) => room));
    await this.#db.write("pages", false, (pages) => {
      for (const [at, { name: room, epoch, read }] of rooms.entries())
        if (epoch && read > 0 && !known.has(room)) {
          // Some of what was read comes with what was not: a conversation is not entered in the middle of nothing.
          const seq = Math.max(0, read - READ_AGAIN);
          const page = { room, epoch, seq, oldest: seq + 1, records: [], read };
          pages.put({ ...page, keptAt: Date.now() - at } satisfies KeptPage);
        }
    });
    const open = rooms.filter((room) => room.open).map(({ name }) => name);
    sessionStorage.setItem("madang.open", JSON.stringify(open));
    for (const [author, name] of people) ignored.set(author, name);
    if (enterSends !== null) localStorage.setItem("madang.enter", enterSends ? "send" : "break");
  }

  /** Whoever is here from now on; null: somebody new. `before`: who is kept beside. */
  async become(next: Identity | null, before: Identity | null): Promise<void> {
    const { client, storage } = this.#store;
    client?.stop();
    const was = await storage.identity();
    await this.#db.write("identity", true, (identities) => {
      if (next) identities.put(next, "self");
      else identities.delete("self");
      if (before) identities.put(before, BEFORE);
      else identities.delete(BEFORE);
    });
    this.#store.tabs?.postMessage(false);
    for (const room of was ? await storage.outboxRooms() : [])
      await this.#giveBack(`send/${was?.author}/${room}`, room);
  }

  /** When no other tab sends for that room any more. */
  async #giveBack(name: string, room: string): Promise<void> {
    const { storage } = this.#store;
    const give = async () => {
      for (const entry of await storage.outbox(room)) {
        const code = entry.nonce > 0 ? Refusal.cannotTell : Refusal.movedAway;
        if (!entry.refused) await storage.putEntry({ ...entry, nonce: 0, refused: { code } });
      }
    };
    await storage.exclusive(name, AbortSignal.timeout(TABS_END_MS), give).catch(give);
  }

  /** Everything that this page ever kept. */
  async forget(): Promise<void> {
    this.#store.client?.stop();
    this.#store.keepNow();
    for (const name of ["identity", "outbox", "pages"] as const)
      await this.#db.write(name, true, (all) => all.clear());
    this.#store.tabs?.postMessage(true);
  }
}

/** The front page, as if it was opened for the first time in this tab. `isForgotten`: nothing of before is to be kept. */
export function startAnew(isForgotten: boolean): void {
  if (isForgotten) {
    // What is open would be kept once more on its way out.
    addEventListener("pagehide", (event) => event.stopImmediatePropagation(), { capture: true });
    for (const kept of [localStorage, sessionStorage])
      for (const key of Object.keys(kept)) if (key.startsWith("madang.")) kept.removeItem(key);
  }
  location.replace("/");
}
