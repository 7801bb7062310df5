/**
 * Where one writes. Enter sends and Shift+Enter breaks the line, but while an input method composes, Enter is its
 * own: browsers say so in three ways, and Safari ends the composition before it tells of the key (keyCode 229).
 * The text stands in the room's draft, so that changing rooms loses nothing.
 */
import { Component, createRef } from "preact";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";

const TYPING_MS = 4_000;
/** Whoever goes on writing says so again before the server forgets it. */
const SAY_AGAIN_MS = 3_000;
/** The counter comes when so much of the limit is used. */
const NEARLY = 0.8;

const encoder = new TextEncoder();

export class Composer extends Component<{ store: Store; view: RoomView }> {
  readonly #area = createRef<HTMLTextAreaElement>();
  #composing = false;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #saidAt = 0;
  #editing: string | null = null;

  override componentDidMount(): void {
    this.#grow();
  }

  override componentDidUpdate(): void {
    this.#grow();
    const { editing } = this.props.view;
    if (editing && editing !== this.#editing) this.#area.current?.focus();
    this.#editing = editing;
  }

  override componentWillUnmount(): void {
    this.#stopTyping();
  }

  /** Where the style sheet cannot make the field grow with its text, this does. */
  #grow(): void {
    const area = this.#area.current;
    if (!area || CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  #onInput = (): void => {
    const { view } = this.props;
    const text = this.#area.current?.value ?? "";
    view.setDraft(text);
    if (text === "") {
      this.#stopTyping();
      return;
    }
    if (this.#typing === undefined || Date.now() - this.#saidAt >= SAY_AGAIN_MS) {
      this.#saidAt = Date.now();
      view.room?.typing(true);
    }
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#stopTyping(), TYPING_MS);
  };

  #stopTyping(): void {
    if (this.#typing === undefined) return;
    clearTimeout(this.#typing);
    this.#typing = undefined;
    this.props.view.room?.typing(false);
  }

  #onKeyDown = (event: KeyboardEvent): void => {
    const isComposing = this.#composing || event.isComposing || event.keyCode === 229;
    if (isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && this.props.view.editing) {
      event.stopPropagation();
      this.props.view.edit(null);
    }
  };

  #onSubmit = (event: Event): void => {
    event.preventDefault();
    const area = this.#area.current;
    // A syllable under composition would come back after the field is emptied; losing the focus settles it.
    if (this.#composing) area?.blur();
    this.#send();
    area?.focus();
  };

  #send(): void {
    const { store, view } = this.props;
    const text = this.#area.current?.value ?? "";
    if (!view.room || text.trim() === "" || encoder.encode(text).length > store.maxTextBytes) return;
    this.#stopTyping();
    store.send(view, text);
  }

  override render() {
    const { store, view } = this.props;
    const { texts, maxTextBytes } = store;
    const bytes = encoder.encode(view.draft).length;
    const isTooLong = bytes > maxTextBytes;
    return (
      <form class="composer" onSubmit={this.#onSubmit}>
        {view.editing && (
          <p class="editing">
            {texts.editing}{" "}
            <button type="button" onClick={() => view.edit(null)}>
              {texts.cancel}
            </button>
          </p>
        )}
        <div class="joined">
          <textarea
            ref={this.#area}
            rows={1}
            value={view.draft}
            aria-label={texts.message}
            placeholder={texts.message}
            aria-invalid={isTooLong}
            enterkeyhint="send"
            onInput={this.#onInput}
            onKeyDown={this.#onKeyDown}
            onCompositionStart={() => {
              this.#composing = true;
            }}
            onCompositionEnd={() => {
              this.#composing = false;
            }}
          />
          {bytes > maxTextBytes * NEARLY && (
            <span class={`counter${isTooLong ? " is-over" : ""}`}>{texts.tooLong(bytes, maxTextBytes)}</span>
          )}
          {/* Pressing it must not take the focus: on a phone the keyboard would close. */}
          <button
            type="submit"
            class="send"
            aria-label={texts.send}
            disabled={view.draft.trim() === "" || isTooLong}
            onPointerDown={(event) => event.preventDefault()}
          >
            <Icon name="send" />
          </button>
        </div>
      </form>
    );
  }
}
