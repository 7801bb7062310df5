/**
 * How a room that belongs to somebody is set, by those who look after it. Loaded when it is asked for. What was changed
 * is saved, and nothing else; it goes out like a message, and what is refused stands over the messages.
 */
import { Component } from "preact";
import { Role } from "../../src/wire/records/role.ts";
import { DEFAULT_SETTINGS, type Settings, Speakers, settings } from "../../src/wire/records/settings.ts";
import { topic } from "../../src/wire/records/topic.ts";
import { lettersToCut } from "../letters-to-cut.ts";
import { roleOf } from "../roles.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { settings as texts } from "../texts/en-settings.ts";
import { RoomPassword } from "./room-password.tsx";

interface Props {
  store: Store;
  view: RoomView;
  label: string;
}

interface State {
  topic: string;
  set: Settings;
}

const MOST = topic.maxTextBytes as number;
const MOST_TITLE = 64;
/** Hours. */
const KEEP = [0, 1, 24, 168, 720, 2160];
const SLOW = [0, 5, 10, 30, 60, 300, 900, 3600];
const encoder = new TextEncoder();

export function showSettings(store: Store, view: RoomView, label: string): void {
  const isOwner = () => roleOf(view, store.me?.author ?? 0) === Role.owner;
  const draw = () => (
    <>
      <RoomSettings store={store} view={view} label={label} />
      {isOwner() && <RoomPassword store={store} view={view} />}
    </>
  );
  // In place of the menu.
  store.show({ kind: "card", label, draw }, true);
}

class RoomSettings extends Component<Props, State> {
  /** As it was when one began: what others set meanwhile stays. */
  readonly #before: State = {
    topic: this.props.view.standing?.topic ?? "",
    set: this.props.view.standing?.settings ?? DEFAULT_SETTINGS,
  };
  override state: State = this.#before;

  #set(change: Partial<Settings>): void {
    this.setState({ set: { ...this.state.set, ...change } });
  }

  #save = (event: Event) => {
    event.preventDefault();
    const { store, view } = this.props;
    const { set } = this.state;
    const { topic: before, set: was } = this.#before;
    const text = this.state.topic.trim();
    if (encoder.encode(text).length > MOST) return;
    if (text !== before) view.room?.act(topic, { text });
    const title = set.title.trim();
    const changes = {
      ...(set.slowSeconds !== was.slowSeconds && { slowSeconds: set.slowSeconds }),
      ...(set.speakers !== was.speakers && { speakers: set.speakers }),
      ...(set.locked !== was.locked && { locked: set.locked }),
      ...(title !== was.title && { title }),
      ...(set.keepHours !== was.keepHours && { keepHours: set.keepHours }),
    };
    if (settings.fits?.(changes)) view.room?.act(settings, changes);
    store.hide();
  };

  #choice(label: string, checked: boolean, set: (on: boolean) => void) {
    return (
      <label class="choice">
        <input
          type="checkbox"
          checked={checked}
          onChange={({ currentTarget }) => set(currentTarget.checked)}
        />
        {label}
      </label>
    );
  }

  override render() {
    const { store, view, label } = this.props;
    const most = view.standing?.keepsAtMost ?? 0;
    const { keepHours } = this.#before.set;
    const { topic: text, set } = this.state;
    const bytes = encoder.encode(text.trim()).length;
    const isTooLong = bytes > MOST;
    return (
      <form class="form" onSubmit={this.#save}>
        <h2 class="heading">{label}</h2>
        <div class="field">
          <label for="room-topic">{texts.topic}</label>
          <div class="joined">
            <textarea
              id="room-topic"
              rows={3}
              value={text}
              dir="auto"
              aria-invalid={isTooLong}
              aria-describedby="room-topic-what"
              onInput={({ currentTarget }) => this.setState({ topic: currentTarget.value })}
            />
          </div>
          <p id="room-topic-what" class={isTooLong ? "problem" : "quiet"} role="status">
            {isTooLong ? store.texts.tooLong(lettersToCut(text, bytes, MOST)) : texts.topicWhat}
          </p>
        </div>
        <div class="field">
          <label for="room-title">{texts.title}</label>
          <div class="joined">
            <input
              id="room-title"
              value={set.title}
              dir="auto"
              maxLength={MOST_TITLE}
              aria-describedby="room-title-what"
              autocomplete="off"
              onInput={({ currentTarget }) => this.#set({ title: currentTarget.value })}
            />
          </div>
          <p id="room-title-what" class="quiet">
            {texts.titleWhat}
          </p>
        </div>
        <div class="field">
          <label for="room-slow">{texts.slow}</label>
          <select
            id="room-slow"
            onChange={({ currentTarget }) => this.#set({ slowSeconds: Number(currentTarget.value) })}
          >
            {[...new Set([...SLOW, this.#before.set.slowSeconds])].map((seconds) => (
              <option key={seconds} value={seconds} selected={seconds === set.slowSeconds}>
                {seconds ? texts.every(seconds) : texts.off}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="room-keep">{texts.keep}</label>
          <select
            id="room-keep"
            aria-describedby="room-keep-what"
            onChange={({ currentTarget }) => this.#set({ keepHours: Number(currentTarget.value) })}
          >
            {[...new Set([...KEEP.filter((hours) => !most || hours < most), keepHours])].map((hours) => (
              <option key={hours} value={hours} selected={hours === set.keepHours}>
                {hours ? texts.keepFor(hours) : texts.keepAll(most)}
              </option>
            ))}
          </select>
          <p id="room-keep-what" class="quiet">
            {texts.keepWhat}
          </p>
        </div>
        {this.#choice(texts.speakers, set.speakers === Speakers.named, (on) =>
          this.#set({ speakers: on ? Speakers.named : Speakers.all }),
        )}
        {this.#choice(texts.locked, set.locked, (locked) => this.#set({ locked }))}
        <div class="choices">
          <button type="submit" class="is-main" disabled={isTooLong}>
            {store.texts.save}
          </button>
        </div>
      </form>
    );
  }
}
