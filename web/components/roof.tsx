/** The bar along the top: where one is, and on narrow screens the ways to rooms and people. */
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";

export function Roof({ store }: { store: Store }) {
  const { texts, current, unread } = store;
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
      <Brand store={store} />
      {current && (
        <h1 class="title" dir="auto" tabIndex={-1}>
          {current.name}
        </h1>
      )}
      <span class="spacer" />
      <LanguageSwitch store={store} />
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

/** The way to the front page. On the front page itself it is the heading. */
export function Brand({ store }: { store: Store }) {
  const { texts, current } = store;
  const home = (event: Event) => {
    event.preventDefault();
    store.goHome();
  };
  const Name = current ? "span" : "h1";
  return (
    <a class="brand" href="/" aria-label={texts.home} onClick={home}>
      <Name lang="ko">마당</Name>
      {!current && <small>{texts.tagline}</small>}
    </a>
  );
}

export function LanguageSwitch({ store }: { store: Store }) {
  const other = store.language === "ko" ? "en" : "ko";
  return (
    <button type="button" class="plain language" lang={other} onClick={() => store.setLanguage(other)}>
      {store.texts.otherLanguage}
    </button>
  );
}
