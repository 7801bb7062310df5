/**
 * Where one writes. What is in the field is the composer's and the drafts': writing draws nothing else of the page.
 * Enter sends or breaks the line (a choice, see enter-choice.tsx), Shift+Enter breaks it, Ctrl or Cmd+Enter sends. But
 * while an input method composes, Enter is its own: browsers say so in three ways, and Safari ends the composition
 * before it tells of the key (keyCode 229). Some keyboards say 229 of every key; whether that was an Enter is told by
 * the line break it is about to make.
 */
import { Component, createRef } from "preact";
import { isBlank } from "../../src/wire/invisible.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { leaveWritten, takeWritten } from "../written.ts";
import { Icon } from "./icons.tsx";

const TYPING_MS = 4_000;
/** Whoever goes on writing says so again before the server forgets it. */
const SAY_AGAIN_MS = 3_000;

const encoder = new TextEncoder();

export class Composer extends Component<{ store: Store; view: RoomView }> {
  readonly #area = createRef<HTMLTextAreaElement>();
  #composing = false;
  /** What this device kept for the field is in it. */
  #hasDraft = false;
  /** The last key down may have been an Enter. */
  #isUnknownKey = false;
  /** What was sent while an input method composed: its last letters may be put into the field once more. */
  #sentComposing = "";
  #typing: ReturnType<typeof setTimeout> | undefined;
  #saidAt = 0;
  /** As it was drawn; see `#look`. */
  #drawnLook = 0;

  override componentDidMount(): void {
    const { store, view } = this.props;
    const area = this.#area.current as HTMLTextAreaElement;
    // Biome and Preact know no event of this name.
    area.addEventListener("beforeinput", this.#onBeforeInput);
    window.addEventListener("pagehide", this.#leave);
    // Before this script was there one could write and send as well; see ../early.ts. One may be composing: the field
    // keeps what is in it.
    const written = area.value || takeWritten(view.name);
    const sent = window.early?.takeSent() ?? [];
    if (sent[0]) {
      view.takeEarly(sent);
      void store
        .withPart(import("../take-early.ts"), (part) => part.takeEarly(store, view))
        .then(() => view.takeEarly([]));
    }
    if (!view.editing) view.draft ||= written;
    // What is in the field changes now, not with the next frame: until then the next key may come.
    view.fill = (text) => {
      this.#put(text);
      if (text !== "") area.focus();
    };
    this.#put(view.draft);
    this.#takeUp();
  }

  override componentDidUpdate(): void {
    this.#fit();
    this.#takeUp();
  }

  /** Once the drafts are there: what was written before stands before what was written since. */
  #takeUp(): void {
    const { store, view } = this.props;
    const { drafts } = store;
    if (!drafts || this.#hasDraft || view.editing || this.#composing) return;
    this.#hasDraft = true;
    takeWritten(view.name);
    const kept = drafts.get(view.name);
    // Whoever goes on with what was there has it in the field already.
    if (view.draft.startsWith(kept)) this.#took(view.draft);
    else this.#put(kept + view.draft);
    if (kept) return;
    const area = this.#area.current as HTMLTextAreaElement;
    void drafts.inherit(view.name).then((text) => {
      if (text && area.isConnected && area.value === "" && !view.editing) this.#put(text);
    });
  }

  override componentWillUnmount(): void {
    this.props.view.fill = null;
    window.removeEventListener("pagehide", this.#leave);
    this.#stopTyping();
  }

  #leave = (): void => {
    const { store, view } = this.props;
    if (!store.drafts && !view.editing) leaveWritten(view.name, view.draft);
  };

  #put(text: string): void {
    const area = this.#area.current as HTMLTextAreaElement;
    // What is being composed in it would end with that.
    if (area.value !== text) area.value = text;
    this.#took(text);
  }

  /** The field holds another text. */
  #took(text: string): void {
    const { store, view } = this.props;
    view.draft = text;
    // What is changed of a message is none; the draft waits beside it.
    if (!view.editing && this.#hasDraft) store.drafts?.set(view.name, text);
    // The field draws its letters itself.
    if (this.#look() === this.#drawnLook) this.#fit();
    else this.forceUpdate();
  }

  /**
   * All that is drawn of a text: its bytes where they are too many, 0 where nothing of it shows, -1 where it can be
   * sent.
   */
  #look(text = this.props.view.draft): number {
    const { length } = encoder.encode(text);
    if (length > this.props.store.maxTextBytes) return length;
    return isBlank(text) ? 0 : -1;
  }

  /** What the field says while it is empty, and its height where the style sheet cannot make it grow with its text. */
  #fit(): void {
    const area = this.#area.current as HTMLTextAreaElement;
    const { store, view } = this.props;
    const { texts, me } = store;
    const name = view.ownName ?? me?.name;
    // With this attribute, an empty one as well, Chromium calculates styles at each letter.
    if (this.#drawnLook) area.removeAttribute("placeholder");
    else area.placeholder = (name !== undefined && texts.writeAs?.(name)) || texts.message;
    if (CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  #onInput = ({ isComposing }: InputEvent): void => {
    const { view } = this.props;
    // It may have begun before this script did.
    this.#composing ||= isComposing;
    const text = this.#area.current?.value ?? "";
    if (this.#isLeftOver(text)) {
      this.#put("");
      return;
    }
    this.#took(text);
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

  /** Whether these are the letters that were sent already. */
  #isLeftOver(text: string): boolean {
    return text !== "" && this.#sentComposing.endsWith(text);
  }

  #stopTyping(): void {
    if (this.#typing === undefined) return;
    clearTimeout(this.#typing);
    this.#typing = undefined;
    this.props.view.room?.typing(false);
  }

  #onKeyDown = (event: KeyboardEvent): void => {
    const isComposing = this.#composing || event.isComposing;
    this.#sentComposing = "";
    this.#isUnknownKey = event.keyCode === 229 && !isComposing && !event.shiftKey;
    if (isComposing || event.keyCode === 229) return;
    const { store, view } = this.props;
    const isAsked = event.ctrlKey || event.metaKey || (store.enterSends && !event.shiftKey);
    if (event.key === "Enter" && isAsked) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && view.editing) {
      event.stopPropagation();
      view.edit(null);
    }
  };

  #onBeforeInput = (event: InputEvent): void => {
    const isBreak = event.inputType === "insertLineBreak" || event.inputType === "insertParagraph";
    if (!isBreak || !this.#isUnknownKey || this.#composing || event.isComposing) return;
    this.#isUnknownKey = false;
    if (!this.props.store.enterSends) return;
    event.preventDefault();
    this.#send();
  };

  #onSubmit = (event: Event): void => {
    event.preventDefault();
    const area = this.#area.current;
    const wasComposing = this.#composing;
    // A syllable under composition would come back after the field is emptied; losing the focus settles it.
    if (wasComposing) area?.blur();
    const text = area?.value ?? "";
    const stays = this.#send();
    if (wasComposing && !stays) this.#sentComposing = text;
    area?.focus();
  };

