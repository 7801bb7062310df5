/**
 * Who writes what when, in an open loop: every message has a time at which it is to be sent, whatever the server does.
 * Two kinds. In turns: a message every so often, and those that are due in one turn are shared among a few people. As
 * people do: in each room one person writes now and then, a message at a time, independently of all other rooms (a
 * Poisson process in each, so one in all rooms together that picks a room by chance).
 */
import type { Person } from "./person.ts";

/** Messages that are due in the same turn are shared among at most so many people, each with one write. */
const WRITES_A_TURN = 32;

export interface Writing {
  /** Messages sent so far. */
  readonly sent: number;
  /** When the next is to be sent, microseconds; infinity when all were. */
  readonly nextUs: number;
  /** Sends what is due. */
  sendDue(nowUs: number): void;
}

interface Plan {
  people: readonly Person[];
  startUs: number;
  endUs: number;
  /** Between two messages, in the middle. */
  stepUs: number;
}

/** A message every `stepUs`. Neighbours are in different rooms. */
export class InTurns implements Writing {
  sent = 0;
  #plan: Plan;
  #messages: number;
  /** Whoever speaks next. */
  #next = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#messages = Math.round((plan.endUs - plan.startUs) / plan.stepUs);
  }

  get nextUs(): number {
    const { startUs, stepUs } = this.#plan;
    return this.sent < this.#messages ? startUs + this.sent * stepUs : Number.POSITIVE_INFINITY;
  }

  sendDue(now: number): void {
    const { people, startUs, stepUs } = this.#plan;
    let due = Math.min(this.#messages, Math.floor((now - startUs) / stepUs) + 1) - this.sent;
    const share = Math.ceil(due / WRITES_A_TURN);
    for (let tries = 0; due > 0 && tries < people.length; tries++) {
      const person = people[this.#next]!;
      this.#next = (this.#next + 1) % people.length;
      if (!person.maySend) continue;
      const count = Math.min(share, due);
      person.send(count, startUs + this.sent * stepUs, stepUs);
      this.sent += count;
      due -= count;
    }
  }
}

/** One message at a time, in a room picked by chance. `random`: from 0 to 1, without 1. */
export class AsPeopleDo implements Writing {
  sent = 0;
  nextUs: number;
  #plan: Plan;
  #rooms: number;
  #random: () => number;
  /** Where the next is to be said. */
  #room = 0;

  constructor(plan: Plan, rooms: number, random: () => number) {
    this.#plan = plan;
    this.#rooms = rooms;
    this.#random = random;
    this.nextUs = plan.startUs;
    this.#goOn();
  }

  sendDue(now: number): void {
    while (this.nextUs <= now) {
      const person = this.#pick();
      // Nobody of that room may send: the message waits for one of them, is late, and its delay counts.
      if (!person) return;
      person.send(1, this.nextUs, 0);
      this.sent++;
      this.#goOn();
    }
  }

  /** The gaps of a Poisson process are distributed exponentially. */
  #goOn(): void {
    this.#room = Math.floor(this.#random() * this.#rooms);
    this.nextUs -= Math.log(1 - this.#random()) * this.#plan.stepUs;
    if (this.nextUs >= this.#plan.endUs) this.nextUs = Number.POSITIVE_INFINITY;
  }

  /** The one who talks there, or whoever else of that room may send. */
  #pick(): Person | undefined {
    const { people } = this.#plan;
    for (let at = this.#room; at < people.length; at += this.#rooms)
      if (people[at]!.maySend) return people[at];
    return undefined;
  }
}
