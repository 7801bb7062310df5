/** What is to be known about a room before its messages: how one is called there, that one waits, or was not let in. */
import { RoomState } from "../../src/client/contract.ts";
import { Refusal } from "../../src/wire/codes.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { isolated, Sentence } from "./sentence.tsx";

interface Props {
  store: Store;
  view: RoomView;
}

function slowed({ code, until }: NonNullable<RoomView["slowed"]>, { texts, formats }: Store): string {
  if (code === Refusal.dayFull) return texts.dayFull(formats.dayAndTime(until));
  return texts.slowMode(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
}

function refusal(code: number, { texts, maxRooms }: Store): string {
  const sentence = code === Refusal.tooManyRooms ? texts.tooManyRooms?.(maxRooms) : texts.refusals[code];
  return sentence ?? texts.refused;
}

/** Who is writing in the room, or that what one writes has to wait. */
export function writing({ isCut, texts, me }: Store, view: RoomView) {
  if (isCut) return texts.sentLater;
  const names = view.typing
    .filter((author) => author !== me?.author)
    .map((author) => isolated(view.nameOf(author)));
  return names.length > 0 && <Sentence text={texts.typing(names)} />;
}

export function Notices({ store, view }: Props) {
  const { texts, me } = store;
  return (
    <>
      {store.owned && <store.owned.OwnedHead store={store} view={view} />}
      {view.ownName !== null && view.ownName !== me?.name && (
        <p class="notice">
          <Sentence text={texts.nameHere(isolated(view.ownName))} />
        </p>
      )}
      {view.slowed && <p class="notice">{slowed(view.slowed, store)}</p>}
      {store.opener?.opener(store, view) ??
        (view.state === RoomState.refused && (
          <p class="notice" role="alert">
            {store.moderation?.outcome(store, view) ?? refusal(view.room?.refusal?.code ?? 0, store)}{" "}
            <button type="button" onClick={() => store.enterAgain(view)}>
              {texts.enterAgain}
            </button>
          </p>
        ))}
    </>
  );
}
