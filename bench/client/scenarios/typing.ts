/** Writing in a room of many, with many rooms beside it, while nobody says anything. */
import type { Tab } from "../phone.ts";
import { type Measured, median } from "../rows.ts";
import type { Stage } from "../stage.ts";

/** With the writer 191. */
const OTHERS = 190;
const ROOMS = 100;
const KEY_EVERY_MS = 150;
const NO_NETWORK = { roundTripMs: 0, kilobitsPerSecond: 0 };
const TEXT = "each key should cost little whatever stands around the field it is typed into";

export async function typing(stage: Stage): Promise<Measured[]> {
  const { tiny, quick, times } = stage.options;
  const text = TEXT.slice(0, tiny ? 5 : quick ? 25 : TEXT.length);
  stage.doing("typing: people come");
  await stage.sit("typing", tiny ? 5 : OTHERS);
  await stage.openRooms(Array.from({ length: tiny ? 3 : ROOMS - 1 }, (_, i) => `room ${i + 1}`));
  await stage.fill("typing", 300);
  const perKeyMs: number[] = [];
  const bareMs: number[] = [];
  for (let time = 1; time <= times; time++) {
    stage.doing(`typing, ${time} of ${times}`);
    const visitor = await stage.phone.visitor();
    const tab = await visitor.tab();
    await tab.open(stage.url("typing"));
    await tab.settle();
    perKeyMs.push(await costOfKey(tab, text));
    await tab.openBare(await stage.bareOverLink(NO_NETWORK, 0));
    bareMs.push(await costOfKey(tab, text));
    await visitor.close();
  }
  const note = `on an empty page with a field: ${median(bareMs).toPrecision(3)} ms`;
  return [{ id: "typing", value: median(perKeyMs), note }];
}

/** Milliseconds of the main thread. */
async function costOfKey(tab: Tab, text: string): Promise<number> {
  await tab.type("warm up", KEY_EVERY_MS);
  return 1000 * (await tab.busySecondsPerKey(text, KEY_EVERY_MS));
}
