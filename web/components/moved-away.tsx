/**
 * What is said where an identity was, once it is in another browser: what is kept here may be read as it is, somebody
 * else may go on here, or all of it goes. Loaded when that happens.
 */
import { Component } from "preact";
import type { Identity } from "../../src/client/contract.ts";
import { Device, startAnew } from "../device.ts";
import type { Store } from "../store.ts";
import { move as texts } from "../texts/en-move.ts";
import { isolated, Sentence } from "./sentence.tsx";

export function showMovedAway(store: Store): void {
  // In the place of the words for the other browser, where they are what was used.
  const isMoving = store.layers.at(-1)?.label === store.texts.moveOut;
  store.show({ kind: "card", label: texts.away, draw: () => <MovedAway store={store} /> }, isMoving);
}

interface State {
  before: Identity | null;
  unsent: number;
  said: string;
}

class MovedAway extends Component<{ store: Store }, State> {
  override state: State = { before: null, unsent: 0, said: "" };

  override componentDidMount(): void {
    void this.#do(async (device) => {
      this.setState({ before: await device.before(), unsent: (await device.unsent()).length });
    });
  }

  async #do(what: (device: Device) => Promise<void>): Promise<void> {
    try {
      await what(await Device.open(this.props.store));
    } catch (error) {
      console.warn(error);
      this.setState({ said: this.props.store.texts.refused });
    }
  }

  #keep = (): Promise<void> =>
    this.#do(async (device) => {
      await device.become(this.state.before, null);
      startAnew(false);
    });

  #remove = (): Promise<void> =>
    this.#do(async (device) => {
      await device.forget();
      startAnew(true);
    });

  override render() {
    const { store } = this.props;
    const { before, unsent, said } = this.state;
    return (
      <>
        <h2 class="heading">{texts.away}</h2>
        <p>
          <Sentence text={texts.awayWhat(isolated(store.me?.name ?? ""))} />
        </p>
        {unsent > 0 && <p>{texts.unsent(unsent)}</p>}
        <button type="button" onClick={this.#keep}>
          {before?.name ? <Sentence text={texts.keepAs(isolated(before.name))} /> : texts.keepNew}
        </button>
        <p class="quiet">{texts.keepWhat}</p>
        <button type="button" onClick={this.#remove}>
          {texts.remove}
        </button>
        <p class="quiet">{texts.removeWhat}</p>
        <p role="status">{said}</p>
      </>
    );
  }
}
