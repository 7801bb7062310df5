/**
 * What an engine cannot be driven to do, and what a scenario does instead. The scenarios ask here, and the README shows
 * this table: a test holds that it shows all of it.
 */
export type EngineName = "chromium" | "firefox" | "webkit";

export const titles: Record<EngineName, string> = {
  chromium: "Chromium",
  firefox: "Firefox",
  webkit: "WebKitGTK",
};

/** What some engine cannot do. */
export type Deed = "inputMethod" | "hangul" | "offline" | "console" | "finger" | "keyboard";

interface Limit {
  deed: Deed;
  engines: EngineName[];
  cannot: string;
  instead: string;
}

const all: EngineName[] = ["chromium", "firefox", "webkit"];

export const limits: Limit[] = [
  {
    deed: "inputMethod",
    engines: ["chromium", "firefox"],
    cannot: "compose with an input method of the system",
    instead: "the engine's own interface for testing input methods composes: ㅎ, 하, 한",
  },
  {
    deed: "hangul",
    engines: ["webkit"],
    cannot: "compose a syllable from its letters",
    instead:
      "GTK's own input method composes it from its number: while that is written, its digits stand there",
  },
  {
    deed: "offline",
    engines: ["webkit"],
    cannot: "be told that it is offline",
    instead: "the server is killed; what the page says when the browser knows it first is not seen",
  },
  {
    deed: "console",
    engines: ["webkit"],
    cannot: "tell what the page writes to the console, and errors before the page has loaded",
    instead: "errors and rejections after that are listened for in the page",
  },
  {
    deed: "finger",
    engines: ["webkit"],
    cannot: "be touched",
    instead:
      "on its phone the mouse presses; wheel and keys scroll in all three, and `npm test` scrolls by finger",
  },
  {
    deed: "keyboard",
    engines: all,
    cannot: "show the keyboard of a phone",
    instead: "the page is made as small as the keyboard leaves it, and as large as before",
  },
];

export function can(engine: EngineName, deed: Deed): boolean {
  return !limits.some((limit) => limit.deed === deed && limit.engines.includes(engine));
}

/** The table's rows as the README has them. */
export function limitRows(): string[] {
  return limits.map(({ engines, cannot, instead }) => {
    const who = engines.length === all.length ? "all three" : engines.map((name) => titles[name]).join(", ");
    return `| ${who} | ${cannot} | ${instead} |`;
  });
}
