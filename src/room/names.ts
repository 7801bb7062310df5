/**
 * What a person and a room may be called, and when two names are the same to the eye. It keeps no list of names.
 * Invariant: a name that was accepted is a fixed point. Checked again, anywhere, it is accepted and unchanged; so its
 * bytes may be compared, stored and put into links.
 */
import { encodeText } from "../wire/bytes.ts";
import { INVISIBLE_SIGN } from "../wire/invisible.ts";
import { WIRE } from "../wire/limits.ts";
import { foldCase, GREEK_SMALL_SHAPES } from "./confusables.ts";
import { lookAlikes, undecorated } from "./look-alikes.ts";
import { once } from "./once.ts";

export const NameProblem = {
  /** Nothing is left after trimming. */
  empty: "empty",
  tooLong: "tooLong",
  /** A character that is invisible, steers the text around it, has no meaning yet, or piles up marks. */
  badCharacter: "badCharacter",
} as const;
export type NameProblem = (typeof NameProblem)[keyof typeof NameProblem];

export type NameCheck = { ok: true; name: string } | { ok: false; code: NameProblem };

/** People count what they see, so these bounds are in graphemes; the wire's bounds in bytes hold as well. */
const MAX_NICKNAME_GRAPHEMES = 32;
const MAX_ROOM_NAME_GRAPHEMES = 64;

/** Longer input is not even normalised. No acceptable name needs as much, decomposed and with generous spaces. */
const MAX_RAW_LENGTH = 1024;

const graphemes = once(() => new Intl.Segmenter("und", { granularity: "grapheme" }));

