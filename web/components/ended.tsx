/**
 * The connection ended because another token of this identity holds. Another tab of this browser may be the one that has
 * it: then it is in the storage, and one attempt finds it. Else it is elsewhere, and what is here is to be decided about.
 */
import { Component } from "preact";
import { ClientState } from "../../src/client/contract.ts";
import type { Store } from "../store.ts";

export class Ended extends Component<{ store: Store }> {
  #tries = 0;

  override componentDidMount(): void {
    this.#look();
  }

  override componentDidUpdate(): void {
    this.#look();
  }

  #look(): void {
    const { client, connection } = this.props.store;
    if (connection.state !== ClientState.closed || this.#tries > 1) return;
    this.#tries++;
    if (this.#tries > 1) this.#ask();
    else {
      client?.stop();
      client?.start();
    }
  }

  #ask = (): void => {
    const { store } = this.props;
    void store.withPart(import("./moved-away.tsx"), ({ showMovedAway }) => showMovedAway(store));
  };

  override render() {
    return (
      <p class="ended">
        <button type="button" onClick={this.#ask}>
          {this.props.store.texts.whatNow}
        </button>
      </p>
    );
  }
}
