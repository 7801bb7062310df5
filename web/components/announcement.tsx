/**
 * What the operator announces, over everything until it ends or is put away. It lies within a status, which reads it
 * out. What was put away stays so in this tab.
 */
import { Component } from "preact";
import { decodeText } from "../../src/wire/bytes.ts";
import { serverNow } from "../server-now.ts";
import type { Store } from "../store.ts";

const PUT_AWAY = "madang.announced";
/** Longest time that a timer takes. */
const MOST_MS = 2 ** 31 - 1;

/** When that was said which was put away last; 0: nothing was, or the browser keeps nothing. */
function putAway(): number {
  try {
    return Number(sessionStorage.getItem(PUT_AWAY));
  } catch {
    return 0;
  }
}

export class Announcement extends Component<{ store: Store }, { gone: number }> {
  override state = { gone: putAway() };
  #timer: ReturnType<typeof setTimeout> | undefined;

  override componentWillUnmount(): void {
    clearTimeout(this.#timer);
  }

  #close = (): void => {
    const gone = this.props.store.announced?.at ?? 0;
    this.setState({ gone });
    try {
      sessionStorage.setItem(PUT_AWAY, String(gone));
    } catch {
      // It is there again after a reload.
    }
  };

  override render() {
    const { store } = this.props;
    const { at = 0, until = 0, text } = store.announced ?? {};
    const left = until && until - serverNow(store);
    clearTimeout(this.#timer);
    if (!text?.length || left < 0 || at === this.state.gone) return null;
    if (left > 0) this.#timer = setTimeout(() => this.forceUpdate(), Math.min(left + 1, MOST_MS));
    return (
      <p class="announced">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is long is scrolled by keys as well. */}
        <span tabIndex={0}>
          <b>{store.texts.announced}</b> <bdi>{decodeText(text)}</bdi>
        </span>
        <button type="button" onClick={this.#close}>
          {store.texts.close}
        </button>
      </p>
    );
  }
}
