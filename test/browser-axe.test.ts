/** What axe, which knows the rules of accessibility, says of every view: nothing. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings } from "./axe.ts";
import { browserAndServer, Visitor } from "./browser-page.ts";
import { makeOwned } from "./owned-view.mjs";
import { isThere, views, viewWords } from "./views.mjs";

const TIMEOUT_MS = 120_000;
const there = browserAndServer();

const rooms = { en: "axe-room", ko: "도끼-방" };

interface Setting {
  width: number;
  language: "en" | "ko";
  scheme: "light" | "dark";
}

async function comeTo(place: string, { width, language, scheme }: Setting) {
  const room = `${there.server.url}/r/${encodeURIComponent(rooms[language])}`;
  const front = there.server.url;
  const url = { front, owned: front, room, empty: `${room}-2`, missing: `${front}/nothing` }[place];
  const viewport = { width, height: 740 };
  const options = { viewport, colorScheme: scheme, reducedMotion: "reduce" as const };
  return Visitor.come(there.browser, `${url}?lang=${language}`, options);
}

type Place = (typeof views)[number]["place"];

/** A page that shows everything this place can have. */
async function filled(place: Place, setting: Setting): Promise<Page> {
  const { page } = await comeTo(place, setting);
  if (place === "owned") {
    const come = async (url: string) => {
      const { page } = await Visitor.come(there.browser, `${url}?lang=${setting.language}`);
      return page;
    };
    await page.setViewportSize({ width: 1440, height: 740 });
    await makeOwned(page, setting.language, `${rooms[setting.language]}-${setting.width}`, come);
    await page.setViewportSize({ width: setting.width, height: 740 });
  } else if (place === "room") {
    // Others' messages, own ones, a link, a long one, one that is refused.
    const other = await comeTo("room", { ...setting, width: 1440 });
    for (const one of [other.page, page]) {
      const field = one.locator(".composer textarea");
      for (const text of ["https://example.org/a", "…\n".repeat(40), "a\0b"]) {
        await field.fill(text);
        await one.locator(".composer .send").click();
      }
      await one.locator(".refused").waitFor();
    }
    await page.locator(".bubble a").first().waitFor();
  } else if (place !== "missing") {
    await page.waitForFunction(() => document.querySelector(".totals, .edge")?.textContent);
  }
  return page;
}

// A place is come to once, and all that can be opened there is opened one after the other.
test.each([
  { width: 360, language: "ko", scheme: "light" },
  { width: 1440, language: "en", scheme: "dark" },
] as const)(
  "no view has a finding at $width px ($language, $scheme)",
  async (setting) => {
    const words = viewWords[setting.language];
    const found: Record<string, string[]> = {};
    const here = views.filter((view) => isThere(view, setting.width));
    for (const place of new Set(here.map((view) => view.place))) {
      const page = await filled(place, setting);
      for (const view of here.filter((one) => one.place === place)) {
        await view.open?.(page, words);
        found[view.name] = await findings(page);
        // One may lie over another; what is replied to is given up as well.
        const open = () => page.locator("dialog").count();
        let before = await open();
        if (before === 0 && view.open) await page.keyboard.press("Escape");
        while (before > 0) {
          await page.keyboard.press("Escape");
          await expect.poll(open).toBeLessThan(before);
          before = await open();
        }
      }
    }
    expect(found).toEqual(Object.fromEntries(here.map(({ name }) => [name, []])));
  },
  TIMEOUT_MS,
);

test(
  "what has no name, and what can hardly be read, is found",
  async () => {
    const { page } = await comeTo("front", { width: 360, language: "en", scheme: "light" });
    await page.locator("#nickname").waitFor();
    await page.evaluate(() => {
      const bad = document.createElement("button");
      document.querySelector(".gate")?.append(bad);
      (document.querySelector(".heading") as HTMLElement).style.color = "#ddd";
    });
    const found = (await findings(page)).join();
    expect(found).toContain("button-name");
    expect(found).toContain("color-contrast");
  },
  TIMEOUT_MS,
);
