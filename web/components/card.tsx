/** A card over the page, with a heading. */
import type { ComponentChildren } from "preact";
import type { Store } from "../store.ts";

export function showCard(store: Store, label: string, draw: () => ComponentChildren): void {
  const inside = () => (
    <>
      <h2 class="heading">{label}</h2>
      {draw()}
    </>
  );
  store.show({ kind: "card", label, draw: inside });
}
