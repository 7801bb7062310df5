/** One row of the log. It is drawn again only when what it shows has changed. Text stays text: see ../linkify.ts. */
import { Component } from "preact";
import type { RoomView } from "../room-view.ts";
import type { RoomLater, Store } from "../store.ts";
import type { Texts } from "../texts/en.ts";
import type { MessageRow, Row } from "../timeline.ts";
import { PersonName, Seal } from "./person.tsx";

type Linked = typeof import("./linked.tsx").Linked;

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
/** Marks upon marks may reach out of a line. */
const PILE = /\p{M}\p{M}/u;

export class LogRow extends Component<Props, { isOpen: boolean }> {
  /** Loaded with the first text that may hold an address. */
  static #linked: Linked | null = null;
  override state = { isOpen: false };

  async #learnLinks(): Promise<void> {
    try {
      LogRow.#linked = (await import("./linked.tsx")).Linked;
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
        if (!LogRow.#linked && row.text.includes("://")) void this.#learnLinks();
        return (
          <Message
            {...this.props}
            row={row}
            Linked={LogRow.#linked}
            isOpen={this.state.isOpen}
            toggle={() => this.setState({ isOpen: !this.state.isOpen })}
          />
        );
      case "event":
      case "ruling":
        return (
          <p class="event" data-key={row.key}>
            {(store.later as RoomLater).happening(store, row)}
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
  Linked: Linked | null;
  isOpen: boolean;
  toggle: () => void;
}

function Message({ row, store, view, texts, inLine, Linked, isOpen, toggle }: MessageProps) {
  const { key, seq, author, name, text, look, time, own, first, last, entry, marked } = row;
  const { RowExtras: Extras, quoteIn, calledIn } = store.later ?? {};
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
      <p
        class={`bubble${isLong && !isOpen ? " is-folded" : ""}${PILE.test(text) ? " is-piled" : ""}`}
        dir="auto"
      >
        {quoteIn?.(view, row)}
        {Linked ? <Linked text={text} said={said} /> : said(text)}
      </p>
      {entry === null && last && (
        <time dateTime={new Date(time).toISOString()}>{store.formats.time(time)}</time>
      )}
      {Extras && <Extras store={store} view={view} row={row} />}
      {isLong && (
        <button type="button" class="fold" aria-expanded={isOpen} onClick={toggle}>
          {isOpen ? texts.showLess : texts.showAll}
        </button>
      )}
    </article>
  );
}
