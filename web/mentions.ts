/**
 * Who is meant in a text: an @ and a name that is known in the room, or a word for everybody. A mention is plain text,
 * so that it reads the same wherever the message is read; what it points at is found here, anew by each reader. Pure.
 * Invariant: of two known names that could be meant the longer one is, and no name is found within a longer word.
 */

export interface Mention {
  /** From the @ to behind the name, in UTF-16 units. */
  from: number;
  to: number;
  /** As `keyOf` the name; empty: everybody is meant. */
  key: string;
}

/** In both languages: a room is often of both. */
const EVERYBODY = ["everyone", "all", "여러분", "모두"];
/** Not within an address of mail, nor in a path. */
const AT = /(?<![\w/])[@＠]/g;
const ADDRESS = /https?:\/\/\S+/giu;

/** Written right behind a name in Korean, several in a row: what one is called, and what one is in the sentence. */
const AFTER_NAME = new RegExp(
  `^(?:${[
    "선생님|선생|선배님|선배|언니|오빠|누나|형님|형|쌤|님|씨|군|양|들",
    "에게서|에게|한테서|한테|께서|께|이라고|라고|이라도|라도|이라면|라면|이라는|라는|이랑|랑|하고|이나|나|이든|든",
    "처럼|까지|부터|보다|마저|조차|마다|밖에|으로|로|이여|여|이야|이요|요|이|가|은|는|을|를|의|도|만|과|와|아|야",
  ].join("|")}){1,4}(?![\\p{L}\\p{N}])`,
  "u",
);
const HANGUL = /\p{sc=Hang}/u;
/** Written without spaces, or with words of one's own behind a name of another script. */
const UNSPACED = /[\p{sc=Hang}\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]/u;

/** No two people in a room have names that differ in this alone. */
export const keyOf = (name: string): string => name.toLowerCase();

/** Names to look for, by how they begin. */
export class Roster {
  readonly #names = new Map<string, string[]>();

  constructor(names: Iterable<string>) {
    for (const name of new Set(names)) {
      const start = keyOf(name.slice(0, 1));
      const known = this.#names.get(start);
      if (known) known.push(name);
      else this.#names.set(start, [name]);
    }
    for (const known of this.#names.values()) known.sort((a, b) => b.length - a.length);
  }

  /** In order, none within another. */
  mentionsIn(text: string): Mention[] {
    if (!/[@＠]/.test(text)) return [];
    const plain = text.replace(ADDRESS, (address) => " ".repeat(address.length));
    return [...plain.matchAll(AT)].flatMap(({ index }) => {
      const from = index + 1;
      const known = this.#names.get(keyOf(plain.slice(from, from + 1))) ?? [];
      const fits = (name: string) =>
        keyOf(plain.slice(from, from + name.length)) === keyOf(name) &&
        isEnd(name, plain.slice(from + name.length));
      const name = known.find(fits) ?? EVERYBODY.find(fits);
      if (name === undefined) return [];
      return { from: index, to: from + name.length, key: known.includes(name) ? keyOf(name) : "" };
    });
  }
}

/** Whether a name ends where `rest` begins. */
function isEnd(name: string, rest: string): boolean {
  const next = /^[\p{L}\p{N}\p{M}_\u200d]/u.exec(rest)?.[0];
  if (next === undefined) return true;
  // What goes on with the same sign makes it another one.
  if (/[\p{M}\u200d]/u.test(next)) return false;
  const last = [...name].at(-1) as string;
  if (HANGUL.test(last) && HANGUL.test(next)) return AFTER_NAME.test(rest);
  if (!/[\p{L}\p{N}]/u.test(last)) return true;
  return /\p{L}/u.test(next) && (UNSPACED.test(last) || UNSPACED.test(next));
}
