/**
 * Lets a crowd talk and measures what arrives. Open loop: messages have times at which they are to be sent, whatever
 * the server does; what is late is sent late and its delay counts. Closed loop: everybody keeps so many under way.
 */
import type { LoadCommand, LoadResult } from "./commands.ts";
import type { Crowd } from "./crowd.ts";
import { startGauge } from "./gauge.ts";
import { percentileMs } from "./histogram.ts";
import { startStalls } from "./stalls.ts";
import { nowUs } from "./tally.ts";

/** Messages that are due in the same turn are shared among at most so many people, each with one write. */
const WRITES_A_TURN = 32;
const QUIET_MS = 8_000;
/** So few messages under way are no sign of a server that cannot keep up. */
const FEW = 20;
/** Above this rate messages are sent in turns of a millisecond; below, each at its time. */
const PRECISE_BELOW = 500;

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
  const messages = Math.round(((command.warmUpMs + command.measureMs) * command.rate) / 1000);
  const giveUpUs = command.giveUpMs * 1000;
  const endUs = startUs + (command.warmUpMs + command.measureMs) * 1000;
  const perRoom = people.length / crowd.rooms.length;
  const before = tally.delivered;
  let sent = 0;
  // Whoever speaks next: neighbours are in different rooms.
  let next = 0;

  const sendDue = (now: number): void => {
    let due = Math.min(messages, Math.floor((now - startUs) / stepUs) + 1) - sent;
    const share = Math.ceil(due / WRITES_A_TURN);
    for (let tries = 0; due > 0 && tries < people.length; tries++) {
      const person = people[next]!;
      next = (next + 1) % people.length;
      if (!person.maySend) continue;
      const count = Math.min(share, due);
      person.send(count, startUs + sent * stepUs, stepUs);
      sent += count;
      due -= count;
    }
  };

  return new Promise((resolve) => {
    const turn = (): void => {
      const now = nowUs();
      if (now >= startUs) sendDue(now);
      const behindUs = now - (startUs + sent * stepUs);
      const underWay = sent - (tally.delivered - before) / perRoom;
      const isBacklog = underWay > FEW && underWay * stepUs > giveUpUs;
      const isTooLate = behindUs > giveUpUs || tally.slowestUs > giveUpUs || isBacklog;
      const waitUs = startUs + sent * stepUs - now;
      if (isTooLate || now >= endUs) resolve(isTooLate || sent < messages);
      else if (sent >= messages) setTimeout(turn, (endUs - now) / 1000);
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
