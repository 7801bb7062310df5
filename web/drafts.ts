/**
 * What was written and not sent, per room, kept on this device. Each tab keeps its own, so that none writes over
 * another's; a tab that has none takes one over from a tab that is gone. In localStorage, because a page that ends has
 * no time for anything else. Without it drafts last as long as the page.
 */
const PREFIX = "madang.draft/";
const WRITE_AFTER_MS = 300;
/** Where there are no Web Locks to ask, a tab that wrote nothing for so long is taken for gone. */
const GONE_MS = 30_000;
const MAX_AGE_MS = 30 * 86_400_000;
const MAX_DRAFTS = 100;

interface Draft {
  text: string;
  /** Number of the message that it answers. */
  to?: number;
  /** When it was written, milliseconds since 1970. */
  at: number;
}

/** What of the browser is needed here. */
export interface Shelf {
  /** May throw, as may its methods. */
  storage(): Storage;
  now(): number;
  /** Tabs that live, or null where nobody can tell. */
  tabs(): Promise<Set<string> | null>;
}

export class Drafts {
  readonly #tab: string;
  readonly #shelf: Shelf;
  /** Of this page. */
  readonly #texts = new Map<string, string>();
  readonly #answered = new Map<string, number | null>();
  readonly #due = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `tab`: the same for each page of a tab, and no other's. */
  constructor(tab: string, shelf: Shelf) {
    this.#tab = tab;
    this.#shelf = shelf;
    this.#try((storage) => {
      const old = this.#all(storage).sort((a, b) => b.at - a.at);
      const since = shelf.now() - MAX_AGE_MS;
      for (const [at, { key, at: time }] of old.entries())
        if (at >= MAX_DRAFTS || time < since) storage.removeItem(key);
    });
  }

  /** This tab's. */
  get(room: string): string {
    return this.#texts.get(room) ?? this.#try((storage) => read(storage, this.#key(room))?.text) ?? "";
  }

  set(room: string, text: string): void {
    this.#texts.set(room, text);
    this.#due.add(room);
    // What is sent is no draft from now on, also if the page ends here.
    if (text === "") this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), WRITE_AFTER_MS);
  }

  /** Number of the message that this tab's answers; null: none. */
  answering(room: string): number | null {
    const known = this.#answered.get(room);
    if (known !== undefined) return known;
    const kept = this.#try((storage) => read(storage, this.#key(room))?.to) ?? null;
    this.#answered.set(room, kept);
    return kept;
  }

  answer(room: string, to: number | null): void {
    this.#answered.set(room, to);
    this.set(room, this.get(room));
  }

  /** Writes what is not written yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const room of this.#due) {
      const text = this.#texts.get(room);
      const to = this.answering(room);
      const draft: Draft | "" = text ? { text, at: this.#shelf.now(), ...(to && { to }) } : "";
      this.#try((storage) => {
        if (draft) storage.setItem(this.#key(room), JSON.stringify(draft));
        else storage.removeItem(this.#key(room));
      });
    }
    this.#due.clear();
  }

  /** The latest of a tab that is gone, from now on this one's; empty if there is none. */
  async inherit(room: string): Promise<string> {
    const tabs = await this.#shelf.tabs().catch(() => null);
    const isGone = ({ tab, at }: { tab: string; at: number }) =>
      tabs ? !tabs.has(tab) : Math.abs(this.#shelf.now() - at) > GONE_MS;
    // It may have been written in meanwhile.
    if (this.get(room)) return "";
    const taken = this.#try((storage) => {
      const left = this.#all(storage).filter((draft) => draft.room === room && isGone(draft));
      const [latest] = left.sort((a, b) => b.at - a.at);
      if (latest) storage.removeItem(latest.key);
      return latest;
    });
    if (!taken?.text) return "";
    this.#answered.set(room, taken.to ?? null);
    this.set(room, taken.text);
    this.flush();
    return taken.text;
  }

  #key(room: string): string {
    return `${PREFIX}${this.#tab}/${room}`;
  }

  #all(storage: Storage): (Draft & { key: string; tab: string; room: string })[] {
    return Object.keys(storage).flatMap((key) => {
      if (!key.startsWith(PREFIX)) return [];
      const [tab = "", ...room] = key.slice(PREFIX.length).split("/");
      return [{ text: "", at: 0, ...read(storage, key), key, tab, room: room.join("/") }];
    });
  }

  #try<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(this.#shelf.storage());
    } catch {
      // Storage is switched off or full: the page has said so, or the draft is in it all the same.
      return undefined;
    }
  }
}

function read(storage: Storage, key: string): Draft | null {
  try {
    const { text, at, to } = JSON.parse(storage.getItem(key) ?? "null");
    if (typeof text !== "string" || typeof at !== "number") return null;
    return { text, at, ...(typeof to === "number" && { to }) };
  } catch {
    return null;
  }
}
