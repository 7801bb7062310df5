/** Why an own message was refused, and what its writer can do about it. */
import type { OutboxEntry } from "../../src/client/contract.ts";
import { Refusal } from "../../src/wire/codes.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { message } from "../texts/en-message.ts";

export function Refused({ store, view, entry }: { store: Store; view: RoomView; entry: OutboxEntry }) {
  const { texts } = store;
  const code = entry.refused?.code ?? 0;
  return (
    <div class="refused">
      <span>
        {code !== Refusal.cannotTell && `${message.notSent}. `}
        {texts.refusals[code] ?? texts.refused}
      </span>
      <button type="button" onClick={() => view.edit(entry)}>
        {texts.edit}
      </button>
      <button type="button" onClick={() => view.room?.retry(entry.id)}>
        {texts.retry}
      </button>
      <button type="button" onClick={() => view.room?.discard(entry.id)}>
        {texts.discard}
      </button>
    </div>
  );
}
