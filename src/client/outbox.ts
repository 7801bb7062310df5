/**
 * What was written in one room and is not known to be in its log yet. Every message gets a nonce, is stored with
 * it, and only then sent; it goes again with the same nonce until its record or an acknowledgement is seen. Of all
 * clients on one storage only the holder of the room's lock gives nonces and sends, for all of them; it gives the
 * lock back when its connection is gone. An entry names the author its nonce belongs to and is without one for any
 * other, so that nothing in the storage has to change when an identity does, and no two clients can differ about it.
 * Invariants: nonces rise in the order in which the messages were written, nothing is sent before the storage holds
 * it together with its nonce, and without the lock entries are only added, retried when refused, or discarded.
 *
 *   unnumbered ──▶ numbered ──▶ in flight ──▶ settled (gone)        acknowledged before its record came: shown on
 *       ▲             ▲  ╲ tooFast, roomBusy, ╱  │                  until the intake is there
 *       │ retry       │   ◀──────────────────    ├──▶ refused ──▶ discarded (gone)
 *       │             └── lost connection        │       │
 *       └──────────────────── staleNonce ────────┘◀──────┘ retry
 *
 * Refused as cannotTell, a message may be in the log all the same: only a person sends it again, and when its record
 * comes by after all, it settles.
 */
import type { RecordHead } from "../wire/block.ts";
import { encodeText } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { type RefusedFrame, ServerCapability } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import type { ClientOptions, OutboxEntry } from "./contract.ts";
import type { Pacer } from "./pacer.ts";
import { Pause } from "./pause.ts";
import { SendLock } from "./send-lock.ts";

/** Messages of one room that may be under way at once, while none is refused. */
const WINDOW = 64;
/** In slow mode messages go one by one. After so many the room may have become quiet: it is tried without a pause. */
const SPACED = 16;
const MOST_SPACING_MS = 15_000;
/** Own nonces seen in the log that are remembered, so that a late reading of the storage does not bring them back. */
const RECENT = 512;
/** Ranges of lost numbers that are remembered. */
const LOST = 64;
/** What may stand before the text of an act. */
const MOST_BEFORE_TEXT = 16;
/** Pause when the server misses an earlier message and this client does not know which. */
const PAUSE_MS = 1_000;

/** A wait for one of these is the room's, or tells nothing of the rate. Any other is for all that is sent. */
const OF_ROOM: Refusal[] = [Refusal.roomBusy, Refusal.slowMode, Refusal.dayFull, Refusal.tooSoon];
/** What these say no waiting changes, or only a long one, so the writer hears it. */
const GIVEN_BACK: Refusal[] = [Refusal.cannotTell, Refusal.logFull, Refusal.roomStorageFull, Refusal.muted];

export interface OutboxHost {
  readonly options: ClientOptions;
  readonly limits: { maxTextBytes: number };
  readonly capabilities: number;
  failed(error: unknown): void;
}

/** What the outbox has done by the room it belongs to. */
export interface OutboxRoom {
  send(entry: OutboxEntry): void;
  /** Enters again, in order to learn the highest nonce, or because the server forgot. */
  reenter(): void;
  changed(entries: readonly OutboxEntry[]): void;
  /** Messages wait for so long, because the server said so with this code. */
  slowed(code: Refusal, ms: number): void;
}

interface Item {
  entry: OutboxEntry;
  /** The storage is known to hold some form of it. */
  stored: boolean;
  /** Writes to the storage under way. */
  writes: number;
  /** The connection on which it was sent last; 0: on none. */
  sentOn: number;
  /** Number told by an acknowledgement that came before the record. */
  seq: number;
}

const isWaiting = ({ entry, seq }: Item) => !entry.refused && seq === 0;

