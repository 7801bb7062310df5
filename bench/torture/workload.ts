/**
 * The people of a run, in a process of their own: brings them in, keeps them writing at uneven times, does to them
 * what the run asks for, and at the end waits until everybody has everything. What they heard stands in journals.
 */

import { Random } from "../random.ts";
import { Court } from "./court.ts";
import { Journal } from "./journal.ts";
import { Person, type Surroundings } from "./person.ts";
import { serve } from "./roles.ts";
import type { Mischief } from "./wire-tap.ts";

export interface WorkloadOrder {
  folder: string;
  port: number;
  seed: number;
  clients: number;
  rooms: number;
  /** Messages a second, of all people together. */
  rate: number;
  gapCheckOff: boolean;
  /** Nothing but texts is written. */
  textsOnly: boolean;
  hasCourt: boolean;
}

export interface Tally {
  sent: number;
  acknowledged: number;
  unknown: number;
  received: number;
  unsettled: number;
}

export interface Rest {
  /** Messages that nobody heard of any more, and rooms of readers that are not at the newest number. */
  unsettled: number;
  behind: number;
}

export const roomName = (index: number) => `yard-${index}`;

const PACE_MS = 10;
/** A flood has to fill megabytes of buffers on the way to a reader that stalls. */
const FLOOD = 15;
/** One in so many people is the second tab of the person before. */
const TABS = 4;
/** Of what is written so much is about a message: an edit, a removal, a reply or a reaction. */
const ACTS = 0.4;
/** After so much of what is said somebody reads back. */
const PAGES = 0.05;

export function runWorkload(): void {
  const mischief: Mischief = { lose: 0, repeat: false, gapCheckOff: false };
  const tally = { sent: 0, acknowledged: 0, unknown: 0, received: 0 };
  let people: Person[] = [];
  let court: Court | null = null;
  let order: WorkloadOrder;
  let random: Random;
  let around: Surroundings;
  let writing = false;
  let paddingUntil = 0;
  let persons = 0;
  const ended: Promise<void>[] = [];

  const roomsOf = (i: number) =>
    [...new Set([i % order.rooms, (i * 7 + 3) % order.rooms])].map((index) => ({
      index,
      name: roomName(index),
    }));
  const bringIn = (place: number, sharing?: Person): Person => {
    const number = persons++;
    return new Person(number, roomsOf(place), new Journal(order.folder, `person-${number}`), around, sharing);
  };

  /** Messages leave in bursts as well as alone. */
  const write = (): void => {
    const flood = Date.now() < paddingUntil;
    let due = (order.rate * PACE_MS) / 1000;
    if (writing || flood) {
      if (flood) due *= FLOOD;
      while (due > 0 && random.chance(due)) {
        const person = random.pick(people);
        const burst = random.chance(0.2) ? random.between(2, 8) : 1;
        const seat = random.between(0, 1);
        for (let i = 0; i < burst; i++) {
          // A person who cannot get anything out stops writing.
          if (person.unsettled > 200) break;
          tally.sent++;
          const padding = flood
            ? random.between(2_000, 3_900)
            : random.chance(0.1)
              ? random.between(1, 900)
              : 0;
          if (!order.textsOnly && random.chance(ACTS)) person.act(seat, padding);
          else person.write(seat, padding);
        }
        if (!order.textsOnly && random.chance(PAGES)) person.pageBack(seat);
        due -= burst;
      }
    }
    setTimeout(write, PACE_MS);
  };

  const unsettled = () => people.reduce((sum, person) => sum + person.unsettled, 0);

  /** Rooms of readers that are not live at the newest position that anybody has. */
  const behind = (): number => {
    const newest = new Map<string, number>();
    for (const { positions } of people)
      for (const [room, seq] of positions) newest.set(room, Math.max(newest.get(room) ?? 0, seq));
    return people.reduce(
      (sum, { positions }) => sum + [...positions].filter(([room, seq]) => seq !== newest.get(room)).length,
      0,
    );
  };

  const rest = async (until: number): Promise<Rest> => {
    for (let turn = 0; ; turn++) {
      await new Promise((next) => setTimeout(next, 50));
      for (const one of [...people, ...(court ? [court] : [])]) await one.settle();
      const now = {
        unsettled: unsettled() + (court?.unsettled ?? 0),
        behind: behind() + (court?.behind ?? 0),
      };
      if ((now.unsettled === 0 && now.behind === 0) || Date.now() > until) return now;
      // Whoever waits for the next attempt is told that the network is there.
      if (turn % 40 === 0) for (const one of [...people, ...(court ? [court] : [])]) one.probe();
      if (turn % 20 === 0) court?.forgive();
    }
  };

  serve({
    start: (given: WorkloadOrder) => {
      order = given;
      random = new Random(order.seed, "workload");
      mischief.gapCheckOff = order.gapCheckOff;
      around = {
        url: `ws://127.0.0.1:${order.port}/ws`,
        random,
        mischief,
        settled: (acknowledged) => tally[acknowledged ? "acknowledged" : "unknown"]++,
        took: (records) => {
          tally.received += records;
        },
      };
      for (let i = 0; i < order.clients; i++)
        people.push(i % TABS === TABS - 1 ? bringIn(i - 1, people[i - 1]) : bringIn(i));
      writing = true;
      write();
      if (order.hasCourt) court = new Court(order.folder, around);
    },
    tally: (): Tally => ({ ...tally, unsettled: unsettled() }),
    mischief: (wish: Partial<Mischief>) => void Object.assign(mischief, wish),
    /** Long messages and many of them, for so long. */
    flood: ({ ms }: { ms: number }) => {
      paddingUntil = Date.now() + ms;
    },
    probe: () => {
      for (const person of people) setTimeout(() => person.probe(), random.between(0, 200));
      court?.probe();
    },
    /** Pages that are loaded again; some machines die and others take their places. */
    reload: ({ share }: { share: number }) => {
      court?.reload(share);
      people = people.map((person, place) => {
        if (!random.chance(share)) return person;
        // The other tab of a pair would go on with what is said to be lost.
        if (place % TABS < TABS - 2 && random.chance(0.25)) {
          person.die();
          ended.push(person.journal.close());
          return bringIn(place);
        }
        person.reload();
        return person;
      });
    },
    /** Everybody comes to rest, then says one more thing, so that a hole at the very end shows as well. */
    settle: async ({ ms }: { ms: number }): Promise<Rest> => {
      writing = false;
      court?.rest();
      Object.assign(mischief, { lose: 0, repeat: false });
      const until = Date.now() + ms;
      await rest(until);
      for (const person of people) {
        tally.sent += person.positions.size;
        person.writeEverywhere();
      }
      return rest(until);
    },
    finish: async () => {
      for (const person of people) ended.push(person.finish());
      await Promise.all([...ended, court?.finish()]);
    },
  });
}
