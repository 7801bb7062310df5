/** A server in memory with real tokens, and what connections ask of it about moves. */
import type { Log } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { SignedIdentities } from "../src/server/identities.ts";
import type { Refusal } from "../src/wire/codes.ts";
import {
  ClientKind,
  type MovedFrame,
  type MoveFrame,
  type RefusedFrame,
  ServerKind,
} from "../src/wire/frames.ts";
import {
  type Moved,
  MoveWords,
  type Moving,
  readMoved,
  readMoving,
  writeMoveIn,
  writeMoveOut,
} from "../src/wire/moving.ts";
import { FakeHouse, type HouseOptions } from "./fake-house.ts";
import { FakeLoop } from "./fake-loop.ts";
import type { FakeSocket } from "./fake-transport.ts";

export const ATTEMPT = Uint8Array.of(1, 2, 3, 4);

export class MovingYard {
  readonly loop: FakeLoop;
  readonly log: Log;
  house!: FakeHouse;
  #options: HouseOptions;

  private constructor(log: Log, options: HouseOptions) {
    this.log = log;
    this.loop = new FakeLoop();
    this.#options = options;
  }

  static async open(log: Log = new MemoryLog(), options: HouseOptions = {}): Promise<MovingYard> {
    const yard = new MovingYard(log, options);
    await yard.restart();
    return yard;
  }

  /** Whatever was in memory is gone. */
  async restart(): Promise<void> {
    const { log, loop } = this;
    const fail = (error: unknown) => {
      throw error;
    };
    const identities = new SignedIdentities(log, () => loop.now(), fail);
    await Promise.all([identities.ready(), identities.load()]);
    const limits = { messagesPerSecond: 0, framesPerSecond: 0, ...this.#options.limits };
    this.house = new FakeHouse({ ...this.#options, log, loop, identities, limits });
    await this.house.rooms.load();
  }

  /** A connection that said hello, and what became of that. */
  async hello(token: Uint8Array = new Uint8Array(0), name = ""): Promise<FakeSocket> {
    const socket = this.house.greet({ token, name });
    await this.settle();
    return socket;
  }

  async settle(): Promise<void> {
    await this.loop.settle();
  }

  async ask(socket: FakeSocket, kind: MoveFrame["kind"], body: Uint8Array) {
    const before = socket.frames.length;
    socket.write({ kind, request: 7, body });
    await this.settle();
    const isAnswer = ({ kind }: { kind: number }) =>
      kind === ServerKind.moving || kind === ServerKind.moved || kind === ServerKind.refused;
    return socket.frames.slice(before).find(isAnswer) as MovedFrame | RefusedFrame | undefined;
  }

  async out(
    socket: FakeSocket,
    words: MoveWords = MoveWords.en,
    baggage: Uint8Array = new Uint8Array(0),
  ): Promise<Moving> {
    const answer = await this.ask(socket, ClientKind.moveOut, writeMoveOut({ words, baggage }));
    return readMoving((answer as MovedFrame).told);
  }

  /** What a phrase gave, or the code of the refusal. */
  async in(socket: FakeSocket, phrase: string, attempt: Uint8Array = ATTEMPT): Promise<Moved | Refusal> {
    const answer = await this.ask(socket, ClientKind.moveIn, writeMoveIn({ attempt, phrase }));
    return answer?.kind === ServerKind.refused ? answer.code : readMoved((answer as MovedFrame).told);
  }

  async renew(socket: FakeSocket): Promise<Moved> {
    const answer = await this.ask(socket, ClientKind.renew, new Uint8Array(0));
    return readMoved((answer as MovedFrame).told);
  }

  /** The author it was welcomed as, or the code with which it was sent away. */
  became(socket: FakeSocket): number {
    return socket.closedWith ?? socket.last(ServerKind.welcome).author;
  }
}
