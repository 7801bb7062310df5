/**
 * The messages of a room and where in them the reader is. Rows come and go above and below without moving what is
 * being read: before each change the rows in sight are noted, after it the first one still there is put back where it
 * was. At the newest it stays at the newest.
 * The log itself is silent for screen readers, since older pages come into it too; new messages are told beside it.
 */
import { Component, createRef } from "preact";
import type { Told } from "../heard.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";
import { LogRow } from "./log-row.tsx";

/** From the bottom: within this one is at the newest. */
const NEAR_PX = 48;
/** More is fetched before the end of what is here comes into sight. */
const AHEAD_PX = 700;

interface Anchor {
  row: HTMLElement;
  top: number;
}

export class MessageLog extends Component<{ store: Store; view: RoomView }> {
  readonly #log = createRef<HTMLDivElement>();
  readonly #rows = createRef<HTMLDivElement>();
  readonly #observer = new ResizeObserver(() => this.#stick());
  #jumps = 0;

  override componentDidMount(): void {
    const { view } = this.props;
    this.#observer.observe(this.#log.current as Element);
    this.#observer.observe(this.#rows.current as Element);
    this.#jumps = view.jumps;
    const { scroll } = view;
    const row = scroll && this.#rowElements().find(({ dataset }) => dataset.key === scroll.key);
    // Unread ones that came in the meantime go before the old place.
    if (row && !view.atNewest && scroll.jumps === view.jumps) this.#place({ row, top: scroll.top });
    else this.#jump();
  }

  override componentWillUnmount(): void {
    this.#observer.disconnect();
    const [first] = this.#inSight();
    this.props.view.scroll = first
      ? { key: first.row.dataset.key ?? "", top: first.top, jumps: this.#jumps }
      : null;
  }

  override getSnapshotBeforeUpdate(): Anchor[] {
    return this.#inSight();
  }

  override componentDidUpdate(_props: unknown, _state: unknown, before: Anchor[]): void {
    const { view } = this.props;
    if (view.jumps !== this.#jumps) {
      this.#jumps = view.jumps;
      this.#jump();
    } else if (view.atNewest) this.#stick();
    else {
      const kept = before.find(({ row }) => row.isConnected);
      if (kept) this.#place(kept);
    }
  }

  #rowElements(): HTMLElement[] {
    return [...(this.#rows.current?.children ?? [])] as HTMLElement[];
  }

  #inSight(): Anchor[] {
    const log = this.#log.current;
    if (!log) return [];
    const rows = this.#rowElements();
    // Rows are ordered by position, so the first one in sight is found by halving.
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle] as HTMLElement;
      if (row.offsetTop + row.offsetHeight <= log.scrollTop) low = middle + 1;
      else high = middle;
    }
    const anchors: Anchor[] = [];
    for (const row of rows.slice(low)) {
      const top = row.offsetTop - log.scrollTop;
      if (top > log.clientHeight) break;
      if (row.dataset.key) anchors.push({ row, top });
    }
    return anchors;
  }

  #place({ row, top }: Anchor): void {
    const log = this.#log.current as HTMLElement;
    const wanted = row.offsetTop - top;
    // Writing the same value would still end a fling on some phones.
    if (Math.abs(log.scrollTop - wanted) >= 1) log.scrollTop = wanted;
  }

  #stick(): void {
    const log = this.#log.current;
    if (log && this.props.view.atNewest) log.scrollTop = log.scrollHeight;
  }

  /** To the line of the unread with some of what is above it, or to the newest. */
  #jump(): void {
    const log = this.#log.current as HTMLElement;
    const line = this.#rows.current?.querySelector<HTMLElement>(".unread");
    log.scrollTop = line ? line.offsetTop - log.clientHeight / 4 : log.scrollHeight;
    this.#onScroll();
  }

  #onScroll = (): void => {
    const log = this.#log.current as HTMLElement;
    const { view } = this.props;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight;
    view.setAtNewest(below < NEAR_PX);
    const isFull = log.scrollHeight > log.clientHeight;
    if (log.scrollTop < AHEAD_PX && !(view.atNewest && isFull) && view.hasOlder) void view.showOlder();
    if (below < AHEAD_PX) view.showNewer();
  };

  override render() {
    const { store, view } = this.props;
    const { texts } = store;
    const rows = view.rows();
    return (
      <div class="log-frame">
        <div
          class="log"
          role="log"
          aria-label={texts.messages}
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard.
          tabIndex={0}
          ref={this.#log}
          onScroll={this.#onScroll}
        >
          <div class="log-rows" ref={this.#rows}>
            <p class="edge quiet">
              {view.loadingOlder ? texts.loadingOlder : view.atBeginning && this.#beginning()}
            </p>
            {rows.map((row) => (
              <LogRow key={row.key} row={row} store={store} view={view} texts={texts} />
            ))}
          </div>
        </div>
        {!view.atNewest && (
          <button type="button" class="to-newest" onClick={() => view.jumpToNewest()}>
            <Icon name="down" />
            {view.unread > 0 ? texts.newBelow(view.unread) : texts.toNewest}
          </button>
        )}
        <div class="unseen" aria-live="polite">
          {view.heard.told.map((told) => (
            <p key={told.id}>{this.#sentence(told)}</p>
          ))}
        </div>
      </div>
    );
  }

  #beginning(): string {
    const { view, store } = this.props;
    const { texts, formats } = store;
    const rows = view.rows();
    const oldest = rows.find((row) => row.kind === "message");
    const [first] = rows;
    // The line for what is gone stands there already.
    if (first?.kind === "gap" && !(first.lost && view.lostBefore > 0)) return "";
    if (view.lostBefore > 0)
      return texts.gap(view.lostBefore, "", formats.dayAndTime(oldest?.time ?? Date.now()));
    return oldest ? texts.beginning : texts.emptyRoom;
  }

  #sentence({ count, messages }: Told): string {
    if (messages.length === 0) return this.props.store.texts.newBelow(count);
    return messages.map(({ name, text }) => `${name}: ${text}`).join("\n");
  }
}
