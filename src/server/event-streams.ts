/**
 * Streams of events over HTTP (server-sent events), for programs that do not speak the wire. Invariant: of a stream
 * nothing waits in this process but one piece that the network did not take; while that waits nothing more is written
 * to it, and the transport, or the beat, ends it when it takes nothing for long. So many there are at the most.
 */
import type { HttpResponse } from "uWebSockets.js";
import { EventEncoder, EventFeed, type EventFeedOptions, event, type Said } from "../session/event-feed.ts";
import { isReadable } from "../session/http-room.ts";
import type { House } from "../session/session.ts";
import type { Address } from "./addresses.ts";
import { type Life, startStream } from "./http-outlet.ts";
import { type Answer, problem } from "./respond.ts";
import type { Visitor, Who } from "./visitors.ts";

/** Sooner than proxies take a silent connection for a dead one, which is after a minute. */
const BEAT_MS = 15_000;
/** Streams at once; fewer where the process has few files. A room that has one stays in memory. */
const MOST_STREAMS = 1_000;
const MOST_SHARE = 0.05;
const MOST_PER_VISITOR = 32;
/** After so many pieces of one stream others have their turn. */
const PIECES_AT_ONCE = 4;
/** When the connection was lost, a program comes back after this time. */
const RETRY_MS = 3_000;
const WHY = {
  room_closed: "The room was closed, has ended, or may not be read any more.",
  room_damaged: "What comes next is damaged on the server's disk.",
  stopping: "The server is stopping.",
} as const;

type Room = EventFeedOptions["room"];

interface Stream {
  res: HttpResponse;
  life: Life;
  who: Who;
  room: Room;
  feed: EventFeed;
  wake: () => void;
  isDue: boolean;
  isPumping: boolean;
  isOver: boolean;
  /** Since when the network takes nothing; null: it does. */
  blockedAt: number | null;
}

export interface EventRequest {
  /** Canonical name of a room. */
  name: string;
  /** The last number that is known; null: only what is yet to come. */
  after: number | null;
  /** Whether a token of whoever asks is for this room, which is good for one with a password too. Asked again. */
  isGranted: () => boolean;
}

export class EventStreams {
  #house: House;
  #onError: (error: unknown) => void;
  #most: number;
  #streams = new Set<Stream>();
  #perVisitor = new Map<Visitor, number>();
  #encoder = new EventEncoder();
  #cancelBeat: (() => void) | null = null;
  #isStopped = false;

  /** `maxSockets`: that the process has files for. */
  constructor(house: House, maxSockets: number, onError: (error: unknown) => void) {
    this.#house = house;
    this.#onError = onError;
    this.#most = Math.max(1, Math.floor(Math.min(MOST_STREAMS, maxSockets * MOST_SHARE)));
  }

  get count(): number {
    return this.#streams.size;
  }

