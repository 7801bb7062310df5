/**
 * What shows nothing by itself: the one table for texts and names, on the server and on the page. It stands on what
 * Unicode says of its characters, so that it grows with the engine's Unicode.
 */

/** Drawn as nothing although Unicode says otherwise: blanks of Braille, Khitan, music and hieroglyphs, lost objects. */
const BLANK = String.raw`\u2800\uFFFC\u{16FE4}\u{1D159}\u{13441}\u{13442}`;

/** Signs that stand under or around what follows them, and show: format characters by name only. */
const SHOWN = String.raw`\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}`;

const SIGNS = String.raw`\p{Cc}\p{Cf}\p{DI}\p{NChar}${BLANK}`;

/** One character that is invisible, spaces not counted: a part of a pattern with the flag `u`. */
export const INVISIBLE_SIGN = `(?![${SHOWN}])[${SIGNS}]`;

/** One class: with two that both hold a tab, a text of many would be tried in all combinations. */
const NOTHING = /* @__PURE__ */ new RegExp(String.raw`^(?:(?![${SHOWN}])[\s\p{Z}${SIGNS}])*$`, "u");

/** Whether nothing of a text shows: spaces, controls, fillers, format characters, variation selectors, tags. */
export function isBlank(text: string): boolean {
  return NOTHING.test(text);
}