export class Outbox {
  #host: OutboxHost;
  #pacer: Pacer;
  #options: ClientOptions;
  #own: OutboxRoom;
  #author = 0;
  #room = "";
  #items: Item[] = [];
  #lock: SendLock;
  /** The last write to the storage; those before it have ended when it has. */
  #written: Promise<void> = Promise.resolve();
  /** Ids whose removal the storage has not confirmed. */
  #gone = new Set<string>();
  #recent: number[] = [];
  /** Ranges of numbers whose records are lost on the server's disk. */
  #lost: { from: number; to: number }[] = [];
  /** Highest nonce known to be used. */
  #nonce = 0;
  /** Highest nonce known to be stored. */
  #storedNonce = 0;
  #writtenAt = 0;
  /** The connection on which the room is entered; 0: on none. */
  #connection = 0;
  /** The grant of the lock under which `#nonce` was learned from the server. */
  #nonceOf = 0;
  #wake: (() => void) | null = null;
  /** While it lasts nothing of this room goes out, on whatever connection. */
  readonly #pause = new Pause();
  /** How many may be under way: one after a refusal, then twice as many with each that is stored. */
  #window = WINDOW;
  /** In slow mode: the pause after each message, and how many went so without a refusal. */
  #spacingMs = 0;
  #spaced = 0;
  readonly #again = () => this.pump();

