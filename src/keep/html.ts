/**
 * A room as one HTML file that looks like the room: no script, nothing from elsewhere, light and dark, each text in the
 * direction of its own first letter. Times are of Greenwich, and said so. Invariant: nothing that somebody said stands
 * in it unescaped; and should something, the file forbids itself whatever a script or a picture could do.
 */
import { hueOf } from "../client/identity-mark.ts";
import type { FormWriter } from "./forms.ts";
import { timeText } from "./forms.ts";
import { escapeHtml } from "./plain.ts";
import type { Told } from "./story.ts";

/** Of one person a name is shown once as long as nobody else speaks, and for so long. */
const TOGETHER_MS = 5 * 60_000;
/** Of a message that is answered. */
const EXCERPT = 120;

const STYLE = `
:root{color-scheme:light dark;--paper:#f6f0e4;--card:#fffcf5;--line:#dccfb8;--ink:#2a251e;--faint:#665b4c;--seal:48%;--on:#fffaf0;--name:42%;--chroma:.105}
@media(prefers-color-scheme:dark){:root{--paper:#111926;--card:#1a2535;--line:#2b3950;--ink:#ebe4d4;--faint:#a2a9b4;--seal:74%;--on:#131a26;--name:80%;--chroma:.09}}
*{box-sizing:border-box}
body{max-width:52rem;margin:0 auto;padding:1.2rem;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,"Apple SD Gothic Neo","Malgun Gothic","Noto Sans KR","Noto Sans CJK KR",sans-serif;word-break:keep-all;overflow-wrap:anywhere}
h1{margin:0;font-size:1.3rem}
h2{display:flex;gap:.8rem;align-items:center;margin:1.3rem 0 .4rem;color:var(--faint);font-size:.84rem;font-weight:400}
h2::before,h2::after{content:"";flex:1;border-top:1px solid var(--line)}
.note{color:var(--faint);font-size:.84rem}
article{display:grid;grid-template-columns:2.6rem minmax(0,max-content) 1fr;align-items:end;margin-top:3px}
article.first{margin-top:.9rem}
.seal{grid-row:1/3;align-self:start;display:grid;place-items:center;overflow:hidden;width:2rem;height:2rem;border-radius:.4rem;background:oklch(var(--seal) var(--chroma) var(--hue));color:var(--on);font-weight:700}
.name{grid-column:2/-1;font-size:.88rem;font-weight:650;color:oklch(var(--name) var(--chroma) var(--hue));unicode-bidi:isolate}
.bubble{grid-column:2;max-width:40rem;padding:.42rem .8rem;border:1px solid var(--line);border-radius:.35rem 1rem 1rem;background:var(--card)}
.text{unicode-bidi:plaintext;white-space:pre-wrap;margin:0}
.action{font-style:italic}
blockquote{margin:0 0 .3rem;padding:0 .6rem;border-inline-start:3px solid var(--line);color:var(--faint);font-size:.88rem}
blockquote a{color:inherit;text-decoration:none}
time{grid-column:3;padding:0 .45rem .15rem;color:var(--faint);font-size:.74rem;white-space:nowrap}
.signs{grid-column:2/-1;display:flex;flex-wrap:wrap;gap:.3rem;margin:.2rem 0 0;padding:0;list-style:none;font-size:.84rem}
.signs li{padding:0 .5rem;border:1px solid var(--line);border-radius:1rem;background:var(--card)}
:target .bubble{outline:2px solid var(--faint)}
`.trim();

export function html(exportedAt: number): FormWriter {
  let day = "";
  let last: Told | null = null;
  /** Of each message by whom it was and how it began: for those that answer it. */
  const said = new Map<number, string>();
  let answered: ReadonlySet<number> = new Set();

  const quoteOf = (to: number): string => {
    const quoted = said.get(to);
    return quoted === undefined
      ? `<blockquote>#${to}</blockquote>`
      : `<blockquote><a href="#m${to}">${quoted}</a></blockquote>`;
  };

  return {
    begin(story) {
      const { meta, title, topic } = story;
      answered = story.answered;
      const name = escapeHtml(title || meta.name);
      const other = title ? ` <span class="note">${escapeHtml(meta.name)}</span>` : "";
      return (
        `<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n` +
        `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n` +
        `<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n` +
        `<title>${name}</title>\n<style>\n${STYLE}\n</style>\n</head>\n<body>\n` +
        `<header>\n<h1 dir="auto">${name}${other}</h1>\n` +
        (topic ? `<p class="text">${escapeHtml(topic)}</p>\n` : "") +
        `<p class="note">${timeText(exportedAt)} UTC</p>\n</header>\n<main>\n`
      );
    },
    told(told) {
      const { seq, time, author, name, kind, to, text, isEdited, signs } = told;
      const [date, clock] = timeText(time).split(" ") as [string, string];
      const isNewDay = date !== day;
      const isFirst =
        isNewDay || last?.author !== author || last.name !== name || time - last.time > TOGETHER_MS;
      day = date;
      last = told;
      const who = escapeHtml(name);
      if (answered.has(seq)) said.set(seq, `<b>${who}</b> ${escapeHtml(excerptOf(text))}`);
      const hue = `style="--hue:${hueOf(author)}"`;
      const seal = `<span class="seal" aria-hidden="true" ${hue}>${escapeHtml(firstSign(name))}</span>`;
      const on = signs.map(({ sign, names }) => {
        const people = escapeHtml(names.join(", "));
        return `<li title="${people}">${escapeHtml(sign)} ${names.length}</li>`;
      });
      return (
        (isNewDay ? `<h2><time datetime="${date}">${date}</time></h2>\n` : "") +
        `<article id="m${seq}"${isFirst ? ' class="first"' : ""}>` +
        (isFirst ? `${seal}<b class="name" ${hue}>${who}</b>` : "") +
        `<div class="bubble">${to === undefined ? "" : quoteOf(to)}` +
        `<p class="text${kind === "action" ? " action" : ""}">` +
        `${kind === "action" ? `* ${who} ` : ""}${escapeHtml(text)}</p></div>` +
        `<time datetime="${new Date(time).toISOString()}">${clock.slice(0, 5)}${isEdited ? " ✎" : ""}</time>` +
        (on.length > 0 ? `<ul class="signs">${on.join("")}</ul>` : "") +
        `</article>\n`
      );
    },
    missing({ from, to }) {
      last = null;
      return `<p class="note">#${from}–#${to}: …</p>\n`;
    },
    end: () => "</main>\n</body>\n</html>\n",
  };
}

const excerptOf = (text: string): string => {
  const [line = ""] = text.split("\n");
  const signs = [...line];
  return signs.length > EXCERPT ? `${signs.slice(0, EXCERPT).join("")}…` : line;
};

/** Of "다정한 수달" the 수, as the page shows it. */
function firstSign(name: string): string {
  const word = name.split(" ").findLast((part) => /^\p{L}/u.test(part)) ?? name;
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment ?? "";
}
