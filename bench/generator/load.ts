/**
 * Lets a crowd talk and measures what arrives. Open loop: messages have times at which they are to be sent, whatever
 * the server does; what is late is sent late and its delay counts. Closed loop: everybody keeps so many under way.
 */
import { Random } from "../random.ts";
import type { LoadCommand, LoadResult } from "./commands.ts";
import type { Crowd } from "./crowd.ts";
import { startGauge } from "./gauge.ts";
import { percentileMs } from "./histogram.ts";
import { startStalls } from "./stalls.ts";
import { nowUs } from "./tally.ts";
import { AsPeopleDo, InTurns, type Writing } from "./writing.ts";

const QUIET_MS = 8_000;
/** So few messages under way are no sign of a server that cannot keep up. */
const FEW = 20;
/** Above this rate messages are sent in turns of a millisecond; below, each at its time. */
const PRECISE_BELOW = 500;
/** Any number: every server gets the same messages. */
const SEED = 20_240_601;

export async function runLoad(crowd: Crowd, command: LoadCommand): Promise<LoadResult> {
  const { tally } = crowd;
  tally.latency.clear();
  tally.slowestUs = 0;
  const refused = tally.refused;
  const startUs = Math.ceil(nowUs()) + 1_000;
  const endMs = command.warmUpMs + command.measureMs;
  tally.fromUs = startUs + command.warmUpMs * 1000;
  tally.toUs = startUs + endMs * 1000;

  let read = startGauge(tally, crowd.pid);
  const warm = setTimeout(() => {
    read = startGauge(tally, crowd.pid);
  }, command.warmUpMs);
  const sending =
    command.outstanding > 0 ? closedLoop(crowd, command, endMs) : openLoop(crowd, command, startUs);
  const stop = startStalls(crowd.people, command.stalled ?? 0, command.stallMs ?? 0);
  const gaveUp = await sending;
  stop();
  clearTimeout(warm);
  const reading = read();
  const drained = await crowd.drain(command.quietMs ?? QUIET_MS, command.drainMs);

  const latency = tally.latency.buckets();
  return {
    rate: command.rate,
    measureSeconds: reading.seconds,
    delivered: reading.delivered,
    deliveriesPerSecond: reading.delivered / reading.seconds,
    refused: tally.refused - refused,
    gaveUp,
    abandoned: !drained,
    latency,
    p50Ms: percentileMs(latency, 0.5),
    p99Ms: percentileMs(latency, 0.99),
    generatorCpu: reading.generatorCpu,
    serverCpu: reading.serverCpu,
    ...crowd.faults(),
    ...(!drained && { missing: 0 }),
  };
}

/** @returns whether it gave up, because the server or this process could not keep up. */
function openLoop(crowd: Crowd, command: LoadCommand, startUs: number): Promise<boolean> {
  const { people, tally } = crowd;
  const stepUs = 1e6 / command.rate;
  const giveUpUs = command.giveUpMs * 1000;
  const endUs = startUs + (command.warmUpMs + command.measureMs) * 1000;
  const plan = { people, startUs, endUs, stepUs };
  const rooms = crowd.rooms.length;
  const writing: Writing = command.asPeopleDo
    ? new AsPeopleDo(plan, rooms, new Random(SEED).next)
    : new InTurns(plan);
  const perRoom = people.length / rooms;
  const before = tally.delivered;

  return new Promise((resolve) => {
    const turn = (): void => {
      const now = nowUs();
      if (now >= startUs) writing.sendDue(now);
      const { sent, nextUs } = writing;
      const isDone = nextUs === Number.POSITIVE_INFINITY;
      const waitUs = nextUs - now;
      const underWay = sent - (tally.delivered - before) / perRoom;
      const isBacklog = underWay > FEW && underWay * stepUs > giveUpUs;
      const isTooLate = -waitUs > giveUpUs || tally.slowestUs > giveUpUs || isBacklog;
      if (isTooLate || now >= endUs) resolve(isTooLate || !isDone);
      else if (isDone) setTimeout(turn, (endUs - now) / 1000);
      else if (command.rate > PRECISE_BELOW) setTimeout(turn, 1);
      else if (waitUs > 2_000) setTimeout(turn, (waitUs - 1_500) / 1000);
      else setImmediate(turn);
    };
    turn();
  });
}

async function closedLoop(crowd: Crowd, command: LoadCommand, ms: number): Promise<boolean> {
  for (const person of crowd.people) {
    person.closedLoop = true;
    person.send(command.outstanding, nowUs(), 0);
  }
  await new Promise((done) => setTimeout(done, ms));
  for (const person of crowd.people) person.closedLoop = false;
  return false;
}
