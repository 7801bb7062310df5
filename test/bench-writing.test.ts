/** Who writes what when in the bench: a figure means something only if the writing is what it is said to be. */
import { expect, test } from "vitest";
import type { Person } from "../bench/generator/person.ts";
import { AsPeopleDo, InTurns } from "../bench/generator/writing.ts";
import { Random } from "../bench/random.ts";

const ROOMS = 20;
const PER_ROOM = 5;
const SECOND = 1e6;

interface Sent {
  who: number;
  count: number;
  timeUs: number;
}

function crowd(maySend: (who: number) => boolean = () => true) {
  const sent: Sent[] = [];
  const people = Array.from({ length: ROOMS * PER_ROOM }, (_, who) => ({
    get maySend() {
      return maySend(who);
    },
    send: (count: number, timeUs: number) => sent.push({ who, count, timeUs }),
  })) as unknown as Person[];
  return { sent, people };
}

const plan = (people: Person[], stepUs: number) => ({ people, startUs: 0, endUs: 10 * SECOND, stepUs });

test("as people do: a message at a time, spread over all rooms by chance, with gaps of a Poisson process", () => {
  const { sent, people } = crowd();
  const writing = new AsPeopleDo(plan(people, 1_000), ROOMS, new Random(7).next);
  for (let now = 0; now <= 10 * SECOND; now += 1_000) writing.sendDue(now);
  expect(writing.nextUs).toBe(Number.POSITIVE_INFINITY);
  expect(writing.sent).toBe(sent.length);
  // Four standard deviations of a Poisson distribution around 10,000, and around its share of a room.
  expect(Math.abs(sent.length - 10_000)).toBeLessThan(400);
  for (let room = 0; room < ROOMS; room++) {
    const ofRoom = sent.filter(({ who }) => who % ROOMS === room);
    expect(Math.abs(ofRoom.length - 500)).toBeLessThan(4 * Math.sqrt(500));
    // One person talks there.
    expect(new Set(ofRoom.map(({ who }) => who))).toEqual(new Set([room]));
  }
  expect(sent.every(({ count }) => count === 1)).toBe(true);
  const gaps = sent.slice(1).map(({ timeUs }, i) => timeUs - sent[i]!.timeUs);
  expect(gaps.every((gap) => gap >= 0)).toBe(true);
  // Of exponential gaps as many are longer than their mean as e says: 36.8 %. Of even ones all or none would be.
  const long = gaps.filter((gap) => gap > 1_000).length / gaps.length;
  expect(Math.abs(long - Math.exp(-1))).toBeLessThan(0.02);
});

test("as people do: the same messages for every server, and whoever may not send is spoken for", () => {
  const record = (maySend?: (who: number) => boolean) => {
    const { sent, people } = crowd(maySend);
    const writing = new AsPeopleDo(plan(people, 5_000), ROOMS, new Random(99).next);
    for (let now = 0; now <= 10 * SECOND; now += 777) writing.sendDue(now);
    return sent;
  };
  const first = record();
  expect(record()).toEqual(first);
  const others = record((who) => who >= ROOMS);
  expect(others.map(({ who }) => who % ROOMS)).toEqual(first.map(({ who }) => who % ROOMS));
  expect(others.every(({ who }) => who >= ROOMS)).toBe(true);
});

test("as people do: a message for which nobody may send waits, and keeps its time", () => {
  let may = false;
  const { sent, people } = crowd(() => may);
  const writing = new AsPeopleDo(plan(people, 100_000), ROOMS, new Random(3).next);
  const due = writing.nextUs;
  writing.sendDue(SECOND);
  expect(sent).toEqual([]);
  expect(writing.nextUs).toBe(due);
  may = true;
  writing.sendDue(SECOND);
  expect(sent[0]?.timeUs).toBe(due);
});

test("as people do: messages that had to wait go where they would have gone at once", () => {
  const record = (mayFromUs: number) => {
    let nowUs = 0;
    const { sent, people } = crowd((who) => who % 2 === 0 || nowUs >= mayFromUs);
    const writing = new AsPeopleDo(plan(people, 100_000), ROOMS, new Random(11).next);
    for (; nowUs <= 20 * SECOND; nowUs += 10_000) writing.sendDue(nowUs);
    return sent;
  };
  const atOnce = record(0);
  expect(atOnce.length).toBeGreaterThan(50);
  expect(record(9 * SECOND)).toEqual(atOnce);
});

test("in turns: what is due at once is shared among a few, at even times", () => {
  const { sent, people } = crowd();
  const writing = new InTurns(plan(people, 1_000));
  writing.sendDue(99_500);
  expect(writing.sent).toBe(100);
  expect(sent.length).toBeLessThanOrEqual(32);
  expect(new Set(sent.map(({ who }) => who)).size).toBe(sent.length);
  for (let now = 100_000; now <= 11 * SECOND; now += 1_000) writing.sendDue(now);
  expect(writing.sent).toBe(10_000);
  expect(writing.nextUs).toBe(Number.POSITIVE_INFINITY);
});
