/**
 * Lets everybody in a crowd on a Madang server read history, one page after the other, each from somewhere in the
 * room.
 */
import type { PagesCommand, PagesResult } from "./commands.ts";
import type { Crowd } from "./crowd.ts";
import { startGauge } from "./gauge.ts";
import { MadangPerson } from "./madang-person.ts";

const WARM_UP_MS = 300;

export async function readPages(crowd: Crowd, command: PagesCommand): Promise<PagesResult> {
  const readers = crowd.people.filter((person) => person instanceof MadangPerson);
  for (const reader of readers) {
    reader.pageRecords = command.pageRecords;
    reader.pagesWanted = Number.POSITIVE_INFINITY;
    for (let i = 0; i < command.outstanding; i++) reader.askForPage();
  }
  await new Promise((done) => setTimeout(done, WARM_UP_MS));
  const before = crowd.tally.pages;
  const read = startGauge(crowd.tally, crowd.pid);
  await new Promise((done) => setTimeout(done, command.measureMs));
  const { seconds, generatorCpu, serverCpu } = read();
  const pagesPerSecond = (crowd.tally.pages - before) / seconds;
  const asked = readers.length * command.outstanding;
  const done = crowd.tally.pages;
  for (const reader of readers) reader.pagesWanted = 0;
  // Those under way still come, each once.
  const end = performance.now() + 5_000;
  while (crowd.tally.pages < done + asked && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const faults = crowd.faults();
  return {
    pagesPerSecond,
    generatorCpu,
    serverCpu,
    ...faults,
    missing: Math.abs(done + asked - crowd.tally.pages),
  };
}
