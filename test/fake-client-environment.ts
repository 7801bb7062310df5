/**
 * What a client needs from around it, under the control of a test: a clock that stands still, sockets whose other
 * end is the test, and a log of what the client told. Nothing here waits for real time.
 */
import { Client } from "../src/client/client.ts";
import type { ClientRoom } from "../src/client/client-room.ts";
import type { ClientSocket, Clock, OutboxEntry, RoomListener } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { type ActRecord, BlockWriter, type TextRecord } from "../src/wire/block.ts";
import { decodeText, encodeText } from "../src/wire/bytes.ts";
import { Resume } from "../src/wire/codes.ts";
import { decodeClientFrame } from "../src/wire/decode.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import {
  type ClientFrame,
  ClientKind,
  type EnteredFrame,
  Language,
  ServerCapability,
  type ServerFrame,
  ServerKind,
  type StandingFrame,
} from "../src/wire/frames.ts";
import { DEFAULT_LIMITS, type StatedLimits } from "../src/wire/limits.ts";
import { kindOf } from "../src/wire/records/registry.ts";

export const EPOCH = "00000000000000aa";
export const OTHER_EPOCH = "00000000000000bb";
export const ROOM = 7;

/** Lets every promise that can go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class FakeClock implements Clock {
  #now = 1_700_000_000_000;
  #timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Runs what is due, in order, each with the promises it leaves. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers.delete(next);
      next.run();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** The time passes and no timer runs, as while a computer sleeps. */
  sleep(ms: number): void {
    this.#now += ms;
  }
}

export class FakeSocket implements ClientSocket {
  binaryType = "blob";
  bufferedAmount = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  closedByClient = false;
  #opened = false;
  readonly frames: ClientFrame[] = [];
  /** Called with each frame that the client sends. */
  answer: ((frame: ClientFrame) => void) | null = null;

  send(bytes: Uint8Array): void {
    const frame = decodeClientFrame(bytes.slice());
    this.frames.push(frame);
    this.answer?.(frame);
  }

  close(): void {
    this.closedByClient = true;
  }

  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.onopen?.({} as never);
  }

  end(code = 1006): void {
    this.onclose?.({ code } as never);
  }

  give(frame: ServerFrame): void {
    this.giveBytes(encodeServerFrame(frame));
  }

  giveBytes(bytes: Uint8Array): void {
    this.onmessage?.({ data: bytes.slice().buffer } as never);
  }

  giveText(data: string): void {
    this.onmessage?.({ data } as never);
  }

  of<K extends ClientKind>(kind: K): Extract<ClientFrame, { kind: K }>[] {
    return this.frames.filter((frame) => frame.kind === kind) as Extract<ClientFrame, { kind: K }>[];
  }

  last<K extends ClientKind>(kind: K): Extract<ClientFrame, { kind: K }> {
    const frame = this.of(kind).at(-1);
    if (!frame) throw new Error(`no frame of kind ${kind} was sent`);
    return frame;
  }

  /** Nonce and kind of every act sent. */
  get acts(): [number, number][] {
    return this.of(ClientKind.act).map((frame) => [frame.nonce, frame.act]);
  }

  /** Nonce and text of everything sent. */
  get sends(): [number, string][] {
    return this.of(ClientKind.send).map((frame) => [frame.nonce, decodeText(frame.text)]);
  }
}

/** Words: nonce, text, author, name. */
export type Words = [nonce: number, text: string, author?: number, name?: string];

export function block(seq: number, words: Words[], room = ROOM): Uint8Array {
  const writer = new BlockWriter();
  for (const [nonce, text, author = 9, name = "Fox"] of words) {
    writer.text(author, nonce, 1_700_000_000_000, encodeText(name), encodeText(text));
  }
  return writer.seal(room, seq);
}

/** A block of what somebody said and did, by kinds. */
export function doings(
  seq: number,
  records: [nonce: number, kind: number, body: object, author?: number][],
): Uint8Array {
  const writer = new BlockWriter();
  for (const [nonce, kind, body, author = 9] of records) {
    const bytes = kindOf(kind)?.write(body) ?? new Uint8Array([1, 2, 3]);
    writer.record(kind, author, nonce, 1_700_000_000_000, encodeText("Fox"), bytes);
  }
  return writer.seal(ROOM, seq);
}

/** A block of records with these numbers; those that are null are lost. */
export function damaged(seq: number, texts: (string | null)[]): Uint8Array {
  const writer = new BlockWriter();
  for (const [i, text] of texts.entries()) {
    if (text === null) writer.lost(1_700_000_000_000);
    else writer.text(9, seq + i, 1_700_000_000_000, encodeText("Fox"), encodeText(text));
  }
  return writer.seal(ROOM, seq);
}

/** A block of `count` records of somebody else whose texts are their numbers. */
export function numbers(seq: number, count = 1): Uint8Array {
  return block(
    seq,
    Array.from({ length: count }, (_, i) => [seq + i, String(seq + i)] as Words),
  );
}

let environments = 0;

export interface Environment {
  client: Client;
  clock: FakeClock;
  storage: MemoryStorage;
  sockets: FakeSocket[];
  /** The newest socket. */
  readonly socket: FakeSocket;
  /** What the client told, in order. */
  told: string[];
  states: { state: string; retryAt: number | null; code: number | null }[];
  errors: Error[];
  random: { value: number };
  /** Opens the newest socket and welcomes the client on it. */
  welcome(
    author?: number,
    limits?: Partial<StatedLimits>,
    name?: string,
    capabilities?: number,
  ): Promise<void>;
  /** Enters a room whose listener writes into `view`. */
  enter(name?: string, options?: { position?: { epoch: string; seq: number; oldest: number } }): RoomView;
  /** Answers the newest enter. */
  entered(fields?: Partial<EnteredFrame>): Promise<void>;
  live(head: number): void;
}

