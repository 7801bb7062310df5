/**
 * Photographs every view of the page, see views.mjs: in both languages, by day and by night, on small and wide screens,
 * and with text twice as large. Leaves the pictures in the folder one asked for and nothing else.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeOwned } from "./owned-view.mjs";
import { isThere, stands, views, viewWords } from "./views.mjs";

const widths = [320, 360, 768, 1440];
const heights = { 320: 568, 360: 720, 768: 1024, 1440: 900 };
const NORMAL_PX = 16;

/**
 * `places`: the addresses of both languages' places, by language and place. `come` brings another person to an address.
 * `names`: of the views that are wanted; none: all.
 */
export async function photographAll({ chromium, launchOptions, places, folder, come, names }) {
  const wanted = views.filter(({ name }) => names.length === 0 || names.includes(name));
  mkdirSync(folder, { recursive: true });
  for (const percent of [100, 200]) {
    const profile = mkdtempSync(join(tmpdir(), "madang-pictures-"));
    // As people do it: rules that count in letters see it too.
    mkdirSync(join(profile, "Default"));
    const webprefs = { default_font_size: (NORMAL_PX * percent) / 100 };
    writeFileSync(join(profile, "Default/Preferences"), JSON.stringify({ webkit: { webprefs } }));
    const context = await chromium.launchPersistentContext(profile, {
      ...launchOptions,
      timezoneId: "Asia/Seoul",
      reducedMotion: "reduce",
    });
    try {
      for (const language of ["ko", "en"]) {
        const here = { ...places[language] };
        if (wanted.some(({ place }) => place === "owned"))
          here.owned = await ownedBy(context, language, percent, here.front, come);
        await photograph({ context, language, percent, places: here, folder, wanted });
      }
    } finally {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    }
  }
}

/** The room of whoever this context is. */
async function ownedBy(context, language, percent, front, come) {
  const page = await context.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${front}?lang=${language}`);
  const name = `${language === "ko" ? "감나무-집" : "persimmon"}-${percent}`;
  const url = await makeOwned(page, language, name, (url) => come(url, language));
  await page.close();
  return url;
}

async function photograph({ context, language, percent, places, folder, wanted }) {
  for (const view of wanted) {
    for (const width of widths.filter((one) => isThere(view, one))) {
      const page = await context.newPage();
      await page.setViewportSize({ width, height: heights[width] });
      await page.goto(`${places[view.place]}?lang=${language}`);
      await page.locator(".bubble, .gate li, .missing, .edge, main").first().waitFor();
      await page.waitForFunction(() => !document.querySelector(".connection p"));
      await view.open?.(page, viewWords[language]);
      await page.waitForTimeout(300);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await stands(page);
        const file = `${view.name}-${width}-${percent}-${language}-${colorScheme}.png`;
        await page.screenshot({ path: join(folder, file) });
      }
      await page.close();
    }
  }
  console.log(`  ${language}, text of ${percent} %`);
}
