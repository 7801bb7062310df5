/**
 * Names within sentences: each keeps its own direction and leaves that of the words around it alone. Words are put
 * together as strings, so a name is marked in them, and what is marked is drawn apart.
 */
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

export const isolated = (name: string): string => FIRST_STRONG_ISOLATE + name + POP_ISOLATE;

export function Sentence({ text }: { text: string }) {
  return (
    <>{text.split(/\u2068(.*?)\u2069/).map((part, at) => (at % 2 ? <bdi key={at}>{part}</bdi> : part))}</>
  );
}
