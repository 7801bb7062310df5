/**
 * The other people, in a process of their own: they fill rooms, sit in them, and talk at a rate. Everything that they
 * do is bounded by what was asked. Invariant: messages of a flood are due at fixed times, whatever happened before.
 */
import { serve } from "../torture/roles.ts";
import { Person } from "./person.ts";
import { nameOf, textOf } from "./words.ts";

/** Messages that are under way at most while a room is filled. */
const UNDER_WAY = 500;
const TURN_MS = 20;

interface Seat {
  person: Person;
  room: number;
}

export function runCrowd(): void {
  const people: Person[] = [];
  let speakers: Seat[] = [];
  let flood: { stop: boolean; sent: number; ended: Promise<void> } | null = null;

  const come = async (port: number, count: number): Promise<Person[]> => {
    const fresh: Person[] = [];
    while (fresh.length < count) {
      const some = Array.from({ length: Math.min(20, count - fresh.length) }, (_, i) =>
        Person.come(port, nameOf(people.length + fresh.length + i)),
      );
      fresh.push(...(await Promise.all(some)));
    }
    people.push(...fresh);
    return fresh;
  };

  serve({
    /** So many people come into one room and stay. */
    sit: async ({ port, room, count }: { port: number; room: string; count: number }) => {
      speakers = await Promise.all(
        (await come(port, count)).map(async (person) => ({ person, room: await person.enter(room) })),
      );
    },
    /** Rooms that are listed: each has one person, who may be in several. */
    open: async ({ port, rooms }: { port: number; rooms: string[] }) => {
      for (let at = 0; at < rooms.length; at += 25) {
        const [person] = await come(port, 1);
        for (const room of rooms.slice(at, at + 25)) await person!.enter(room);
      }
    },
    /** Puts messages into a room as fast as the server takes them. */
    fill: async ({ port, room, messages }: { port: number; room: string; messages: number }) => {
      const seats = await Promise.all(
        (await come(port, 8)).map(async (person) => ({ person, room: await person.enter(room) })),
      );
      const [{ person: first }] = seats as [Seat];
      const before = first.heard;
      /** Of the messages on their way; @throws Error when one will never come */
      const underWay = (sent: number) => {
        const refused = seats.find(({ person }) => person.refused > 0)?.person.refused;
        if (refused) throw new Error(`the server refused a message with code ${refused}`);
        return before + sent - first.heard;
      };
      for (let sent = 0; sent < messages; ) {
        // By turns of a few, as people talk.
        const seat = seats[(sent >> 1) % seats.length] as Seat;
        if (underWay(sent) >= UNDER_WAY) await pause(5);
        else seat.person.say(seat.room, textOf(sent++));
      }
      while (underWay(messages) > 0) await pause(5);
      for (const { person } of seats) person.end();
    },
    /** Those who sit talk, all together so often, until they are told to be quiet. */
    talk: ({ perSecond }: { perSecond: number }) => {
      const state = { stop: false, sent: 0, ended: Promise.resolve() };
      state.ended = (async () => {
        const from = performance.now();
        while (!state.stop) {
          const due = Math.floor(((performance.now() - from) * perSecond) / 1_000);
          for (; state.sent < due; state.sent++) {
            const { person, room } = speakers[state.sent % speakers.length] as Seat;
            person.say(room, textOf(state.sent));
          }
          await pause(TURN_MS);
        }
      })();
      flood = state;
    },
    /** @returns how many messages they sent */
    quiet: async () => {
      if (!flood) return 0;
      flood.stop = true;
      await flood.ended;
      return flood.sent;
    },
    leave: () => {
      for (const person of people.splice(0)) person.end();
      speakers = [];
    },
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms));
}
