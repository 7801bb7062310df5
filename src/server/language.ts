/**
 * Which language a page is served in: what the address asks for, then what was chosen before, then what the browser
 * prefers (RFC 9110, section 12.5.4), then English. Headers are bounded by the caller.
 */
import { weighted } from "./negotiation.ts";

export const LANGUAGES = ["en", "ko"] as const;
export type PageLanguage = (typeof LANGUAGES)[number];

const COOKIE = "lang";
const REMEMBERED_SECONDS = 365 * 86_400;

const isSpoken = (tag: string): tag is PageLanguage => LANGUAGES.some((language) => language === tag);

/** What the query asks for; null when it asks for nothing, or for what is not spoken here. */
export function askedLanguage(query: string): PageLanguage | null {
  const asked = new URLSearchParams(query).get("lang") ?? "";
  return isSpoken(asked) ? asked : null;
}

export function chooseLanguage(query: string, cookie: string, acceptLanguage: string): PageLanguage {
  return askedLanguage(query) ?? chosenBefore(cookie) ?? preferred(acceptLanguage) ?? "en";
}

/** The header that has the browser remember a choice. Nothing else reads it, and no other site's request carries it. */
export function rememberLanguage(language: PageLanguage): readonly [string, string] {
  return [
    "Set-Cookie",
    `${COOKIE}=${language}; Path=/; Max-Age=${REMEMBERED_SECONDS}; SameSite=Lax; HttpOnly`,
  ];
}

function chosenBefore(cookie: string): PageLanguage | null {
  for (const pair of cookie.split(/[;,]/)) {
    const [name, value = ""] = pair.trim().split("=");
    if (name === COOKIE && isSpoken(value)) return value;
  }
  return null;
}

function preferred(acceptLanguage: string): PageLanguage | null {
  let best: PageLanguage | null = null;
  let bestQuality = 0;
  for (const [range, quality] of weighted(acceptLanguage)) {
    const [tag = ""] = range.split("-");
    if (isSpoken(tag) && quality > bestQuality) [best, bestQuality] = [tag, quality];
  }
  return best;
}
