/** One room: what is to be known about it, its messages, who is writing, and the composer. */
import { Component } from "preact";
import { RoomState } from "../../src/client/contract.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Composer } from "./composer.tsx";
import { MessageLog } from "./message-log.tsx";
import { Part } from "./part.tsx";

export class Conversation extends Component<{ store: Store; view: RoomView }> {
  #wasDrawn = false;

  override componentDidMount(): void {
    const { store, view } = this.props;
    this.#wasDrawn = true;
    // By now the composer has taken up what there was, and can go again.
    if (view.state === RoomState.refused) {
      store.tick();
      return;
    }
    // On a touch screen the composer would bring the keyboard up over the messages.
    const isTouch = matchMedia("(pointer: coarse)").matches;
    const field = document.querySelector<HTMLElement>(".composer textarea");
    // One may be writing already.
    if (field !== document.activeElement)
      (isTouch ? document.querySelector<HTMLElement>(".title") : field)?.focus();
  }

  override render() {
    const { store, view } = this.props;
    const { Notices, writing } = store.later ?? {};
    return (
      <main class="talk">
        {Notices && <Notices store={store} view={view} />}
        <Part
          on={[
            view,
            view.rows(),
            view.atNewest,
            view.unread,
            view.place.jumps,
            view.notice,
            view.loadingOlder,
            view.atBeginning,
            view.heard?.told,
            store.texts,
          ]}
          draw={() => <MessageLog store={store} view={view} />}
        />
        <p class="typing" aria-hidden={!store.isCut}>
          {writing?.(store, view)}
        </p>
        {/*
          What one wrote is there all the same. A room may be refused before it is first drawn: the composer is drawn
          once even so, to take up what was written and sent before this script was there.
        */}
        {(view.state !== RoomState.refused ||
          !this.#wasDrawn ||
          view.early[0] ||
          view.draft ||
          store.drafts?.get(view.name)) && (
          <Part
            on={[
              view,
              view.editing,
              view.ownName,
              store.me,
              store.maxTextBytes,
              store.enterSends,
              store.drafts,
              store.texts,
            ]}
            draw={() => <Composer store={store} view={view} />}
          />
        )}
      </main>
    );
  }
}
