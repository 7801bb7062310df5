/**
 * Who may be meant, over the field in which one writes an @. It listens before the composer does, takes only the keys
 * that choose, and none that an input method may want. What is chosen is typed into the field, so that it can be undone.
 * The field keeps the focus: which one is chosen is said by `aria-activedescendant`.
 */
import { Component, createRef } from "preact";
import type { Person } from "../../src/wire/frames.ts";
import { candidates, queryAt } from "../candidates.ts";
import { keyOf } from "../mentions.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { whom as texts } from "../texts/en-whom.ts";
import { PersonName, Seal } from "./person.tsx";

const LIST = "whom";
/** Nobody's number: everybody. */
const EVERYBODY = 0;

interface State {
  /** Where the @ stands; null while nothing is offered. */
  from: number | null;
  query: string;
  people: readonly Person[];
  /** Which of them is chosen; none while nothing was typed behind the @, so that Enter sends. */
  at: number;
}

const NOTHING: State = { from: null, query: "", people: [], at: -1 };

/** Those that one may mean, whoever spoke last first. Where not all are listed, those that spoke count as here. */
export function peopleHere(view: RoomView, me: number | undefined, language: string): Person[] {
  const others = new Map([...view.people].filter(([author]) => author !== me));
  const here = new Map<number, string>();
  for (const { author, name } of view.newest.toReversed()) {
    const known = others.get(author) ?? (view.listed || author === me ? undefined : name);
    if (known !== undefined && !here.has(author)) here.set(author, known);
  }
  const order = new Intl.Collator(language);
  for (const [author, name] of [...others].sort(([, a], [, b]) => order.compare(a, b)))
    if (!here.has(author)) here.set(author, name);
  const people = [...here].map(([author, name]) => ({ author, name }));
  return people.length > 1 ? [...people, { author: EVERYBODY, name: texts.everybody }] : people;
}

export class Completion extends Component<{ store: Store; view: RoomView }, State> {
  readonly #box = createRef<HTMLDivElement>();
  #area: HTMLTextAreaElement | null = null;
  override state = NOTHING;
  #composing = false;
  /** Where the @ stands for which nothing more is offered. */
  #closed: number | null = null;
  #off = new AbortController();

  override componentDidMount(): void {
    const form = this.#box.current?.closest("form") as HTMLFormElement;
    this.#area = form.querySelector("textarea");
    const listen = (name: string, hear: (event: Event) => void, capture = false) =>
      form.addEventListener(name, hear, { capture, signal: this.#off.signal });
    listen("keydown", (event) => this.#onKey(event as KeyboardEvent), true);
    listen("compositionstart", () => {
      this.#composing = true;
    });
    listen("compositionend", () => {
      this.#composing = false;
    });
    for (const name of ["input", "keyup", "click"]) listen(name, () => this.#look());
    for (const name of ["submit", "focusout"]) listen(name, () => this.#show(NOTHING));
    this.#area?.setAttribute("aria-autocomplete", "list");
  }

  override componentWillUnmount(): void {
    this.#off.abort();
    this.#tell(NOTHING);
  }

  override componentDidUpdate(): void {
    this.#tell(this.state);
  }

  #tell({ from, at }: State): void {
    const say = (name: string, value: string | null) => {
      if (value === null) this.#area?.removeAttribute(name);
      else this.#area?.setAttribute(name, value);
    };
    say("aria-controls", from === null ? null : LIST);
    say("aria-activedescendant", at < 0 ? null : `${LIST}-${at}`);
    document.getElementById(`${LIST}-${at}`)?.scrollIntoView({ block: "nearest" });
  }

  /** Offers what fits to what stands before the caret. */
  #look(): void {
    const { store, view } = this.props;
    const area = this.#area as HTMLTextAreaElement;
    const { value } = area;
    // Where the caret stands costs more than the rest of a key.
    const hasAt = /[@＠]/.test(value);
    const caret = hasAt && area.selectionStart === area.selectionEnd ? area.selectionStart : null;
    const asked = caret === null ? null : queryAt(value, caret);
    if (asked?.from !== this.#closed) this.#closed = null;
    // A key that changes nothing changes nothing of what is chosen.
    if (asked && asked.from === this.state.from && asked.query === this.state.query) return;
    let next = NOTHING;
    if (asked && this.#closed === null) {
      const { from, query } = asked;
      const people = candidates(peopleHere(view, store.me?.author, store.language), query);
      const isWhole = people.length === 1 && keyOf(query) === keyOf((people[0] as Person).name);
      if (people.length > 0 && !isWhole) next = { from, query, people, at: query === "" ? -1 : 0 };
    }
    this.#show(next);
  }

  #show(state: State): void {
    if (state !== this.state) this.setState(state);
  }

  #onKey(event: KeyboardEvent): void {
    const { from, people, at } = this.state;
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (from === null || ctrlKey || metaKey || altKey || shiftKey) return;
    if (this.#composing || event.isComposing || event.keyCode === 229) return;
    const count = people.length;
    if (key === "ArrowDown") this.setState({ at: (at + 1) % count });
    else if (key === "ArrowUp") this.setState({ at: (Math.max(at, 0) + count - 1) % count });
    else if (key === "Escape") {
      this.#closed = from;
      this.#show(NOTHING);
    } else if ((key === "Enter" && at >= 0) || key === "Tab") this.#choose(people[Math.max(at, 0)] as Person);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #choose({ name }: Person): void {
    const area = this.#area as HTMLTextAreaElement;
    const { from } = this.state;
    // Losing the focus settles a syllable under composition: what is typed below would not replace it.
    if (this.#composing) area.blur();
    area.focus();
    const { value, selectionEnd } = area;
    const isSpaced = /^\s/.test(value.slice(selectionEnd));
    const text = `@${name}${isSpaced ? "" : " "}`;
    area.setSelectionRange(from, selectionEnd);
    this.#show(NOTHING);
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, from as number, selectionEnd, "end");
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }

  override render() {
    const { store } = this.props;
    const { from, people, at } = this.state;
    return (
      <div class="whom" ref={this.#box}>
        {from !== null && (
          // Pressing one must not take the focus: on a phone the keyboard would close.
          <div
            class="whom-list"
            role="listbox"
            id={LIST}
            aria-label={texts.whom}
            onPointerDown={(event) => event.preventDefault()}
            onMouseDown={(event) => event.preventDefault()}
          >
            {people.map((person, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's.
              <div
                key={person.author}
                class="whom-one"
                role="option"
                id={`${LIST}-${index}`}
                tabIndex={-1}
                aria-selected={index === at}
                onClick={() => this.#choose(person)}
              >
                {person.author === EVERYBODY ? (
                  <>
                    <span class="seal everybody" aria-hidden="true">
                      @
                    </span>
                    <span>
                      <b>{person.name}</b> <span class="tag">{texts.everybodyHere}</span>
                    </span>
                  </>
                ) : (
                  <>
                    <Seal {...person} />
                    <PersonName {...person} texts={store.texts} />
                  </>
                )}
              </div>
            ))}
          </div>
        )}
        <p class="unseen" role="status">
          {from !== null && texts.found(people.length)}
        </p>
      </div>
    );
  }
}
