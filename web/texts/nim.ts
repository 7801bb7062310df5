/** How Korean calls a person within a sentence. */

/** Without the mark that ends a name within a sentence; see components/sentence.tsx. */
export const spoken = (word: string): string => word.replace(/\u2069$/, "");

/** A person's name with 님, once. */
export const withNim = (name: string): string => (spoken(name).endsWith("님") ? name : `${name}님`);
