/**
 * Who may do what over HTTP: whoever sends the operator's token everything, whoever sends a program's what that one is
 * for. Guesses are slowed by visitor. Invariant: a visitor who guessed too often learns nothing from a further try,
 * right or wrong, and what is remembered of guesses has a bound.
 */
import type { Tell } from "../telling/events.ts";
import { type Bot, type BotAct, BotTokenError, type BotTokens, isBotToken, isFor } from "./bot-tokens.ts";
import { type Answer, problem, tooMany } from "./respond.ts";
import { Secret } from "./secret.ts";

/** Wrong tokens of one visitor at once, and how long it takes until one of them is forgotten. */
const MAX_GUESSES = 10;
const FORGET_MS = 60_000;
/** Visitors whose guesses are remembered. More of them push the oldest out. */
const MAX_VISITORS = 10_000;

interface Guesses {
  count: number;
  /** Of the last one, or of the last that was forgotten. */
  at: number;
}

/** Whose token was shown; null: the operator's. */
export interface Bearer {
  bot: Bot | null;
}

export interface PostGuardOptions {
  /** The operator's; empty: there is none. */
  token: string;
  bots: BotTokens;
  /** Milliseconds that only rise. */
  now: () => number;
  /** Told what is wrong with a token's file. */
  report: Tell;
}

export class PostGuard {
  #header: Secret | null;
  #guesses = new Map<string, Guesses>();
  #options: PostGuardOptions;
  /** What was reported last. */
  #told = "";

  constructor(options: PostGuardOptions) {
    this.#header = options.token === "" ? null : new Secret(`Bearer ${options.token}`);
    this.#options = options;
  }

  /**
   * Whose token an Authorization header shows, or why it is refused. Whom the request comes from costs a question to
   * the system, so it is asked only while somebody has guessed.
   */
  judge(authorization: string, whom: () => string): Bearer | Answer {
    const shown = shownToken(authorization);
    if (!this.#header && !isBotToken(shown)) {
      const how = "Start the server with --post-token-file, or make a token with madang token create.";
      return problem(403, "posting_is_off", how);
    }
    const waitMs = this.#guesses.size === 0 ? 0 : this.#waitMs(whom());
    if (waitMs > 0) return tooMany("Too many wrong tokens came from your address.", waitMs);
    if (this.#header?.is(authorization)) return { bot: null };
    const bot = this.#find(shown);
    if (bot) return bot;
    this.#note(whom());
    return problem(
      401,
      "bad_token",
      "Send the header Authorization: Bearer with a token that is valid here.",
      [["WWW-Authenticate", "Bearer"]],
    );
  }

  /** Whether what was shown is still good. */
  isGood({ bot }: Bearer): boolean {
    try {
      return bot === null || this.#options.bots.has(bot.id);
    } catch (error) {
      if (error instanceof BotTokenError) return false;
      throw error;
    }
  }

  #find(token: string): Bearer | Answer | null {
    try {
      const bot = this.#options.bots.find(token);
      return bot && { bot };
    } catch (error) {
      if (!(error instanceof BotTokenError)) throw error;
      if (error.message !== this.#told) this.#options.report("token_unreadable", error.message);
      this.#told = error.message;
      return problem(500, "token_unreadable", "The server cannot read what this token is for.");
    }
  }

  #waitMs(visitor: string): number {
    const guesses = this.#guesses.get(visitor);
    if (!guesses) return 0;
    const forgotten = Math.floor((this.#options.now() - guesses.at) / FORGET_MS);
    if (forgotten > 0) {
      guesses.count -= forgotten;
      guesses.at += forgotten * FORGET_MS;
    }
    if (guesses.count <= 0) this.#guesses.delete(visitor);
    return guesses.count < MAX_GUESSES ? 0 : guesses.at + FORGET_MS - this.#options.now();
  }

  #note(visitor: string): void {
    const guesses = this.#guesses.get(visitor) ?? { count: 0, at: this.#options.now() };
    guesses.count++;
    this.#guesses.delete(visitor);
    this.#guesses.set(visitor, guesses);
    if (this.#guesses.size <= MAX_VISITORS) return;
    const [oldest] = this.#guesses.keys();
    this.#guesses.delete(oldest!);
  }
}

const BEARER = "Bearer ";

/** What stands behind Bearer; empty: nothing. */
export const shownToken = (authorization: string): string =>
  authorization.startsWith(BEARER) ? authorization.slice(BEARER.length) : "";

/** Why this token is not for this act in this room, of a canonical name; null: it is. */
export function outOfScope({ bot }: Bearer, act: BotAct, room: string): Answer | null {
  if (bot === null) return null;
  if (!bot.may.includes(act)) return problem(403, "act_out_of_scope", `This token is not made to ${act}.`);
  return isFor(bot, room) ? null : problem(403, "room_out_of_scope", "This token is not made for this room.");
}
