/**
 * Making a room of one's own: its name, and whether it stands in the list or is found by its link alone. Loaded when it
 * is asked for. Whoever made one is in it.
 */
import { Component, createRef } from "preact";
import { ClientState } from "../../src/client/contract.ts";
import { makeRoom } from "../../src/client/make-room.ts";
import { RefusedError } from "../../src/client/refused-error.ts";
import { fieldProblem } from "../field-problem.ts";
import type { ChatClient, Store } from "../store.ts";
import { making as texts } from "../texts/en-making.ts";

/** As long as what the server puts behind the name of an unlisted room. */
const SUFFIX = "~aaaaaaaaaaaaa";

export function showMaking(store: Store, instead = false): void {
  const draw = () => <MakeRoom store={store} />;
  store.show({ kind: "card", label: store.texts.makeRoom, draw }, instead);
}

interface State {
  name: string;
  unlisted: boolean;
  problem: string;
  isAsking: boolean;
}

class MakeRoom extends Component<{ store: Store }, State> {
  override state: State = { name: "", unlisted: false, problem: "", isAsking: false };
  readonly #field = createRef<HTMLInputElement>();
  #isGone = false;

  override componentDidMount(): void {
    // When it is open: before that it takes no focus.
    queueMicrotask(() => this.#field.current?.focus());
  }

  override componentWillUnmount(): void {
    this.#isGone = true;
  }

  #submit = async (event: Event) => {
    event.preventDefault();
    const { store } = this.props;
    const { name, unlisted, isAsking } = this.state;
    if (isAsking) return;
    this.setState({ isAsking: true, problem: "" });
    let problem = await fieldProblem("room", unlisted && name.trim() ? name + SUFFIX : name);
    let made = "";
    if (!problem) {
      try {
        made = await makeRoom(store.client as ChatClient, name, unlisted);
      } catch (error) {
        problem = (error instanceof RefusedError && store.texts.refusals[error.code]) || store.texts.refused;
      }
    }
    // Whoever closed it meanwhile is not taken anywhere.
    if (this.#isGone) return;
    this.setState({ isAsking: false, problem });
    if (made) store.enter(made);
    else this.#field.current?.focus();
  };

  #choice(unlisted: boolean, label: string, what: string) {
    return (
      <label class="choice">
        <input
          type="radio"
          name="unlisted"
          checked={this.state.unlisted === unlisted}
          onChange={() => this.setState({ unlisted, problem: "" })}
        />
        <span>
          {label} <span class="quiet">{what}</span>
        </span>
      </label>
    );
  }

  override render() {
    const { texts: said, connection } = this.props.store;
    const { name, problem, isAsking } = this.state;
    const isReady = connection.state === ClientState.ready;
    return (
      <form class="form" onSubmit={this.#submit}>
        <h2 class="heading">{said.makeRoom}</h2>
        <p class="quiet">{texts.what}</p>
        <div class="field">
          <label for="new-room">{said.roomName}</label>
          <div class="joined">
            <input
              id="new-room"
              ref={this.#field}
              value={name}
              dir="auto"
              aria-invalid={problem !== ""}
              aria-describedby="new-room-problem"
              autocomplete="off"
              autocapitalize="none"
              enterkeyhint="go"
              onInput={({ currentTarget }) => this.setState({ name: currentTarget.value, problem: "" })}
            />
          </div>
          <p id="new-room-problem" class="problem" role="alert">
            {problem}
          </p>
        </div>
        <fieldset>
          <legend>{texts.whoFinds}</legend>
          {this.#choice(false, texts.listed, texts.listedWhat)}
          {this.#choice(true, texts.unlisted, texts.unlistedWhat)}
        </fieldset>
        <div class="choices">
          <button type="submit" class="is-main" disabled={!isReady || isAsking}>
            {isReady ? texts.make : said.connecting}
          </button>
        </div>
      </form>
    );
  }
}