  /** True: it cannot be sent as it is. */
  #send(text = this.#area.current?.value ?? ""): boolean | undefined {
    const { store, view } = this.props;
    const look = this.#look(text);
    if (look >= 0) return look > 0;
    this.#stopTyping();
    return store.send(view, text);
  }

  override render() {
    const { store, view } = this.props;
    const { texts, enterSends } = store;
    const { TalkAside } = store.later ?? {};
    this.#drawnLook = this.#look();
    return (
      <form class="composer" onSubmit={this.#onSubmit}>
        {TalkAside && <TalkAside store={store} view={view} />}
        <div class="joined">
          <textarea
            ref={this.#area}
            rows={1}
            aria-label={texts.message}
            dir="auto"
            aria-invalid={this.#drawnLook > 0}
            enterkeyhint={enterSends ? "send" : "enter"}
            onInput={this.#onInput}
            onKeyDown={this.#onKeyDown}
            onCompositionStart={() => {
              this.#composing = true;
              this.#sentComposing = "";
            }}
            onCompositionEnd={() => {
              this.#composing = false;
              this.#takeUp();
              if (this.#isLeftOver(this.#area.current?.value ?? "")) this.#put("");
            }}
          />
          {/* Pressing it must not take the focus: on a phone the keyboard would close. */}
          <button
            type="submit"
            class="send"
            aria-label={texts.send}
            disabled={this.#drawnLook >= 0}
            onPointerDown={(event) => event.preventDefault()}
          >
            <Icon name="send" />
          </button>
        </div>
      </form>
    );
  }
}
