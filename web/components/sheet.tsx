/** What a side column needs when it lies over the conversation as a sheet. */
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";

export function CloseButton({ store }: { store: Store }) {
  return (
    <button type="button" class="plain close" aria-label={store.texts.close} onClick={() => store.show(null)}>
      <Icon name="close" />
    </button>
  );
}