/**
 * A flag of any kind, a keycap, or a pictograph with style and skin tone, and more of them behind zero width joiners. Code points
 * that are only reserved for pictographs do not count.
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
const PLAIN = /^[a-z0-9가-힣 -]+$/i;

/** Kept out of room names: they end or split the path of a link, or are undone by a browser on the way. */
const BREAKS_LINKS = /[/\\?#%]/;

/** Checks a nickname and returns the form under which it is shown, stored and sent. */
export function checkNickname(raw: string): NameCheck {
  if (raw.length > MAX_RAW_LENGTH) return refuse(NameProblem.tooLong);
  const name = raw
    .normalize("NFC")
    .trim()
    .replace(/\p{Zs}+/gu, " ");
  return checkShape(name, MAX_NICKNAME_GRAPHEMES, WIRE.maxNameBytes);
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
  if (BREAKS_LINKS.test(name) || name === "." || name === "..") return refuse(NameProblem.badCharacter);
  return checkShape(name, MAX_ROOM_NAME_GRAPHEMES, WIRE.maxRoomNameBytes);
}

function refuse(code: NameProblem): NameCheck {
  return { ok: false, code };
}

function checkShape(name: string, maxGraphemes: number, maxBytes: number): NameCheck {
  if (name === "") return refuse(NameProblem.empty);
  // Most names need no closer look: each of these characters is a grapheme of at most three bytes.
  if (name.length <= maxGraphemes && PLAIN.test(name)) return { ok: true, name };
  // An emoji leaves a symbol behind: a mark after it still has nothing to sit on, and neighbours stay apart.
  const rest = name.replace(emoji(), "\u25A1").replace(joinerInWord(), "");
  if (bad().test(rest) || piledMarks().test(rest)) return refuse(NameProblem.badCharacter);
  if (encodeText(name).length > maxBytes) return refuse(NameProblem.tooLong);
  if (name.length > maxGraphemes && [...graphemes().segment(name)].length > maxGraphemes)
    return refuse(NameProblem.tooLong);
  return { ok: true, name };
}

/**
 * The form under which names that look alike are equal: after the skeleton of UTS #39, section 4, and coarser, since
 * case, width, spaces and punctuation do not tell people apart either. Accents do. Only for comparing, never shown;
 * it changes when the table grows, so it must not be stored.
 */
export function nameSkeleton(name: string): string {
  const plain = withoutDecoration(name);
  // Nothing but punctuation is a name too; then it counts.
  if (plain === "")
    return foldCase(name.normalize("NFKC")).replace(/[\p{Z}\p{Default_Ignorable_Code_Point}]/gu, "");

  // A name in which some letter can only be Greek is read as Greek, where case must not matter (Νίκος, νίκος). In any
  // other the Greek letters can only pass for Latin ones, and then the drawn shape counts. What decides are letters
  // that nobody takes for Latin ones, and the sigma, which passes for o only where it is alone.
  const isGreek = /[δθλξπσςφψω]/.test(plain.toLowerCase()) && /\p{L}.*\p{L}/u.test(plain);
  const seen = isGreek
    ? plain
    : plain.replace(/[\u0370-\u03FF]/g, (letter) => GREEK_SMALL_SHAPES.get(letter) ?? letter);
  return mapToPrototypes(seen);
}

/** Decomposed, without what does not tell names apart; characters that look like another one as a whole are that one. */
function withoutDecoration(name: string): string {
  if (PLAIN.test(name)) return undecorated(name);
  // Flags differ in nothing but tags, which are invisible letters.
  const tagged = name.replace(/[\u{E0061}-\u{E007A}]/gu, (tag) =>
    String.fromCodePoint(tag.codePointAt(0)! - 0xe0000),
  );
  return undecorated(seenWhole(seenWhole(tagged.normalize("NFC")).normalize("NFKC")));
}

function seenWhole(name: string): string {
  const { whole } = lookAlikes();
  return Array.from(name, (one) => whole.get(one) ?? one).join("");
}

function mapToPrototypes(plain: string): string {
  const { prototypes } = lookAlikes();
  let mapped = "";
  for (const character of foldCase(plain)) mapped += prototypes.get(character) ?? character;
  // i and j lose their dot to any accent, so the dot itself says nothing.
  return mapped.replace(/(?<=[lj])\u0307/g, "").normalize("NFC");
}

/**
 * A name near `name` that is valid and whose skeleton `taken` does not know: 수달 becomes 수달 2. A long name loses its
 * end to make place for the number. `taken` is asked a logarithmic number of times, so that a thousand guests of one
 * name are cheap, and the skeleton is made once for each number of digits; with gaps in their numbers the result is free
 * but not always the smallest.
 */
export function suggestName(name: string, taken: (skeleton: string) => boolean): string {
  const numbered = / ([1-9][0-9]{0,5})$/.exec(name);
  const text = numbered ? name.slice(0, numbered.index) : name;
  const first = numbered ? Number(numbered[1]) + 1 : 2;
  const parts = once(() => [...graphemes().segment(text)].map((part) => part.segment));
  const bases: Base[] = [];
  const baseFor = (n: number): Base => {
    const digits = String(n).length;
    const known = bases[digits];
    if (known) return known;
    const before = beginningFor(text, parts, digits);
    const skeleton =
      bases.find((base) => base?.before === before)?.skeleton ??
      (withoutDecoration(before) === "" ? "" : nameSkeleton(before));
    bases[digits] = { before, skeleton };
    return bases[digits];
  };
  const isTaken = (n: number) => taken(baseFor(n).skeleton + String(n).replace(/[0-9]/g, digitSkeleton));

  if (!isTaken(first)) return baseFor(first).before + first;
  let low = first;
  let step = 1;
  while (isTaken(first + step)) {
    low = first + step;
    step *= 2;
    if (!Number.isSafeInteger(first + step)) throw new Error("every name is said to be taken");
  }
  let high = first + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isTaken(middle)) low = middle;
    else high = middle;
  }
  return baseFor(high).before + high;
}

interface Base {
  /** What stands before the number. */
  before: string;
  /** Its part of the skeleton: digits neither join what is before them nor change how it is read. */
  skeleton: string;
}

const digitSkeletons = once(() => Array.from("0123456789", mapToPrototypes));
const digitSkeleton = (digit: string) => digitSkeletons()[Number(digit)]!;

/** The longest beginning of `text`, whose graphemes `parts` are, that makes a valid name with so many digits behind it. */
function beginningFor(text: string, parts: () => readonly string[], digits: number): string {
  const number = "1".repeat(digits);
  const make = (kept: string): string | null => {
    const result = checkNickname(`${kept} ${number}`);
    return result.ok ? result.name.slice(0, -digits) : null;
  };
  // So short that it need not be counted what a grapheme is.
  const whole = text.length + 1 + digits <= MAX_NICKNAME_GRAPHEMES ? make(text) : null;
  if (whole !== null) return whole;
  const all = parts();
  let bytes = 1 + digits;
  let most = 0;
  while (most < Math.min(all.length, MAX_NICKNAME_GRAPHEMES - 1 - digits)) {
    bytes += encodeText(all[most]!).length;
    if (bytes > WIRE.maxNameBytes) break;
    most++;
  }
  // A cut can leave a joiner without its neighbour, so the whole is checked, not only measured.
  for (let kept = most; kept > 0; kept--) {
    const before = make(all.slice(0, kept).join(""));
    if (before !== null) return before;
  }
  return "";
}
