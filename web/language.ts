/**
 * Which language the page speaks: `?lang=`, then what was chosen before, then what the browser asks for. Also the
 * forms of times and days. The choice is the only thing kept in localStorage; without it the page works all the same.
 */
import { Close, Refusal } from "../src/wire/codes.ts";
import { en, type Texts } from "./texts/en.ts";
import type { RoomTexts } from "./texts/en-room.ts";
import type { TroubleTexts } from "./texts/en-trouble.ts";
import { ko } from "./texts/ko.ts";

export type LanguageName = "ko" | "en";

const KEY = "madang.language";

export function chooseLanguage(query: string, preferred: readonly string[]): LanguageName {
  const asked = new URLSearchParams(query).get("lang");
  if (asked === "ko" || asked === "en") {
    keepLanguage(asked);
    return asked;
  }
  const kept = keptLanguage();
  if (kept === "ko" || kept === "en") return kept;
  const known = preferred.map((tag) => tag.slice(0, 2)).find((tag) => tag === "ko" || tag === "en");
  return known === "ko" ? "ko" : "en";
}

export function keepLanguage(language: LanguageName): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

function keptLanguage(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** What comes behind the first paint, in one language. */
export type LaterTexts = RoomTexts & TroubleTexts;

/** What is said in one language, in a room and in trouble only with `later`: what shows a room comes with its words. */
export function textsOf(language: LanguageName, later?: LaterTexts | null): Texts {
  return {
    ...(language === "ko" ? ko : en),
    ...later,
    refusals: byCode(Refusal, later?.refusals),
    closes: byCode(Close, later?.closes),
  } as Texts;
}

function byCode(codes: Record<string, number>, said: Record<string, string> = {}): Record<number, string> {
  return Object.fromEntries(Object.entries(said).map(([name, text]) => [codes[name], text]));
}

export interface Formats {
  time: (ms: number) => string;
  day: (ms: number) => string;
  dayAndTime: (ms: number) => string;
}

export function formatsOf(language: LanguageName): Formats {
  const make = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(language, options);
    return (ms: number) => format.format(ms);
  };
  const time = { hour: "numeric", minute: "2-digit" } as const;
  return {
    time: make(time),
    day: make({ year: "numeric", month: "long", day: "numeric", weekday: "long" }),
    dayAndTime: make({ month: "short", day: "numeric", ...time }),
  };
}
