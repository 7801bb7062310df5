/**
 * Owns all state the page writes: who one is, the connection, the rooms that are open, which one is looked at, what
 * lies over it. Components read it and call its methods; it talks to the headless client and to nothing of the DOM
 * (the address, the page's visibility and the redraw are handed in).
 * Invariant: every change ends in `changed`, and what the page shows is a function of what is here.
 */
import type { Asked } from "../src/client/client-core.ts";
import {
  type ClientListener,
  ClientState,
  type ClientStorage,
  type EnterOptions,
  RoomState,
} from "../src/client/contract.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import type { Refusal } from "../src/wire/codes.ts";
import type { AnnouncedFrame, Person, RoomSummary } from "../src/wire/frames.ts";
import { STATED_DEFAULTS } from "../src/wire/limits.ts";
import { canonicalRoom } from "./address.ts";
import type { Layer } from "./components/overlay.tsx";
import type { Drafts } from "./drafts.ts";
import type { KeptPages } from "./kept-pages.ts";
import type { Formats, LanguageName } from "./language.ts";
import type { ChatRoom, RoomView } from "./room-view.ts";
import { front, language, type Texts } from "./texts/en.ts";

/** What of the headless client is needed here. */
export interface ChatClient {
  readonly serverAheadMs?: number | null;
  readonly capabilities: number;
  start(): void;
  stop(): void;
  askWhenReady(asked: Asked): void;
  rename(name: string): Promise<string>;
  watchRooms(on: boolean): void;
  enter(name: string, options: EnterOptions): ChatRoom;
  probe(byHand?: boolean): void;
}

/** What a room needs to be opened and shown; loaded when the first one is. */
export type RoomPart = Pick<
  typeof import("./room-part.ts"),
  "makeView" | "Conversation" | "RoomRoof" | "roomTexts" | "roomFormats"
>;

/** What a room needs besides, soon; it comes behind it. */
export type RoomLater = Awaited<ReturnType<typeof import("./talk-part.tsx").withTalk<LaterParts>>>;

/** Between which that is said of messages which passes between people. */
export type LaterParts = Pick<typeof import("./message-part.ts"), "makeBecame" | "RowExtras"> &
  Omit<typeof import("./around-part.ts"), "listenToLinks"> &
  Pick<
    typeof import("./room-later.ts"),
    | "EnterChoice"
    | "Notices"
    | "Overlay"
    | "PeopleColumn"
    | "writing"
    | "askLeave"
    | "showPeople"
    | "showRoomList"
    | "laterTexts"
  >;

/** What of the browser is needed here. */
export interface Surroundings {
  roomPart(): Promise<RoomPart>;
  roomLater(): Promise<RoomLater>;
  /** Who this person was when the page was last here. */
  identity(): Promise<Person | null>;
  /** Rooms that hold messages of this person that were never confirmed. */
  unsentRooms(): Promise<string[]>;
  redraw(): void;
  /** Puts the room, and the message, into the address, as a new step of the history or in place of the present one. */
  navigate(room: string | null, replace: boolean, seq?: number | null): void;
  /** Puts one step more into the history, for Back to take away what lies over the page; and takes that step back. */
  cover(): void;
  uncover(): void;
  /** Remembers the open rooms for a reload of this tab. */
  rememberOpen(rooms: string[]): void;
  reload(): void;
  /** Asks for the page in another language, in place of this one. */
  speak(language: LanguageName): void;
}

const KEEP_AFTER_MS = 100;

