/** One row of the log. It is drawn again only when what it shows has changed. Text stays text: see linkify.ts. */
import { Component } from "preact";
import { Refusal } from "../../src/wire/codes.ts";
import { linkify } from "../linkify.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import type { Texts } from "../texts/en.ts";
import type { EventRow, MessageRow, Row } from "../timeline.ts";
import { PersonName, Seal } from "./person.tsx";

interface Props {
  row: Row;
  store: Store;
  view: RoomView;
  texts: Texts;
}

export class LogRow extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.row !== this.props.row || next.texts !== this.props.texts;
  }

  override render() {
    const { row, store, texts } = this.props;
    const { day, dayAndTime } = store.formats;
    switch (row.kind) {
      case "message":
        return <Message {...this.props} row={row} />;
      case "event":
        return (
          <p class="event" data-key={row.key}>
            {eventText(row, texts)}
          </p>
        );
      case "day":
        return (
          <h2 class="day" data-key={row.key}>
            <span>{day(row.time)}</span>
          </h2>
        );
      case "unread":
        return (
          <p class="unread" data-key={row.key}>
            <span>{texts.unreadLine}</span>
          </p>
        );
      case "gap":
        return (
          <p class="gap" data-key={row.key}>
            {row.lost
              ? texts.lostHere(row.count)
              : texts.gap(row.count, row.since === null ? "" : dayAndTime(row.since), dayAndTime(row.until))}
          </p>
        );
    }
  }
}

function eventText({ entered, left, renamed }: EventRow, texts: Texts): string {
  const sentences = renamed.map(([before, after]) => texts.renamed(before, after));
  if (entered.length > 0) sentences.unshift(texts.entered(entered));
  if (left.length > 0) sentences.push(texts.left(left));
  return sentences.join(" · ");
}

function Message({ row, store, view, texts }: Props & { row: MessageRow }) {
  const { key, seq, author, name, text, time, own, first, last, entry, marked } = row;
  const state = entry === null ? "" : row.refusal === 0 ? " is-pending" : " is-refused";
  return (
    <article
      class={`message${own ? " is-own" : ""}${first ? " is-first" : ""}${marked ? " is-marked" : ""}${state}`}
      data-key={key}
      data-seq={seq || undefined}
    >
      {first && !own && (
        <header>
          <Seal author={author} name={name} />
          <PersonName author={author} name={name} texts={texts} />
        </header>
      )}
      <p class="bubble">
        {linkify(text).map((part) =>
          typeof part === "string" ? (
            part
          ) : (
            <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
              {part.label}
            </a>
          ),
        )}
      </p>
      {entry === null ? (
        <a
          class={`time${last ? "" : " is-between"}`}
          href={`#${seq}`}
          tabIndex={-1}
          title={store.formats.dayAndTime(time)}
        >
          <time dateTime={new Date(time).toISOString()}>{store.formats.time(time)}</time>
        </a>
      ) : (
        row.refusal === 0 && <span class="sending">{texts.pending}</span>
      )}
      {entry && row.refusal !== 0 && (
        <div class="refused">
          <span>
            {row.refusal !== Refusal.cannotTell && `${texts.notSent}. `}
            {texts.refusals[row.refusal] ?? texts.refused}
          </span>
          <button type="button" onClick={() => view.edit(entry)}>
            {texts.edit}
          </button>
          <button type="button" onClick={() => view.room?.retry(entry.id)}>
            {texts.retry}
          </button>
          <button type="button" onClick={() => view.room?.discard(entry.id)}>
            {texts.discard}
          </button>
        </div>
      )}
    </article>
  );
}
