/**
 * Opening the link to a room over slow networks, as somebody who was never here and as somebody who was. Round trips
 * are not counted but measured: by how much longer it takes for each second that a round trip takes longer.
 */
import type { LinkSettings } from "../link.ts";
import type { Opened, Visitor } from "../phone.ts";
import { type Measured, median } from "../rows.ts";
import type { Stage } from "../stage.ts";

const ROOM = "opening";
const GOOD: LinkSettings = { roundTripMs: 150, kilobitsPerSecond: 1_600 };
const SLOW: LinkSettings = { roundTripMs: 300, kilobitsPerSecond: 750 };
const NONE: LinkSettings = { roundTripMs: 0, kilobitsPerSecond: 0 };
/** About what the page of a room weighs. */
const PAGE_BYTES = 6_000;
const SHORT_MS = 20;
const LONG_MS = 620;

export async function opening(stage: Stage): Promise<Measured[]> {
  const { times } = stage.options;
  await stage.fill(ROOM, 300);
  // The first page of a browser waits for the browser itself.
  await openCold(stage, NONE);
  const cold: Opened[] = [];
  const warm: Opened[] = [];
  const slow: Opened[] = [];
  const trips: number[] = [];
  const bareCold: number[] = [];
  const bareWarm: number[] = [];
  let requests = 0;
  let bytes = 0;
  for (let time = 1; time <= times; time++) {
    stage.doing(`opening, ${time} of ${times}`);
    const visitor = await stage.phone.visitor();
    cold.push(await open(stage, visitor, GOOD, true));
    const counts = await stage.linkCounts();
    requests = counts.requests;
    bytes = counts.bytesDown;
    warm.push(await open(stage, visitor, GOOD));
    await visitor.close();
    bareCold.push(await openBare(stage, GOOD));
    bareWarm.push(await openBare(stage, NONE));
    slow.push(await openCold(stage, SLOW));
    const short = await openCold(stage, { roundTripMs: SHORT_MS, kilobitsPerSecond: 0 });
    const long = await openCold(stage, { roundTripMs: LONG_MS, kilobitsPerSecond: 0 });
    trips.push((long.composerMs - short.composerMs) / (LONG_MS - SHORT_MS));
  }
  const of = (all: Opened[], what: keyof Opened) => median(all.map((one) => one[what]));
  const row = (id: string, all: Opened[], more = ""): Measured => ({
    id,
    value: of(all, "composerMs"),
    note: `first message after ${Math.round(of(all, "messageMs"))} ms${more}`,
  });
  return [
    row(
      "open-cold",
      cold,
      `; ${requests} requests, ${Math.round(bytes / 1000)} kB until all is kept; an empty page with a field: ${Math.round(median(bareCold))} ms`,
    ),
    row(
      "open-warm",
      warm,
      `; an empty page with a field, without a network: ${Math.round(median(bareWarm))} ms`,
    ),
    row("open-slow", slow),
    { id: "open-trips", value: median(trips) },
  ];
}

async function openCold(stage: Stage, settings: LinkSettings): Promise<Opened> {
  const visitor = await stage.phone.visitor();
  const opened = await open(stage, visitor, settings);
  await visitor.close();
  return opened;
}

/** `settle`: the next visit is to find all that a first one leaves. */
async function open(stage: Stage, visitor: Visitor, settings: LinkSettings, settle = false): Promise<Opened> {
  const tab = await visitor.tab();
  const opened = await tab.open(await stage.overLink(ROOM, settings));
  if (settle) await tab.settle();
  await tab.page.close();
  return opened;
}

async function openBare(stage: Stage, settings: LinkSettings): Promise<number> {
  const visitor = await stage.phone.visitor();
  const tab = await visitor.tab();
  const ms = await tab.openBare(await stage.bareOverLink(settings, PAGE_BYTES));
  await visitor.close();
  return ms;
}