export class Store {
  readonly language: LanguageName = language;
  texts = { ...front, useName: String, refusals: {}, closes: {} } as Partial<Texts> as Texts;
  me: Person | null = null;
  maxTextBytes = STATED_DEFAULTS.maxTextBytes;
  maxRooms = STATED_DEFAULTS.maxRoomsPerConnection;
  /** `lost`: there was a connection or an attempt, and none has succeeded since. */
  connection: { state: ClientState; retryAt: number | null; code: number | null; lost?: boolean } = {
    state: ClientState.idle,
    retryAt: null,
    code: null,
  };
  online = true;
  overview: { rooms: RoomSummary[]; roomCount: number; peopleCount: number } | null = null;
  /** More rooms than those, once asked for. */
  allRooms: RoomSummary[] = [];
  /** Rooms visited before, from this device: what is there to choose from without a network. */
  visited: string[] = [];
  readonly open = new Map<string, RoomView>();
  current: RoomView | null = null;
  /** What lies over the page, the topmost last. */
  layers: readonly Layer[] = [];
  /** There is space for the rooms and the people beside a conversation. */
  isWide = true;
  nameProblem: { code: Refusal; suggestion: string } | null = null;
  /** Nothing is kept on this device. */
  memoryOnly = false;
  /** Something could not be kept that should have been. */
  notKept = false;
  /** There is a newer version of this page than the one that is open. */
  isOld = false;
  /** A connection was lost and is there again. */
  hasReturned = false;
  /** Called when a lost connection is there again. */
  onReturn: (() => void) | null = null;
  /**
   * What of a text is a new one to be sent; else whether it stays in the field, as what begins with a slash or was
   * changed does until slash.ts is there, which knows what that is.
   */
  commanded = (view: RoomView, text: string): string | boolean => {
    if (!view.editing && text[0] !== "/") return text;
    this.slashed.push(text);
    return true;
  };
  /** What was to be sent before that, in order. */
  slashed: string[] = [];
  /** Something of a room changed for which a command may have waited. */
  declare heedCommand?: () => void;
  /** Something that was asked for could not be fetched. */
  isLacking = false;
  /** Whether Enter sends; known with the first room. */
  enterSends = true;
  /** What was written and not sent; known a moment later. */
  drafts: Drafts | null = null;
  client: ChatClient | null = null;
  /** What the client keeps, and what the page does. */
  declare storage: ClientStorage;
  readonly pages: KeptPages;
  /** Null until the first room is opened. */
  part: RoomPart | null = null;
  /** Null until it came behind the room. */
  later: RoomLater | null = null;

  /** Comes behind the first paint. */
  declare Remarks?: typeof import("./components/remarks.tsx").Remarks;
  /** On which one tab says to the others that somebody else is here, and whether everything is to be forgotten. */
  declare tabs?: BroadcastChannel;
  /** The way in: it is on the front page at once, and comes behind a room. */
  declare Gate?: typeof import("./components/gate.tsx").Gate;
  declare Self?: typeof import("./components/self.tsx").Self;

  /** What the operator says to everybody. */
  declare announced?: AnnouncedFrame;

  /** Set while this person operates the server. */
  declare operator?: import("./components/operator.tsx").Operating | undefined;

  /** Comes with the first room that belongs to somebody. */
  declare moderation?: typeof import("./moderate-part.ts");
  /** Comes with the first room that asks for a password. */
  declare opener?: typeof import("./password-part.tsx");
  declare owned?: Pick<typeof import("./owned-part.ts"), "OwnedHead">;

  /** Comes with the first back room. */
  declare backRoom?: Pick<typeof import("./back-part.tsx"), "told" | "hasNews">;

  /** Of what only a room shows. */
  get formats(): Formats {
    return (this.part as RoomPart).roomFormats;
  }

  #comesLater: Promise<RoomLater | null> | null = null;
  #visible = true;
  /** Going back takes a moment, in which nobody goes back once more. */
  #isHiding = false;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #unkept = new Set<RoomView>();
  readonly #around: Surroundings;

  constructor(pages: KeptPages, around: Surroundings) {
    this.pages = pages;
    this.#around = around;
  }

  readonly listener: ClientListener = {
    state: (state, { retryAt, code }) => {
      // The reason stays known while the next attempt is made.
      const kept = state === ClientState.ready ? null : (code ?? this.connection.code);
      const isGood = state === ClientState.ready || state === ClientState.idle;
      const lost = state === ClientState.waiting || (!isGood && this.connection.lost === true);
      if (isGood && this.connection.lost) {
        this.hasReturned = true;
        if (this.part) void this.#loadLater();
        this.onReturn?.();
      }
      this.connection = { state, retryAt, code: kept, lost };
      this.#changed();
    },
    identity: (me, limits) => {
      this.maxTextBytes = limits.maxTextBytes;
      this.maxRooms = limits.maxRoomsPerConnection;
      this.#setMe(me);
    },
    rooms: (overview) => {
      this.overview = overview;
      this.#changed();
    },
    announced: (frame) => {
      this.announced = frame;
      this.#changed();
    },
    failed: (error) => {
      console.error(error);
      // What is not of a storage is a bug, and says nothing about what is kept.
      if (error instanceof DOMException) this.lose();
    },
  };

  /** The device keeps nothing more. */
  lose(): void {
    this.notKept = true;
    this.#changed();
  }

  async begin(
    client: ChatClient,
    room: string | null,
    open: string[],
    seq: number | null = null,
  ): Promise<void> {
    this.client = client;
    client.watchRooms(true);
    client.start();
    if (room !== null || open.length > 0) {
      await this.#loadPart();
      if (!this.part) return;
      for (const name of open) this.openRoom(name);
      if (room !== null) this.#look(this.openRoom(room), seq);
    }
    await this.recall();
  }

