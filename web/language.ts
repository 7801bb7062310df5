/**
 * The languages of the page, and the forms of times and days. A page speaks one language from its first byte on: the
 * server chooses it, see src/server/language.ts, and the build makes the scripts of each language with its words alone.
 */
export type LanguageName = "ko" | "en";

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
