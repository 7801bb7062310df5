/**
 * What one room looks like to this person: its records, people, events, unread ones, and which part of the
 * conversation is on the page. It hears of the room through `listener`, changes only by its own methods, and tells
 * `changed` about it. It knows no DOM. Where the reader is, is in reading-place.ts.
 * Invariant: while the place is the newest, the last records are on the page.
 */
import { type OutboxEntry, type RecordPage, type RoomListener, RoomState } from "../src/client/contract.ts";
import type { RefusedError } from "../src/client/refused-error.ts";
import type { ActRecord, TextRecord } from "../src/wire/block.ts";
import { Presence, Refusal } from "../src/wire/codes.ts";
import { Direction, type Person, type PresenceEvent, type StandingFrame } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import type { Standing } from "../src/wire/standing.ts";
import type { Became, Telling } from "./became.ts";
import type { Sent } from "./early.ts";
import type { Happenings } from "./happenings.ts";
import type { Heard } from "./heard.ts";
import type { KeptPage } from "./kept-pages.ts";
import { Hold, type Measure, ReadingPlace, type Sight } from "./reading-place.ts";
import { PAGE, RecordWindow } from "./record-window.ts";
import { buildRows, type Gap, keepSame, type RoomEvent, type Row } from "./timeline.ts";

const MAX_EVENTS = 300;
/** Acts that wait to be told until the rows are asked for, and messages until it is known how to tell them. */
const MAX_WAITING = 1_000;
/**
 * Acts that are kept while the part is not there that reads them; without a part that is not all of what was told of the
 * room, and it is not known then how it stands until it is entered again.
 */
const MAX_UNTOLD = 10_000;

/** What these say is the room's doing, and is worth a line. */
const SLOWING: Refusal[] = [Refusal.slowMode, Refusal.dayFull, Refusal.tooSoon];

/** What of the headless client's room is needed here. */
export interface ChatRoom {
  readonly name: string;
  readonly number: number;
  readonly position: { epoch: string; seq: number } | null;
  readonly oldest: number;
  readonly first: number;
  readonly refusal: RefusedError | null;
  send(text: string): OutboxEntry;
  act<Body extends object>(kind: RecordKind<Body>, body: Body): OutboxEntry;
  retry(id: string, text?: string): void;
  discard(id: string): boolean;
  giveUp(): void;
  reload(): Promise<void>;
  page(direction: Direction, seq: number, limit: number): Promise<RecordPage>;
  leave(): void;
  typing(on: boolean): void;
}

/** What of a view comes behind the room. */
export interface ViewLater {
  makeBecame: (view: RoomView) => Became;
  makeHappenings: (view: RoomView) => Happenings;
  makeHeard: (view: RoomView, changed: () => void) => Heard;
}

export class RoomView {
  readonly name: string;
  state: RoomState = RoomState.entering;
  people = new Map<number, string>();
  count = 0;
  listed = true;
  typing: number[] = [];
  pending: readonly OutboxEntry[] = [];
  /** Sent before there was a room to send it in, while this device was asked what it knows of the room. */
  readonly held: OutboxEntry[] = [];
  /** What the room told of as pending. */
  #told: readonly OutboxEntry[] = [];
  /** Sent before the page's script was there; it goes first, once take-early.ts handed it to the outbox. */
  early: readonly OutboxEntry[] = [];
  /** Set when the own name is taken here and another one is used. */
  ownName: string | null = null;
  /** Why own messages wait for a while, and until when. */
  slowed: { code: Refusal; until: number } | null = null;
  /** What is shown was kept on this device; the room itself has not answered yet. */
  fromDevice = false;
  /** The message that was asked for by its number; it is marked. */
  marked: number | null = null;
  /** What is to be said of it for a moment. */
  notice: string | null = null;
  /** How many times only those in sight were left of the newest. */
  cuts = 0;
  /** What is in the composer's field, and what waits beside it while a message is changed there. */
  draft = "";
  #aside = "";
  /** Set by the composer: puts a text into its field at once, where the next key would meet it a frame too late. */
  fill: ((text: string) => void) | null = null;
  /** What is being changed in the composer: the id of a refused entry, or the key of a stored message. */
  editing: string | null = null;
  /** Of a stored message: what is done with its new text. */
  amend: ((text: string) => void) | null = null;
  /** What became of messages; null until it is known how to tell. */
  became: Became | null = null;
  /** What is told of whatever is no message; null until it is known how to tell. */
  happenings: Happenings | null = null;
  /** How a room that belongs to somebody stands, as it comes, and what owned-part.ts made of it. None of an open room. */
  declare told?: (StandingFrame | ActRecord)[];
  declare standing?: Standing | null;
  /** What opens the room, where something has to; see password-part.ts. */
  declare password?: Uint8Array | undefined;
  /** Nothing of it is to stay on this device, until it is live again; see owned-part.ts. */
  declare isShut?: boolean;
  /** What a screen reader says of new messages; null until it is known how to tell. */
  heard: Heard | null = null;

