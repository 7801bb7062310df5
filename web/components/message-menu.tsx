/**
 * The menu of a message, in the pattern that ARIA describes for menus: arrows, Home and End, Escape. On a narrow screen
 * it is a sheet at the bottom. Loaded when it is asked for. What a choice does happens when the menu is gone, so that
 * the focus is where it was, and may go elsewhere.
 */
import { Component, createRef } from "preact";
import { frontNameOf } from "../../src/wire/back-name.ts";
import { ServerCapability } from "../../src/wire/frames.ts";
import { pin } from "../../src/wire/records/pin.ts";
import { reaction } from "../../src/wire/records/reaction.ts";
import { removal } from "../../src/wire/records/removal.ts";
import { takedown } from "../../src/wire/records/takedown.ts";
import { pathOf } from "../address.ts";
import { isGone } from "../gone.ts";
import type { Ignored } from "../ignored.ts";
import type { MenuPlace } from "../message-keys.ts";
import { looksAfter, roleOf } from "../roles.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { menu as texts } from "../texts/en-actions.ts";
import type { MessageRow } from "../timeline.ts";
import { showCard } from "./card.tsx";

const SIGNS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const GAP_PX = 8;
/** So many letters of any script fit into what the wire takes of a reason. */
const MOST_REASON = Math.floor((takedown.maxTextBytes ?? 0) / 3);

/** What is done by the part that opens the menu, and of it alone. */
export interface MenuActs {
  ignored: Ignored;
  edit(view: RoomView, row: MessageRow): void;
  canEdit(row: MessageRow): boolean;
  showReacted(view: RoomView, row: MessageRow): void;
}

interface Item {
  label: string;
  run: () => unknown;
  isGrave?: boolean;
}

/** Somebody hears there what is reported in rooms that are nobody's. */
const isOperated = ({ client }: Store) => ((client?.capabilities ?? 0) & ServerCapability.isOperated) > 0;

/** What can be done with a message, in the order of the menu. */
function itemsOf(store: Store, view: RoomView, row: MessageRow, acts: MenuActs): Item[] {
  const { seq, author, name, own, look } = row;
  const { ignored } = acts;
  const ignore = (name: string | null) => {
    ignored.set(author, name);
    for (const one of store.open.values()) one.retell();
  };
  const hasText = !isGone(look);
  const me = store.me?.author ?? 0;
  const mayLook = looksAfter(view, me) && view.room;
  const isPinned = view.standing?.pinned.includes(seq);
  const mayTake = mayLook && !own && roleOf(view, author) < roleOf(view, me);
  const isIgnored = ignored.has(author);
  const link = location.origin + pathOf(view.name);
  return [
    hasText &&
      view.room && { label: store.later?.replyText ?? "", run: () => store.later?.replyTo(view, seq) },
    (view.became?.of(seq)?.signs.length ?? 0) > 0 && {
      label: texts.whoReacted,
      run: () => acts.showReacted(view, row),
    },
    hasText && { label: texts.copyText, run: () => copy(view, row.text, texts.textCopied) },
    { label: texts.copyLink, run: () => copy(view, `${link}#${seq}`, store.texts.linkCopied) },
    mayLook &&
      (hasText || isPinned) && {
        label: isPinned ? texts.unpin : texts.pin,
        run: () => view.room?.act(pin, { to: seq, on: !isPinned }),
      },
    acts.canEdit(row) && view.room && { label: store.texts.edit, run: () => acts.edit(view, row) },
    acts.canEdit(row) &&
      view.room && { label: store.texts.discard, run: () => askRemove(store, view, row), isGrave: true },
    mayTake &&
      !view.became?.of(seq)?.isRemoved && {
        label: texts.takeDown,
        run: () => askTakedown(store, view, row),
        isGrave: true,
      },
    !own &&
      hasText &&
      view.room &&
      (view.standing || isOperated(store)) &&
      frontNameOf(view.name) === null && {
        label: texts.report,
        run: () => store.withPart(import("./report.tsx"), (part) => part.showReport(store, view, row)),
        isGrave: true,
      },
    !own &&
      (isIgnored
        ? { label: texts.unignore(name), run: () => ignore(null) }
        : { label: texts.ignore(name), run: () => ignore(name), isGrave: true }),
  ].filter((item) => !!item);
}

async function copy(view: RoomView, text: string, said: string): Promise<void> {
  const { isCopied } = await import("./room-menu.tsx");
  view.say((await isCopied(text)) ? said : texts.notCopied);
}

export function showMessageMenu(
  store: Store,
  view: RoomView,
  row: MessageRow,
  at: MenuPlace,
  acts: MenuActs,
): void {
  const draw = () => <MessageMenu store={store} view={view} row={row} at={at} acts={acts} />;
  store.show({ kind: "sheet", label: store.texts.messageMenu, draw });
}

interface Props {
  store: Store;
  view: RoomView;
  row: MessageRow;
  at: MenuPlace;
  acts: MenuActs;
}

class MessageMenu extends Component<Props> {
  readonly #menu = createRef<HTMLDivElement>();
  #then: (() => unknown) | null = null;

