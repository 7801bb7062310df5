/**
 * What a person and a room may be called: the same rules on the server, which decides, and on the page, which says
 * beforehand what is wrong. When two names are the same to the eye is src/room/names.ts.
 * Invariant: a name that was accepted is a fixed point. Checked again, anywhere, it is accepted and unchanged; so its
 * bytes may be compared, stored and put into links.
 */
import { encodeText } from "./bytes.ts";
import { INVISIBLE_SIGN } from "./invisible.ts";
import { WIRE } from "./limits.ts";
import { once } from "./once.ts";

export const NameProblem = {
  /** Nothing is left after trimming. */
  empty: "empty",
  tooLong: "tooLong",
  /** A character that is invisible, steers the text around it, has no meaning yet, or piles up marks. */
  badCharacter: "badCharacter",
} as const;
export type NameProblem = (typeof NameProblem)[keyof typeof NameProblem];

/** `sign`: of a bad character, the first one, or the marks that pile up. */
export type NameCheck = { ok: true; name: string } | { ok: false; code: NameProblem; sign?: string };

/** People count what they see, so these bounds are in graphemes; the wire's bounds in bytes hold as well. */
export const MAX_NICKNAME_GRAPHEMES = 32;
const MAX_ROOM_NAME_GRAPHEMES = 64;

/** Longer input is not even normalised. No acceptable name needs as much, decomposed and with generous spaces. */
const MAX_RAW_LENGTH = 1024;

export const graphemes = once(() => new Intl.Segmenter("und", { granularity: "grapheme" }));

/**
 * A flag of any kind, a keycap, or a pictograph with style and skin tone, and more of them behind zero width joiners.
 * Code points that are only reserved for pictographs do not count.
 */
const emoji = once(() => {
  const one = String.raw`(?!\p{Cn})\p{Extended_Pictographic}[\uFE0E\uFE0F]?\p{Emoji_Modifier}?`;
  // The tags of England, Scotland and Wales behind a black flag: the only ones that there are pictures of.
  const letters = (tags: string) =>
    Array.from(tags, (tag) => String.fromCodePoint(0xe0000 + tag.charCodeAt(0))).join("");
  const tagged = `\u{1F3F4}(?:${["gbeng", "gbsct", "gbwls"].map(letters).join("|")})\u{E007F}`;
  return new RegExp(String.raw`\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|${tagged}|${one}(?:\u200D${one})*`, "gu");
});

/**
 * A joiner or non-joiner inside a word of a script whose spelling needs it: Persian, and the scripts of India and
 * their relatives, where it chooses between a conjunct and a visible virama.
 */
const joinerInWord = once(() => {
  const scripts =
    "Arab Syrc Mand Nkoo Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt Java Bali Newa";
  const letter = scripts
    .split(" ")
    .map((script) => String.raw`\p{Script_Extensions=${script}}`)
    .join("");
  return new RegExp(
    String.raw`(?<=[${letter}])(?<=[\p{L}\p{M}])[\u200C\u200D](?=[${letter}])(?=[\p{L}\p{M}])`,
    "gu",
  );
});

/**
 * Asked after emoji and rightful joiners were taken out. In order: control, format, private, surrogate and unassigned
 * code points; whatever Unicode says shows nothing (fillers, variation selectors, tags) and what shows nothing although
 * Unicode does not say so; line and paragraph separators; stand-ins for lost text; half a flag; enclosing marks; a mark
 * with nothing to sit on.
 */
const bad = once(
  () =>
    new RegExp(
      [
        String.raw`\p{C}|${INVISIBLE_SIGN}`,
        String.raw`\p{Zl}|\p{Zp}|\uFFFD|\p{RI}|\p{Me}|(?<![\p{L}\p{N}\p{M}])\p{M}`,
      ].join("|"),
      "u",
    ),
);

/** Living spelling stacks three or four marks (Thai, Tibetan; with spacing vowels Burmese six). More is a prank. */
const piledMarks = once(() => /\p{Mn}{5}|\p{M}{7}/u);

/** Characters that are right in any order: ASCII letters and digits, Hangul syllables, space, hyphen. */
export const PLAIN = /^[a-z0-9가-힣 -]+$/i;

/** Kept out of room names: they end or split the path of a link, or are undone by a browser on the way. */
const BREAKS_LINKS = /[/\\?#%]/;

/** Checks a nickname and returns the form under which it is shown, stored and sent. */
export function checkNickname(raw: string): NameCheck {
  if (raw.length > MAX_RAW_LENGTH) return refuse(NameProblem.tooLong);
  return checkShape(spaced(raw), MAX_NICKNAME_GRAPHEMES, WIRE.maxNameBytes);
}

/** Checks a room name and returns its canonical form, the one that stands in links: `/r/` and the encoded name. */
export function checkRoomName(raw: string): NameCheck {
  if (raw.length > MAX_RAW_LENGTH) return refuse(NameProblem.tooLong);
  // Lower case can leave composed form (İ becomes i and a dot), hence the second NFC.
  const name = raw
    .normalize("NFC")
    .trim()
    .replace(/\p{Zs}+/gu, "-")
    .toLowerCase()
    .normalize("NFC");
  // A browser resolves these two before it asks for the link.
  const sign = BREAKS_LINKS.exec(name) ?? /^\.\.?$/.exec(name);
  if (sign) return refuse(NameProblem.badCharacter, sign[0]);
  return checkShape(name, MAX_ROOM_NAME_GRAPHEMES, WIRE.maxRoomNameBytes);
}

/** Checks what a room is to be called where it is shown, beside the name that its links have. */
export function checkRoomTitle(raw: string): NameCheck {
  if (raw.length > MAX_RAW_LENGTH) return refuse(NameProblem.tooLong);
  return checkShape(spaced(raw), MAX_ROOM_NAME_GRAPHEMES, WIRE.maxRoomNameBytes);
}

/** Composed, without white space at both ends, and with one space for each run of them. */
const spaced = (raw: string): string =>
  raw
    .normalize("NFC")
    .trim()
    .replace(/\p{Zs}+/gu, " ");

function refuse(code: NameProblem, sign?: string): NameCheck {
  return { ok: false, code, ...(sign && { sign }) };
}

function checkShape(name: string, maxGraphemes: number, maxBytes: number): NameCheck {
  if (name === "") return refuse(NameProblem.empty);
  // Most names need no closer look: each of these characters is a grapheme of at most three bytes.
  if (name.length <= maxGraphemes && PLAIN.test(name)) return { ok: true, name };
  // An emoji leaves a symbol behind: a mark after it still has nothing to sit on, and neighbours stay apart.
  const rest = name.replace(emoji(), "\u25A1").replace(joinerInWord(), "");
  const sign = bad().exec(rest) ?? piledMarks().exec(rest);
  if (sign) return refuse(NameProblem.badCharacter, sign[0]);
  if (encodeText(name).length > maxBytes) return refuse(NameProblem.tooLong);
  if (name.length > maxGraphemes && [...graphemes().segment(name)].length > maxGraphemes)
    return refuse(NameProblem.tooLong);
  return { ok: true, name };
}
