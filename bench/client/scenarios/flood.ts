/** A room in which 500 messages a second come, and somebody who writes in it. */
import { pause } from "../phone.ts";
import { type Measured, median, quantile } from "../rows.ts";
import type { Stage } from "../stage.ts";

const PER_SECOND = 500;
const KEY_EVERY_MS = 130;
const WARM_UP_MS = 2_000;
const TEXT = "somebody writes while all the others talk and wants to see each letter at once ";

export async function flood(stage: Stage): Promise<Measured[]> {
  const { tiny, quick, times } = stage.options;
  const text = TEXT.slice(0, tiny ? 5 : quick ? 30 : TEXT.length);
  await stage.sit("flood", 10);
  await stage.fill("flood", 300);
  const dropped: number[] = [];
  const keysMs: number[] = [];
  for (let time = 1; time <= times; time++) {
    stage.doing(`flood, ${time} of ${times}`);
    const visitor = await stage.phone.visitor();
    const tab = await visitor.tab();
    await tab.open(stage.url("flood"));
    await stage.crowd.ask("talk", { perSecond: tiny ? 20 : PER_SECOND });
    await pause(tiny ? 200 : WARM_UP_MS);
    await tab.begin();
    await tab.type(text, KEY_EVERY_MS);
    const seen = await tab.end();
    await stage.crowd.ask("quiet");
    await visitor.close();
    dropped.push(seen.dropped * 100);
    keysMs.push(...seen.keysMs);
    if (seen.keysMs.length !== text.length)
      throw new Error(`of ${text.length} keys the page saw ${seen.keysMs.length}`);
  }
  return [
    { id: "flood-frames", value: median(dropped) },
    { id: "flood-keys-p50", value: quantile(keysMs, 0.5) },
    { id: "flood-keys-p95", value: quantile(keysMs, 0.95), note: `${keysMs.length} keys` },
  ];
}
