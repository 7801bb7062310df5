/** Above the field in which one writes: who may be meant, what is answered, and the way to what was meant for oneself. */
import { Component, createRef } from "preact";
import { lettersToCut } from "../letters-to-cut.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { listenToSwipes } from "../swipe.ts";
import type { Talk } from "../talk.ts";
import { talk as texts } from "../texts/en-talk.ts";
import { Completion } from "./completion.tsx";
import { isolated, Sentence } from "./sentence.tsx";
import { Quoted } from "./talk-rows.tsx";

interface Props {
  store: Store;
  view: RoomView;
  talk: Talk;
  reply: (seq: number) => void;
}

const encoder = new TextEncoder();

export class TalkAside extends Component<Props> {
  readonly #box = createRef<HTMLDivElement>();
  readonly #off = new AbortController();

  override componentDidMount(): void {
    const { talk, view, reply } = this.props;
    listenToSwipes(reply, this.#off.signal);
    talk.onChange = () => this.forceUpdate();
    // The composer itself ends an edit by that key.
    const onKey = (event: KeyboardEvent) => {
      const { key, isComposing, keyCode, defaultPrevented } = event;
      if (key !== "Escape" || isComposing || keyCode === 229 || defaultPrevented) return;
      if (view.editing || talk.answering === null) return;
      event.preventDefault();
      talk.answer(null);
    };
    this.#box.current?.closest("form")?.addEventListener("keydown", onKey, { signal: this.#off.signal });
    talk.heed();
  }

  override componentWillUnmount(): void {
    this.#off.abort();
    this.props.talk.onChange = null;
  }

  override render() {
    const { store, view, talk } = this.props;
    const { answering, unread } = talk;
    const bytes = encoder.encode(view.draft).length;
    const quote = answering === null || view.editing ? null : talk.quote(answering);
    return (
      <div class="aside" ref={this.#box}>
        {unread.length > 0 && (
          <button
            type="button"
            class="to-meant"
            aria-label={texts.toMeant(unread.length)}
            onClick={() => talk.goToMeant()}
          >
            @{unread.length}
          </button>
        )}
        {view.editing && (
          <p class="editing">
            {store.texts.editing}{" "}
            <button type="button" onClick={() => view.edit(null)}>
              {store.texts.cancel}
            </button>
          </p>
        )}
        {quote && (
          <p class="answering">
            <a class="quote" href={`#${quote.seq}`} onClick={(event) => this.#show(event, quote.seq)}>
              {quote.name ? <Sentence text={texts.answering(isolated(quote.name))} /> : texts.reply}
              <br />
              <Quoted quote={{ ...quote, name: "" }} />
            </a>
            <button
              type="button"
              aria-label={texts.cancel}
              title={texts.cancel}
              onClick={() => talk.answer(null)}
            >
              ✕
            </button>
          </p>
        )}
        {bytes > store.maxTextBytes && (
          <span class="counter">
            {store.texts.tooLong(lettersToCut(view.draft, bytes, store.maxTextBytes))}
          </span>
        )}
        <Completion store={store} view={view} />
      </div>
    );
  }

  #show(event: MouseEvent, seq: number): void {
    event.preventDefault();
    this.props.store.enter(this.props.view.name, seq);
  }
}
