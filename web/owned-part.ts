/**
 * What a page needs of rooms that belong to somebody, and loads with the first of them: how such a room stands. It comes
 * behind the room. Invariant: of each room what was told is taken once, in order, and `standing` is another object
 * whenever it changed.
 */

import { RoomState } from "../src/client/contract.ts";
import { StandingFold } from "../src/client/standing.ts";
import { backNameOf, frontNameOf, SERVER_ROOM } from "../src/wire/back-name.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ServerKind, type StandingFrame } from "../src/wire/frames.ts";
import { OPERATOR } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { titleOf } from "../src/wire/room-title.ts";
import type { Standing } from "../src/wire/standing.ts";
import { fade } from "./fading.ts";
import { forgetPages } from "./forget-pages.ts";
import { looksAfter, roleOf } from "./roles.ts";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";
import { owned as texts } from "./texts/en-owned.ts";

export { OwnedHead } from "./components/owned-head.tsx";

/** `isOld`: of before the room was entered again. */
const folds = new WeakMap<RoomView, { fold: StandingFold; isOld: boolean }>();
/** Rooms whose back rooms were opened once: whoever leaves one is not to find it open again. */
const opened = new WeakSet<RoomView>();
/** How back rooms stand: made once of what was told. */
const behind = new WeakMap<Standing, Standing>();

/** After these nobody comes in again who does not know more, or is let in by somebody. */
const SHUTTING: readonly number[] = [
  Refusal.passwordNeeded,
  Refusal.wrongPassword,
  Refusal.noSuchRoom,
  Refusal.roomClosed,
  Refusal.locked,
];

/** The number is that of no kind of record. */
const isFrame = (told: StandingFrame | ActRecord): told is StandingFrame => told.kind === ServerKind.standing;

/** Takes what the room told since the last time. */
export function heed(store: Store, view: RoomView): void {
  const before = view.standing ?? null;
  const known = folds.get(view);
  if (known && view.state === RoomState.entering) known.isOld = true;
  const came = view.told?.splice(0) ?? [];
  for (const told of came)
    if (isFrame(told)) {
      const fold = new StandingFold(told, (author) => view.nameOf(author));
      folds.set(view, { fold, isOld: false });
    } else folds.get(view)?.fold.take([told]);
  // What has the name of an owned room that ended is an open one.
  if (folds.get(view)?.isOld && view.state === RoomState.live) folds.delete(view);
  const now = folds.get(view)?.fold.now ?? null;
  view.standing = now && behindOf(view.name, now);
  if (view.standing !== before) {
    // It names people whom the conversation tells of.
    view.retell();
    store.tick();
    store.heedCommand?.();
  }
  fade(store, view);
  forgetShut(store, view);
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
  heedBack(
    store,
    view,
    came.filter((told): told is ActRecord => !isFrame(told)),
  );
}

/** What was read where not everybody may be does not stay on the device of somebody who may not be there any more. */
function forgetShut(store: Store, view: RoomView): void {
  const { name, state, room, password } = view;
  if (state === RoomState.live) view.isShut = false;
  const refusal = state === RoomState.refused && room?.refusal;
  if (!refusal || view.isShut) return;
  const { code, putOut, retryAfterMs } = refusal;
  const isBack = frontNameOf(name) !== null;
  const asksPassword = code === Refusal.passwordNeeded || code === Refusal.wrongPassword;
  if (!isBack && !password && !view.standing?.hasPassword && !asksPassword) return;
  const isForGood = putOut
    ? isBack || (putOut.what === Sanction.ban && putOut.until === 0)
    : SHUTTING.includes(code) || (code === Refusal.banned && retryAfterMs === 0);
  if (!isForGood) return;
  view.isShut = true;
  void forgetPages(store.pages, [name]);
}

/** A back room is called after its room. */
function behindOf(name: string, now: Standing): Standing {
  const front = frontNameOf(name);
  if (front === null) return now;
  const title = front === SERVER_ROOM ? texts.serverBack : texts.backOf(now.settings.title || titleOf(front));
  const made = behind.get(now) ?? { ...now, settings: { ...now.settings, title } };
  behind.set(now, made);
  return made;
}

/**
 * Whether there is a back room for this person. One who operates the server may be told of themselves in an open room.
 */
const isLookedAfter = (view: RoomView, me: number): boolean =>
  looksAfter(view, me) && (roleOf(view, me) !== OPERATOR || (view.standing?.roles.size ?? 0) > 1);

/** Whoever looks after a room is in its back room as well, so as to hear what is new there. */
function heedBack(store: Store, view: RoomView, came: ActRecord[]): void {
  if (frontNameOf(view.name) !== null) {
    if (view.standing)
      import("./back-part.tsx").then((part) => {
        const isNew = !store.backRoom;
        store.backRoom = part;
        part.heed(store, view, came);
        // All rows are to be drawn again: those of what was done were empty.
        if (isNew) store.learn({});
      }, console.warn);
  } else if (
    view.state === RoomState.live &&
    isLookedAfter(view, store.me?.author ?? 0) &&
    !opened.has(view)
  ) {
    opened.add(view);
    store.openRoom(backNameOf(view.name));
  }
}
