/**
 * Taking over an identity that another browser gives away: by the words of its link, or typed. It says who comes before
 * anything here changes. Loaded when it is asked for.
 */
import { Component, createRef } from "preact";
import { ClientState } from "../../src/client/contract.ts";
import { moveIn, newAttempt } from "../../src/client/move.ts";
import { RefusedError } from "../../src/client/refused-error.ts";
import type { Moved } from "../../src/wire/moving.ts";
import { type Baggage, unpack } from "../baggage.ts";
import { Device, startAnew } from "../device.ts";
import type { ChatClient, Store } from "../store.ts";
import { move as texts } from "../texts/en-move.ts";
import { isolated, Sentence } from "./sentence.tsx";

const ATTEMPT = "madang.attempt";

/** `words`: those of a link, or none. */
export function showMoveIn(store: Store, words: string): void {
  const draw = () => <MoveIn store={store} words={words} />;
  store.show({ kind: "card", label: store.texts.moveIn, draw });
}

/** The same after a reload, so that what was asked for before it can be had by the same words again. */
function attemptOfTab(): Uint8Array {
  let attempt = newAttempt();
  try {
    const kept = sessionStorage.getItem(ATTEMPT);
    if (kept) attempt = Uint8Array.from(JSON.parse(kept));
    else sessionStorage.setItem(ATTEMPT, JSON.stringify([...attempt]));
  } catch {
    // It holds as long as the page.
  }
  return attempt;
}

interface State {
  words: string;
  said: string;
  isAsking: boolean;
  moved: (Moved & { packed: Baggage }) | null;
}

class MoveIn extends Component<{ store: Store; words: string }, State> {
  override state: State = { words: this.props.words, said: "", isAsking: false, moved: null };
  readonly #field = createRef<HTMLInputElement>();
  readonly #take = createRef<HTMLButtonElement>();
  readonly #attempt = attemptOfTab();
  #isShown = false;

  override componentDidMount(): void {
    // When it is open: before that it takes no focus.
    queueMicrotask(() => this.#field.current?.focus());
    if (this.state.words) void this.#ask();
  }

  override componentDidUpdate(): void {
    // The field that had the focus is gone.
    if (this.state.moved && !this.#isShown) this.#take.current?.focus();
    this.#isShown = this.state.moved !== null;
  }

  #ask = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    const { store } = this.props;
    const { words, isAsking } = this.state;
    if (isAsking || words.trim() === "") return;
    if (store.memoryOnly) return this.setState({ said: texts.keepsNothing });
    if (store.connection.state === ClientState.closed) return this.setState({ said: store.texts.broken });
    this.setState({ isAsking: true, said: texts.asking });
    try {
      const moved = await moveIn(store.client as ChatClient, words, this.#attempt);
      const packed = unpack(moved.baggage);
      this.setState({ moved: { ...moved, packed }, said: "", isAsking: false });
    } catch (error) {
      const { refusals, refused } = store.texts;
      const said = (error instanceof RefusedError && refusals[error.code]) || refused;
      this.setState({ said, isAsking: false });
      this.#field.current?.focus();
    }
  };

  #become = async (): Promise<void> => {
    const { store } = this.props;
    const { moved, isAsking } = this.state;
    if (!moved || isAsking) return;
    this.setState({ isAsking: true, said: texts.asking });
    try {
      const device = await Device.open(store);
      const { author, token, name, packed } = moved;
      const was = await store.storage.identity();
      await device.become({ author, token, name }, was?.author === author ? null : was);
      await device.unpack(packed);
      startAnew(false);
    } catch (error) {
      console.warn(error);
      store.client?.start();
      this.setState({ isAsking: false, said: store.texts.refused });
    }
  };

  override render() {
    const { store } = this.props;
    const { words, said, isAsking, moved } = this.state;
    const { me } = store;
    return (
      <form class="form" onSubmit={this.#ask}>
        <h2 class="heading">{store.texts.moveIn}</h2>
        {moved ? (
          <>
            <p>
              <Sentence text={texts.comes(isolated(moved.name), moved.packed.rooms.length)} />
            </p>
            {me && me.author !== moved.author && (
              <p>
                <Sentence text={texts.instead(isolated(me.name))} />
              </p>
            )}
          </>
        ) : (
          <>
            <p class="quiet">{texts.inWhat}</p>
            <div class="field">
              <label for="move-words">{texts.field}</label>
              <div class="joined">
                <input
                  id="move-words"
                  ref={this.#field}
                  value={words}
                  aria-invalid={said !== "" && !isAsking}
                  aria-describedby="move-said"
                  autocomplete="off"
                  autocapitalize="none"
                  spellcheck={false}
                  enterkeyhint="go"
                  onInput={({ currentTarget }) => this.setState({ words: currentTarget.value, said: "" })}
                />
              </div>
            </div>
          </>
        )}
        <p id="move-said" role="status">
          {said}
        </p>
        <div class="choices">
          <button type="button" onClick={() => store.hide()}>
            {texts.cancel}
          </button>
          {moved ? (
            <button
              key="take"
              type="button"
              class="is-main"
              ref={this.#take}
              disabled={isAsking}
              onClick={this.#become}
            >
              {texts.take}
            </button>
          ) : (
            <button type="submit" class="is-main" disabled={isAsking}>
              {texts.next}
            </button>
          )}
        </div>
      </form>
    );
  }
}
