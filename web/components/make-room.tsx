/**
 * Making a room of one's own: its name, and whether it stands in the list, is found by its link alone or opens with a
 * password. Loaded when it is asked for. Whoever made one is in it.
 */
import { Component, createRef } from "preact";
import { ClientState } from "../../src/client/contract.ts";
import { makeRoom } from "../../src/client/make-room.ts";
import { RefusedError } from "../../src/client/refused-error.ts";
import { fieldProblem } from "../field-problem.ts";
import type { ChatClient, Store } from "../store.ts";
import { making as texts } from "../texts/en-making.ts";
import { password as words } from "../texts/en-password.ts";
import { PasswordField, readPassword, passwordProblem as wrongWith } from "./password-field.tsx";

/** As long as what the server puts behind the name of an unlisted room. */
const SUFFIX = "~aaaaaaaaaaaaa";

export function showMaking(store: Store, instead = false): void {
  const draw = () => <MakeRoom store={store} />;
  store.show({ kind: "card", label: store.texts.makeRoom, draw }, instead);
}

/** Who gets in. */
const Door = { listed: 0, unlisted: 1, password: 2 } as const;
type Door = (typeof Door)[keyof typeof Door];

interface State {
  name: string;
  door: Door;
  problem: string;
  password: string;
  passwordProblem: string;
  isAsking: boolean;
}

class MakeRoom extends Component<{ store: Store }, State> {
  override state: State = {
    ...{ name: "", door: Door.listed, problem: "" },
    ...{ password: "", passwordProblem: "", isAsking: false },
  };
  readonly #field = createRef<HTMLInputElement>();
  readonly #passwordField = createRef<HTMLInputElement>();
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
    const { name, door, isAsking } = this.state;
    if (isAsking) return;
    const unlisted = door === Door.unlisted;
    const password = door === Door.password ? this.state.password : "";
    const read = door === Door.password && readPassword(password);
    if (typeof read === "string") {
      this.setState({ passwordProblem: read });
      this.#passwordField.current?.focus();
      return;
    }
    this.setState({ isAsking: true, problem: "" });
    let problem = await fieldProblem("room", unlisted && name.trim() ? name + SUFFIX : name);
    let made = "";
    if (!problem) {
      try {
        made = await makeRoom(store.client as ChatClient, name, unlisted, password);
      } catch (error) {
        const code = error instanceof RefusedError ? error.code : 0;
        const ofPassword = password && wrongWith(code);
        if (ofPassword) this.setState({ passwordProblem: ofPassword });
        else problem = store.texts.refusals[code] ?? store.texts.refused;
      }
    }
    // Whoever closed it meanwhile is not taken anywhere.
    if (this.#isGone) return;
    this.setState({ isAsking: false, problem });
    if (made) store.enter(made);
    else (problem ? this.#field : this.#passwordField).current?.focus();
  };

  #choice(door: Door, label: string, what: string) {
    return (
      <label class="choice">
        <input
          type="radio"
          name="door"
          checked={this.state.door === door}
          onChange={() => this.setState({ door, problem: "" })}
        />
        <span>
          {label} <span class="quiet">{what}</span>
        </span>
      </label>
    );
  }

  override render() {
    const { texts: said, connection } = this.props.store;
    const { name, door, problem, password, passwordProblem, isAsking } = this.state;
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
          {this.#choice(Door.listed, texts.listed, texts.listedWhat)}
          {this.#choice(Door.unlisted, texts.unlisted, texts.unlistedWhat)}
          {this.#choice(Door.password, words.choice, words.choiceWhat)}
        </fieldset>
        {door === Door.password && (
          <PasswordField
            id="make-password"
            label={words.make}
            kind="new-password"
            value={password}
            problem={passwordProblem}
            field={this.#passwordField}
            onValue={(password) => this.setState({ password, passwordProblem: "" })}
          />
        )}
        <div class="choices">
          <button type="submit" class="is-main" disabled={!isReady || isAsking}>
            {isReady ? texts.make : said.connecting}
          </button>
        </div>
      </form>
    );
  }
}
