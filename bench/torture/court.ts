/**
 * The people of a room that belongs to one of them, beside the others of a workload: the founder makes it, everybody
 * comes, and they write and rule at uneven times. Invariant: nobody else enters before the room is made: it would be
 * open.
 */

import { COURT_PREFIX } from "./court-journal.ts";
import { Courtier, type CourtSurroundings } from "./courtier.ts";
import { Journal } from "./journal.ts";

export const COURT_ROOM = "court";
const PEOPLE = 7;
const PACE_MS = 40;

export class Court {
  readonly #people: Courtier[];
  readonly #around: CourtSurroundings;
  #ruling = false;

  constructor(folder: string, around: Omit<CourtSurroundings, "authors" | "room">) {
    this.#around = {
      ...around,
      room: COURT_ROOM,
      authors: () => this.#people.map(({ author }) => author).filter((author) => author > 0),
    };
    this.#people = Array.from(
      { length: PEOPLE },
      (_, i) => new Courtier(i, new Journal(folder, `${COURT_PREFIX}${i}`), this.#around),
    );
    void this.#open();
  }

  get unsettled(): number {
    return this.#people.reduce((sum, { unsettled }) => sum + unsettled, 0);
  }

  /** People who are not at the newest number that anybody has. */
  get behind(): number {
    const newest = Math.max(...this.#people.map(({ position }) => position));
    return this.#people.filter(({ position }) => position !== newest).length;
  }

  probe(): void {
    for (const person of this.#people)
      setTimeout(() => person.probe(), this.#around.random.between(0, 200)).unref();
  }

  reload(share: number): void {
    if (!this.#ruling) return;
    for (const person of this.#people) if (this.#around.random.chance(share)) person.reload();
  }

  /** Nobody says or does anything of themselves any more. */
  rest(): void {
    this.#ruling = false;
  }

  async settle(): Promise<void> {
    for (const person of this.#people) await person.settle();
  }

  /** Whoever is out or silent may come and speak again: to be asked until nobody is behind. */
  forgive(): void {
    for (const person of this.#people.filter(({ isOwner }) => isOwner).slice(0, 1)) person.forgive();
  }

  async finish(): Promise<void> {
    await Promise.all(this.#people.map((person) => person.finish()));
  }

  async #open(): Promise<void> {
    await this.#people[0]!.found();
    for (const person of this.#people) person.enter();
    this.#ruling = true;
    this.#go();
  }

  #go(): void {
    if (!this.#ruling) return;
    const { random } = this.#around;
    for (let burst = random.chance(0.2) ? random.between(2, 6) : 1; burst > 0; burst--)
      random.pick(this.#people).act();
    // Or soon everybody would be out or silent.
    if (random.chance(0.03)) this.forgive();
    setTimeout(() => this.#go(), random.between(1, 2 * PACE_MS));
  }
}