  readonly place = new ReadingPlace((after, to) => this.#window.count(after, to, this.#isNews));
  #window = new RecordWindow();
  #events: RoomEvent[] = [];
  #gaps: Gap[] = [];
  /** What was done to messages and is not told to `became` yet. */
  #acts: Telling[] = [];
  /** New messages that `heard` does not know yet. */
  #unheard: TextRecord[] = [];
  #entryOf = new Map<number, string>();
  #me: Person | null = null;
  #serverAheadMs: number | null = null;
  #room: ChatRoom | null = null;
  #watched = false;
  #wasLive = false;
  /** In which directions a page is on its way, and in which the server cannot give one. */
  readonly #fetching = new Set<Direction>();
  readonly #stuck = new Set<Direction>();
  /** Number of the message around which pages are on their way. */
  #sought: number | null = null;
  /** It was asked for before there was anybody to ask. */
  #isAsked = false;
  /** What is shown is of another life of the log; it stays until there is something to show in its place. */
  #isVoid = false;
  #eventId = 0;
  #rows: readonly Row[] = [];
  #isStale = true;
  readonly #later: () => ViewLater | null;
  readonly #redraw: () => void;
  readonly #changed: () => void;

  /**
   * `changed` hears of what is worth keeping on the device, `redraw` of what is only to be seen. `later` gives what
   * tells of events and of what became of messages; until it does none of that is on the page.
   */
  constructor(
    name: string,
    changed: () => void,
    redraw = changed,
    later: () => ViewLater | null = () => null,
  ) {
    this.name = name;
    this.#later = later;
    this.#redraw = redraw;
    this.#changed = () => {
      this.#isStale = true;
      changed();
    };
  }

