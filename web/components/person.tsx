/** How a person is shown: a seal in the colour of their number, their name, and a short tag that nobody can copy. */
import { hueOf, tagOf } from "../../src/client/identity-mark.ts";
import type { Texts } from "../texts/en.ts";

export function hueStyle(author: number) {
  return { "--hue": String(hueOf(author)) };
}

/** Of "다정한 수달" it shows the 수: what one is says more than how one is. */
export function Seal({ author, name }: { author: number; name: string }) {
  const word = name.split(" ").findLast((part) => /^\p{L}/u.test(part)) ?? name;
  return (
    <span class="seal" aria-hidden="true" style={hueStyle(author)}>
      {[...word][0]}
    </span>
  );
}

export function PersonName({
  author,
  name,
  texts,
  you,
}: {
  author: number;
  name: string;
  texts: Texts;
  you?: boolean;
}) {
  return (
    <span class="person" style={hueStyle(author)}>
      <b>{name}</b> <span class="tag">{you ? texts.you : tagOf(author)}</span>
    </span>
  );
}
