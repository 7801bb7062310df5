/** The whole page: the roof, and under it the yard with rooms, conversation and people. */
import { Component } from "preact";
import type { Store } from "../store.ts";
import { Connection } from "./connection.tsx";
import { Gate } from "./gate.tsx";
import { Part } from "./part.tsx";
import { Roof } from "./roof.tsx";

export class App extends Component<{ store: Store }> {
  /** What had the focus before a sheet opened; it gets it back. */
  #opener: Element | null = null;
  #sheet: string | null = null;

  override componentDidUpdate(): void {
    const { sheet } = this.props.store;
    if (sheet === this.#sheet) return;
    this.#sheet = sheet;
    if (sheet) {
      this.#opener = document.activeElement;
      document.querySelector<HTMLElement>(`.${sheet} .close`)?.focus();
    } else if (this.#opener instanceof HTMLElement && this.#opener.isConnected) this.#opener.focus();
  }

  override render() {
    const { store } = this.props;
    const view = store.current;
    const { Conversation, People } = store.part ?? {};
    return (
      <div class="page" data-at={view ? "room" : "home"} data-sheet={store.sheet ?? "none"}>
        <Part
          on={[view, view?.count, view?.unread, store.unread, store.sheet, store.texts]}
          draw={() => <Roof store={store} />}
        />
        <Connection store={store} />
        <Gate store={store} />
        {view && Conversation && <Conversation key={view.name} store={store} view={view} />}
        {view && People && (
          <Part
            on={[
              view,
              view.people,
              view.count,
              view.listed,
              !view.listed && view.rows(),
              store.me,
              store.texts,
            ]}
            draw={() => <People store={store} view={view} />}
          />
        )}
        {store.sheet && (
          <button
            type="button"
            class="scrim"
            tabIndex={-1}
            aria-label={store.texts.close}
            onClick={() => store.show(null)}
          />
        )}
      </div>
    );
  }
}
