/**
 * The way in: one's name, the rooms, and a field to open another one. It is the front page, and beside a
 * conversation the column (on narrow screens the sheet) from which one changes rooms.
 */
import { Component } from "preact";
import { pathOf } from "../address.ts";
import { fieldProblem } from "../field-problem.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";
import { NameField } from "./name-field.tsx";
import { Part } from "./part.tsx";
import { Brand, LanguageSwitch } from "./roof.tsx";
import { CloseButton } from "./sheet.tsx";

export function Gate({ store }: { store: Store }) {
  const { texts, overview, current, visited } = store;
  const { EnterChoice } = store.part ?? {};
  const open = [...store.open.values()]
    .map(({ name, unread, count }) => `${unread} ${count} ${name}`)
    .join("\n");
  const Landmark = current ? "nav" : "main";
  return (
    <Landmark class="rooms gate" aria-label={current ? texts.rooms : undefined}>
      {current && (
        <div class="sheet-head narrow">
          <Brand store={store} />
          <LanguageSwitch store={store} />
          <CloseButton store={store} />
        </div>
      )}
      <Part on={[store.me, store.nameProblem, texts]} draw={() => <NameField store={store} />} />
      {current && EnterChoice && <EnterChoice store={store} />}
      <Part on={[texts]} draw={() => <RoomField store={store} />} />
      <Part on={[open, overview, current, visited, texts]} draw={() => <RoomList store={store} />} />
      <p class="quiet totals">{overview && texts.totals(overview.roomCount, overview.peopleCount)}</p>
    </Landmark>
  );
}

class RoomField extends Component<{ store: Store }, { name: string; problem: string }> {
  override state = { name: "", problem: "" };

  #submit = async (event: Event) => {
    event.preventDefault();
    const { name } = this.state;
    if (name.trim() === "") return;
    const problem = await fieldProblem("room", name);
    // Something else may have been written meanwhile.
    if (name !== this.state.name) return;
    if (!problem) this.props.store.enter(name);
    this.setState({ name: problem && name, problem });
  };

  override render() {
    const { texts } = this.props.store;
    return (
      <form class="field" onSubmit={this.#submit}>
        <label for="room-name">{texts.roomName}</label>
        <div class="joined">
          <input
            id="room-name"
            value={this.state.name}
            dir="auto"
            aria-invalid={this.state.problem !== ""}
            aria-describedby="room-problem"
            autocomplete="off"
            autocapitalize="none"
            enterkeyhint="go"
            onInput={(event) => this.setState({ name: event.currentTarget.value, problem: "" })}
          />
          <button type="submit">{texts.enterRoom}</button>
        </div>
        <p id="room-problem" class="problem" role="alert">
          {this.state.problem}
        </p>
      </form>
    );
  }
}

function RoomList({ store }: { store: Store }) {
  const { texts, overview, open, visited } = store;
  const counts = new Map(overview?.rooms.map(({ name, people }) => [name, people]));
  for (const view of open.values()) counts.delete(view.name);
  // Without a server to ask, the rooms this device remembers are what there is.
  if (!overview) for (const name of visited) if (!open.has(name)) counts.set(name, 0);
  const isEmpty = open.size === 0 && counts.size === 0;
  return (
    <>
      <h2 class="heading">{texts.rooms}</h2>
      {isEmpty && overview && <p class="quiet">{texts.emptyYard}</p>}
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
      <ul class="list" role="list" aria-label={texts.rooms}>
        {[...open.values()].map((view) => (
          <RoomItem key={view.name} store={store} name={view.name} count={view.count} view={view} />
        ))}
        {[...counts].map(([name, count]) => (
          <RoomItem key={name} store={store} name={name} count={count} view={null} />
        ))}
      </ul>
    </>
  );
}

function RoomItem({
  store,
  name,
  count,
  view,
}: {
  store: Store;
  name: string;
  count: number;
  view: RoomView | null;
}) {
  const { texts } = store;
  const isCurrent = view !== null && view === store.current;
  const enter = (event: MouseEvent) => {
    // With a key held the browser opens the link in its own way.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    store.enter(name);
  };
  return (
    <li class={view ? "is-open" : ""}>
      <a href={pathOf(name)} aria-current={isCurrent ? "page" : undefined} onClick={enter}>
        <span class="room-name" dir="auto">
          {name}
        </span>
        {view !== null && view.unread > 0 && (
          <span class="badge" role="img" aria-label={texts.unread(view.unread)}>
            {view.unread > 99 ? "99+" : view.unread}
          </span>
        )}
        {count > 0 && <span class="count">{texts.peopleCount(count)}</span>}
      </a>
      {view && (
        <button
          type="button"
          class="plain"
          aria-label={texts.leaveRoom(name)}
          onClick={() => store.leave(view)}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}
