/**
 * The whole page: the roof, and under it the yard with rooms, conversation and people; over it what lies there. Where
 * there is no space for rooms and people beside a conversation, they lie over it when they are asked for.
 */
import type { Store } from "../store.ts";
import { Connection } from "./connection.tsx";
import { Part } from "./part.tsx";
import { Roof } from "./roof.tsx";

export function App({ store }: { store: Store }) {
  const { current: view, isWide, texts, layers, Gate } = store;
  const { Conversation, RoomRoof } = store.part ?? {};
  const { Overlay, PeopleColumn } = store.later ?? {};
  return (
    <div class="page" data-at={view ? "room" : "home"}>
      <Part
        on={[view, view?.standing, view?.count, view?.unread, store.unread, isWide, texts]}
        draw={() => (view && RoomRoof ? <RoomRoof store={store} view={view} /> : <Roof store={store} />)}
      />
      <Connection store={store} />
      {(!view || isWide) && Gate && <Gate store={store} />}
      {view && Conversation && <Conversation key={view.name} store={store} view={view} />}
      {view && isWide && PeopleColumn && <PeopleColumn store={store} view={view} />}
      {Overlay && layers.map((layer) => <Overlay key={layer.label} store={store} layer={layer} />)}
    </div>
  );
}
