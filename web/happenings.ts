/**
 * What happens in a room beside its messages, as rows for the places where it happened. Nobody has seen any of it when a
 * room is drawn first, so it comes behind the room, which keeps what it heard until then. Invariant: of each drawing
 * every happening is given once, in order, and only what is news.
 */
import { Presence } from "../src/wire/codes.ts";
import { coalesce } from "./events.ts";
import type { Between, RoomEvent } from "./timeline.ts";

/** The server may say again what the list of people said already, and only who is there leaves or has another name. */
function isNews({ change, author, name, before }: RoomEvent, me: number): boolean {
  if (change === Presence.enter) return before === undefined && author !== me;
  return before !== undefined && before !== name && (change === Presence.rename || author !== me);
}

export class Happenings {
  #line: readonly RoomEvent[] = [];
  #next = 0;

  /** What there is by now, for a drawing that begins; `me` is an author. */
  take(events: readonly RoomEvent[], me: number): void {
    this.#line = events.filter((event) => isNews(event, me));
    this.#next = 0;
  }

  readonly between: Between = (after, until) => {
    const run: RoomEvent[] = [];
    for (let one = this.#line[this.#next]; one && one.after < until; one = this.#line[++this.#next])
      if (one.after >= after) run.push(one);
    const row = coalesce(run);
    return row ? [row] : [];
  };
}

export const makeHappenings = (): Happenings => new Happenings();