  /** On a wide screen it stands where it was asked for, on the side where there is more space. */
  override componentDidMount(): void {
    const dialog = this.#menu.current?.closest("dialog");
    if (!dialog) return;
    // When it is open: the browser's own choice is another one in some engines.
    queueMicrotask(() => dialog.querySelector<HTMLElement>("[role^=menuitem]")?.focus());
    const { at } = this.props;
    let point = at as { x: number; y: number };
    if (at instanceof Element) {
      const { left, right, top, bottom } = (at.querySelector(".bubble") ?? at).getBoundingClientRect();
      point = { x: (left + right) / 2, y: top + bottom > innerHeight ? top - GAP_PX : bottom + GAP_PX };
    }
    const y = Math.min(Math.max(point.y, 0), innerHeight);
    const [top, bottom] = y > innerHeight / 2 ? ["auto", `${innerHeight - y}px`] : [`${y}px`, "auto"];
    const isRight = point.x > innerWidth / 2;
    const [left, right] = isRight ? ["auto", `${innerWidth - point.x}px`] : [`${point.x}px`, "auto"];
    dialog.style.setProperty("--at", `${top} ${right} ${bottom} ${left}`);
    dialog.style.setProperty("--room", `${Math.max(y, innerHeight - y) - GAP_PX}px`);
  }

  override componentWillUnmount(): void {
    // The focus goes back first.
    if (this.#then) setTimeout(this.#then);
  }

  #choose(run: () => unknown): void {
    this.#then = run;
    this.props.store.hide();
  }

  #onKeyDown = (event: KeyboardEvent): void => {
    const { key, currentTarget, target } = event;
    const items = [...(currentTarget as Element).querySelectorAll<HTMLElement>("[role^=menuitem]")];
    const at = items.indexOf(target as HTMLElement);
    const signs = items.filter((item) => item.matches(".signs *")).length;
    const inSigns = at < signs;
    const last = items.length - 1;
    // Of an object the build would change the names.
    const to = new Map([
      ["ArrowDown", inSigns ? signs : at + 1],
      ["ArrowUp", inSigns ? last : at === signs && signs > 0 ? 0 : at + last],
      ["ArrowRight", inSigns ? (at + 1) % signs : at],
      ["ArrowLeft", inSigns ? (at + signs - 1) % signs : at],
      ["Home", 0],
      ["End", last],
    ]).get(key);
    // One leaves a menu by what one chooses, or by Escape.
    if (to === undefined && key !== "Tab") return;
    event.preventDefault();
    items[(to ?? at) % items.length]?.focus();
  };

  override render() {
    const { store, view, row, acts } = this.props;
    const told = view.became?.of(row.seq);
    const author = store.me?.author ?? 0;
    const mine = told?.signs.filter(({ people }) => people.has(author)).map(({ text }) => text) ?? [];
    const put = (text: string) =>
      this.#choose(() => view.room?.act(reaction, { to: row.seq, on: !mine.includes(text), text }));
    const canReact = view.room !== null && !isGone(row.look);
    return (
      <div
        class="message-menu"
        role="menu"
        tabIndex={-1}
        aria-label={store.texts.messageMenu}
        ref={this.#menu}
        onKeyDown={this.#onKeyDown}
      >
        {canReact && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu.
          <div class="signs" role="group" aria-label={texts.react}>
            {SIGNS.map((text) => (
              <button
                key={text}
                type="button"
                role="menuitemcheckbox"
                aria-checked={mine.includes(text)}
                tabIndex={-1}
                onClick={() => put(text)}
              >
                {text}
              </button>
            ))}
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              aria-label={texts.moreSigns}
              onClick={() => this.#choose(() => void showPicker(store, view, row))}
            >
              +
            </button>
          </div>
        )}
        {itemsOf(store, view, row, acts).map(({ label, run, isGrave }) => (
          <button
            key={label}
            type="button"
            role="menuitem"
            class={isGrave ? "is-grave" : ""}
            tabIndex={-1}
            onClick={() => this.#choose(run)}
          >
            {label}
          </button>
        ))}
      </div>
    );
  }
}

const showPicker = (store: Store, view: RoomView, { seq }: MessageRow): Promise<void> =>
  store.withPart(import("./sign-picker.tsx"), ({ showSignPicker }) => showSignPicker(store, view, seq));

/** It takes the text from everybody, for good: that is asked once. */
function askRemove(store: Store, view: RoomView, { seq, text }: MessageRow): void {
  const remove = () => {
    view.room?.act(removal, { to: seq });
    store.hide();
  };
  showCard(store, texts.askRemove, () => (
    <>
      <p class="quoted" dir="auto">
        {text}
      </p>
      <p class="quiet">{texts.removedForAll}</p>
      <div class="choices">
        <button type="button" class="is-grave" onClick={remove}>
          {store.texts.discard}
        </button>
        <button type="button" onClick={() => store.hide()}>
          {store.texts.cancel}
        </button>
      </div>
    </>
  ));
}

/** Of somebody else, by those who look after the room: for a reason that all may read, or for none. */
export function askTakedown(
  store: Store,
  view: RoomView,
  { seq, text }: Pick<MessageRow, "seq" | "text">,
): void {
  const reason = createRef<HTMLInputElement>();
  const takeDown = (event: Event) => {
    event.preventDefault();
    view.room?.act(takedown, { to: seq, text: reason.current?.value.trim() ?? "" });
    store.hide();
  };
  showCard(store, texts.askTakeDown, () => (
    <form class="form" onSubmit={takeDown}>
      <p class="quoted" dir="auto">
        {text}
      </p>
      <p class="quiet">{texts.removedForAll}</p>
      <div class="field">
        <label for="reason">{texts.reason}</label>
        <div class="joined">
          <input id="reason" ref={reason} dir="auto" maxLength={MOST_REASON} autocomplete="off" />
        </div>
      </div>
      <div class="choices">
        <button type="submit" class="is-grave">
          {texts.takeDown}
        </button>
        <button type="button" onClick={() => store.hide()}>
          {store.texts.cancel}
        </button>
      </div>
    </form>
  ));
}