  constructor(host: OutboxHost, pacer: Pacer, own: OutboxRoom) {
    this.#host = host;
    this.#pacer = pacer;
    this.#options = host.options;
    this.#own = own;
    this.#lock = new SendLock(
      host,
      () => this.#load(),
      () => this.#written,
      () => void this.acquire(),
    );
  }

  get entries(): readonly OutboxEntry[] {
    return this.#items.map((item) => item.entry);
  }

  /** The grant of the lock, 0 without it. */
  get grant(): number {
    return this.#lock.grant;
  }

  /** Whose messages these are and where they go. 0: not known yet. */
  open(author: number, room: string): void {
    const from = this.#room;
    if (author === this.#author && room === from) return;
    this.#lock.release();
    this.#room = room;
    this.#nonce = 0;
    this.#storedNonce = 0;
    if (author !== this.#author) {
      this.#author = author;
      this.reset();
    }
    for (const item of this.#items) {
      item.entry = this.#asOwn({ ...item.entry, room });
      this.#nonce = Math.max(this.#nonce, item.entry.nonce);
    }
    if (this.#items.length > 0) this.#sort();
    if (from && from !== room) {
      this.#options.storage.moveEntries(from, room).then(
        () => this.load(),
        (error) => this.#host.failed(error),
      );
    }
  }

  /** Asks for the right to send. Resolves when it is there, perhaps never. */
  acquire(): Promise<void> {
    return this.#lock.acquire(`send/${this.#author}/${this.#room}`).then(() => this.pump());
  }

  /** The room was entered. `grant`: what `grant` was when that was asked for. */
  entered(connection: number, nonce: number, grant: number): void {
    this.#connection = connection;
    this.#stored(nonce);
    this.#nonceOf = grant;
    this.pump();
  }

  lost(): void {
    this.#connection = 0;
    this.#wake?.();
    this.#wake = null;
    this.#lock.release();
    for (const item of this.#items) this.#pacer.answered(item);
    this.#pacer.next();
  }

  /** The log began another life: what was seen in the one before means nothing. */
  reset(): void {
    this.#recent = [];
    this.#lost = [];
    this.#storedNonce = 0;
    this.#items = this.#items.filter((item) => item.seq === 0);
  }

  write(text: string, act?: OutboxEntry["act"]): OutboxEntry {
    const writtenAt = this.#now();
    const id = `${writtenAt.toString(36)}-${Math.floor(this.#options.random() * 2 ** 53).toString(36)}`;
    const entry = { id, author: this.#author, room: this.#room, nonce: 0, text, writtenAt, refused: null };
    const item = { entry: act ? { ...entry, act } : entry, stored: false, writes: 0, sentOn: 0, seq: 0 };
    this.#append(item);
    return item.entry;
  }

  /** Sends a refused message again, at the end; `text`: another one, of a plain text. */
  retry(id: string, text?: string): void {
    const item = this.#find(id);
    if (!item?.entry.refused) return;
    const { entry } = item;
    item.entry = {
      ...entry,
      text: entry.act ? entry.text : (text ?? entry.text),
      nonce: 0,
      refused: null,
      writtenAt: this.#now(),
    };
    this.#items = this.#items.filter((other) => other !== item);
    this.#append(item);
  }

  /** Forgets a message. Not one that is under way: it may be in the log. */
  discard(id: string): boolean {
    const item = this.#find(id);
    if (!item || (item.entry.nonce > 0 && !item.entry.refused)) return false;
    this.#remove(item, true);
    this.#changed();
    return true;
  }

  /** The room is left: what was never sent is forgotten, of what may be in the log its writer decides on coming back. */
  giveUp(): void {
    for (const item of [...this.#items]) {
      if (!this.discard(item.entry.id) && item.seq === 0) this.#refuse(item, Refusal.cannotTell);
    }
  }

  /** Looks for own messages and acts among new ones; tells number and id of those found. `position`: after them. */
  seen(records: readonly RecordHead[], acts: readonly RecordHead[], position: number): Map<number, string> {
    const own = new Map<number, string>();
    const before = this.#items.length;
    for (const list of [records, acts])
      for (const { author, nonce, seq } of list) {
        if (author !== this.#author) continue;
        this.#stored(nonce);
        if (this.#recent.push(nonce) > RECENT) this.#recent.shift();
        const item = this.#underWay(nonce) ?? this.#untold(nonce);
        if (!item) continue;
        own.set(seq, item.entry.id);
        this.#answered(item, true);
        this.#remove(item, this.grant > 0 && item.seq === 0);
      }
    this.#items = this.#items.filter((item) => item.seq === 0 || item.seq > position);
    if (this.#items.length !== before) {
      this.#changed();
      this.pump();
      this.#pacer.next();
    }
    return own;
  }

  /** The records with these numbers are lost on the server's disk, though some may have been acknowledged. */
  lose(from: number, to: number): void {
    this.#lost.push({ from, to });
    if (this.#lost.length > LOST) this.#lost.shift();
    for (const item of this.#items) {
      if (item.seq < from || item.seq > to) continue;
      item.seq = 0;
      this.#refuse(item, Refusal.cannotTell);
    }
  }

  acknowledged(nonce: number, seq: number, position: number): void {
    const item = this.#underWay(nonce);
    if (!item) return;
    this.#answered(item, seq > 0);
    if (seq === 0 || this.#lost.some(({ from, to }) => from <= seq && seq <= to)) {
      // With 0 an older server acknowledges what it cannot tell, perhaps a message that was never stored.
      this.#giveBack(item, Refusal.cannotTell);
      this.#pacer.next();
      return;
    }
    this.#stored(nonce);
    this.#remove(item, true);
    if (seq > position) {
      // The record is still to come: nobody should see the message vanish and come back.
      item.seq = seq;
      this.#items.push(item);
      this.#sort();
    } else this.#changed();
    this.pump();
    this.#pacer.next();
  }

  refused(frame: RefusedFrame): void {
    const item = this.#underWay(frame.request);
    if (!item || !this.#answered(item, false)) return;
    this.#takeRefusal(item, frame);
    this.pump();
    this.#pacer.next();
  }

  /** Another client on the same storage changed something. */
  load(): Promise<void> {
    return this.#load().then(() => this.pump());
  }

  /** Sends what may be sent now. */
  pump(): void {
    if (this.grant === 0 || this.#connection === 0 || this.#wake) return;
    const pause = this.#pause.left(this.#options.clock.now());
    if (pause > 0) {
      this.#wakeAfter(pause);
      return;
    }
    let left = this.#window;
    let inOrder = true;
    for (const item of this.#items) {
      if (!isWaiting(item)) continue;
      if (left-- === 0) return;
      if (item.sentOn === this.#connection) continue;
      if (item.entry.nonce === 0) {
        const { text, act } = item.entry;
        const bytes = act ? act.body.length - MOST_BEFORE_TEXT : encodeText(text).length;
        // A frame beyond the server's limits would end the connection.
        if (bytes > this.#host.limits.maxTextBytes) {
          this.#refuse(item, Refusal.textTooLong);
          continue;
        }
        // Nor does one that it does not know do any good there.
        if (act && !(this.#host.capabilities & ServerCapability.takesActs)) {
          this.#refuse(item, Refusal.unknownKind);
          continue;
        }
        if (this.#nonceOf !== this.grant) {
          this.#own.reenter();
          return;
        }
        if (this.#nonce >= WIRE.maxVarint) {
          // There is no number left, or the server is about to say that the highest is too high.
          if (this.#storedNonce < WIRE.maxVarint) return;
          this.#refuse(item, Refusal.nonceTooHigh);
          continue;
        }
        item.entry = { ...item.entry, nonce: ++this.#nonce };
        this.#put(item);
      }
      // Later ones are numbered and stored meanwhile, so that storage is not waited for one by one.
      // Nor before the answer to the last time has come: it would be taken for that to the next.
      if (item.writes > 0 || this.#pacer.isUnanswered(item)) inOrder = false;
      if (!inOrder) continue;
      if (!this.#pacer.hasPlace(this.#again)) return;
      const wait = this.#pacer.take(this.#options.clock.now());
      if (wait > 0) {
        this.#wakeAfter(wait);
        return;
      }
      item.sentOn = this.#connection;
      this.#pacer.sent(item);
      this.#own.send(item.entry);
    }
  }

  async #load(): Promise<void> {
    const room = this.#room;
    let entries: OutboxEntry[];
    try {
      entries = await this.#options.storage.outbox(room);
    } catch (error) {
      return this.#host.failed(error);
    }
    if (room !== this.#room) return;
    const known = new Map(this.#items.map((item) => [item.entry.id, item]));
    const items: Item[] = [];
    for (const stored of entries) {
      // A storage may be damaged.
      if (typeof stored.text !== "string" || (stored.act && !stored.act.body) || this.#gone.has(stored.id))
        continue;
      const entry = this.#asOwn(Number.isSafeInteger(stored.nonce) ? stored : { ...stored, nonce: 0 });
      this.#nonce = Math.max(this.#nonce, entry.nonce);
      this.#writtenAt = Math.max(this.#writtenAt, entry.writtenAt);
      const item = known.get(entry.id) ?? {
        entry,
        stored: true,
        writes: 0,
        sentOn: 0,
        seq: 0,
      };
      known.delete(entry.id);
      if (!this.#isNewer(item)) item.entry = entry;
      if (item.entry.nonce > 0 && !item.entry.refused && this.#recent.includes(item.entry.nonce)) {
        this.#remove(item, this.grant > 0);
      } else items.push(item);
    }
    // Missing in the storage: settled or discarded elsewhere, unless it never got there.
    for (const item of known.values()) {
      if (!item.stored || this.#isNewer(item)) items.push(item);
    }
    this.#items = items;
    this.#sort();
  }

  /** The entry as it is for this author, once there is one. */
  #asOwn(entry: OutboxEntry): OutboxEntry {
    const author = this.#author;
    return author === 0 || author === entry.author ? entry : { ...entry, author, nonce: 0 };
  }

  #takeRefusal(item: Item, { code, retryAfterMs }: RefusedFrame): void {
    if (code === Refusal.staleNonce) this.#renumber([item]);
    else if (code === Refusal.nonceTooHigh) {
      // Those after it are further up still.
      const { nonce } = item.entry;
      const tooHigh = this.#items.filter((other) => other.entry.nonce >= nonce && isWaiting(other));
      this.#nonce = Math.max(this.#storedNonce, ...this.#numbers().filter((other) => other < nonce));
      this.#renumber(tooHigh);
    } else if (code === Refusal.outOfOrder) {
      // Known already where the one before was refused on this connection.
      if (item.sentOn === this.#connection) this.#goBack(item, PAUSE_MS);
    } else if (code === Refusal.notInRoom) {
      this.#goBack(item, PAUSE_MS);
      this.#own.reenter();
    } else if (retryAfterMs > 0 && !GIVEN_BACK.includes(code)) {
      this.#slowDown(code, retryAfterMs);
      this.#goBack(item, retryAfterMs);
    } else {
      this.#refuse(item, code);
      // Another tab was faster: what was wanted is so.
      if (code === Refusal.noChange) this.discard(item.entry.id);
    }
  }

  #slowDown(code: Refusal, ms: number): void {
    this.#window = 1;
    if (code === Refusal.slowMode) {
      // The time told counts from the last message, which was as long ago as the pause after it.
      this.#spacingMs = Math.min(this.#spacingMs + ms, MOST_SPACING_MS);
      this.#spaced = 0;
    } else if (!OF_ROOM.includes(code)) this.#pacer.hold(ms, this.#options.clock.now());
    this.#own.slowed(code, ms);
  }

  /** Whether there was an answer to come. */
  #answered(item: Item, isStored: boolean): boolean {
    if (!this.#pacer.answered(item)) return false;
    if (!isStored) return true;
    this.#pacer.stored();
    if (this.#spacingMs === 0) this.#window = Math.min(WINDOW, this.#window * 2);
    else if (++this.#spaced < SPACED) this.#rest(this.#spacingMs);
    else this.#spacingMs = 0;
    return true;
  }

  /** From `item` on everything has to go again: the server keeps the order by refusing what follows. */
  #goBack(item: Item, ms: number): void {
    for (const later of this.#items.slice(this.#items.indexOf(item))) later.sentOn = 0;
    this.#rest(ms);
  }

  /**
   * The log will never take this nonce; the next is given when the server has said which are used. Later messages
   * keep theirs: they may be in the log. If not, they are answered like this one and follow it in order.
   */
  #renumber(items: Item[]): void {
    for (const item of items) {
      // What is still said of it is said of the old number.
      this.#pacer.answered(item);
      item.entry = { ...item.entry, nonce: 0 };
      item.sentOn = 0;
    }
    this.#nonceOf = 0;
    this.#sort();
  }

  #stored(nonce: number): void {
    this.#storedNonce = Math.max(this.#storedNonce, nonce);
    this.#nonce = Math.max(this.#nonce, nonce);
  }

  /** To its writer, who decides; later ones go on. */
  #giveBack(item: Item, code: Refusal): void {
    this.#refuse(item, code);
    this.pump();
  }

  #refuse(item: Item, code: Refusal): void {
    item.entry = { ...item.entry, refused: { code } };
    item.sentOn = 0;
    this.#put(item);
    this.#changed();
  }

  /** Whether what is in memory is ahead of the storage. While this client may send, only it gives nonces. */
  #isNewer(item: Item): boolean {
    return item.writes > 0 || item.seq > 0 || (item.sentOn > 0 && this.grant > 0);
  }

  #append(item: Item): void {
    this.#items.push(item);
    this.pump();
    if (item.writes === 0) this.#put(item);
    this.#changed();
  }

  #put(item: Item): void {
    item.writes++;
    this.#written = this.#options.storage
      .putEntry(item.entry)
      .then(
        (isStored) => {
          if (isStored) item.stored = true;
          else this.#disown(item);
        },
        (error) => this.#host.failed(error),
      )
      .then(() => {
        item.writes--;
        this.pump();
      });
  }

  /** It was numbered without the right to: that counts for nothing. Once stored, it is as the others see it. */
  #disown(item: Item): void {
    this.#lock.lose();
    if (item.stored) return;
    item.entry = { ...item.entry, nonce: 0 };
    this.#put(item);
  }

  #remove(item: Item, fromStorage: boolean): void {
    this.#items = this.#items.filter((other) => other !== item);
    if (!fromStorage) return;
    const { id } = item.entry;
    this.#gone.add(id);
    this.#options.storage
      .removeEntry(id)
      .catch((error) => this.#host.failed(error))
      .then(() => this.#gone.delete(id));
  }

  #rest(ms: number): void {
    const now = this.#options.clock.now();
    this.#pause.begin(ms, now);
    this.#wakeAfter(this.#pause.left(now));
  }

  #wakeAfter(ms: number): void {
    this.#wake?.();
    this.#wake = this.#options.clock.after(ms, () => {
      this.#wake = null;
      this.pump();
    });
  }

  #numbers(): number[] {
    return this.#items.map(({ entry }) => entry.nonce);
  }

  #find(id: string): Item | undefined {
    return this.#items.find((item) => item.entry.id === id);
  }

  #underWay(nonce: number): Item | undefined {
    return this.#items.find(({ entry }) => nonce > 0 && entry.nonce === nonce && !entry.refused);
  }

  /** The message with this nonce of which the server could not tell whether it is stored. */
  #untold(nonce: number): Item | undefined {
    return this.#items.find(
      ({ entry }) => entry.nonce === nonce && entry.refused?.code === Refusal.cannotTell,
    );
  }

  /** Rises within one client even when the clock does not: it is the order of writing. */
  #now(): number {
    this.#writtenAt = Math.max(this.#options.clock.now(), this.#writtenAt + 1);
    return this.#writtenAt;
  }

  #sort(): void {
    const rank = ({ entry }: Item) => entry.nonce || Number.POSITIVE_INFINITY;
    this.#items.sort((a, b) => {
      const [x, y] = [rank(a), rank(b)];
      return x === y ? a.entry.writtenAt - b.entry.writtenAt : x - y;
    });
    this.#changed();
  }

  #changed(): void {
    this.#own.changed(this.entries);
  }
}
