/**
 * When two names are the same to the eye, and what a name that is taken may be instead. What may be a name at all is
 * src/wire/names.ts. It keeps no list of names.
 */
import { encodeText } from "../wire/bytes.ts";
import { WIRE } from "../wire/limits.ts";
import { checkNickname, graphemes, MAX_NICKNAME_GRAPHEMES, PLAIN } from "../wire/names.ts";
import { once } from "../wire/once.ts";
import { foldCase, GREEK_SMALL_SHAPES } from "./confusables.ts";
import { lookAlikes, undecorated } from "./look-alikes.ts";

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

/**
 * The longest beginning of `text`, whose graphemes `parts` are, that makes a valid name with so many digits behind it.
 */
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
