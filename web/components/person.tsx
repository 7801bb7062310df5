/**
 * How a person is shown: a seal in the colour of their number, their name, and a short tag that nobody can
 * copy. The whole tag shows while one rests or presses on it.
 */
import { fullTagOf, hueOf, SHORT_TAG } from "../../src/client/identity-mark.ts";
import type { Texts } from "../texts/en.ts";

export const hueStyle = (author: number) => `--hue:${hueOf(author)}`;

/** What people see as one sign: a flag, a family, a letter with its marks. Firefox has it since 125. */
const signs = Intl.Segmenter && new Intl.Segmenter();

/** Of "다정한 수달" it shows the 수: what one is says more than how one is. */
export function Seal({ author, name }: { author: number; name: string }) {
  const word = name.split(" ").findLast((part) => /^\p{L}/u.test(part)) ?? name;
  return (
    <span class="seal" aria-hidden="true" style={hueStyle(author)}>
      {signs ? signs.segment(word).containing(0)?.segment : [...word][0]}
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
  /** Said in place of the short tag. */
  you?: string | false;
}) {
  const tag = fullTagOf(author);
  return (
    <span class="person" style={hueStyle(author)}>
      <b dir="auto">{name}</b>{" "}
      <span class="tag" dir="ltr" title={texts.tag?.(tag)} data-rest={you ? ` ${tag}` : tag.slice(SHORT_TAG)}>
        {you || tag.slice(0, SHORT_TAG)}
      </span>
    </span>
  );
}
