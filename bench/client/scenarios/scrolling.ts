/** From the newest of 10,000 messages up to the first one, as fast as somebody who looks for something turns a wheel. */
import { pause, type Tab } from "../phone.ts";
import type { Measured } from "../rows.ts";
import type { Stage } from "../stage.ts";

const MESSAGES = 10_000;
const QUICK_MESSAGES = 1_500;
const TINY_MESSAGES = 150;
/** One turn of a wheel, so often. */
const STEP_PX = 300;
const EVERY_MS = 25;
/** No longer than this, whether or not it came to the first one. */
const MOST_MS = 120_000;

export async function scrolling(stage: Stage): Promise<Measured[]> {
  const { tiny, quick } = stage.options;
  const messages = tiny ? TINY_MESSAGES : quick ? QUICK_MESSAGES : MESSAGES;
  stage.doing("scrolling: the room is filled");
  await stage.fill("scrolling", messages);
  const visitor = await stage.phone.visitor();
  const tab = await visitor.tab();
  await tab.open(stage.url("scrolling"));
  await tab.settle();
  const box = await tab.page.locator(".log").boundingBox();
  if (!box) throw new Error("there are no messages to scroll");
  await tab.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await tab.begin();
  const from = performance.now();
  let at = messages;
  while (at > 1 && performance.now() - from < MOST_MS) {
    for (let step = 0; step < 40; step++) {
      void tab.devtools.send("Input.dispatchMouseEvent", {
        type: "mouseWheel",
        x: box.x + box.width / 2,
        y: box.y + box.height / 2,
        deltaX: 0,
        deltaY: -STEP_PX,
      });
      await pause(EVERY_MS);
    }
    const now = await topmost(tab);
    if (now !== null) at = now;
    stage.doing(`scrolling, at message ${at}`);
  }
  const { dropped } = await tab.end();
  const heap = await tab.heapMegabytes();
  const seconds = Math.round((performance.now() - from) / 1000);
  await visitor.close();
  const short = messages === MESSAGES ? "" : `${messages} messages only; `;
  const reached = at <= 1 ? `to the first one in ${seconds} s` : `only to message ${at} in ${seconds} s`;
  return [
    { id: "scroll-frames", value: dropped * 100, note: short + reached },
    { id: "scroll-heap", value: heap, note: short + reached },
  ];
}

/** Number of the first message on the page; null when none says its number. */
function topmost(tab: Tab): Promise<number | null> {
  return tab.page.evaluate(() => {
    const row = document.querySelector<HTMLElement>('.message[data-key^="m"]');
    return row ? Number(row.dataset.key?.slice(1)) : null;
  });
}
