/** What rows show of who is meant and what is answered: the quote above a message, names in it, answers below it. */
import { action } from "../../src/wire/records/action.ts";
import { DEED } from "../became.ts";
import { isGone } from "../gone.ts";
import type { Quote, Talk } from "../talk.ts";
import { talk as texts } from "../texts/en-talk.ts";
import type { MessageRow } from "../timeline.ts";
import { hueStyle } from "./person.tsx";

const MOST_QUOTED = 200;

/** The author and the first line of a message. */
export function Quoted({ quote: { author, name, text } }: { quote: Quote }) {
  if (text === null) return <i>{texts.gone}</i>;
  const [line = ""] = (text ?? "…").trim().split("\n", 1);
  return (
    <>
      {name && (
        <>
          <b dir="auto" style={hueStyle(author)}>
            {name}
          </b>{" "}
        </>
      )}
      <bdi>{line.slice(0, MOST_QUOTED)}</bdi>
    </>
  );
}

/**
 * Above a message that answers another one; following it leads there. Before what somebody does instead of says: who.
 */
export function RowQuote({ talk, row }: { talk: Talk; row: MessageRow }) {
  if (row.look?.includes(DEED) || row.entry?.act?.kind === action.kind)
    return (
      <>
        * <b class="doer">{row.name}</b>{" "}
      </>
    );
  const to = isGone(row.look) ? null : talk.answeredIn(row);
  if (to === null) return null;
  const quote = talk.quote(to);
  const drawn = <Quoted quote={quote} />;
  return quote.text === null ? (
    <p class="quote">{drawn}</p>
  ) : (
    <a class="quote" href={`#${to}`}>
      {drawn}
    </a>
  );
}

/** How many answers there are, as far as they are known; following it leads to the first. */
export function RowAnswers({ talk, row }: { talk: Talk; row: MessageRow }) {
  const answers = talk.answersTo(row.seq);
  if (row.seq === 0 || answers.length === 0) return null;
  return (
    <a class="answers" href={`#${answers[0]}`}>
      {texts.answers(answers.length)}
    </a>
  );
}

/** A text with the names in it marked. */
export function withCalls(talk: Talk, { seq, own }: MessageRow, text: string) {
  const calls = talk.callsIn(text, seq);
  if (calls.length === 0) return text;
  let done = 0;
  const parts = calls.flatMap(({ from, to, isMe }) => {
    const before = text.slice(done, from);
    done = to;
    return [
      before,
      <span key={from} class={`call${isMe && !own ? " is-me" : ""}`}>
        {text.slice(from, to)}
      </span>,
    ];
  });
  return [...parts, text.slice(done)];
}

/** Beside the count of the unread: how many of them are meant for oneself. */
export function MeantBadge({ talk }: { talk: Talk }) {
  const { length } = talk.unread;
  if (length === 0) return null;
  return (
    <span class="badge is-meant" role="img" aria-label={texts.meant(length)}>
      @{length > 99 ? "99+" : length}
    </span>
  );
}
