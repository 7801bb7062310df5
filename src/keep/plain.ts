/**
 * Texts of strangers for places that take orders from what they show. A terminal obeys control characters, and shows
 * what stands behind a sign of direction somewhere else.
 */

/** Controls but the tab, and what turns the direction of what follows. */
const ORDERS = /[\p{Cc}\u200e\u200f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text that a terminal shows as it is written; each line break becomes `newline`. */
export function plain(text: string, newline = "\\n"): string {
  return text.replace(/\r\n?/g, "\n").replace(ORDERS, (sign) => {
    if (sign === "\t") return sign;
    if (sign === "\n") return newline;
    return `\\u{${sign.codePointAt(0)!.toString(16)}}`;
  });
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text within HTML, in an attribute too. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!).replaceAll("\0", "\ufffd");
