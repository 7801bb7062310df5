/**
 * What is asked about one message: who put which signs on it, and what it said before. What the page holds of that shows
 * at once, and what the server tells takes its place; where it tells nothing, that is said. Loaded when it is asked for.
 */

import { Component } from "preact";
import { versionsOf, whoReacted } from "../../src/client/about.ts";
import { RefusedError } from "../../src/client/refused-error.ts";
import type { Edited } from "../../src/wire/about.ts";
import type { ToldSign } from "../../src/wire/became.ts";
import { Refusal } from "../../src/wire/codes.ts";
import type { ChatRoom, RoomView } from "../room-view.ts";
import type { ChatClient, Store } from "../store.ts";
import { about as texts } from "../texts/en-about.ts";
import type { MessageRow } from "../timeline.ts";
import { showCard } from "./card.tsx";
import { PersonName, Seal } from "./person.tsx";
import { isolated, Sentence } from "./sentence.tsx";

/** So few people are all shown at once. */
const MOST_UNFOLDED = 8;

interface Props {
  store: Store;
  view: RoomView;
  seq: number;
}

interface State<Told> {
  told: Told | null;
  /** Why nothing is told. */
  problem: string;
}

type Ask<Told> = (client: ChatClient, room: ChatRoom, seq: number) => Promise<Told>;

abstract class Asking<Told> extends Component<Props, State<Told>> {
  override state: State<Told> = { told: null, problem: "" };
  protected abstract readonly ask: Ask<Told>;

  override async componentDidMount(): Promise<void> {
    const { store, view, seq } = this.props;
    const { client } = store;
    const { room } = view;
    try {
      if (client && room) this.setState({ told: await this.ask(client, room, seq) });
      else this.setState({ problem: texts.asHeld });
    } catch (error) {
      // Whoever is not in the room just now cannot ask, or was refused so: what is known here is all there is.
      const isTold = error instanceof RefusedError && error.code !== Refusal.notInRoom;
      const said = isTold && store.texts.refusals[error.code];
      this.setState({ problem: said || texts.asHeld });
    }
  }

  protected note() {
    return (
      <p class="quiet" role="status">
        {this.state.problem}
      </p>
    );
  }
}

export const showReacted = (store: Store, view: RoomView, { seq }: MessageRow): void =>
  showCard(store, texts.reacted, () => <Reacted store={store} view={view} seq={seq} />);

class Reacted extends Asking<readonly ToldSign[]> {
  protected readonly ask: Ask<readonly ToldSign[]> = async (...asked) => (await whoReacted(...asked)).signs;

  #held(): ToldSign[] {
    const { store, view, seq } = this.props;
    const me = store.me?.author ?? 0;
    return (view.became?.of(seq)?.signs ?? []).map(({ text, count, people }) => ({
      ...{ sign: text, count, own: people.has(me) },
      people: [...people].filter(([author]) => author !== me).map(([author, name]) => ({ author, name })),
    }));
  }

  override render() {
    const signs = this.state.told ?? this.#held();
    const all = signs.reduce((sum, { count }) => sum + count, 0);
    return (
      <>
        {this.note()}
        {this.state.told?.length === 0 && <p class="quiet">{texts.nobody}</p>}
        {signs.map((one) => (
          <SignedBy key={one.sign} store={this.props.store} told={one} isOpen={all <= MOST_UNFOLDED} />
        ))}
      </>
    );
  }
}

function SignedBy({ store, told, isOpen }: { store: Store; told: ToldSign; isOpen: boolean }) {
  const { me, texts: all } = store;
  const { sign, count, own, people } = told;
  const first = people[0]?.name;
  const others = count - Number(own) - Number(first !== undefined);
  const more = count - people.length - Number(own);
  const shown = own && me ? [...people, me] : people;
  return (
    <details class="reacted" open={isOpen}>
      <summary>
        <span class="sign">{sign}</span> <b>{count}</b>{" "}
        <Sentence text={texts.by(first === undefined ? "" : isolated(first), own, others)} />
      </summary>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
      <ul class="list" role="list" aria-label={sign}>
        {shown.map(({ author, name }) => (
          <li key={author} class={author === me?.author ? "is-own-sign" : ""}>
            <Seal author={author} name={name} />
            <PersonName author={author} name={name} texts={all} you={author === me?.author && all.you} />
          </li>
        ))}
      </ul>
      {more > 0 && <p class="quiet">{texts.more(more)}</p>}
    </details>
  );
}

export const showEdits = (store: Store, view: RoomView, { seq }: MessageRow): void =>
  showCard(store, texts.edits, () => <Edits store={store} view={view} seq={seq} />);

class Edits extends Asking<Edited> {
  protected readonly ask: Ask<Edited> = versionsOf;

  override render() {
    const { store, view, seq } = this.props;
    const { told } = this.state;
    const versions = told?.versions ?? [];
    const last = versions.at(-1)?.number ?? 0;
    // What came since, and what is on its way from here.
    const held = (view.became?.of(seq)?.edits ?? []).filter(({ seq }) => !seq || seq > last);
    const all = [
      ...versions,
      ...held.map(({ seq, text = "", time = 0 }) => ({ number: seq ?? 0, time, text })),
    ];
    return (
      <>
        {this.note()}
        {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
        <ol class="edits" role="list">
          {all.reverse().map(({ number, text, time }, at) => (
            <li key={number || -at}>
              {time > 0 && <time class="quiet">{store.formats.dayAndTime(time)}</time>}
              <p class="quoted" dir="auto">
                {text}
              </p>
            </li>
          ))}
        </ol>
        {told && told.missing > 0 && <p class="quiet">{texts.missing(told.missing)}</p>}
        {told && told.more > 0 && <p class="quiet">{texts.older(told.more)}</p>}
      </>
    );
  }
}
