/**
 * Commands over the field in which one is begun: which there are, with a sentence each, and what is wrong with one that
 * could not be done, which stays in the field. It comes with the first slash. Like the list of whom to mention it listens
 * before the composer does and takes no key that an input method may want.
 */
import { Component, render } from "preact";
import { isReady, offered, partsOf, run } from "./commands.ts";
import type { RoomView } from "./room-view.ts";
import { serverNow } from "./server-now.ts";
import { restOf } from "./slash.ts";
import type { Store } from "./store.ts";
import { commands as texts } from "./texts/en-commands.ts";

const LIST = "commands";

interface Props {
  store: Store;
  view: RoomView;
  area: HTMLTextAreaElement;
}

interface State {
  names: readonly string[];
  at: number;
  problem: string;
}

const NOTHING: State = { names: [], at: 0, problem: "" };

/** What is shown over which field. */
const shown = new WeakMap<HTMLTextAreaElement, Commands>();

/** What stands behind a command, and what it does. */
const whatOf = ({ operator }: Store, name: string) => texts.does.get(name) ?? operator?.does.get(name);

class Commands extends Component<Props, State> {
  override state = NOTHING;
  #off = new AbortController();

  override componentDidMount(): void {
    const { area } = this.props;
    shown.set(area, this);
    const form = area.form as HTMLFormElement;
    const { signal } = this.#off;
    form.addEventListener("keydown", this.#onKey, { capture: true, signal });
    form.addEventListener("input", () => this.look(), { signal });
    for (const name of ["submit", "focusout"])
      form.addEventListener(name, () => this.setState({ names: [] }), { signal });
    this.look();
  }

  override componentWillUnmount(): void {
    this.#off.abort();
  }

  override componentDidUpdate(): void {
    const { area } = this.props;
    const { names, at } = this.state;
    if (names.length === 0) return;
    area.setAttribute("aria-controls", LIST);
    area.setAttribute("aria-activedescendant", `${LIST}-${at}`);
    document.getElementById(`${LIST}-${at}`)?.scrollIntoView({ block: "nearest" });
  }

  /** Offers what begins as what is in the field. */
  look(): void {
    const { store, view, area } = this.props;
    const [, begun] = /^\/(\S*)$/.exec(area.value) ?? [];
    const fits = (name: string) => begun !== undefined && name.startsWith(begun) && name !== begun;
    const all = [...offered(view, store.me?.author), ...(store.operator?.does.keys() ?? [])];
    const names = view.editing ? [] : all.filter(fits);
    this.setState({ names, at: 0, problem: "" });
    if (names.length > 0) return;
    for (const name of ["aria-controls", "aria-activedescendant"]) area.removeAttribute(name);
  }

  #onKey = (event: KeyboardEvent): void => {
    const { names, at } = this.state;
    const { key, shiftKey, ctrlKey, metaKey, altKey, isComposing, keyCode } = event;
    if (names.length === 0 || shiftKey || ctrlKey || metaKey || altKey || isComposing || keyCode === 229)
      return;
    if (key === "ArrowDown") this.setState({ at: (at + 1) % names.length });
    else if (key === "ArrowUp") this.setState({ at: (at + names.length - 1) % names.length });
    else if (key === "Escape") this.setState({ names: [] });
    else if (key === "Enter" || key === "Tab") this.#choose(names[at] as string);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #choose(name: string): void {
    const { view } = this.props;
    view.fill?.(`/${name} `);
    this.look();
  }

  override render() {
    const { names, at, problem } = this.state;
    return (
      <>
        {names.length > 0 && (
          // Pressing one must not take the focus: on a phone the keyboard would close.
          <div
            class="whom-list"
            role="listbox"
            id={LIST}
            aria-label={texts.list}
            onPointerDown={(event) => event.preventDefault()}
            onMouseDown={(event) => event.preventDefault()}
          >
            {names.map((name, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's.
              <div
                key={name}
                class="whom-one"
                role="option"
                id={`${LIST}-${index}`}
                tabIndex={-1}
                aria-selected={index === at}
                onClick={() => this.#choose(name)}
              >
                <span>
                  <b>/{name}</b> {whatOf(this.props.store, name)?.[0]}{" "}
                  <span class="tag">{whatOf(this.props.store, name)?.[1]}</span>
                </span>
              </div>
            ))}
          </div>
        )}
        {problem && (
          <p class="notice" role="alert">
            {problem}
          </p>
        )}
        <p class="unseen" role="status">
          {names.length > 0 && texts.offers(names.length)}
        </p>
      </>
    );
  }
}

/** Shows over a field what may be commanded in it, from now on. */
export function offer(store: Store, view: RoomView, area: HTMLTextAreaElement): void {
  if (shown.has(area) || !area.isConnected) return;
  const box = document.createElement("div");
  box.className = "aside";
  area.form?.prepend(box);
  render(<Commands store={store} view={view} area={area} />, box);
}

/** Whether it could be done, or else what is wrong with it stands there. Null: that cannot be told yet. */
export function command(store: Store, view: RoomView, text: string): boolean | null {
  const area = document.querySelector<HTMLTextAreaElement>(".composer textarea");
  const say = (problem: string) => {
    if (!area || store.current !== view) return;
    offer(store, view, area);
    const list = shown.get(area);
    list?.look();
    if (problem) list?.setState({ problem });
  };
  if (!isReady(view, text)) {
    say(texts.waits);
    return null;
  }
  const [, name = "", words = ""] = partsOf(text);
  const isOrder = store.operator?.does.has(name);
  const wrong = isOrder
    ? !store.operator?.order(view, name, words) && { name, isKnown: true }
    : run(view, store.me?.author, text, serverNow(store));
  if (!wrong) {
    const rest = restOf(view, text) || (/^\/help\b/.test(text) ? "/" : "");
    view.edit(null);
    view.jumpToNewest();
    if (rest) view.fill?.(rest);
    say("");
  } else if (wrong.isKnown) say(`${texts.wrong(wrong.name)} ${whatOf(store, wrong.name)?.join(" — ")}`);
  else say(texts.unknown(wrong.name));
  return !wrong;
}
