/** The rooms, where there is no space for them beside a conversation. */
import type { Store } from "../store.ts";

export function showRoomList(store: Store): void {
  const { Gate } = store;
  if (Gate) store.show({ kind: "start", label: store.texts.rooms, draw: () => <Gate store={store} /> });
}
