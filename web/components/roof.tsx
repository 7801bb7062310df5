/** The bar along the top of the front page, and what of it a room's has too; see room-roof.tsx. */
import type { Store } from "../store.ts";

export function Roof({ store }: { store: Store }) {
  return (
    <header class="roof">
      <Brand store={store} />
      <p class="tagline">{store.texts.tagline}</p>
      <LanguageSwitch store={store} />
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
