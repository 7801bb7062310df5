/**
 * The last page of each room visited, kept on this device, so that a room opens at once and without a network.
 * Losing it costs nothing but that: errors are told to nobody.
 */
import type { TextRecord } from "../src/wire/block.ts";
import type { Telling } from "./became.ts";
import type { Database } from "./database.ts";
import type { Gap } from "./timeline.ts";

export interface KeptPage {
  room: string;
  epoch: string;
  /** Position up to which the room is known, and the oldest number among the records. */
  seq: number;
  oldest: number;
  records: TextRecord[];
  /** What became of them, where that is to be seen in more than their texts, which are the last ones. */
  acts?: Telling[];
  /** What is lost among them. */
  lost?: Gap[];
  /** Number of the last record that was read. */
  read: number;
  /** How many there are by others after it, and the number of the first of them. */
  unread?: number;
  line?: number | null;
  /** What opens the room, where something has to: whoever was let in is not asked for it again. */
  password?: Uint8Array | undefined;
  /** Milliseconds since 1970. */
  keptAt: number;
}

/** A room is not kept waiting for its last page longer than a server takes. */
const SOON_MS = 1_000;

export class KeptPages {
  /** Null: there is none. It may come later. */
  db: Promise<Database | null>;

  constructor(db: Promise<Database | null>) {
    this.db = db;
  }

  async get(room: string): Promise<KeptPage | null> {
    try {
      const db = await this.db;
      return (await db?.read<KeptPage | undefined>("pages", (store) => store.get(room), SOON_MS)) ?? null;
    } catch {
      return null;
    }
  }

  /** Rooms visited, the latest first. */
  async rooms(): Promise<string[]> {
    try {
      const pages = (await (await this.db)?.read<KeptPage[]>("pages", (store) => store.getAll())) ?? [];
      return pages.sort((a, b) => b.keptAt - a.keptAt).map(({ room }) => room);
    } catch {
      return [];
    }
  }

  async put(page: KeptPage): Promise<void> {
    try {
      await (await this.db)?.write("pages", false, (store) => store.put(page));
    } catch {
      // The room is asked for its history as if it was never visited.
    }
  }
}
