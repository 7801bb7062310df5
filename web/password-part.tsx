/**
 * What asks for the password of a room, in place of the composer: it comes with the first room that wants one. What was
 * right is kept with the page of the room on this device, and sent whenever it is entered; see kept-pages.ts.
 */
import { Component, createRef } from "preact";
import { ClientState, RoomState } from "../src/client/contract.ts";
import { Refusal } from "../src/wire/codes.ts";
import { PasswordField, readPassword } from "./components/password-field.tsx";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";
import { password as texts } from "./texts/en-password.ts";

/** Those that were asked for, until they were entered. */
const asked = new WeakSet<RoomView>();

/** Null: nothing is to be asked. */
export function opener(store: Store, view: RoomView) {
  const code = view.state === RoomState.refused ? view.room?.refusal?.code : undefined;
  const isWanted = code === Refusal.passwordNeeded || code === Refusal.wrongPassword;
  // One that is wrong is not shown again, each time at a cost.
  if (code === Refusal.wrongPassword) view.password = undefined;
  if (isWanted) asked.add(view);
  else if (view.state !== RoomState.entering) asked.delete(view);
  return asked.has(view) ? <Opener key={view.name} store={store} view={view} code={code} /> : null;
}

interface Props {
  store: Store;
  view: RoomView;
  /** Undefined while the server is asked. */
  code: Refusal | undefined;
}

class Opener extends Component<Props, { written: string; problem: string }> {
  override state = { written: "", problem: "" };
  readonly #field = createRef<HTMLInputElement>();

  override componentDidMount(): void {
    // On a touch screen the keyboard would come up over what is said here.
    if (!matchMedia("(pointer: coarse)").matches) this.#field.current?.focus();
  }

  override componentDidUpdate({ code: before }: Props): void {
    if (before === undefined && this.props.code !== undefined) this.#field.current?.select();
  }

  #submit = (event: Event) => {
    event.preventDefault();
    const { store, view, code } = this.props;
    if (code === undefined) return;
    const read = readPassword(this.state.written);
    if (typeof read === "string") {
      this.setState({ problem: read });
      this.#field.current?.focus();
      return;
    }
    view.password = read;
    store.enterAgain(view);
  };

  override render() {
    const { store, view, code } = this.props;
    const { written, problem } = this.state;
    const isReady = store.connection.state === ClientState.ready;
    const isWrong = code === Refusal.wrongPassword;
    return (
      <form class="notice" onSubmit={this.#submit}>
        <p>{texts.needed}</p>
        {/* For whoever keeps passwords: which one it is. */}
        <input hidden readonly autocomplete="username" value={view.name} />
        <PasswordField
          id="room-password"
          label={texts.label}
          kind="current-password"
          value={written}
          problem={problem || (isWrong ? texts.wrong : "")}
          field={this.#field}
          onValue={(written) => this.setState({ written, problem: "" })}
        />
        <button type="submit" class="is-main" disabled={!isReady || code === undefined}>
          {isReady ? store.texts.enterRoom : store.texts.connecting}
        </button>{" "}
        <button type="button" onClick={() => store.leave(view)}>
          {store.texts.cancel}
        </button>
        <p class="quiet" role="status">
          {code === undefined && isReady && texts.checking}
        </p>
      </form>
    );
  }
}
