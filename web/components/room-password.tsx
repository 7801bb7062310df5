/** An owner sees whether the room has a password, sets it, changes it or takes it away. What it is is shown to nobody. */
import { Component, createRef } from "preact";
import { ClientState } from "../../src/client/contract.ts";
import { setPassword } from "../../src/client/make-room.ts";
import { RefusedError } from "../../src/client/refused-error.ts";
import type { RoomView } from "../room-view.ts";
import type { ChatClient, Store } from "../store.ts";
import { password as texts } from "../texts/en-password.ts";
import { PasswordField, passwordProblem, readPassword } from "./password-field.tsx";

interface State {
  written: string;
  problem: string;
  said: string;
  isAsking: boolean;
}

export class RoomPassword extends Component<{ store: Store; view: RoomView }, State> {
  override state: State = { written: "", problem: "", said: "", isAsking: false };
  readonly #field = createRef<HTMLInputElement>();

  #submit = (event: Event) => {
    event.preventDefault();
    const read = readPassword(this.state.written);
    if (typeof read !== "string") void this.#set(this.state.written);
    else {
      this.setState({ problem: read, said: "" });
      this.#field.current?.focus();
    }
  };

  async #set(written: string): Promise<void> {
    const { store, view } = this.props;
    if (this.state.isAsking) return;
    this.setState({ isAsking: true, problem: "", said: "" });
    try {
      const isOn = await setPassword(store.client as ChatClient, view.name, written);
      // Whoever loses the role enters with it.
      view.password = isOn ? new TextEncoder().encode(written) : undefined;
      this.setState({ written: "", said: isOn ? texts.isSet : texts.isGone });
    } catch (error) {
      const code = error instanceof RefusedError ? error.code : 0;
      this.setState({ problem: passwordProblem(code) ?? store.texts.refusals[code] ?? store.texts.refused });
    }
    this.setState({ isAsking: false });
    this.#field.current?.focus();
  }

  override render() {
    const { store, view } = this.props;
    const { written, problem, said, isAsking } = this.state;
    const isReady = store.connection.state === ClientState.ready && !isAsking;
    const has = view.standing?.hasPassword;
    return (
      <form class="form" onSubmit={this.#submit}>
        <h3 class="heading">{texts.make}</h3>
        <p class="quiet">
          {has ? texts.some : texts.none} {texts.stays}
        </p>
        <input hidden readonly autocomplete="username" value={view.name} />
        <PasswordField
          id="new-password"
          label={texts.new}
          kind="new-password"
          value={written}
          problem={problem}
          field={this.#field}
          onValue={(written) => this.setState({ written, problem: "", said: "" })}
        />
        <p class="quiet" role="status">
          {said}
        </p>
        <div class="choices">
          {has && (
            <button type="button" disabled={!isReady} onClick={() => void this.#set("")}>
              {texts.remove}
            </button>
          )}
          <button type="submit" disabled={!isReady}>
            {texts.set}
          </button>
        </div>
      </form>
    );
  }
}
