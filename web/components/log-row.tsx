/** One row of the log. It is drawn again only when what it shows has changed. Text stays text: see linkify.ts. */
import { Component } from "preact";
import type { RoomView } from "../room-view.ts";
import type { RoomLater, Store } from "../store.ts";
import type { Texts } from "../texts/en.ts";
import type { MessageRow, Row } from "../timeline.ts";
import { PersonName, Seal } from "./person.tsx";
import { Sentence } from "./sentence.tsx";

type Linkify = typeof import("../linkify.ts").linkify;

interface Props {
  row: Row;
  store: Store;
  view: RoomView;
  texts: Texts;
  /** About how many letters a line takes here. */
  inLine: number;
}

/** A longer one is folded, with so much of it to be seen as the style sheet says. */
const MOST_LINES = 24;

export class LogRow extends Component<Props, { isOpen: boolean }> {
  /** Loaded with the first text that may hold an address. */
  static #linkify: Linkify | null = null;
  override state = { isOpen: false };

  async #learnLinks(): Promise<void> {
    try {
      LogRow.#linkify = (await import("../linkify.ts")).linkify;
      this.forceUpdate();
    } catch (error) {
      // Without a network addresses stay text until the next one is drawn.
      console.warn(error);
    }
  }

  override shouldComponentUpdate(next: Props, { isOpen }: { isOpen: boolean }): boolean {
    return next.row !== this.props.row || next.texts !== this.props.texts || isOpen !== this.state.isOpen;
  }

  override render() {
    const { row, store, texts } = this.props;
    const { day, dayAndTime } = store.formats;
    switch (row.kind) {
      case "message":
        if (!LogRow.#linkify && row.text.includes("://")) void this.#learnLinks();
        return (
          <Message
            {...this.props}
            row={row}
            linkify={LogRow.#linkify}
            isOpen={this.state.isOpen}
            toggle={() => this.setState({ isOpen: !this.state.isOpen })}
          />
        );
      case "event":
        return (
          <p class="event" data-key={row.key}>
            <Sentence text={(store.later as RoomLater).eventText(row, texts)} />
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
              ? texts.lostHere?.(row.count)
              : texts.gap?.(
                  row.count,
                  row.since === null ? "" : dayAndTime(row.since),
                  dayAndTime(row.until),
                )}
          </p>
        );
    }
  }
}

/** About how many lines a text takes: wide characters count twice. */
function linesOf(text: string, inLine: number): number {
  return text
    .split("\n")
    .reduce(
      (sum, { length }) => sum + Math.ceil((length + 1) / inLine),
      text.replace(/[^\u1100-\uffdc]/g, "").length / inLine,
    );
}

interface MessageProps extends Props {
  row: MessageRow;
  linkify: Linkify | null;
  isOpen: boolean;
  toggle: () => void;
}

function Message({ row, store, view, texts, inLine, linkify, isOpen, toggle }: MessageProps) {
  const { key, seq, author, name, text, look, time, own, first, last, entry, marked } = row;
  const { RowExtras: Extras, Refused, quoteIn, calledIn } = store.later ?? {};
  const said = (part: string) => calledIn?.(view, row, part) ?? part;
  const isLong = linesOf(text, inLine) > MOST_LINES;
  const state = entry === null ? (look ?? "") : row.refusal === 0 ? " is-pending" : " is-refused";
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
      <p class={`bubble${isLong && !isOpen ? " is-folded" : ""}`} dir="auto">
        {quoteIn?.(view, row)}
        {linkify
          ? linkify(text).map((part) =>
              typeof part === "string" ? (
                said(part)
              ) : (
                <>
                  <a href={part.href} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">
                    {part.label}
                  </a>
                  {part.leads && <bdi class="leads"> (→ {part.leads})</bdi>}
                </>
              ),
            )
          : said(text)}
      </p>
      {entry === null
        ? last && <time dateTime={new Date(time).toISOString()}>{store.formats.time(time)}</time>
        : row.refusal === 0 && <span class="sending">{texts.pending}</span>}
      {entry === null && (
        // biome-ignore lint/a11y/useAnchorContent: hundreds of links of no words are nothing to be told or stepped through.
        <a
          class="to-message"
          href={`#${seq}`}
          tabIndex={-1}
          aria-hidden="true"
          title={store.formats.dayAndTime(time)}
        />
      )}
      {isLong && (
        <button type="button" class="fold" aria-expanded={isOpen} onClick={toggle}>
          {isOpen ? texts.showLess : texts.showAll}
        </button>
      )}
      {Refused && entry && row.refusal !== 0 && <Refused store={store} view={view} entry={entry} />}
      {Extras && entry === null && <Extras store={store} view={view} row={row} />}
    </article>
  );
}
