/**
 * Which characters look like which: our own rows, and behind them the data of UTS #39, section 4
 * (https://www.unicode.org/reports/tr39/), as the package `unhomoglyph` carries it. Made once, when the first name that
 * needs it is looked at; only the server knows it.
 * Invariant: a prototype is a fixed point, no character of one is mapped again, and letters and digits of ASCII are the
 * same only where a row of ours says so.
 */
import { createRequire } from "node:module";
import { once } from "../wire/once.ts";
import { foldCase, readRows } from "./confusables.ts";

interface LookAlikes {
  /** From a character, decomposed and case-folded, to its prototype. A character that is not in it is its own. */
  prototypes: ReadonlyMap<string, string>;
  /** What composed or capital characters look like where that is not what they decompose and fold to. */
  whole: ReadonlyMap<string, string>;
}

/** Modern Hangul: only our own rows may equate parts of its syllables, or 각가 would be 가까. */
const MODERN_JAMO = /^[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2\u3131-\u3163]/;
const isSignOrGreek = (character: string) =>
  /^[ -~]$/.test(character) || /^[\u0370-\u03FF]$/.test(character.normalize("NFKC"));
const lower = (text: string) => text.toLowerCase();
const upper = (text: string) => text.toUpperCase();
const ASCII = /^[a-z0-9]$/;

export const lookAlikes: () => LookAlikes = once(() => {
  const prototypes = readRows();
  // The lunate sigma looks like c; decomposed it would be an ordinary sigma.
  const whole = new Map([
    ["\u03F2", "c"],
    ["\u03F9", "c"],
  ]);
  /** Characters by the prototype they are drawn like. */
  const drawnLike = new Map<string, string[]>();
  /** Parts of prototypes of more than one character: they stay as they are. */
  const parts = new Set<string>();
  const add = (character: string, prototype: string) => {
    prototypes.set(character, prototype);
    drawnLike.set(prototype, [...(drawnLike.get(prototype) ?? []), character]);
    if ([...prototype].length > 1) for (const part of prototype) parts.add(part);
  };
  for (const [character, prototype] of prototypes) add(character, prototype);

  const shapeOf = (text: string) =>
    Array.from(foldCase(undecorated(text)), (one) => prototypes.get(one) ?? one).join("");
  const mayMove = (shape: string) => [...shape].length === 1 && !ASCII.test(shape) && !parts.has(shape);
  const move = (character: string, prototype: string) => {
    for (const one of drawnLike.get(character) ?? []) add(one, prototype);
    drawnLike.delete(character);
    add(character, prototype);
  };

  const data = createRequire(import.meta.url)("unhomoglyph/data.json") as Record<string, string>;
  for (const [from, to] of Object.entries(data)) {
    const [one, other] = [shapeOf(from), shapeOf(to)];
    if (one === other || other === "" || MODERN_JAMO.test(from)) continue;
    if (mayMove(one) && !other.includes(one)) move(one, other);
    else if (mayMove(other) && one !== "" && !one.includes(other)) move(other, one);
    // Signs that people write as signs stay signs, and how Greek is read depends on the name.
    else if (/^\p{Script=Latin}+$/u.test(to) && !isSignOrGreek(from)) {
      whole.set(from, to);
      // The data seldom has both cases.
      for (const inCase of [lower, upper]) {
        const other = inCase(from);
        if ([...other].length === 1 && !isSignOrGreek(other) && !(other in data))
          whole.set(other, inCase(to));
      }
    }
  }
  return { prototypes, whole };
});

/** Decomposed, without what does not tell names apart. */
export function undecorated(name: string): string {
  return (
    name
      // Spacing accents first, because NFKD turns them into a space and a combining mark.
      .replace(/\p{Sk}/gu, "")
      .normalize("NFKD")
      .replace(/\p{Z}\p{M}*/gu, "")
      // With punctuation go the letters that only look like it: modifier apostrophes, saltillo, tatweel.
      .replace(/[\p{P}\p{Me}\p{Default_Ignorable_Code_Point}\u02B9-\u02CF\u0640\uA78B\uA78C]/gu, "")
  );
}
