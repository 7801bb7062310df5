/** What the page says of a connection that is gone: at once, in one sentence however often it tries again. */
import { expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;

const stage = browserAndServer();
const { server } = stage;

test(
  "what the browser knows is said while the socket still lives, and taken back",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/yard`);
    await visitor.say("one");
    await visitor.sees(["one"]);
    await visitor.page.context().setOffline(true);
    await visitor.connection.getByText("You are offline.").waitFor();
    await visitor.page.context().setOffline(false);
    await expect.poll(() => visitor.connection.innerText(), { timeout: 20_000 }).toBe("");
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "attempts that fail change neither the sentence nor the button",
  async () => {
    const visitor = await Visitor.come(stage.browser, `${server.url}/r/meadow`);
    await visitor.say("one");
    await visitor.sees(["one"]);
    let attempts = 0;
    visitor.page.on("websocket", () => attempts++);
    await server.kill();
    await visitor.connection.getByText("lost").waitFor();
    await visitor.page.evaluate(() => {
      const bar = document.querySelector(".connection")!;
      const seen = new Set<string>();
      const look = () =>
        seen.add(`${bar.querySelector("span")?.textContent}|${bar.querySelector("button")?.textContent}`);
      look();
      new MutationObserver(look).observe(bar, { subtree: true, childList: true, characterData: true });
      Object.assign(window, { seen });
    });
    for (let i = 1; i <= 2; i++) {
      const before = attempts;
      await visitor.connection.getByRole("button").click();
      await expect.poll(() => attempts, { timeout: 20_000 }).toBeGreaterThan(before);
    }
    const seen = await visitor.page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]);
    expect(seen).toHaveLength(1);
    await server.start();
  },
  TIMEOUT_MS,
);
