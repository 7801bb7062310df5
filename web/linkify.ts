/**
 * Finds the links in a message's text. Only http and https with a host; everything else stays text, and nothing is
 * ever interpreted as markup. Pure. Invariant: the parts joined give back the text, character by character.
 *
 * A link ends where a writer would end it: before punctuation that closes the sentence, before a bracket that was
 * not opened in the link, and before Korean that follows ASCII directly (`https://example.com을`), because particles
 * are written without a space. Letters of other scripts belong to the link where they begin a part of it
 * (`/r/한국어-방`, `한국.kr`).
 */

export interface Link {
  href: string;
  /** What was written. */
  label: string;
}

const PARTICLES =
  "을|를|이|가|은|는|도|만|의|에|에서|에게|와|과|랑|로|으로|까지|부터|처럼|보다|라고|이라고|입니다|예요|이에요";
/** A letter, mark or number outside ASCII. */
const FOREIGN = String.raw`[^\0-\x7f\p{P}\p{S}\p{Z}\p{C}]`;
const FOREIGN_PART = `(?!(?:${PARTICLES})(?!${FOREIGN}|[\\w\\-/]))${FOREIGN}(?:${FOREIGN}|\\d)*`;
// A label of a host is either all ASCII or all of another script; the last one is ASCII, or a country's own.
const HOST = `(?:(?:[a-z0-9-]+|${FOREIGN}(?:${FOREIGN}|[0-9-])*)\\.)*(?:한국|[a-z0-9-]+)|\\[[0-9a-f:.]+\\]`;
const PATH = String.raw`(?:[/=_\-?&#.+:](?:${FOREIGN_PART})?|[a-z0-9~[\]@!$'()*,;%])*`;
const URL_PATTERN = String.raw`https?://(?:${HOST})(?::\d{1,5})?(?:(?=[/?#])${PATH})?`;
const CLOSING = ".,;:!?'\"~*_";

/** Text and links in the order in which they stand. */
export function linkify(text: string): (string | Link)[] {
  if (!text.includes("://")) return [text];
  const parts: (string | Link)[] = [];
  let done = 0;
  for (const match of text.matchAll(new RegExp(URL_PATTERN, "giu"))) {
    const label = withoutTail(match[0]);
    const href = hrefOf(label);
    if (!href || !standsAlone(text, match.index, match[0].length)) continue;
    if (match.index > done) parts.push(text.slice(done, match.index));
    parts.push({ href, label });
    done = match.index + label.length;
  }
  if (done < text.length || parts.length === 0) parts.push(text.slice(done));
  return parts;
}

/** Not the end of a longer word, and not a name before an @, which makes a host look like another one. */
function standsAlone(text: string, start: number, length: number): boolean {
  if (start > 0 && /[\w]/.test(text[start - 1] as string)) return false;
  return !/^[^\s/?#]*@/.test(text.slice(start + length, start + length + 300));
}

function withoutTail(link: string): string {
  // How many more brackets of each kind are closed than opened in what is left of the link.
  let round = excess(link, "(", ")");
  let square = excess(link, "[", "]");
  let end = link.length;
  for (; end > 0; end--) {
    const last = link[end - 1] as string;
    if (last === ")" && round > 0) round--;
    else if (last === "]" && square > 0) square--;
    else if (!CLOSING.includes(last)) break;
  }
  return link.slice(0, end);
}

function excess(text: string, opening: string, closing: string): number {
  let sum = 0;
  for (const character of text) sum += Number(character === closing) - Number(character === opening);
  return sum;
}

function hrefOf(label: string): string | null {
  if (!URL.canParse(label)) return null;
  const url = new URL(label);
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  return isWeb && url.username === "" && url.password === "" ? url.href : null;
}
