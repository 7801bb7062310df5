/** Two fingers make the view smaller, never the page: its height stays. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, ServerProcess, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  browser = await launch();
  server = new ServerProcess();
  await server.start();
}, TIMEOUT_MS);
afterAll(async () => {
  await browser.close();
  await server.close();
});

test(
  "a pinch leaves the page's height alone",
  async () => {
    const phone = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };
    const visitor = await Visitor.come(browser, `${server.url}/r/yard`, phone);
    await visitor.composer.waitFor();
    const height = () => visitor.page.evaluate(() => document.body.getBoundingClientRect().height);
    const before = await height();
    const told = visitor.page.evaluate(
      () =>
        new Promise<void>((over) => visualViewport?.addEventListener("resize", () => over(), { once: true })),
    );
    const session = await visitor.page.context().newCDPSession(visitor.page);
    await session.send("Emulation.setPageScaleFactor", { pageScaleFactor: 2 });
    await told;
    await expect.poll(() => visitor.page.evaluate(() => visualViewport?.scale)).toBeCloseTo(2);
    expect(await height()).toBe(before);
  },
  TIMEOUT_MS,
);
