/**
 * Where one writes. Enter sends and Shift+Enter breaks the line; on a touch screen Enter breaks it. While an input
 * method composes, Enter is its own: browsers say so in three ways, and Safari ends the composition before it tells
 * of the key (keyCode 229).
 * The text stands in the room's draft, so that changing rooms loses nothing.
 */
import { Component, createRef } from "preact";
import { isBlank } from "../../src/wire/invisible.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";

const TYPING_MS = 4_000;
/** Whoever goes on writing says so again before the server forgets it. */
const SAY_AGAIN_MS = 3_000;

const encoder = new TextEncoder();

/** About how many letters are too many, by what the letters of this text take on average. */
function lettersToCut(text: string, bytes: number, most: number): number {
  return Math.ceil(((bytes - most) * [...text].length) / bytes);
}

export class Composer extends Component<{ store: Store; view: RoomView }> {
  readonly #area = createRef<HTMLTextAreaElement>();
  /** Its keyboard has no Shift and Enter: Enter breaks the line there, and the button sends. */
  readonly #isTouch = matchMedia("(pointer: coarse)").matches;
  #composing = false;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #saidAt = 0;

  override componentDidMount(): void {
    // What is in the field changes now, not with the next frame: until then the next key may come.
    this.props.view.fill = (text) => {
      const area = this.#area.current as HTMLTextAreaElement;
      area.value = text;
      if (text !== "") area.focus();
    };
    this.#grow();
  }

  override componentDidUpdate(): void {
    this.#grow();
  }

  override componentWillUnmount(): void {
    this.props.view.fill = null;
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
    if (event.key === "Enter" && !event.shiftKey && !this.#isTouch) {
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
    if (!view.room || isBlank(text) || encoder.encode(text).length > store.maxTextBytes) return;
    this.#stopTyping();
    store.send(view, text);
  }

  override render() {
    const { store, view } = this.props;
    const { texts, maxTextBytes } = store;
    const name = view.ownName ?? store.me?.name;
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
            placeholder={name === undefined ? texts.message : texts.writeAs(name)}
            dir="auto"
            aria-invalid={isTooLong}
            enterkeyhint={this.#isTouch ? "enter" : "send"}
            onInput={this.#onInput}
            onKeyDown={this.#onKeyDown}
            onCompositionStart={() => {
              this.#composing = true;
            }}
            onCompositionEnd={() => {
              this.#composing = false;
            }}
          />
          {isTooLong && (
            <span class="counter">{texts.tooLong(lettersToCut(view.draft, bytes, maxTextBytes))}</span>
          )}
          {/* Pressing it must not take the focus: on a phone the keyboard would close. */}
          <button
            type="submit"
            class="send"
            aria-label={texts.send}
            disabled={isBlank(view.draft) || isTooLong}
            onPointerDown={(event) => event.preventDefault()}
          >
            <Icon name="send" />
          </button>
        </div>
      </form>
    );
  }
}
