/** The bar along the top: where one is, and on narrow screens the ways to rooms and people. */
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";

export function Roof({ store }: { store: Store }) {
  const { texts, current, unread, language } = store;
  const home = (event: Event) => {
    event.preventDefault();
    store.goHome();
  };
  return (
    <header class="roof">
      {current && (
        <button
          type="button"
          class="plain narrow"
          aria-label={texts.showRooms}
          aria-expanded={store.sheet === "rooms"}
          onClick={() => store.show("rooms")}
        >
          <Icon name="menu" />
          {unread > current.unread && <span class="dot" />}
        </button>
      )}
      <a class="brand" href="/" aria-label={texts.home} onClick={home}>
        <span lang="ko">마당</span>
        {!current && <small>{texts.tagline}</small>}
      </a>
      {current && (
        <h1 class="title" tabIndex={-1}>
          {current.name}
        </h1>
      )}
      <span class="spacer" />
      <button
        type="button"
        class="plain language"
        lang={language === "ko" ? "en" : "ko"}
        onClick={() => store.setLanguage(language === "ko" ? "en" : "ko")}
      >
        {texts.otherLanguage}
      </button>
      {current && (
        <>
          <button
            type="button"
            class="plain narrow"
            aria-label={texts.showPeople(current.count)}
            aria-expanded={store.sheet === "people"}
            onClick={() => store.show("people")}
          >
            <Icon name="people" />
            <span>{current.count || ""}</span>
          </button>
          <button
            type="button"
            class="plain"
            aria-label={texts.leave}
            title={texts.leave}
            onClick={() => store.leave(current)}
          >
            <Icon name="leave" />
          </button>
        </>
      )}
    </header>
  );
}
