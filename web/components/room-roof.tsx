/** The bar along the top of a room: which one it is, who is there, how to invite, and what else can be done. */
import { titleOf } from "../../src/wire/room-title.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";
import { Brand, LanguageSwitch } from "./roof.tsx";

export function RoomRoof({ store, view }: { store: Store; view: RoomView }) {
  const { texts, unread } = store;
  // Rarely needed, so it comes when it is.
  const withMenu = (use: (menu: typeof import("./room-menu.tsx")) => void) =>
    store.withPart(import("./room-menu.tsx"), use);
  return (
    <header class="roof">
      <button
        type="button"
        class="plain narrow"
        aria-label={texts.showRooms}
        aria-haspopup="dialog"
        onClick={pressed(() => store.withLater(({ showRoomList }) => showRoomList(store)))}
      >
        <Icon name="menu" />
        {unread > view.unread && <span class="dot" />}
      </button>
      <Brand store={store} />
      <h1 class="title" dir="auto" tabIndex={-1}>
        {view.standing?.settings.title || titleOf(view.name)}
      </h1>
      <span class="spacer" />
      <LanguageSwitch store={store} />
      <button
        type="button"
        class="plain narrow"
        aria-label={texts.showPeople(view.count)}
        aria-haspopup="dialog"
        onClick={pressed(() => store.withLater(({ showPeople }) => showPeople(store, view)))}
      >
        <Icon name="people" />
        <span data-count={view.count || ""} />
      </button>
      <button
        type="button"
        class="plain share"
        aria-label={texts.invite}
        title={texts.invite}
        onClick={pressed(() => withMenu(({ share }) => share(store, view)))}
      >
        <Icon name="share" />
      </button>
      <button
        type="button"
        class="plain more"
        aria-label={texts.roomMenu}
        title={texts.roomMenu}
        aria-haspopup="dialog"
        onClick={pressed(() => withMenu(({ showMenu }) => showMenu(store, view)))}
      >
        <Icon name="more" />
      </button>
      {store.isWide && (
        <button
          type="button"
          class="plain"
          aria-label={texts.leave}
          title={texts.leave}
          onClick={() => store.leave(view)}
        >
          <Icon name="leave" />
        </button>
      )}
    </header>
  );
}

/** Safari does not focus a button that is pressed, and would not know where the focus was. */
function pressed(open: () => void) {
  return ({ currentTarget }: { currentTarget: HTMLElement }) => {
    currentTarget.focus();
    open();
  };
}
