/**
 * Finds the links in a message's text; loaded with the first text that may hold one. Only http and https; everything
 * else stays text, and nothing is ever interpreted as markup. Pure.
 * Invariants: the parts joined give back the text, character by character. A link leads to exactly the address that it
 * shows, as the browser's own parser reads it; where one cannot tell where the address ends, there is no link.
 *
 * An address goes on to the next white space. Not part of it are the signs that end a sentence behind it, a bracket
 * or quotation mark that was opened before it, and a Korean particle, which is written without a space.
 */

export interface Link {
  href: string;
  /** What was written. */
  label: string;
  /** The host where it really leads, when what was written may be taken for another one; else empty. */
  leads: string;
}

/** No browser shows `<`, `>` or `"` in an address. */
const ADDRESS = /(?<![\w+])https?:\/\/[^\s\p{Z}\p{Cc}<>"]+/giu;
const HOST = /^(https?:\/\/)((?:[\p{L}\p{M}\p{N}_.%-])+|\[[\da-f:.]+\])((?::\d+)?)/iu;
/** Turns the text around, hides in it or stands for what is not there. Joiners and tags have their place in a path. */
const HIDDEN = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Cf}|[\u2800\u3164\uffa0\ufffc]/u;

const BRACKETS = "()[]{}（）「」『』【】《》〈〉〔〕［］“”‘’«»‹›";
/** Ends a sentence, or is said about the address, when nothing of it follows. */
const CLOSING = /[.,;:!?'…·。，、；：！？､｡”’»›]$/;
/** Ends a sentence in scripts that put no space behind it. */
const WIDE_STOP = /[。，、；：！？､｡]/;

/** Of several syllables: hardly a word ends like them. */
const LONG = "에서|에게|한테|까지|부터|처럼|으로|이라고|라고|입니다|이에요|예요";
const SHORT =
  "이라는|라는|이라도|라도|마다|밖에|보다|하고|이랑|인데|이나|을|를|이|가|은|는|도|만|의|에|과|와|랑|로|요";
/** A particle may follow another one. */
const PARTICLE = `(?:${LONG}|${SHORT}){1,3}$`;
const AFTER_ADDRESS = new RegExp(`(?<![가-힣])${PARTICLE}|(?<=/[가-힣]+?)(?:${LONG})(?:는|도|만|의)?$`);
const CLOSE = String.raw`[\p{sc=Hang}\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]`;
/** Of a longer word it does not matter how it ends. */
const PARTICLE_REACH = 64;
/** What a name in the DNS can hold, and some more. */
const MAX_HOST = 300;
/** Behind a domain in ASCII or Korean. No domain at the top mixes scripts, and these write without spaces. */
const AFTER_HOST = new RegExp(
  String.raw`(?<=\.[a-z]{2,})${CLOSE}+$|(?<=\.(?:한국|닷컴|닷넷|삼성)|^[a-z\d-]+)${PARTICLE}`,
  "iu",
);

/** Labels of a host that look like nothing else: Latin with the accents of living languages, or one other script. */
const PLAIN_LABEL = new RegExp(
  String.raw`^(?:(?:[a-zß-öø-ÿā-ž\d_-](?<![ıĸŀŉſ]))*|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー\d-]*|${[
    ..."Hang Arab Hebr Thai Deva Beng Taml Telu".split(" "),
  ]
    .map((script) => String.raw`[\p{scx=${script}}\d-]*`)
    .join("|")})$`,
  "u",
);
/** Cyrillic and Greek with at least one letter that nobody takes for a Latin one. */
const PLAIN_HOST =
  /^(?=.*[бвгджзийклмнптфцчшщъыэюяїєґђћљњџ])[\p{sc=Cyrl}\d.-]+$|^(?=.*[γδθλξπφψω])[\p{sc=Grek}\d.-]+$/u;

/** Text and links in the order in which they stand. */
export function linkify(text: string): (string | Link)[] {
  const parts: (string | Link)[] = [];
  const address = new RegExp(ADDRESS);
  /** How many brackets of each kind are open in the words around. */
  const open = BRACKETS.replace(/../g, "0").split("").map(Number);
  let counted = 0;
  let done = 0;
  for (let match = address.exec(text); match; match = address.exec(text)) {
    const { index } = match;
    for (const sign of text.slice(counted, index)) {
      const kind = BRACKETS.indexOf(sign);
      if (kind >= 0) open[kind >> 1] = Math.max(0, (open[kind >> 1] as number) + (kind % 2 ? -1 : 1));
    }
    const run = withoutTail(untilOutside(match[0], open), text[index - 1] ?? "");
    // A name before an @ makes a host look like another one, whatever stands between them.
    const link = /^[^/?#\\]*\/\/[^/?#\\]*@/.test(match[0]) ? null : linkOf(run);
    counted = index + (link?.label ?? run).length;
    address.lastIndex = counted;
    if (!link) continue;
    if (index > done) parts.push(text.slice(done, index));
    parts.push(link);
    done = counted;
  }
  if (done < text.length || parts.length === 0) parts.push(text.slice(done));
  return parts;
}

function linkOf(run: string): Link | null {
  const [whole, scheme = "", host = "", port = ""] = HOST.exec(run) ?? [];
  // What is said in wide signs within it, or in brackets behind a slash, may be about the address or of it.
  if (
    !whole ||
    host.length > MAX_HOST ||
    HIDDEN.test(run) ||
    WIDE_STOP.test(run) ||
    /[^\p{L}\p{M}\p{N}_][（「『【《〈〔［“‘«‹]/u.test(run)
  )
    return null;
  const rest = run.slice(whole.length);
  const said = AFTER_HOST.exec(host)?.[0] ?? "";
  if (/^[/?#\\]/.test(rest)) return said ? null : linkTo(run, host);
  if (said && port) return null;
  // Behind a host stands a sign, or a particle behind a port. It is no part of the address only if no host could hold it.
  const isApart =
    (port && new RegExp(`^${CLOSE}+$`, "u").test(rest)) ||
    (host.includes(".") && /^[^\p{L}\p{N}@](?:https?:|[^a-z\d.@:/?#\\]*$)/iu.test(rest));
  if (rest !== "" && !isApart) return null;
  const named = host.slice(0, host.length - said.length);
  return linkTo(scheme + named + port, named);
}

function linkTo(label: string, host: string): Link | null {
  if (!URL.canParse(label)) return null;
  const { href, hostname, username, password } = new URL(label);
  if (username || password) return null;
  return { href, label, leads: isPlain(host.normalize("NFC").toLowerCase(), hostname) ? "" : hostname };
}

/** Whether a host is what it seems to be. */
function isPlain(written: string, hostname: string): boolean {
  if (written === hostname) return true;
  if (!hostname.includes("xn--")) return false;
  return (
    PLAIN_HOST.test(written) ||
    written.split(".").every((label) => PLAIN_LABEL.test(label) || PLAIN_HOST.test(label))
  );
}

/** Up to a bracket that closes what was opened before, or to what is written in another script right behind ASCII. */
function untilOutside(run: string, open: readonly number[]): string {
  const inside = open.map(() => 0);
  for (let at = "https://".length; at < run.length; at++) {
    const sign = run[at] as string;
    const kind = BRACKETS.indexOf(sign);
    const before = run[at - 1] as string;
    if (/[!-^`-~]/.test(before) && WIDE_STOP.test(sign)) return run.slice(0, at);
    if (/[a-z\d)\]}]/i.test(before) && kind >= 6 && kind % 2 === 0) return run.slice(0, at);
    if (kind < 0) continue;
    const pair = kind >> 1;
    if (kind % 2 && inside[pair] === 0 && open[pair]) return run.slice(0, at);
    inside[pair] = (inside[pair] as number) + (kind % 2 ? -1 : 1);
  }
  return run;
}

/** Without what ends the sentence, closes a bracket too many, or marks the address as `marker` does before it. */
function withoutTail(run: string, marker: string, hasPath = /^[^/]+\/\/[^/?#\\]+[/?#\\]/.test(run)): string {
  const excess: Record<string, number> = {};
  for (const sign of run) {
    const kind = BRACKETS.indexOf(sign);
    const closing = BRACKETS[kind | 1] as string;
    if (kind >= 0) excess[closing] = (excess[closing] ?? 0) + (kind % 2 ? 1 : -1);
  }
  let end = run.length;
  for (;;) {
    const last = run[end - 1] as string;
    if ((excess[last] ?? 0) > 0) excess[last] = (excess[last] as number) - 1;
    else if (!CLOSING.test(last) && !(last === marker && "*~'`|".includes(last)) && !HIDDEN.test(last)) break;
    end--;
  }
  const label = run.slice(0, end);
  if (!hasPath) return label;
  const particle = AFTER_ADDRESS.exec(label.slice(-PARTICLE_REACH))?.[0];
  return particle ? withoutTail(label.slice(0, -particle.length), marker, false) : label;
}
