/**
 * How a room that belongs to somebody is set, by those who look after it. Loaded when it is asked for. What is saved
 * goes out like a message; what is refused stands over the messages.
 */
import { Component } from "preact";
import { topic } from "../../src/wire/records/topic.ts";
import { lettersToCut } from "../letters-to-cut.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { settings as texts } from "../texts/en-settings.ts";

interface Props {
  store: Store;
  view: RoomView;
}

const MOST = topic.maxTextBytes as number;
const encoder = new TextEncoder();

export function showSettings(store: Store, view: RoomView, label: string): void {
  const draw = () => <Settings store={store} view={view} label={label} />;
  // In place of the menu.
  store.show({ kind: "card", label, draw }, true);
}

class Settings extends Component<Props & { label: string }, { topic: string }> {
  override state = { topic: this.props.view.standing?.topic ?? "" };

  override render() {
    const { store, view, label } = this.props;
    const text = this.state.topic.trim();
    const bytes = encoder.encode(text).length;
    const save = (event: Event) => {
      event.preventDefault();
      if (bytes > MOST) return;
      if (text !== view.standing?.topic) view.room?.act(topic, { text });
      store.hide();
    };
    return (
      <form class="form" onSubmit={save}>
        <h2 class="heading">{label}</h2>
        <div class="field">
          <label for="room-topic">{texts.topic}</label>
          <div class="joined">
            <textarea
              id="room-topic"
              rows={3}
              value={this.state.topic}
              dir="auto"
              aria-invalid={bytes > MOST}
              aria-describedby="room-topic-what"
              onInput={({ currentTarget }) => this.setState({ topic: currentTarget.value })}
            />
          </div>
          <p id="room-topic-what" class={bytes > MOST ? "problem" : "quiet"} role="status">
            {bytes > MOST ? store.texts.tooLong(lettersToCut(text, bytes, MOST)) : texts.topicWhat}
          </p>
        </div>
        <div class="choices">
          <button type="submit" class="is-main" disabled={bytes > MOST}>
            {store.texts.save}
          </button>
        </div>
      </form>
    );
  }
}
