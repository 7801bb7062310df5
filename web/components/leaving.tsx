/**
 * Asks whether a room is to be left although something in it is unsent. Part of the room, as it is needed without a
 * network.
 */
import { titleOf } from "../../src/wire/room-title.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";

export function askLeave(store: Store, view: RoomView): void {
  const { texts } = store;
  store.show({
    kind: "card",
    label: texts.leaveRoom(titleOf(view.name)),
    draw: () => (
      <>
        <h2 class="heading" dir="auto">
          {titleOf(view.name)}
        </h2>
        {/* It may be sent while one thinks about it. */}
        {view.pending.length > 0 && <p>{texts.unsent(view.pending.length)}</p>}
        <button type="button" onClick={() => store.hide()}>
          {texts.cancel}
        </button>
        <button type="button" onClick={() => store.leave(view, true)}>
          {texts.leave}
        </button>
      </>
    ),
  });
}