  readonly listener: RoomListener = {
    state: (state) => this.#onState(state),
    appended: (records, own) => this.#onAppended(records, own),
    acted: (acts) => {
      this.#forgetVoid();
      this.#act(acts);
      if ((this.told?.push(...acts) as number) > MAX_UNTOLD) delete this.told;
      this.#changed();
    },
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
      this.#told = entries;
      this.#pend();
      if (entries.every(({ refused }) => refused)) this.slowed = null;
    },
    slowed: (code, until) => {
      if (!SLOWING.includes(code)) return;
      this.slowed = { code, until };
      this.#redraw();
    },
    ownName: (name) => {
      this.ownName = name;
      this.#changed();
    },
    standing: (frame) => {
      this.told = [frame];
      this.#changed();
    },
  };

  get room(): ChatRoom | null {
    return this.#room;
  }

  set room(room: ChatRoom | null) {
    this.#room = room;
    if (this.#isAsked && this.marked !== null) void this.showMessage(this.marked);
    this.#sendHeld();
  }

  get unread(): number {
    return this.place.unread;
  }

  get atNewest(): boolean {
    return this.place.isAtNewest && !this.hasNewer;
  }

  get loadingOlder(): boolean {
    return this.#fetching.has(Direction.before);
  }

  /** Fills the room with what this device kept, before the room itself answers. */
  restore(page: KeptPage): void {
    this.#window.restore(page.oldest, page.seq, page.records);
    this.#gaps = page.lost ?? [];
    this.#acts = page.acts ?? [];
    this.password = page.password;
    this.place.restore(page);
    this.fromDevice = true;
    this.#showLine();
    this.#changed();
  }

  /** Own ones are none, nor what is folded. */
  readonly #isNews = ({ author }: TextRecord): boolean =>
    author !== this.#me?.author && !this.became?.ignores(author);

  /** What to keep on this device, or null while there is nothing to say yet. */
  toKeep(): KeptPage | null {
    const position = this.room?.position;
    if (this.#acts[0]) this.rows();
    if (!position || !this.#wasLive || this.#isVoid || this.isShut) return null;
    const { unread, line } = this.place;
    // What lies before a hole is left out: the page kept has none.
    const whole = Math.max(this.#window.newestFrom, ...this.#gaps.map(({ lost, to }) => (lost ? 0 : to + 1)));
    const records = this.#window.newest.slice(-PAGE).filter(({ seq }) => seq >= whole);
    const oldest = Math.max(whole, records.length === PAGE ? (records[0] as TextRecord).seq : 0);
    const read = this.place.read ?? position.seq;
    const page = {
      room: this.name,
      epoch: position.epoch,
      seq: position.seq,
      oldest,
      records,
      acts: this.happenings?.kept(oldest) ?? this.#acts,
      lost: this.#gaps.filter(({ lost, from }) => lost && from >= oldest),
      read,
      unread,
      line,
      password: this.password,
      keptAt: Date.now(),
    };
    return this.became?.keep(page) ?? page;
  }

  /** Number of the oldest record that can still be read. */
  get first(): number {
    return this.room?.first || 1;
  }

  get hasOlder(): boolean {
    return (
      !this.#window.isAtTop || (this.#wasLive && !this.#stuck.has(Direction.before) && this.#top > this.first)
    );
  }

  /** The first message that can be read is on the page. */
  get atBeginning(): boolean {
    return this.#wasLive && this.#window.isAtTop && this.#top <= this.first;
  }

  /** How many messages before the first one here are no longer kept; of use when that is the beginning. */
  get lostBefore(): number {
    const [gap] = this.#gaps;
    const seq = Math.min(this.first, this.#window.shown[0]?.seq ?? this.first);
    return (gap?.lost ? Math.min(seq, gap.from) : seq) - 1;
  }

  /** From which number on everything up to the page is here. */
  get #top(): number {
    const { from, to } = this.#window.range;
    return to > 0 ? from : (this.room?.oldest ?? 1);
  }

  get hasNewer(): boolean {
    return this.#window.hasNewer;
  }

  rows(): readonly Row[] {
    const canTell = !this.became && this.#later();
    if (this.#isStale || canTell) {
      if (this.#window.settle(this.place.hold === Hold.newest)) this.cuts++;
      this.#rows = keepSame(this.#buildRows(), this.#rows);
    }
    this.#isStale = false;
    return this.#rows;
  }

  /** The newest messages, as far as they are here without a hole. */
  get newest(): readonly TextRecord[] {
    return this.#window.newest;
  }

  nameOf(author: number): string {
    const spoken = () => this.newest.findLast((record) => record.author === author);
    return this.people.get(author) ?? spoken()?.name ?? "";
  }

  setMe(me: Person, serverAheadMs: number | null = null): void {
    this.#me = me;
    this.#serverAheadMs = serverAheadMs;
    this.#changed();
  }

  /** Whether the room is what the person looks at. */
  setWatched(watched: boolean): void {
    if (this.#watched === watched) return;
    this.#watched = watched;
    this.place.setWatched(watched);
    this.#showLine();
    this.#changed();
  }

  /** So many rows are more than can be in sight. */
  fit(rows: number): void {
    this.#window.least = rows;
  }

  /** Shows a page of the newest again, when there is time for it or the reader is about to go up. */
  widen(): void {
    if (this.place.hold === Hold.newest && this.#window.widen()) this.#changed();
  }

  /** The log was scrolled, and is now `top` pixels from its beginning, `max` at most. */
  scrolled(measure: Measure, look: () => Sight | null): void {
    if (!this.place.scrolled(measure, look, this.#window.lastSeq)) return;
    if (this.place.hold === Hold.newest) this.marked = null;
    this.#changed();
  }

  /** The log was drawn, and put where the place says. */
  placed(measure: Measure, look: () => Sight | null): void {
    if (this.place.placed(measure, look, this.#window.lastSeq)) this.#changed();
  }

  /** The message on the page that is closest to number `seq`, from there on if there is one. */
  nearest(seq: number): number | null {
    const { shown } = this.#window;
    return (shown.find((record) => record.seq >= seq) ?? shown.at(-1))?.seq ?? null;
  }

  /** Shows more above, from what is here or from the server. */
  async showOlder(): Promise<void> {
    if (!this.hasOlder) return;
    if (this.#window.isAtTop) return this.#fetch(Direction.before, this.#top);
    this.#window.showOlder();
    this.#changed();
  }

  /** Shows more below, when the newest are not on the page. */
  async showNewer(): Promise<void> {
    if (!this.hasNewer) return;
    if (this.#window.isAtBottom) return this.#fetch(Direction.after, this.#window.range.to);
    this.#window.showNewer();
    this.#changed();
  }

  jumpToNewest(): void {
    this.#sought = null;
    this.marked = null;
    this.#window.showNewest();
    this.place.toNewest(this.#window.lastSeq);
    this.#changed();
  }

  /** Goes to the message with number `seq`, wherever in the room it is: what stands around it comes if need be. */
  async showMessage(seq: number): Promise<void> {
    this.marked = seq;
    this.notice = null;
    this.#isAsked = this.room === null;
    this.#changed();
    const found = await this.#find(seq);
    if (found === null) return;
    if (found) this.place.toMessage(seq);
    // There may be nothing but its place, where the server's disk was damaged.
    if (!this.#window.shown.some((record) => record.seq === seq)) this.notice = "noMessage";
    this.#changed();
  }

  say(notice: RoomView["notice"]): void {
    this.notice = notice;
    this.#redraw();
  }

  /** How messages are to be told is different now. */
  retell(): void {
    this.#changed();
  }

  send(text: string): void {
    this.held.push(this.#unsent(["", text]));
    this.#sendHeld();
  }

  /** These wait to be handed over; without any, what had to wait for them goes. */
  takeEarly(sent: readonly Sent[]): void {
    this.early = sent.map(this.#unsent);
    this.#sendHeld();
  }

  readonly #unsent = ([id, text]: Sent): OutboxEntry => ({
    id: id || `held-${++this.#eventId}`,
    author: 0,
    room: this.name,
    nonce: 0,
    text,
    writtenAt: Date.now(),
    refused: null,
  });

  #pend(): void {
    const { early } = this;
    const isNew = ({ id }: OutboxEntry) => !this.#told.some((entry) => entry.id === id);
    this.pending = [...this.#told, ...early.filter(isNew), ...this.held];
    this.#changed();
  }

  /** Goes once there is a room to send it in, and nothing has to go before it. */
  #sendHeld(): void {
    const { room } = this;
    if (room && !this.early[0]) for (const { text } of this.held.splice(0)) room.send(text);
    this.#pend();
  }

  edit(entry: Pick<OutboxEntry, "id" | "text"> | null, amend: RoomView["amend"] = null): void {
    if (!this.editing) this.#aside = entry ? this.draft : "";
    this.editing = entry ? entry.id : null;
    this.amend = amend;
    this.draft = entry ? entry.text : this.#aside;
    this.fill?.(this.draft);
    this.#redraw();
  }

  #onState(state: RoomState): void {
    this.state = state;
    if (state === RoomState.live) {
      this.#forgetVoid();
      this.fromDevice = false;
      this.#wasLive = true;
      this.#stuck.clear();
      this.place.live(this.#window.lastSeq);
      this.#showLine();
    } else if (state !== RoomState.catchingUp) this.place.lost();
    this.#changed();
  }

  #onAppended(records: TextRecord[], own: Map<number, string>): void {
    const last = records.at(-1);
    if (!last) return;
    this.#forgetVoid();
    for (const [seq, id] of own) this.#entryOf.set(seq, id);
    const messages = records.filter(this.#isNews);
    const { place } = this;
    const fresh = messages.filter(({ seq }) => seq > (place.read ?? 0));
    place.came(fresh.length, fresh[0]?.seq ?? 0, last.seq);
    this.#window.append(records, place.hold === Hold.newest);
    this.#showLine();
    if (this.#watched && this.#wasLive) this.#hear(messages);
    this.#changed();
  }

  #hear(messages: readonly TextRecord[]): void {
    this.#unheard.push(...messages);
    this.heard ??= this.#later()?.makeHeard(this, this.#redraw) ?? null;
    if (this.heard) this.heard.add(this.#unheard.splice(0));
    else this.#unheard.splice(0, this.#unheard.length - MAX_WAITING);
  }

  /** When the line is to be seen, the page is around it. */
  #showLine(): void {
    const { hold, line } = this.place;
    if (hold !== Hold.line || line === null || this.#window.showAround(line) || this.#sought !== null) return;
    void this.#find(line).then((found) => {
      // What was missed first is not kept any more: what is left of it begins behind.
      if (found === false) this.place.toMessage(line);
      this.#changed();
    });
  }

  /**
   * Brings what stands around number `seq` onto the page. False when there is no such thing, null when that is not
   * known.
   */
  async #find(seq: number): Promise<boolean | null> {
    if (this.#window.showAround(seq)) return true;
    const { room } = this;
    if (!room || this.#sought === seq) return null;
    this.#sought = seq;
    this.#stuck.clear();
    const pages = await Promise.all([
      room.page(Direction.before, seq, PAGE / 2),
      room.page(Direction.after, seq - 1, PAGE / 2),
    ]).catch(() => []);
    // Another one was asked for since.
    if (this.#sought !== seq) return null;
    this.#sought = null;
    for (const page of pages) this.#add(page);
    return this.#window.showAround(seq);
  }

  /** Takes a page next to what is known around the page in view, and shows it. */
  async #fetch(direction: Direction, seq: number): Promise<void> {
    const { room } = this;
    if (this.#fetching.has(direction) || this.#stuck.has(direction) || !room) return;
    this.#fetching.add(direction);
    this.#redraw();
    const isAbove = direction === Direction.before;
    try {
      const page = await room.page(direction, seq, PAGE);
      const { isAtTop, isAtBottom, range } = this.#window;
      // One may be elsewhere by now.
      const isHere = isAbove ? isAtTop && this.#top === seq : isAtBottom && range.to === seq;
      this.#add(page);
      // A page that leads nowhere would be asked for without end.
      if (isAbove ? page.from >= seq : page.to <= seq) this.#stuck.add(direction);
      if (isHere && isAbove) this.#window.showOlder();
      else if (isHere) this.#window.showNewer();
    } catch {
      // Damaged beyond reading: asking again would not help.
      this.#stuck.add(direction);
    }
    this.#fetching.delete(direction);
    this.#changed();
  }

  #add(page: RecordPage): void {
    this.#window.add(page);
    this.#act(page.acts);
    if (page.became) this.#act([page.became]);
  }

  #act(acts: readonly Telling[]): void {
    this.#acts.push(...acts);
    // A room that is not looked at is not drawn.
    if (this.#acts.length > MAX_WAITING) this.rows();
    if (!this.became) this.#acts.splice(0, this.#acts.length - MAX_UNTOLD);
  }

  #onGap(told: Gap): void {
    this.#forgetVoid();
    const gap = { ...told };
    // With nothing between them they are one.
    this.#gaps = this.#gaps.filter(({ from, to, lost }) => {
      if (lost !== gap.lost || to < gap.from - 1 || from > gap.to + 1) return true;
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
    this.#window.clear();
    this.#gaps = [];
    this.#acts = [];
    this.became = this.happenings = null;
    this.#entryOf.clear();
    for (const event of this.#events) event.after = 0;
    this.fromDevice = false;
    this.place.forget();
  }

  #onPresence(events: PresenceEvent[], count: number): void {
    this.count = count;
    // Another list, not the same one changed: that is how those who show it see that it did.
    this.people = new Map(this.people);
    const after = Math.max(this.#window.lastSeq, this.room?.position?.seq ?? 0);
    for (const event of events) {
      const { change, author, name } = event;
      const before = this.people.get(author);
      if (change === Presence.leave) this.people.delete(author);
      else if (before !== undefined || change === Presence.enter) this.people.set(author, name);
      this.#events.push({ ...event, id: ++this.#eventId, after, before });
    }
    this.#events.splice(0, this.#events.length - MAX_EVENTS);
    this.#changed();
  }

  #buildRows(): Row[] {
    const { shown, previous, range, hasNewer, nextSeq } = this.#window;
    const later = this.#later();
    this.became ??= later?.makeBecame(this) ?? null;
    if (this.#unheard[0]) this.#hear([]);
    const me = this.#me?.author ?? 0;
    this.happenings ??= later?.makeHappenings(this) ?? null;
    this.happenings?.take(this.#acts, this.#events, range.from, me);
    this.became?.take(this.#acts.splice(0), this.pending, me);
    return buildRows({
      records: shown,
      previous,
      gaps: this.#gaps.filter(({ to }) => to >= range.from - 1),
      nextSeq,
      pending: hasNewer ? [] : this.pending,
      unreadFrom: this.place.line,
      marked: this.marked,
      me: this.#me && { author: this.#me.author, name: this.ownName ?? this.#me.name },
      serverAheadMs: this.#serverAheadMs,
      entryOf: this.#entryOf,
      between: this.happenings?.between,
      fold: this.became?.fold,
    });
  }
}
