/** The rooms, where there is no space for them beside a conversation. */
import type { Store } from "../store.ts";
import { Gate } from "./gate.tsx";

export function showRoomList(store: Store): void {
  store.show({ kind: "start", label: store.texts.rooms, draw: () => <Gate store={store} /> });
}
