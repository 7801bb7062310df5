/**
 * What one room looks like to this person: its records, people, events, unread ones, and which part of the
 * conversation is on the page. It hears of the room through `listener`, changes only by its own methods, and tells
 * `changed` about it. It knows no DOM.
 * Invariant: while the reader is at the newest, the last records are on the page, and what comes is read at once.
 */
import { type OutboxEntry, type RoomListener, RoomState } from "../src/client/contract.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { Presence, Refusal } from "../src/wire/codes.ts";
import type { Person, PresenceEvent } from "../src/wire/frames.ts";
import { Heard } from "./heard.ts";
import type { KeptPage } from "./kept-pages.ts";
import { PAGE, RecordWindow } from "./record-window.ts";
import { buildRows, type Gap, type RoomEvent, type Row } from "./timeline.ts";

const MAX_EVENTS = 300;
const MAX_SPEAKERS = 12;

/** What of the headless client's room is needed here. */
export interface ChatRoom {
  readonly name: string;
  readonly position: { epoch: string; seq: number } | null;
  readonly oldest: number;
  readonly first: number;
  readonly refusal: { code: Refusal } | null;
  send(text: string): OutboxEntry;
  retry(id: string, text?: string): void;
  discard(id: string): boolean;
  older(limit: number): Promise<boolean>;
  giveUp(): void;
  leave(): void;
  typing(on: boolean): void;
}

export class RoomView {
  readonly name: string;
  room: ChatRoom | null = null;
  state: RoomState = RoomState.entering;
  people = new Map<number, string>();
  count = 0;
  listed = true;
  typing: number[] = [];
  pending: readonly OutboxEntry[] = [];
  /** Sent before there was a room to send it in, while this device was asked what it knows of the room. */
  readonly held: string[] = [];
  /** Set when the own name is taken here and another one is used. */
  ownName: string | null = null;
  /** Why own messages wait for a while, and until when. */
  slowed: { code: Refusal; until: number } | null = null;
  unread = 0;
  /** Number of the first of the unread ones, for the line above it. */
  unreadFrom: number | null = null;
  /** What is shown was kept on this device; the room itself has not answered yet. */
  fromDevice = false;
  loadingOlder = false;
  atNewest = true;
  /** Where the reader was when the room was left for another one: a row and its distance from the top. */
  scroll: { key: string; top: number; jumps: number } | null = null;
  /** Grows when the page should go to the line of the unread, or to the newest if there is none. */
  jumps = 0;
  /** What is in the composer's field, and what waits beside it while a message is changed there. */
  draft = "";
  #aside = "";
  /** Set by the composer: puts a text into its field at once, where the next key would meet it a frame too late. */
  fill: ((text: string) => void) | null = null;
  /** The refused entry that is being changed in the composer. */
  editing: string | null = null;
  /** What a screen reader says of new messages. */
  readonly heard: Heard;

  #window = new RecordWindow();
  #events: RoomEvent[] = [];
  #gaps: Gap[] = [];
  #entryOf = new Map<number, string>();
  #me: Person | null = null;
  #serverAheadMs: number | null = null;
  #read: number | null = null;
  #watched = false;
  #noOlder = false;
  #wasLive = false;
  /** What is shown is of another life of the log; it stays until there is something to show in its place. */
  #isVoid = false;
  #eventId = 0;
  #rows: Row[] | null = null;
  readonly #redraw: () => void;
  readonly #changed: () => void;

