/** Two fingers make the view smaller, never the page: its height stays. */
import { expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

const stage = browserAndServer();
const { server } = stage;

test(
  "a pinch leaves the page's height alone",
  async () => {
    const phone = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/yard`, phone);
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
