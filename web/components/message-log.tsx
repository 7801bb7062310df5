/**
 * The messages of a room. It measures, tells the view where the reader is, and puts the log where the place says (see
 * ../reading-place.ts), after each drawing and each change of a size. Only those who read move it otherwise.
 * The log itself is silent for screen readers, since older pages come into it too; new messages are told beside it.
 */
import { Component, createRef } from "preact";
import { Hold, type Measure, type Sight } from "../reading-place.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";
import { LogRow } from "./log-row.tsx";

/** More is fetched before the end of what is here comes into sight. */
const AHEAD_PX = 700;
/** Of a message at the lower edge so much has to be in sight. */
const LINE_PX = 24;
const NOTICE_MS = 4_000;
/** No message is lower. */
const ROW_PX = 38;
/** So long after a flood there is time for what stands above it. A flood is drawn more often than this. */
const CALM_MS = 1_500;
/** So long WebKit may put the log back to where it was before a new size, and a scroll may follow a hand. */
const UNDO_MS = 500;

/** About how many letters a line of a message takes. On a wide screen there are two columns beside it. */
function lettersInLine(): number {
  return Math.min(70, innerWidth / (innerWidth > 900 ? 18 : 12));
}

/** How far below the top of a message its text begins. Its name comes and goes with the message above it. */
function bubbleTop(row: HTMLElement): number {
  const bubble = row.querySelector<HTMLElement>(".bubble");
  return bubble ? bubble.offsetTop - row.offsetTop : 0;
}