  /** `changed` hears of what is worth keeping on the device, `redraw` of what is only to be seen. */
  constructor(name: string, changed: () => void, redraw = changed) {
    this.name = name;
    this.#redraw = redraw;
    this.heard = new Heard(redraw);
    this.#changed = () => {
      this.#rows = null;
      changed();
    };
  }

  readonly listener: RoomListener = {
    state: (state) => this.#onState(state),
    appended: (records, own) => this.#onAppended(records, own),
    prepended: (records) => this.#onPrepended(records),
    reset: () => this.#onReset(),
    gap: (from, to, lost) => this.#onGap({ from, to, lost, learnedAt: Date.now() }),
    people: (people, count, listed) => {
      this.people = new Map(people.map(({ author, name }) => [author, name]));
      this.count = count;
      this.listed = listed;
      this.#redraw();
    },
    presence: (events, count) => this.#onPresence(events, count),
    typing: (authors) => {
      this.typing = authors;
      this.#redraw();
    },
    pending: (entries) => {
      this.pending = [...entries];
      if (entries.every(({ refused }) => refused)) this.slowed = null;
      this.#changed();
    },
    slowed: (code, until) => {
      if (code !== Refusal.slowMode && code !== Refusal.dayFull) return;
      this.slowed = { code, until };
      this.#redraw();
    },
    ownName: (name) => {
      this.ownName = name;
      this.#changed();
    },
  };

  /** Fills the room with what this device kept, before the room itself answers. */
  restore(page: KeptPage): void {
    this.#window.replace(page.records);
    this.#gaps = page.lost ?? [];
    this.#read = page.read;
    this.fromDevice = true;
    this.#changed();
  }

  /** What to keep on this device, or null while there is nothing to say yet. */
  toKeep(): KeptPage | null {
    const position = this.room?.position;
    if (!position || !this.#wasLive || this.#isVoid) return null;
    // What lies before a hole is left out: the page kept has none.
    const records = this.#window.all.slice(-PAGE).filter(({ seq }) => seq >= this.oldest);
    const oldest = Math.max(this.oldest, records.length === PAGE ? (records[0] as TextRecord).seq : 0);
    const read = this.#read ?? position.seq;
    return {
      room: this.name,
      epoch: position.epoch,
      seq: position.seq,
      oldest,
      records,
      lost: this.#gaps.filter(({ lost, from }) => lost && from >= oldest),
      read,
      keptAt: Date.now(),
    };
  }

  get oldest(): number {
    return this.room?.oldest || (this.#window.all[0]?.seq ?? 1);
  }

  /** Number of the oldest record that can still be read. */
  get first(): number {
    return this.room?.first || 1;
  }

  get hasOlder(): boolean {
    return this.#window.first > 0 || (this.#wasLive && !this.#noOlder && this.oldest > this.first);
  }

  /** The first message that can be read is on the page. */
  get atBeginning(): boolean {
    return this.#wasLive && this.#window.first === 0 && this.oldest <= this.first;
  }

  /** How many messages before the first one here are no longer kept; of use when that is the beginning. */
  get lostBefore(): number {
    const [gap] = this.#gaps;
    const seq = this.#window.all[0]?.seq ?? this.first;
    return (gap?.lost ? Math.min(seq, gap.from) : seq) - 1;
  }

  get hasNewer(): boolean {
    return this.#window.hasNewer;
  }

  rows(): readonly Row[] {
    this.#rows ??= this.#buildRows();
    return this.#rows;
  }

  /** Who spoke last, the latest first: what a large room shows instead of everyone. */
  speakers(): Person[] {
    const found = new Map<number, string>();
    const { all } = this.#window;
    for (let i = all.length - 1; i >= 0 && found.size < MAX_SPEAKERS; i--) {
      const { author, name } = all[i] as TextRecord;
      if (!found.has(author)) found.set(author, this.people.get(author) ?? name);
    }
    return [...found].map(([author, name]) => ({ author, name }));
  }

  nameOf(author: number): string {
    return (
      this.people.get(author) ?? this.#window.all.findLast((record) => record.author === author)?.name ?? ""
    );
  }

  setMe(me: Person, serverAheadMs: number | null = null): void {
    this.#me = me;
    this.#serverAheadMs = serverAheadMs;
    this.#changed();
  }

  /** Whether the room is what the person looks at. Looking away ends the line of the unread, if all was read. */
  setWatched(watched: boolean): void {
    if (this.#watched === watched) return;
    this.#watched = watched;
    if (!watched && this.unread === 0) this.unreadFrom = null;
    if (watched && this.atNewest && this.unreadFrom !== null) {
      // What came meanwhile is read from its beginning, not from its end.
      this.#window.showAround(this.unreadFrom);
      this.atNewest = this.unread === 0;
      this.jumps++;
    }
    this.#changed();
  }

  /** The reader has scrolled to or away from the last message. */
  setAtNewest(atNewest: boolean): void {
    const now = atNewest && !this.hasNewer;
    if (this.atNewest === now && (!now || this.unread === 0)) return;
    this.atNewest = now;
    this.#markRead();
    this.#changed();
  }

  /** Shows more above, from what is here or from the server. */
  async showOlder(): Promise<void> {
    if (this.#window.showOlder()) {
      this.atNewest &&= !this.hasNewer;
      this.#changed();
      return;
    }
    if (this.loadingOlder || !this.hasOlder || !this.room) return;
    this.loadingOlder = true;
    this.#redraw();
    try {
      this.#noOlder = !(await this.room.older(PAGE));
    } catch {
      // The connection went away under it; the next scroll asks again.
    }
    this.loadingOlder = false;
    this.#changed();
  }

  /** Shows more below, when the newest are not on the page. */
  showNewer(): void {
    if (!this.hasNewer) return;
    this.#window.showNewer();
    this.#changed();
  }

  jumpToNewest(): void {
    this.#window.showNewest();
    this.atNewest = true;
    this.#markRead();
    this.unreadFrom = null;
    this.jumps++;
    this.#changed();
  }

  hold(text: string): void {
    const id = `held-${this.held.push(text)}`;
    const entry = { id, author: 0, room: this.name, nonce: 0, text, writtenAt: Date.now(), refused: null };
    this.pending = [...this.pending, entry];
    this.#changed();
  }

  edit(entry: OutboxEntry | null): void {
    if (!this.editing) this.#aside = entry ? this.draft : "";
    this.editing = entry ? entry.id : null;
    this.draft = entry ? entry.text : this.#aside;
    this.fill?.(this.draft);
    this.#redraw();
  }

  #onState(state: RoomState): void {
    this.state = state;
    if (state === RoomState.live) {
      this.#forgetVoid();
      this.fromDevice = false;
      const first = !this.#wasLive;
      this.#wasLive = true;
      this.#read ??= this.#window.lastSeq;
      if (first) {
        if (this.unreadFrom !== null) this.#window.showAround(this.unreadFrom);
        this.jumps++;
      }
    }
    this.#changed();
  }

  #onAppended(records: TextRecord[], own: Map<number, string>): void {
    if (records.length === 0) return;
    this.#forgetVoid();
    const isReturn = !this.#wasLive && this.#read !== null;
    const seen = this.#watched && this.atNewest && !isReturn;
    for (const [seq, id] of own) this.#entryOf.set(seq, id);
    this.#window.append(records, this.atNewest);
    const read = this.#read;
    if (seen && read !== null) this.#read = this.#window.lastSeq;
    else if (read !== null) {
      const fresh = records.filter(({ seq, author }) => seq > read && author !== this.#me?.author);
      if (this.unread === 0 && fresh[0]) this.unreadFrom = fresh[0].seq;
      this.unread += fresh.length;
    }
    if (this.#watched && this.#wasLive) {
      const messages = records.filter(({ author }) => author !== this.#me?.author);
      if (messages.length > 0) this.heard.add(messages);
    }
    this.#changed();
  }

  #onPrepended(records: TextRecord[]): void {
    this.#forgetVoid();
    this.#window.prepend(records);
    // What was skipped but is still kept is here now.
    const { oldest } = this;
    for (const gap of this.#gaps) if (!gap.lost && gap.to >= oldest) gap.to = oldest - 1;
    this.#gaps = this.#gaps.filter(({ from, to }) => from <= to);
    this.atNewest &&= !this.hasNewer;
    this.#changed();
  }

  #onGap(told: Gap): void {
    this.#forgetVoid();
    const gap = { ...told };
    // With nothing between them they are one.
    this.#gaps = this.#gaps.filter(({ from, to, lost }) => {
      if (lost !== gap.lost || (to !== gap.from - 1 && from !== gap.to + 1)) return true;
      gap.from = Math.min(from, gap.from);
      gap.to = Math.max(to, gap.to);
      return false;
    });
    this.#gaps.push(gap);
    this.#gaps.sort((a, b) => a.from - b.from);
    this.#changed();
  }

  #onReset(): void {
    this.#isVoid = true;
    this.#changed();
  }

  #forgetVoid(): void {
    if (!this.#isVoid) return;
    this.#isVoid = false;
    this.#window.replace([]);
    this.#gaps = [];
    this.#entryOf.clear();
    for (const event of this.#events) event.after = 0;
    this.#read = null;
    this.#noOlder = false;
    this.fromDevice = false;
    this.unread = 0;
    this.unreadFrom = null;
  }

  #onPresence(events: PresenceEvent[], count: number): void {
    this.count = count;
    // Another list, not the same one changed: that is how those who show it see that it did.
    this.people = new Map(this.people);
    for (const { change, author, name } of events) {
      const before = this.people.get(author);
      // Only who is there leaves or has another name.
      if (before === undefined && change !== Presence.enter) continue;
      if (change === Presence.leave) this.people.delete(author);
      else this.people.set(author, name);
      // The server may say again what the list of people said already.
      const isKnown = before === name || (change === Presence.enter && before !== undefined);
      if (isKnown || (change !== Presence.rename && author === this.#me?.author)) continue;
      const event = {
        id: ++this.#eventId,
        after: this.#window.lastSeq,
        time: Date.now(),
        change,
        author,
        before: before ?? "",
        name: name || (before ?? ""),
      };
      this.#events.push(event);
    }
    if (this.#events.length > MAX_EVENTS) this.#events.splice(0, this.#events.length - MAX_EVENTS);
    this.#changed();
  }

  #markRead(): void {
    if (!this.#watched || !this.atNewest || this.hasNewer) return;
    if (this.#read !== null) this.#read = this.#window.lastSeq;
    this.unread = 0;
  }

  #buildRows(): Row[] {
    const { all, first, end, hasNewer, nextSeq } = this.#window;
    return buildRows({
      records: all.slice(first, end),
      previous: all[first - 1] ?? null,
      events: hasNewer ? this.#events.filter((event) => event.after < nextSeq) : this.#events,
      gaps: this.#gaps,
      hasNewer,
      pending: hasNewer ? [] : this.pending,
      unreadFrom: this.unreadFrom,
      me: this.#me && { author: this.#me.author, name: this.ownName ?? this.#me.name },
      serverAheadMs: this.#serverAheadMs,
      entryOf: this.#entryOf,
    });
  }
}
