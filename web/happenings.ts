/**
 * What happens in a room beside its messages, as rows for the places where it happened: who comes and goes, and what
 * those do who look after the room. Nobody has seen any of it when a room is drawn first, so it comes behind the room,
 * which keeps what it heard until then. Invariant: of each drawing every happening is given once, in order, and only
 * what is news.
 */
import { Presence } from "../src/wire/codes.ts";
import type { Telling } from "./became.ts";
import { coalesce } from "./events.ts";
import type { RoomView } from "./room-view.ts";
import { type Ruling, Rulings } from "./rulings.ts";
import type { Between, EventRow, RoomEvent, RulingRow } from "./timeline.ts";

/** The server may say again what the list of people said already, and only who is there leaves or has another name. */
function isNews({ change, author, name, before }: RoomEvent, me: number): boolean {
  if (change === Presence.enter) return before === undefined && author !== me;
  return before !== undefined && before !== name && (change === Presence.rename || author !== me);
}

/** After which number it stands; what has one of its own stands before whoever came and went since. */
const placeOf = (one: RoomEvent | Ruling) => ("seq" in one ? one.seq : one.after);

const rowOf = (act: Ruling): RulingRow => ({
  kind: "ruling",
  key: `r${act.seq}`,
  time: act.time,
  whom: act.whom,
  act,
});

export class Happenings {
  readonly #rulings: Rulings;
  #events: readonly RoomEvent[] = [];
  #line: readonly (RoomEvent | Ruling)[] = [];
  #next = 0;

  /** `nameOf`: as far as the room knows it. */
  constructor(nameOf: (author: number) => string) {
    this.#rulings = new Rulings((author) => {
      const event = this.#events.findLast((one) => one.author === author);
      return nameOf(author) || event?.name || event?.before || "";
    });
  }

  /**
   * What came since, and the events that there are by now, for a drawing that begins. What stands around the page is
   * known from number `from` on; `me` is an author.
   */
  take(tellings: readonly Telling[], events: readonly RoomEvent[], from: number, me: number): void {
    this.#events = events;
    this.#rulings.take(tellings);
    const news = events.filter((event) => isNews(event, me));
    this.#line = [...this.#rulings.from(from), ...news].sort((a, b) => placeOf(a) - placeOf(b));
    this.#next = 0;
  }

  readonly between: Between = (after, until) => {
    const rows: (EventRow | RulingRow)[] = [];
    let run: RoomEvent[] = [];
    const endRun = () => {
      const row = coalesce(run);
      if (row) rows.push(row);
      run = [];
    };
    for (let one = this.#line[this.#next]; one && placeOf(one) < until; one = this.#line[++this.#next]) {
      if (placeOf(one) < after) continue;
      if ("after" in one) run.push(one);
      else {
        endRun();
        rows.push(rowOf(one));
      }
    }
    endRun();
    return rows;
  };

  /** What a page kept on the device has of it that begins with number `seq`. */
  kept(seq: number): Telling[] {
    return this.#rulings.kept(seq);
  }
}

export const makeHappenings = (view: Pick<RoomView, "nameOf" | "standing">): Happenings =>
  new Happenings((author) => {
    const { roles, sanctions } = view.standing ?? {};
    return (
      view.nameOf(author) ||
      roles?.get(author)?.name ||
      sanctions?.find(({ who }) => who === author)?.name ||
      ""
    );
  });
