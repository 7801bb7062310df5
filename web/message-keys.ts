/**
 * How one gets at a message: the right button of a mouse, a long press, the menu's key, arrow keys from one to the
 * next, and the arrow up in an empty field for the last own one; at a sign, who put it. It listens to the whole page,
 * so that the log knows nothing of it. Invariant: at most one message has the focus, and the log keeps the place.
 */
import { edit } from "../src/wire/records/edit.ts";
import { isGone } from "./gone.ts";
import { ignored } from "./ignored.ts";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";
import { message as texts } from "./texts/en-message.ts";
import type { MessageRow } from "./timeline.ts";

const PRESS_MS = 500;
/** A finger that moves further scrolls. */
const STILL_PX = 10;

/** Where a menu is to stand: beside an element, or at a point. */
export type MenuPlace = Element | { x: number; y: number };

const rowOf = (view: RoomView, seq: number): MessageRow | undefined =>
  view.rows().find((row): row is MessageRow => row.kind === "message" && row.seq === seq);

/** Opens the menu of a message. */
export async function openMenu(store: Store, view: RoomView, seq: number, at: MenuPlace): Promise<void> {
  const row = rowOf(view, seq);
  const acts = {
    ignored,
    edit: editMessage,
    canEdit: isEditable,
    showReacted: (view: RoomView, { seq }: MessageRow) => void openAbout(store, view, seq, "signs"),
  };
  if (row)
    await store.withPart(import("./components/message-menu.tsx"), (part) =>
      part.showMessageMenu(store, view, row, at, acts),
    );
}

/** Shows who put signs on a message, or what it said before. */
export async function openAbout(
  store: Store,
  view: RoomView,
  seq: number,
  what: "signs" | "edits",
): Promise<void> {
  const row = rowOf(view, seq);
  if (row)
    await store.withPart(import("./components/about-message.tsx"), ({ showEdits, showReacted }) =>
      (what === "signs" ? showReacted : showEdits)(store, view, row),
    );
}

/** Puts the text of an own message into the composer. False: there is nothing to edit. */
export function editMessage(view: RoomView, { key, seq, text }: MessageRow): void {
  view.edit({ id: key, text }, (now) => {
    if (now !== text) view.room?.act(edit, { to: seq, text: now });
    view.edit(null);
  });
}

function editLast(view: RoomView): boolean {
  const row = view
    .rows()
    .findLast((row): row is MessageRow => row.kind === "message" && row.own && isEditable(row));
  if (row && view.room) editMessage(view, row);
  return row !== undefined;
}

export const isEditable = ({ own, seq, look }: MessageRow): boolean => own && seq > 0 && !isGone(look);

export function listenToMessages(store: Store): void {
  store.learn(texts);
  let press: { x: number; y: number; timer: ReturnType<typeof setTimeout> } | null = null;
  const messageOf = (target: EventTarget | null) =>
    (target as Element | null)?.closest?.<HTMLElement>(".log .message[data-seq]") ?? null;
  /** At a sign it is about those who put it. */
  const open = (target: EventTarget | null, message: HTMLElement, at: MenuPlace) => {
    const { current: view } = store;
    const seq = Number(message.dataset.seq);
    if (!view) return;
    if ((target as Element).closest(".sign")) void openAbout(store, view, seq, "signs");
    else void openMenu(store, view, seq, at);
  };
  const release = () => {
    clearTimeout(press?.timer);
    press = null;
  };

  // When it was said is told of the one pointed at: of all it would be worked out for nothing.
  document.addEventListener("pointerover", ({ target }) => {
    const link = target as HTMLElement;
    if (!link.matches?.(".to-message") || link.title) return;
    const seq = Number(messageOf(link)?.dataset.seq);
    const row = store.current?.rows().find((row) => row.kind === "message" && row.seq === seq) as MessageRow;
    if (row) link.title = store.formats.dayAndTime(row.time);
  });
  document.addEventListener("contextmenu", (event) => {
    const { target, clientX: x, clientY: y } = event;
    const message = messageOf(target);
    // What is marked, and links, have the browser's own.
    if (!message || (target as Element).closest("a[href^=h]") || `${getSelection()}` !== "") return;
    event.preventDefault();
    if (press) return;
    open(target, message, x || y ? { x, y } : message);
  });
  document.addEventListener("pointerdown", ({ pointerType, target, clientX: x, clientY: y }) => {
    release();
    const message = messageOf(target);
    if (pointerType !== "touch" || !message || (target as Element).closest("a,button:not(.sign)")) return;
    const timer = setTimeout(() => {
      press = null;
      open(target, message, { x, y });
    }, PRESS_MS);
    press = { x, y, timer };
  });
  document.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (press && Math.hypot(clientX - press.x, clientY - press.y) > STILL_PX) release();
  });
  for (const name of ["pointerup", "pointercancel", "scroll"])
    document.addEventListener(name, release, { capture: true, passive: true });

  document.addEventListener("keydown", (event) => {
    const { key, shiftKey, altKey, ctrlKey, metaKey, target, defaultPrevented } = event;
    if (defaultPrevented || event.isComposing || altKey || ctrlKey || metaKey) return;
    const { current: view } = store;
    const field = target as HTMLTextAreaElement;
    if (key === "ArrowUp" && !shiftKey && field.matches(".composer textarea") && field.value === "")
      if (view && !view.editing && editLast(view)) event.preventDefault();
    const log = field.closest<HTMLElement>(".log");
    if (!log) return;
    const message = messageOf(target);
    const isMenu =
      key === "ContextMenu" || (key === "F10" && shiftKey) || (key === "Enter" && target === message);
    if (isMenu && message) open(target, message, message);
    else if (key === "Escape" && target !== log) log.focus({ preventScroll: true });
    else if (key === "ArrowUp" || key === "ArrowDown") {
      if (!walk(log, message, key === "ArrowUp")) return;
    } else if ((key === "ArrowLeft" || key === "ArrowRight") && message) {
      const stops = [message, ...message.querySelectorAll<HTMLElement>("button,.bubble a")];
      const by = key === "ArrowRight" ? 1 : stops.length - 1;
      stops[(stops.indexOf(target as HTMLElement) + by) % stops.length]?.focus();
    } else return;
    event.preventDefault();
  });
}

/** To the message before or after; from the log itself, to the last or first one in sight. False: let it scroll. */
function walk(log: HTMLElement, from: HTMLElement | null, isUp: boolean): boolean {
  const messages = [...log.querySelectorAll<HTMLElement>(".message[data-seq]")];
  const frame = log.getBoundingClientRect();
  const box = from?.getBoundingClientRect();
  // What does not fit is read to its end first.
  if (box && (isUp ? box.top < frame.top : box.bottom > frame.bottom + 1)) return false;
  const inSight = messages.filter((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return bottom > frame.top && top < frame.bottom;
  });
  const to = from ? messages[messages.indexOf(from) + (isUp ? -1 : 1)] : isUp ? inSight.at(-1) : inSight[0];
  if (!to) return false;
  to.tabIndex = -1;
  // Read out: who, and what.
  to.setAttribute("aria-label", labelOf(to));
  to.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest" });
  return true;
}

function labelOf(message: HTMLElement): string {
  let first: Element | null = message;
  while (first && !first.matches(".is-first")) first = first.previousElementSibling;
  const said = [first?.querySelector("b"), ...message.querySelectorAll(".bubble,time,.mark,.sign")];
  return said
    .map((one) => one?.textContent ?? "")
    .filter(Boolean)
    .join(", ");
}