  /** Takes up what this device kept. */
  async recall(): Promise<void> {
    // Without a network the server's word may be long in coming.
    const known = await this.#around.identity();
    if (known && !this.me) this.#setMe(known);
    this.visited = await this.pages.rooms();
    this.#changed();
    // By now the page is there; what the first room needs comes before somebody asks for it.
    await this.#loadPart();
    if (!this.part) return;
    // What was written before the page died goes out whether or not its room is looked at.
    for (const name of await this.#around.unsentRooms()) this.openRoom(name);
  }

  /** Goes to a room, opening it if need be, and to the message with number `seq`. */
  enter(name: string, seq: number | null = null): void {
    const room = canonicalRoom(name);
    if (room === "") return;
    if (!this.part) {
      void this.#loadPart().then(() => this.part && this.enter(name, seq));
      return;
    }
    const view = this.openRoom(room);
    if (view.state === RoomState.refused) this.enterAgain(view);
    this.#look(view, seq);
    this.#around.navigate(room, false, seq);
  }

  /** The address changed under the page: back, forward. */
  arrive(room: string | null, seq: number | null = null): void {
    this.#isHiding = false;
    if (this.layers.length > 0 && room === (this.current?.name ?? null)) {
      if (this.layers.length > 1) this.#around.cover();
      this.#lay(this.layers.slice(0, -1));
      return;
    }
    if (room !== null && !this.part) {
      void this.#loadPart().then(() => this.part && this.arrive(room, seq));
      return;
    }
    const view = room === null ? null : this.open.get(room);
    this.#look(view ?? null, seq);
    // A room that was left stays left, however long ago it was on the way.
    if (room !== null && !view) this.#around.navigate(null, true);
  }

  goHome(): void {
    this.#look(null);
    this.#around.navigate(null, false);
  }

  /** Asks again for a room that was refused, from where it stands. */
  enterAgain(view: RoomView): void {
    const { position = null, oldest = 1 } = view.room ?? {};
    this.#enter(view, position && { ...position, oldest });
    this.#changed();
  }

  /** Asks first where something is unsent, unless one `isSure`. */
  leave(view: RoomView, isSure = false): void {
    if (view.pending.length > 0 && !isSure) {
      void this.withLater(({ askLeave }) => askLeave(this, view));
      return;
    }
    view.room?.giveUp();
    view.room?.leave();
    this.open.delete(view.name);
    this.visited = [view.name, ...this.visited.filter((name) => name !== view.name)];
    this.#unkept.delete(view);
    this.#rememberOpen();
    if (this.current === view) {
      this.#look(null);
      // Back does not lead into it.
      this.#around.navigate(null, true);
    } else if (isSure) this.hide();
    else this.#changed();
  }

  async rename(name: string): Promise<void> {
    const wanted = name.trim();
    this.nameProblem = null;
    if (wanted === "" || wanted === this.me?.name) return this.#changed();
    try {
      await this.client?.rename(wanted);
    } catch (error) {
      if (!(error instanceof RefusedError)) return;
      this.nameProblem = { code: error.code, suggestion: error.suggestion };
    }
    this.#changed();
  }

  /** Sends what the composer of the present room holds: a new message, or a changed one again. True: it stays there. */
  send(view: RoomView, written: string): boolean | undefined {
    const text = this.commanded(view, written);
    if (typeof text === "boolean") return text;
    if (!this.later?.sendReply(view, text)) view.send(text);
    view.edit(null);
    view.jumpToNewest();
  }

  reload(): void {
    this.keepNow();
    this.#around.reload();
  }

  retryNow(): void {
    this.client?.probe(true);
  }

  /** The page may have slept: nothing that was known of the socket is to be trusted. */
  wake(online: boolean): void {
    this.online = online;
    if (online) this.client?.probe();
    this.#changed();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.current?.setWatched(visible);
    if (!visible) this.keepNow();
  }

  setLanguage(language: LanguageName): void {
    // What is on the page stands there again when the other page is there.
    this.keepNow();
    this.#around.speak(language);
  }

  /** Takes words that come behind the first paint. */
  learn(words: Partial<Texts>): void {
    this.texts = { ...this.texts, ...words };
    this.#changed();
  }

  /** Lays something over all else, or in place of what was the topmost. */
  show(layer: Layer, instead = false): void {
    if (this.later) this.#show(layer, instead);
    else void this.withLater(() => this.#show(layer, instead));
  }

  #show(layer: Layer, instead: boolean): void {
    const below = instead ? this.layers.slice(0, -1) : this.layers;
    if (below.some(({ label }) => label === layer.label)) return;
    if (this.layers.length === 0) this.#around.cover();
    this.#lay([...below, layer]);
  }

  /** Takes the topmost away, by going back. */
  hide(): void {
    if (this.layers.length === 0 || this.#isHiding) return;
    this.#isHiding = true;
    this.#around.uncover();
  }

  #lay(layers: readonly Layer[]): void {
    this.layers = layers;
    this.#changed();
  }

  /** Unread messages in all rooms. */
  get unread(): number {
    let sum = 0;
    for (const view of this.open.values()) sum += view.unread;
    return sum;
  }

  /** What is written waits for a connection. */
  get isCut(): boolean {
    const { state, lost } = this.connection;
    return state !== ClientState.closed && (!this.online || lost === true);
  }

  tick(): void {
    this.#changed();
  }

  /** Writes the last pages to this device; called as well when the page may be about to end. */
  keepNow(): void {
    clearTimeout(this.#keepTimer);
    this.#keepTimer = undefined;
    for (const view of this.#unkept) {
      const page = view.toKeep();
      if (page) void this.pages.put(page);
    }
    this.#unkept.clear();
  }

  async #loadPart(): Promise<void> {
    try {
      if (this.part) return;
      const part = await this.#around.roomPart();
      this.learn(part.roomTexts);
      this.part = part;
      void this.#loadLater();
    } catch (error) {
      this.fail(error);
    }
    this.#changed();
  }

  /** A part could not be had without which there is no page. */
  readonly fail = (error: unknown): void => {
    // The server has another version by now, or the network went away between two files: a reload helps.
    console.error(error);
    this.connection = { state: ClientState.closed, retryAt: null, code: null };
  };

  /** Null where it cannot be had just now; the next return of the connection asks again, as does who needs it. */
  #loadLater(): Promise<RoomLater | null> {
    this.#comesLater ??= this.#around.roomLater().then(
      (later) => {
        this.later = later;
        this.learn(later.laterTexts);
        return later;
      },
      (error) => {
        console.warn(error);
        this.#comesLater = null;
        return null;
      },
    );
    return this.#comesLater;
  }

  /** At once, or when it is there. */
  withLater(use: (later: RoomLater) => void): Promise<void> | void {
    return this.later ? use(this.later) : this.withPart(this.#loadLater(), use);
  }

  /** Uses what comes when it is asked for. What could not be fetched is for whoever needs it to ask for again. */
  async withPart<Part>(coming: Promise<Part | null>, use: (part: Part) => unknown): Promise<void> {
    const part = await coming.catch(console.warn);
    this.isLacking = !part;
    this.#changed();
    if (part) await use(part);
  }

  #setMe(me: Person): void {
    this.me = me;
    for (const view of this.open.values()) view.setMe(me, this.client?.serverAheadMs ?? null);
    this.#changed();
  }

  /** Opens a room beside the one that is looked at; its name is canonical, and `part` is there. */
  openRoom(name: string): RoomView {
    const there = this.open.get(name);
    if (there) return there;
    const view = (this.part as RoomPart).makeView(
      name,
      () => {
        this.#unkept.add(view);
        this.later?.heed(view);
        this.#keepTimer ??= setTimeout(() => this.keepNow(), KEEP_AFTER_MS);
        this.#changed();
      },
      this.#around.redraw,
      () => this.later,
    );
    this.open.set(name, view);
    if (this.me) view.setMe(this.me, this.client?.serverAheadMs ?? null);
    this.#rememberOpen();
    void this.#enterFromDevice(view);
    return view;
  }

  async #enterFromDevice(view: RoomView): Promise<void> {
    const page = await this.pages.get(view.name);
    // It may have been left while the page was read.
    if (this.open.get(view.name) !== view) return;
    if (page) view.restore(page);
    this.#enter(view, page && { epoch: page.epoch, seq: page.seq, oldest: page.oldest });
  }

  #enter(view: RoomView, position: EnterOptions["position"] | null): void {
    if (!this.client) return;
    const { listener, password } = view;
    const options = { anyName: true, listener, password, ...(position && { position }) };
    view.state = RoomState.entering;
    view.room = this.client.enter(view.name, options);
  }

  #look(view: RoomView | null, seq: number | null = null): void {
    this.layers = [];
    if (view !== this.current) {
      this.current?.setWatched(false);
      this.current = view;
      view?.setWatched(this.#visible);
    }
    if (seq !== null) void view?.showMessage(seq);
    // It comes with what is behind the room.
    if (!view && !this.Gate) void this.withLater(() => undefined);
    this.#changed();
  }

  #rememberOpen(): void {
    this.#around.rememberOpen([...this.open.keys()]);
  }

  #changed(): void {
    this.#around.redraw();
  }
}
