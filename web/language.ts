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

/**
 * The words of the page's language with the customs of where the reader is: the order of dates, and whether a day has
 * 24 hours, which no form of Korean has by itself.
 */
function customs(
  language: LanguageName,
  [first = language]: readonly string[],
): [string, (string | undefined)?] {
  try {
    const { region } = new Intl.Locale(first).maximize();
    const { hourCycle } = new Intl.DateTimeFormat(first, { hour: "numeric" }).resolvedOptions();
    return [first.startsWith(language) ? first : `${language}-${region}`, hourCycle];
  } catch {
    // Some systems name their languages in ways that nobody reads.
    return [language];
  }
}

export function formatsOf(
  language: LanguageName,
  preferred = globalThis.navigator?.languages ?? [],
): Formats {
  const [locale, hourCycle] = customs(language, preferred);
  const make = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, options);
    return (ms: number) => format.format(ms);
  };
  const time = { hour: "numeric", minute: "2-digit", hourCycle } as Intl.DateTimeFormatOptions;
  return {
    time: make(time),
    day: make({ year: "numeric", month: "long", day: "numeric", weekday: "long" }),
    dayAndTime: make({ month: "short", day: "numeric", ...time }),
  };
}
