/**
 * How a connection becomes somebody: from its hello, by a token it shows, or as a newcomer, who may have to show work
 * first. Invariant: a connection says hello once, and answers a challenge only after it was asked to.
 */
import type { Loop } from "../room/loop.ts";
import type { People } from "../room/people.ts";
import { Close } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { Capability, type HelloFrame, ServerKind } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import type { Budget, Payer } from "./budget.ts";
import type { CostName } from "./costs.ts";
import type { Moves } from "./moves.ts";
import { type Identities, type NewcomerWork, TokenWorth } from "./socket.ts";

/** Newcomers are told to stay away for up to so many times as long more than they have to. */
const AWAY_SPREAD = 4;
/** Who is sent away for asking on and on is told to stay away for as long at least. */
export const LEAST_AWAY_MS = 1_000;
/** Time that a newcomer has to show work. */
const WORK_MS = 60_000;

/** The connection that is greeted. */
export interface Greeted extends Payer {
  readonly house: {
    readonly identities: Identities;
    readonly budget: Budget;
    readonly work: NewcomerWork;
    readonly random: () => number;
    readonly rooms: { readonly loop: Loop; readonly people: Pick<People, "get"> };
    readonly moves: Pick<Moves, "forget">;
  };
  may(cost: CostName): number;
  send(frame: Uint8Array): void;
  close(code: Close): void;
  sendAway(code: Close, retryAfterMs: number): void;
  /** Runs work that waits for the disk; what it calls at its end, as one write. */
  wait(work: () => Promise<void>): void;
  cork(sends: () => void): void;
  /** Who it is, once, at the end of the greeting. */
  welcome(identity: { author: number; token: Uint8Array }, hello: HelloFrame): void;
}

export class Greeting {
  readonly #host: Greeted;
  #saidHello = false;
  /** A newcomer who has to show work first. */
  #challenged: { hello: HelloFrame; bits: number; challenge: Uint8Array } | null = null;
  #cancelTimeout: (() => void) | null;

  constructor(host: Greeted, helloTimeoutMs: number) {
    this.#host = host;
    this.#cancelTimeout = this.#closeAfter(helloTimeoutMs);
  }

  /** The greeting is over, or the connection is. */
  end(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = null;
  }

  hello(hello: HelloFrame): void {
    const host = this.#host;
    if (this.#saidHello) {
      host.close(Close.unexpectedFrame);
      return;
    }
    this.#saidHello = true;
    if (hello.version !== WIRE.version) {
      host.close(Close.badVersion);
      return;
    }
    const wait = host.may("hello");
    if (wait > 0) this.#comeLater(wait);
    else this.#identify(hello);
  }

  work(answer: number): void {
    const host = this.#host;
    const asked = this.#challenged;
    this.#challenged = null;
    if (!asked) host.close(Close.unexpectedFrame);
    else if (!host.house.work.isDone(asked.bits, asked.challenge, answer)) host.close(Close.workNeeded);
    else this.#admitNewcomer(asked.hello);
  }

  #identify(hello: HelloFrame): void {
    const { house } = this.#host;
    // The token is a view on bytes that are gone after an await.
    const token = hello.token.slice();
    const known = token.length > 0 ? house.identities.verify(token) : null;
    if (known !== null) {
      this.#admit({ author: known, token }, { ...hello, token });
      return;
    }
    const newcomer = { ...hello, token };
    const demand = house.work.demand(house.budget.pressure(this.#host, "identity"));
    if (!demand) this.#admitNewcomer(newcomer);
    else if ((hello.capabilities & Capability.answersChallenge) === 0) this.#host.close(Close.workNeeded);
    else this.#challenge(newcomer, demand);
  }

  /** Whoever has shown a token that the author was given; another may have taken its place. */
  #admit(identity: { author: number; token: Uint8Array }, hello: HelloFrame): void {
    const host = this.#host;
    let isLate = false;
    host.house.identities.show(identity.token, (worth) => {
      if (worth === TokenWorth.holdsFirst) this.#endOthers(identity.author);
      // Otherwise it ended meanwhile.
      if (!this.#cancelTimeout) return;
      const settle = () => {
        if (worth === TokenWorth.ended) host.sendAway(Close.tokenEnded, 0);
        else host.welcome(identity, hello);
      };
      if (isLate) host.cork(settle);
      else settle();
    });
    isLate = true;
  }

  /** Before the new one is welcomed, so that no two speak as one author with numbers of their own. */
  #endOthers(author: number): void {
    const { moves, rooms } = this.#host.house;
    moves.forget(author);
    for (const other of rooms.people.get(author)?.connections ?? []) other.sendAway(Close.tokenEnded, 0);
  }

  #challenge(hello: HelloFrame, demand: { bits: number; challenge: Uint8Array }): void {
    this.#challenged = { hello, ...demand };
    this.#cancelTimeout?.();
    this.#cancelTimeout = this.#closeAfter(WORK_MS);
    this.#host.send(encodeServerFrame({ kind: ServerKind.challenge, ...demand }));
  }

  #admitNewcomer(hello: HelloFrame): void {
    const wait = this.#host.may("identity");
    if (wait > 0) this.#comeLater(wait);
    else this.#welcomeNewcomer(hello);
  }

  /** Those whom an address brings too many of come back apart, or they would all come at once again. */
  #comeLater(wait: number): void {
    const least = Math.max(wait, LEAST_AWAY_MS);
    const spread = 1 + AWAY_SPREAD * this.#host.house.random();
    this.#host.sendAway(Close.tooMuch, Math.floor(least * spread));
  }

  #welcomeNewcomer(hello: HelloFrame): void {
    const host = this.#host;
    const { identities } = host.house;
    const identity = identities.issue();
    if (identity) {
      host.welcome(identity, hello);
      return;
    }
    host.wait(async () => {
      await identities.ready();
      // Otherwise it ended meanwhile.
      if (this.#cancelTimeout) host.cork(() => this.#welcomeNewcomer(hello));
    });
  }

  #closeAfter(ms: number): () => void {
    return this.#host.house.rooms.loop.after(ms, () => this.#host.close(Close.helloTimeout));
  }
}
