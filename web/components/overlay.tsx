/**
 * What lies over the page: sheets, menus, dialogs. All of them are a modal `<dialog>`, so the browser puts the focus
 * into it and back where it was, and what lies behind cannot be reached. The store holds them (`show`, `hide`), one
 * over the other; Escape, the browser's Back, the button and a press beside it close the topmost.
 */
import { Component, type ComponentChildren, createRef } from "preact";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";

export interface Layer {
  /** Where it stands and how it looks; see styles/overlay.css. */
  kind: "start" | "end" | "menu" | "sheet" | "card";
  /** What a screen reader calls it. No two that are open at once have the same one. */
  label: string;
  draw: () => ComponentChildren;
}

export class Overlay extends Component<{ store: Store; layer: Layer }> {
  readonly #dialog = createRef<HTMLDialogElement>();
  /** Where a press began: text may be marked from within to beside it. */
  #pressed: EventTarget | null = null;

  override componentDidMount(): void {
    this.#dialog.current?.showModal();
  }

  override componentWillUnmount(): void {
    // Taken away while open, it would not give the focus back.
    this.#dialog.current?.close();
  }

  #hide = (event: Event): void => {
    const { store, layer } = this.props;
    // The browser tells of its end as well when it was the store that closed it.
    if (event.target !== event.currentTarget || store.layers.at(-1) !== layer) return;
    event.preventDefault();
    store.hide();
  };

  override render() {
    const { store, layer } = this.props;
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the key for this is Escape.
      <dialog
        ref={this.#dialog}
        class={`overlay at-${layer.kind}`}
        aria-label={layer.label}
        onCancel={this.#hide}
        onClose={this.#hide}
        onPointerDown={({ target }) => {
          this.#pressed = target;
        }}
        onClick={(event) => this.#pressed === event.currentTarget && this.#hide(event)}
      >
        <div class="overlay-box">
          <button
            type="button"
            class="plain close"
            aria-label={store.texts.close}
            onClick={() => store.hide()}
          >
            <Icon name="close" />
          </button>
          {layer.draw()}
        </div>
      </dialog>
    );
  }
}
