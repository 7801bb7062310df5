/** What is to be known of a room before one writes in it: one's name there, that it is slow, that it may not be entered. */
import { RoomState } from "../../src/client/contract.ts";
import { Refusal } from "../../src/wire/codes.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { isolated, Sentence } from "./sentence.tsx";

function slowed({ texts, formats }: Store, { code, until }: NonNullable<RoomView["slowed"]>): string {
  if (code === Refusal.dayFull) return texts.dayFull(formats.dayAndTime(until));
  return texts.slowMode(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
}

function refusal({ texts, maxRooms }: Store, code: number): string {
  const sentence = code === Refusal.tooManyRooms ? texts.tooManyRooms?.(maxRooms) : texts.refusals[code];
  return sentence ?? texts.refused;
}

export function Notices({ store, view }: { store: Store; view: RoomView }) {
  const { texts, me } = store;
  const { ownName } = view;
  return (
    <>
      {ownName !== null && ownName !== me?.name && (
        <p class="notice">
          <Sentence text={texts.nameHere(isolated(ownName))} />
        </p>
      )}
      {view.slowed && <p class="notice">{slowed(store, view.slowed)}</p>}
      {view.state === RoomState.refused && (
        <p class="notice" role="alert">
          {refusal(store, view.room?.refusal?.code ?? 0)}{" "}
          <button type="button" onClick={() => store.enterAgain(view)}>
            {texts.enterAgain}
          </button>
        </p>
      )}
    </>
  );
}