export class MessageLog extends Component<{ store: Store; view: RoomView }> {
  readonly #log = createRef<HTMLDivElement>();
  readonly #rows = createRef<HTMLDivElement>();
  readonly #observer = new ResizeObserver(() => {
    this.#inLine = lettersInLine();
    this.#place();
  });
  /** Asked for while something is being drawn, it would cost a layout of all of it. */
  #inLine = lettersInLine();
  /** The sizes for which it was put in its place. */
  #sizes = "";
  /** Whether the end of what is drawn is the end of the room. */
  #isEnd = true;
  #isTouched = false;
  #handAt = 0;
  #sizedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Until it is calm after so many cuts. */
  #calm: ReturnType<typeof setTimeout> | undefined;
  #cuts = 0;

  override componentDidMount(): void {
    const log = this.#log.current as HTMLElement;
    this.#observer.observe(log);
    this.#observer.observe(this.#rows.current as Element);
    const hear = ({ timeStamp, touches }: Event & Partial<TouchEvent>) => {
      this.#handAt = timeStamp;
      // A wheel or a key touches nothing.
      if (!touches) return;
      this.#isTouched = touches.length > 0;
      if (this.#isTouched) this.props.view.fit(Number.POSITIVE_INFINITY);
      else this.#place();
    };
    for (const name of [
      "touchstart",
      "touchmove",
      "touchend",
      "touchcancel",
      "wheel",
      "keydown",
      "pointerdown",
    ])
      log.addEventListener(name, hear, { passive: true });
    this.#place();
  }

  override componentWillUnmount(): void {
    this.#observer.disconnect();
    clearTimeout(this.#timer);
    clearTimeout(this.#calm);
  }

  /** An engine may have scrolled further than it told: what is drawn now is to be put where the reader is by now. */
  override getSnapshotBeforeUpdate(): boolean {
    const log = this.#log.current as HTMLElement;
    if (this.#sizes === this.#measure(log)) this.props.view.scrolled(this.#scroll(log), this.#look);
    return log.contains(document.activeElement);
  }

  override componentDidUpdate(_props: unknown, _state: unknown, hadFocus: boolean): void {
    const log = this.#log.current as HTMLElement;
    // What had the focus is far away and gone: without it Firefox would scroll nothing by keys.
    if (hadFocus && !log.contains(document.activeElement)) log.focus({ preventScroll: true });
    this.#place();
    const { view } = this.props;
    if (!view.notice || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      view.say(null);
    }, NOTICE_MS);
  }

  /** What of the messages is in sight. Rows are ordered by position, so they are found by halving: each look costs. */
  #look = (): Sight | null => {
    const { scrollTop, clientHeight } = this.#log.current as HTMLElement;
    const rows = (this.#rows.current as HTMLElement).children as HTMLCollectionOf<HTMLElement>;
    const topOf = (at: number) => (rows[at] as HTMLElement).offsetTop;
    const numberOf = (at: number) => Number(rows[at]?.dataset.seq ?? 0);
    /** Index of the first row that begins below `y`, from index `low` on. */
    const below = (y: number, low = 0) => {
      let high = rows.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (topOf(middle) <= y) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    let at = Math.max(0, below(scrollTop) - 1);
    let end = below(scrollTop + clientHeight - LINE_PX, at);
    const { offsetTop, offsetHeight } = rows[at] as HTMLElement;
    if (offsetTop + offsetHeight <= scrollTop) at++;
    while (at < rows.length && numberOf(at) === 0) at++;
    const row = rows[at];
    if (!row) return null;
    while (--end > at && numberOf(end) === 0);
    return {
      seq: numberOf(at),
      offset: topOf(at) - scrollTop + bubbleTop(row),
      last: numberOf(Math.max(at, end)),
    };
  };

  /** Puts the log where the reader is. */
  #place(): void {
    const log = this.#log.current as HTMLElement;
    const { view } = this.props;
    const wanted = this.#wanted(log);
    // Writing the same value would still end a fling on some phones.
    if (wanted !== null && Math.abs(log.scrollTop - wanted) >= 1) log.scrollTop = wanted;
    if (this.#sizes !== this.#measure(log)) this.#sizedAt = performance.now();
    this.#sizes = this.#measure(log);
    // Nothing is taken away under a finger.
    if (!this.#isTouched) view.fit(Math.ceil((1.5 * log.clientHeight) / ROW_PX));
    if (this.#cuts !== view.cuts) {
      this.#cuts = view.cuts;
      clearTimeout(this.#calm);
      this.#calm = setTimeout(() => {
        // It would push what stands under a finger away. When that is gone, this is done again.
        if (this.#isTouched) this.#cuts = -1;
        else view.widen();
      }, CALM_MS);
    }
    this.#isEnd = !view.hasNewer;
    view.placed(this.#scroll(log), this.#look);
    this.#reach(log);
  }

  /** Where the log is to be scrolled to; null where it is. */
  #wanted({ scrollTop, scrollHeight, clientHeight }: HTMLElement): number | null {
    const { view } = this.props;
    const { hold, anchor } = view.place;
    // Under a finger only what is read stays where it is.
    if (hold !== Hold.message && this.#isTouched) return null;
    const max = scrollHeight - clientHeight;
    if (hold === Hold.newest) return max;
    const isLine = hold === Hold.line;
    const seq = view.nearest((isLine ? view.place.line : anchor?.seq) ?? 0);
    const row = this.#rows.current?.querySelector<HTMLElement>(
      isLine ? `.unread,[data-seq="${seq}"]` : `[data-seq="${seq}"]`,
    );
    if (!row) return null;
    const { offsetTop, offsetHeight } = row;
    let offset = clientHeight / 4;
    if (!isLine && anchor) {
      const isInSight = offsetTop >= scrollTop && offsetTop + offsetHeight <= scrollTop + clientHeight;
      if (anchor.offset === null && isInSight) return null;
      offset = anchor.offset === null ? offset : anchor.offset - bubbleTop(row);
    }
    return Math.min(Math.max(0, offsetTop - offset), max);
  }

  #measure({ scrollHeight, clientHeight, clientWidth }: HTMLElement): string {
    return `${scrollHeight} ${clientHeight} ${clientWidth}`;
  }

  #scroll({ scrollTop, scrollHeight, clientHeight }: HTMLElement): Measure {
    return { top: scrollTop, max: scrollHeight - clientHeight, isEnd: this.#isEnd };
  }

  #onScroll = ({ timeStamp }: Event): void => {
    const log = this.#log.current as HTMLElement;
    const { view } = this.props;
    const at = timeStamp - UNDO_MS;
    // A change of a size is not a scroll, nor is what comes of it while no hand moves.
    if (this.#sizes !== this.#measure(log) || (view.atNewest && at < this.#sizedAt && at > this.#handAt))
      this.#place();
    else {
      view.scrolled(this.#scroll(log), this.#look);
      this.#reach(log);
    }
  };

  #reach({ scrollTop, scrollHeight, clientHeight }: HTMLElement): void {
    const { view } = this.props;
    const isFull = scrollHeight > clientHeight;
    if (scrollTop < AHEAD_PX && !(view.atNewest && isFull)) void view.showOlder();
    if (scrollHeight - scrollTop - clientHeight < AHEAD_PX) void view.showNewer();
  }

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
              <LogRow key={row.key} row={row} store={store} view={view} texts={texts} inLine={this.#inLine} />
            ))}
          </div>
        </div>
        {!view.atNewest && (
          <button type="button" class="to-newest" onClick={() => view.jumpToNewest()}>
            <Icon name="down" />
            {view.unread > 0 ? texts.newBelow?.(view.unread) : texts.toNewest}
          </button>
        )}
        {view.notice && (
          <p class="log-notice" role="status">
            {view.notice === "noMessage" ? texts.noMessage : view.notice}
          </p>
        )}
        <div class="unseen" aria-live="polite">
          {view.heard?.told.map((told) => (
            <p key={told.id}>{store.later?.tell(view, told)}</p>
          ))}
        </div>
      </div>
    );
  }

  #beginning(): string {
    const { view, store } = this.props;
    const { texts, formats } = store;
    const rows = view.rows();
    const oldest = rows.find((row) => row.kind === "message" || row.kind === "ruling");
    const [first] = rows;
    // The line for what is gone stands there already.
    if (first?.kind === "gap" && !(first.lost && view.lostBefore > 0)) return "";
    if (view.lostBefore > 0)
      return texts.gap?.(view.lostBefore, "", formats.dayAndTime(oldest?.time ?? Date.now()));
    return oldest ? texts.beginning : texts.emptyRoom;
  }
}
