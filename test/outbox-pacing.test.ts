/**
 * A client that was offline for a week comes back with 531 unsent messages. Whatever the server holds them back by, it
 * is refused rarely, never sent away, and everything arrives once and in order.
 */
import { expect, test } from "vitest";
import { Client } from "../src/client/client.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Refusal } from "../src/wire/codes.ts";
import { Language } from "../src/wire/frames.ts";
import { FakeClock, settle } from "./fake-client-environment.ts";
import { type ModelOptions, ModelServer } from "./model-server.ts";

const MESSAGES = 531;
const STATED = { messagesPerSecond: 10, messageBurst: 30 };
/** Simulated time after which a run counts as stuck. */
const MOST_MS = 3_600_000;

type Judge = (clock: FakeClock) => NonNullable<ModelOptions["judge"]>;

const bucket =
  (perSecond: number, burst: number, first: number): Judge =>
  (clock) => {
    let tokens = first;
    let at = clock.now();
    return () => {
      tokens = Math.min(burst, tokens + ((clock.now() - at) * perSecond) / 1000);
      at = clock.now();
      if (tokens < 1) return [Refusal.tooFast, Math.ceil(((1 - tokens) * 1000) / perSecond)];
      tokens--;
      return null;
    };
  };

const slowMode =
  (everyMs: number): Judge =>
  (clock) => {
    let next = 0;
    return () => {
      if (clock.now() < next) return [Refusal.slowMode, next - clock.now()];
      next = clock.now() + everyMs;
      return null;
    };
  };

/** Every ten seconds the room is busy for two. */
const busyNowAndThen: Judge = (clock) => () =>
  clock.now() % 10_000 < 2_000 ? [Refusal.roomBusy, 200] : null;

/** The day's amount is used up after 300, for an hour less what it took. */
const day: Judge = (clock) => {
  const start = clock.now();
  let taken = 0;
  return () => {
    const left = start + 600_000 - clock.now();
    if (taken >= 300 && left > 0) return [Refusal.dayFull, left];
    taken++;
    return null;
  };
};

async function comeBack(judge: Judge, stepMs: number) {
  const clock = new FakeClock();
  const storage = new MemoryStorage();
  const server = new ModelServer({ dedupe: true, random: () => 0.5, limits: STATED, judge: judge(clock) });
  server.faults = false;
  let connections = 0;
  const open = () => {
    const client = new Client({
      url: "",
      open: () => {
        connections++;
        return server.connect();
      },
      clock,
      random: () => 0.5,
      storage,
      language: Language.en,
      listener: {},
    });
    return { client, room: client.enter("lobby", { listener: {} }) };
  };
  // Offline: not even started.
  const before = open();
  for (let n = 1; n <= MESSAGES; n++) before.room.send(String(n));
  await settle();
  const { client, room } = open();
  client.start();
  const start = clock.now();
  do {
    await clock.advance(stepMs);
    for (const wire of [...server.wires]) {
      // Answers to what arrives now arrive with the next step.
      for (let down = wire.down.length; down > 0; down--) server.move(wire, false);
      while (server.move(wire, true)) await settle();
    }
    server.flush();
  } while ((server.log.length < MESSAGES || room.pending.length > 0) && clock.now() - start < MOST_MS);
  client.stop();
  const seconds = (clock.now() - start) / 1000;
  return { log: server.log.map(({ text }) => text), refusals: server.counts.refusals, connections, seconds };
}

test.each<[string, Judge, number]>([
  ["what it states", bucket(10, 30, 30), 0],
  ["what it states, and counts the connection before", bucket(10, 30, 0), 128],
  ["half of what it states", bucket(5, 10, 10), 128],
  ["a message a second", bucket(1, 5, 5), 128],
  ["slow mode", slowMode(2_000), 128],
  ["a busy room", busyNowAndThen, 128],
  ["a day's amount", day, 128],
])("a server that takes %s", async (_, judge, most) => {
  for (const stepMs of [20, 500]) {
    const { log, refusals, connections } = await comeBack(judge, stepMs);
    expect(log).toEqual(Array.from({ length: MESSAGES }, (_, i) => String(i + 1)));
    expect(refusals).toBeLessThanOrEqual(most);
    expect(connections).toBe(1);
  }
});
