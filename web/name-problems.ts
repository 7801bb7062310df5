/**
 * What is wrong with a name, in words, before it is sent. Loaded when somebody has written one; the rules are those of
 * the server, which judges in any case.
 */
import { checkNickname, checkRoomName, graphemes, type NameCheck, NameProblem } from "../src/wire/names.ts";
import { problems } from "./texts/en-names.ts";

const MOST_SIGNS = 5;

/** An empty string when nothing is wrong. */
export function problemOf(kind: "nickname" | "room", raw: string): string {
  const check = kind === "room" ? checkRoomName : checkNickname;
  const result = check(raw);
  if (result.ok) return "";
  if (result.code === NameProblem.empty) return problems.empty;
  if (result.code === NameProblem.tooLong) return problems.tooLong(excess(raw.trim(), check));
  const sign = result.sign as string;
  if (sign === "." || sign === "..") return problems.dots;
  if (/^\p{M}/u.test(sign)) return problems.marks;
  const code = `U+${(sign.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;
  // Of what is not there yet, or only here, nobody sees what is meant.
  return /^[\p{C}\p{DI}\p{Zl}\p{Zp}\u2800\ufffc]/u.test(sign)
    ? problems.hidden(code)
    : problems.signs(signsIn(raw, check));
}

/** Those that are in the way, each once: without one of them the next one shows. */
function signsIn(raw: string, check: (raw: string) => NameCheck): string {
  const signs: string[] = [];
  let rest = raw;
  for (let result = check(rest); signs.length < MOST_SIGNS; result = check(rest)) {
    if (result.ok || !result.sign || !rest.includes(result.sign) || /^[\p{C}\p{M}]/u.test(result.sign)) break;
    signs.push(result.sign);
    rest = rest.replaceAll(result.sign, "");
  }
  return signs.join(" ");
}

/** How many characters it is too long by. */
function excess(name: string, check: (raw: string) => NameCheck): number {
  const parts = [...(Intl.Segmenter ? graphemes().segment(name) : name)].map((part) =>
    typeof part === "string" ? part : part.segment,
  );
  let kept = 0;
  let tooMany = parts.length;
  while (tooMany - kept > 1) {
    const middle = (kept + tooMany) >> 1;
    const result = check(parts.slice(0, middle).join(""));
    if (!result.ok && result.code === NameProblem.tooLong) tooMany = middle;
    else kept = middle;
  }
  return parts.length - kept;
}