export interface RoomView {
  room: ClientRoom;
  told: string[];
  records: TextRecord[];
  acts: ActRecord[];
  own: [number, string][];
  pending: readonly OutboxEntry[];
  /** Writes what is told into the fields above; a test may put its own ears in place. */
  listener: RoomListener;
  readonly texts: string;
  /** Texts of the pending entries. */
  readonly waiting: string;
}

export function makeEnvironment(
  storage = new MemoryStorage(),
  clock = new FakeClock(),
  start = true,
): Environment {
  const sockets: FakeSocket[] = [];
  const told: string[] = [];
  const states: Environment["states"] = [];
  const errors: Error[] = [];
  const random = { value: 0.5 };
  const number = ++environments;
  const client = new Client({
    url: "ws://test/ws",
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    clock,
    // Two clients never make the same ids; the difference is far below a millisecond of waiting.
    random: () => random.value + number * 2 ** -50,
    storage,
    language: Language.en,
    listener: {
      state: (state, detail) => {
        told.push(state);
        states.push({ state, ...detail });
      },
      identity: (me) => told.push(`me ${me.author} ${me.name}`),
      rooms: (list) => told.push(`rooms ${list.rooms.map((room) => room.name).join()} ${list.peopleCount}`),
      failed: (error) => errors.push(error),
    },
  });
  const environment: Environment = {
    client,
    clock,
    storage,
    sockets,
    get socket() {
      const socket = sockets.at(-1);
      if (!socket) throw new Error("no socket was opened");
      return socket;
    },
    told,
    states,
    errors,
    random,
    async welcome(
      author = 1,
      limits = {},
      name = "Otter",
      capabilities: number = ServerCapability.takesActs,
    ) {
      const { socket } = environment;
      socket.open();
      await settle();
      socket.give({
        kind: ServerKind.welcome,
        version: 1,
        capabilities,
        author,
        token: new Uint8Array([author, 1, 2]),
        name,
        epoch: EPOCH,
        time: clock.now(),
        limits: { ...DEFAULT_LIMITS, messagesPerSecond: 0, ...limits } as StatedLimits,
      });
      await settle();
    },
    enter(name = "lobby", options = {}) {
      const view = makeRoomView(clock);
      view.room = client.enter(name, { ...options, listener: view.listener });
      return view;
    },
    async entered(fields = {}) {
      await settle();
      const { socket } = environment;
      const { request, room, position } = socket.last(ClientKind.enter);
      socket.give({
        kind: ServerKind.entered,
        request,
        room: ROOM,
        name: room,
        ownName: client.me?.name ?? "",
        epoch: EPOCH,
        resume: position ? Resume.continued : Resume.fresh,
        first: 1,
        head: 0,
        start: position?.seq ?? 0,
        nonce: 0,
        ...fields,
      });
      await settle();
    },
    live: (head) => environment.socket.give({ kind: ServerKind.live, room: ROOM, head }),
  };
  if (start) client.start();
  return environment;
}

export function makeRoomView(clock: Clock) {
  const view = {
    room: null as unknown as ClientRoom,
    told: [] as string[],
    records: [] as TextRecord[],
    acts: [] as ActRecord[],
    own: [] as [number, string][],
    pending: [] as readonly OutboxEntry[],
    get texts() {
      return view.records.map((record) => record.text).join(" ");
    },
    get waiting() {
      return view.pending.map((entry) => entry.text).join(" ");
    },
    listener: {
      state: (state: string) => view.told.push(state),
      appended: (records: TextRecord[], own: Map<number, string>) => {
        view.records.push(...records);
        view.own.push(...[...own].filter(([seq]) => records.some((record) => record.seq === seq)));
      },
      acted: (acts: ActRecord[], own: Map<number, string>) => {
        view.acts.push(...acts);
        view.own.push(...[...own].filter(([seq]) => acts.some((act) => act.seq === seq)));
      },
      reset: () => {
        view.told.push("reset");
        view.records = [];
      },
      gap: (from: number, to: number, lost: boolean) =>
        view.told.push(`${lost ? "lost" : "gap"} ${from} ${to}`),
      people: (people: { name: string }[], count: number, listed: boolean) =>
        view.told.push(`people ${people.map((person) => person.name).join()} ${count} ${listed}`),
      presence: (events: { name: string }[], count: number) =>
        view.told.push(`presence ${events.map((event) => event.name).join()} ${count}`),
      typing: (authors: number[]) => view.told.push(`typing ${authors.join()}`),
      pending: (entries: readonly OutboxEntry[]) => {
        view.pending = entries;
      },
      slowed: (code: number, until: number) => view.told.push(`slowed ${code} ${until - clock.now()}`),
      ownName: (name: string) => view.told.push(`own ${name}`),
      standing: (frame: StandingFrame) => view.told.push(`standing ${frame.asOf}`),
    },
  };
  return view;
}

/** A client that is ready and in a room that is live. */
export async function makeLive(
  head = 0,
  options: {
    storage?: MemoryStorage;
    clock?: FakeClock;
    limits?: Partial<StatedLimits>;
    nonce?: number;
  } = {},
): Promise<Environment & { view: RoomView }> {
  const environment = makeEnvironment(options.storage, options.clock);
  const view = environment.enter();
  await environment.welcome(1, options.limits);
  await environment.entered({ head, start: head, nonce: options.nonce ?? 0 });
  environment.live(head);
  await settle();
  return Object.assign(environment, { view });
}
