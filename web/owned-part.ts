/**
 * What a page needs of rooms that belong to somebody, and loads with the first of them: how such a room stands. It comes
 * behind the room. Invariant: of each room what was told is taken once, in order, and `standing` is another object
 * whenever it changed.
 */

import { RoomState } from "../src/client/contract.ts";
import { StandingFold } from "../src/client/standing.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ServerKind, type StandingFrame } from "../src/wire/frames.ts";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";

export { OwnedHead } from "./components/owned-head.tsx";

/** `isOld`: of before the room was entered again. */
const folds = new WeakMap<RoomView, { fold: StandingFold; isOld: boolean }>();

/** The number is that of no kind of record. */
const isFrame = (told: StandingFrame | ActRecord): told is StandingFrame => told.kind === ServerKind.standing;

/** Takes what the room told since the last time. */
export function heed(store: Store, view: RoomView): void {
  const before = view.standing ?? null;
  const known = folds.get(view);
  if (known && view.state === RoomState.entering) known.isOld = true;
  for (const told of view.told?.splice(0) ?? [])
    if (isFrame(told)) {
      const fold = new StandingFold(told, (author) => view.nameOf(author));
      folds.set(view, { fold, isOld: false });
    } else folds.get(view)?.fold.take([told]);
  // What has the name of an owned room that ended is an open one.
  if (folds.get(view)?.isOld && view.state === RoomState.live) folds.delete(view);
  view.standing = folds.get(view)?.fold.now ?? null;
  if (view.standing !== before) {
    // It names people whom the conversation tells of.
    view.retell();
    store.tick();
    store.heedCommand?.();
  }
  const code = view.room?.refusal?.code;
  if (!store.opener && (code === Refusal.passwordNeeded || code === Refusal.wrongPassword))
    import("./password-part.tsx").then((part) => {
      store.opener = part;
      store.tick();
    }, console.warn);
  if (!store.moderation && (view.standing || view.room?.refusal))
    import("./moderate-part.ts").then((part) => {
      store.moderation = part;
      store.tick();
    }, console.warn);
}