  /** Begins a stream, unless it is refused with an answer. `life`: of the response, which is asked for after waits. */
  async open(res: HttpResponse, life: Life, who: Who, request: EventRequest): Promise<Answer | null> {
    const { rooms } = this.#house;
    const mayRead = () => isReadable(rooms, request.name, request.isGranted());
    let room: Room | null;
    do {
      const refusal = this.#refusal(who.visitor);
      if (refusal) return refusal;
      if (!mayRead()) return problem(404, "no_such_room", "There is no room of this name.");
      room = await rooms.open(request.name);
      if (!room) return problem(500, "room_damaged", "This room is damaged on the server's disk.");
      // Another caller may have let go of it meanwhile.
    } while (!rooms.isOpen(room));
    const refusal = this.#refusal(who.visitor);
    const isRefused = refusal !== null || !mayRead();
    if (life.gone || isRefused) {
      rooms.release(room);
      return refusal ?? problem(404, "no_such_room", "There is no room of this name.");
    }
    const payer = { identity: null, visitor: who.visitor };
    const after = request.after ?? room.head;
    const [house, encoder] = [this.#house, this.#encoder];
    const feed = new EventFeed({ house, room, after, payer, encoder, mayRead });
    this.#begin({ res, life, who, room, feed });
    return null;
  }

  /** Something to show that the connection lives, where there is nothing else; and a look at who should be here. */
  beat(): void {
    const { rooms } = this.#house;
    const now = rooms.loop.monotonic();
    for (const stream of [...this.#streams]) {
      const { res, blockedAt } = stream;
      // Its kernel's buffer is full: another byte would only wait here as well.
      if (blockedAt !== null && now - blockedAt > rooms.limits.stalledMs) res.close();
      else if (blockedAt === null) {
        this.#write(stream, ":\n\n");
        // A room that may not be read any more is noticed although nobody says anything in it.
        stream.wake();
      }
    }
  }

  /** Ends those of addresses that are not let in any more. */
  dropDenied(isDenied: (address: Address) => boolean): void {
    for (const { res, who } of [...this.#streams]) if (isDenied(who.address)) res.close();
  }

  /** Tells what is committed, says goodbye, and when to come back: each at a time of its own within `windowMs`. */
  stop(windowMs: number): void {
    this.#isStopped = true;
    for (const stream of [...this.#streams]) {
      let said: Said | Promise<Said> = null;
      for (let i = 0; i < PIECES_AT_ONCE && stream.blockedAt === null && !stream.isPumping; i++) {
        said = stream.feed.next();
        if (said === null || !("text" in said)) break;
        this.#write(stream, said.text);
      }
      const retryMs = RETRY_MS + Math.floor(this.#house.random() * windowMs);
      this.#finish(stream, "stopping", `retry: ${retryMs}\n`);
    }
    this.#cancelBeat?.();
  }

  #refusal(visitor: Visitor): Answer | null {
    if (this.#isStopped) return problem(503, "stopping", "The server is stopping.");
    const retry = [["Retry-After", "30"]] as const;
    if ((this.#perVisitor.get(visitor) ?? 0) >= MOST_PER_VISITOR)
      return problem(429, "too_many_streams", `An address has at most ${MOST_PER_VISITOR} streams.`, retry);
    return this.count < this.#most ? null : problem(503, "full", "The server has no place for more.", retry);
  }

  #begin(parts: Pick<Stream, "res" | "life" | "who" | "room" | "feed">): void {
    const stream: Stream = {
      ...parts,
      ...{ isDue: false, isPumping: false, isOver: false, blockedAt: null },
      wake: () => {
        if (stream.isDue) return;
        stream.isDue = true;
        setImmediate(() => {
          stream.isDue = false;
          void this.#pump(stream);
        });
      },
    };
    const { res, life, who, room, feed } = stream;
    this.#streams.add(stream);
    this.#perVisitor.set(who.visitor, (this.#perVisitor.get(who.visitor) ?? 0) + 1);
    who.visitor.holders++;
    room.watchers.add(stream.wake);
    life.onGone = () => this.#left(stream);
    res.onWritable(() => {
      stream.blockedAt = null;
      stream.wake();
      return true;
    });
    startStream(res, [["Content-Type", "text/event-stream"]]);
    this.#write(stream, `retry: ${RETRY_MS}\n${feed.begin()}`);
    stream.wake();
    this.#cancelBeat ??= this.#beatLater();
  }

  #beatLater(): () => void {
    return this.#house.rooms.loop.after(BEAT_MS, () => {
      this.beat();
      this.#cancelBeat = this.count > 0 ? this.#beatLater() : null;
    });
  }

  async #pump(stream: Stream): Promise<void> {
    const isAtRest = () => stream.isOver || stream.blockedAt !== null;
    if (isAtRest() || stream.isPumping) return;
    stream.isPumping = true;
    try {
      for (let pieces = 1; !isAtRest(); pieces++) {
        const said = await stream.feed.next();
        if (said === null || isAtRest()) break;
        if ("over" in said) this.#finish(stream, said.over);
        else if ("waitMs" in said) {
          this.#house.rooms.loop.after(said.waitMs, stream.wake);
          break;
        } else this.#write(stream, said.text);
        if (pieces % PIECES_AT_ONCE === 0) await new Promise(setImmediate);
      }
    } catch (error) {
      this.#onError(error);
      if (!stream.isOver) stream.res.close();
    } finally {
      stream.isPumping = false;
    }
  }

  #write(stream: Stream, text: string): void {
    stream.res.cork(() => {
      if (stream.res.write(text)) return;
      stream.blockedAt = this.#house.rooms.loop.monotonic();
      stream.feed.letGo();
    });
  }

  #finish(stream: Stream, code: keyof typeof WHY, before = ""): void {
    const { res } = stream;
    this.#left(stream);
    res.cork(() => {
      res.write(before + event("end", null, { code, message: WHY[code] }));
      res.end();
    });
  }

  #left(stream: Stream): void {
    if (stream.isOver) return;
    stream.isOver = true;
    const { room, who } = stream;
    this.#streams.delete(stream);
    const left = this.#perVisitor.get(who.visitor)! - 1;
    if (left > 0) this.#perVisitor.set(who.visitor, left);
    else this.#perVisitor.delete(who.visitor);
    who.visitor.holders--;
    room.watchers.delete(stream.wake);
    this.#house.rooms.release(room);
    if (this.count === 0) this.#encoder.letGo();
  }
}
