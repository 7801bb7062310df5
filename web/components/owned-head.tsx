/**
 * What stands over the messages of a room that belongs to somebody: what it is about, the message that was pinned last,
 * and what of one's own words on that was refused. Each takes one line until one wants more.
 */
import { Component, createRef } from "preact";
import { backNameOf, frontNameOf, SERVER_ROOM } from "../../src/wire/back-name.ts";
import { pin } from "../../src/wire/records/pin.ts";
import { Speakers } from "../../src/wire/records/settings.ts";
import { hoursKept } from "../../src/wire/standing.ts";
import { pathOf } from "../address.ts";
import { looksAfter, refusedIn } from "../roles.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { owned as texts } from "../texts/en-owned.ts";

interface Props {
  store: Store;
  view: RoomView;
}

type Linked = typeof import("./linked.tsx").Linked;

interface TopicState {
  isOpen: boolean;
  /** There is more of it than what is to be seen. */
  isCut: boolean;
  Linked?: Linked;
}

class Topic extends Component<{ store: Store; text: string }, TopicState> {
  override state: TopicState = { isOpen: false, isCut: false };
  readonly #text = createRef<HTMLParagraphElement>();
  readonly #observer = new ResizeObserver(() => this.#measure());

  override componentDidMount(): void {
    this.#observer.observe(this.#text.current as Element);
    this.componentDidUpdate();
  }

  override componentDidUpdate(): void {
    this.#measure();
    if (!this.state.Linked && this.props.text.includes("://"))
      import("./linked.tsx").then(({ Linked }) => this.setState({ Linked })).catch(console.warn);
  }

  override componentWillUnmount(): void {
    this.#observer.disconnect();
  }

  #measure(): void {
    const { scrollWidth = 0, clientWidth = 0 } = this.#text.current ?? {};
    const isCut = this.state.isOpen || scrollWidth > clientWidth;
    if (isCut !== this.state.isCut) this.setState({ isCut });
  }

  override render() {
    const { store, text } = this.props;
    const { isOpen, isCut, Linked } = this.state;
    const turn = () => this.setState({ isOpen: !isOpen });
    return (
      <div class="topic">
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button beside it is for keys. */}
        <p
          ref={this.#text}
          dir="auto"
          class={isOpen ? "is-whole" : ""}
          onClick={({ target }) => isCut && !(target as Element).closest("a") && turn()}
        >
          {Linked ? <Linked text={text} said={(part) => part} /> : text}
        </p>
        {isCut && (
          <button
            type="button"
            class="plain"
            aria-expanded={isOpen}
            aria-label={isOpen ? store.texts.showLess : store.texts.showAll}
            onClick={turn}
          >
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
              <path d="M6 9l6 6 6-6" />
            </svg>
          </button>
        )}
      </div>
    );
  }
}

function PinLink({ store, view, seq }: Props & { seq: number }) {
  return (
    <a class="pin" href={`#${seq}`}>
      {store.later?.quoteOf(view, seq)}
    </a>
  );
}

/** All that is pinned, the latest first. */
function showPins(store: Store, view: RoomView): void {
  const draw = () => (
    <>
      <h2 class="heading">{texts.pinned}</h2>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
      <ul class="list about" role="list">
        {[...(view.standing?.pinned ?? [])].reverse().map((seq) => (
          <li key={seq}>
            <PinLink store={store} view={view} seq={seq} />
            {looksAfter(view, store.me?.author ?? 0) && (
              <button type="button" onClick={() => view.room?.act(pin, { to: seq, on: false })}>
                {texts.unpin}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
  store.show({ kind: "card", label: texts.pinned, draw });
}

/** The way to the back room, and from there back. Beside it, when something is new there. */
function BackLink({ store, view }: Props) {
  const front = frontNameOf(view.name);
  const back = backNameOf(view.name);
  if (front === SERVER_ROOM) return <p class="to-back quiet">{texts.behindServer}</p>;
  return (
    <p class="to-back">
      {front !== null && <span class="quiet">{texts.behind} </span>}
      <a href={pathOf(front ?? back)}>{front === null ? texts.back : texts.front}</a>
      {front === null && store.backRoom?.hasNews(store.open.get(back)) && (
        <span class="badge">{texts.news}</span>
      )}
    </p>
  );
}

export function OwnedHead({ store, view }: Props) {
  const { standing } = view;
  if (!standing) return null;
  const isBehind = frontNameOf(view.name) !== null || looksAfter(view, store.me?.author ?? 0);
  const { topic: about, pinned } = standing;
  const last = pinned.at(-1);
  const refused = refusedIn(view);
  const { slowSeconds, speakers, locked } = standing.settings;
  const kept = hoursKept(standing);
  const used = [
    slowSeconds > 0 && texts.slow(slowSeconds),
    speakers === Speakers.named && texts.speakers,
    locked && texts.locked,
    kept > 0 && texts.keeps(kept),
  ].filter((one) => one);
  if (!about && !last && !isBehind && refused.length + used.length === 0) return null;
  return (
    <section class="about" aria-label={texts.about}>
      {about && <Topic store={store} text={about} />}
      {last && (
        <div class="pinned">
          <svg class="icon" viewBox="0 0 24 24" role="img" aria-label={texts.pin}>
            <path d="M9 4h6l-1 6 3.5 3.5h-11L10 10ZM12 13.5V20" />
          </svg>
          <PinLink store={store} view={view} seq={last} />
          {pinned.length > 1 && (
            <button type="button" class="plain" aria-haspopup="dialog" onClick={() => showPins(store, view)}>
              {texts.pins(pinned.length)}
            </button>
          )}
        </div>
      )}
      {isBehind && <BackLink store={store} view={view} />}
      {used.length > 0 && <p class="quiet">{used.join(" ")}</p>}
      {refused.map(({ id, refused }) => (
        <p key={id} class="problem" role="alert">
          {store.texts.actRefused}. {store.texts.refusals[refused?.code ?? 0] ?? store.texts.refused}
          <button type="button" onClick={() => view.room?.discard(id)}>
            {store.texts.close}
          </button>
        </p>
      ))}
    </section>
  );
}
