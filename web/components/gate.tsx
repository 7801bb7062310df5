/**
 * The way in: one's name, the rooms, and a field to open another one. It is the front page, and beside a
 * conversation the column (on narrow screens the sheet) from which one changes rooms.
 */
import { Component } from "preact";
import { titleOf } from "../../src/wire/room-title.ts";
import { pathOf } from "../address.ts";
import { fieldProblem } from "../field-problem.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Icon } from "./icons.tsx";
import { NameField } from "./name-field.tsx";
import { Part } from "./part.tsx";
import { Brand, LanguageSwitch } from "./roof.tsx";

const titleIn = (name: string, view?: RoomView): string => view?.standing?.settings.title || titleOf(name);

export function Gate({ store }: { store: Store }) {
  const { texts, overview, current, visited } = store;
  const { Self } = store;
  const open = [...store.open.values()]
    .map(
      (view) =>
        `${view.unread} ${store.later?.meantIn(view)} ${view.count} ${view.name} ${titleIn(view.name, view)}`,
    )
    .join("\n");
  const Landmark = current ? "nav" : "main";
  return (
    <Landmark class="rooms gate" aria-label={current ? texts.rooms : undefined}>
      {current && !store.isWide && (
        <div class="sheet-head">
          <Brand store={store} />
          <LanguageSwitch store={store} />
        </div>
      )}
      <Part on={[store.me, store.nameProblem, texts]} draw={() => <NameField store={store} />} />
      <Part on={[texts]} draw={() => <RoomField store={store} />} />
      <Part
        on={[open, overview, store.allRooms, current, visited, texts]}
        draw={() => <RoomList store={store} />}
      />
      <p class="quiet totals">{overview && texts.totals(overview.roomCount, overview.peopleCount)}</p>
      {Self && <Self store={store} />}
    </Landmark>
  );
}

const makeRoom = (store: Store): Promise<void> =>
  store.withPart(import("./make-room.tsx"), ({ showMaking }) => showMaking(store));

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
        <button type="button" onClick={() => void makeRoom(this.props.store)}>
          {texts.makeRoom}
        </button>
      </form>
    );
  }
}

/** More than one looks through. */
const MANY = 7;
const MOST_RECENT = 5;

interface ListState {
  tools?: typeof import("./room-search.tsx");
  /** Set while one seeks: whether a room is among those sought. */
  isSought?: ((name: string) => boolean) | undefined;
}

/** The rooms there are: the open ones, and what the server tells of. The front page has those of this device besides. */
class RoomList extends Component<{ store: Store }, ListState> {
  override componentDidUpdate(): void {
    const { overview, visited } = this.props.store;
    if (this.#isAsked || (overview?.rooms.length ?? 0) + visited.length <= MANY) return;
    this.#isAsked = true;
    import("./room-search.tsx").then((tools) => this.setState({ tools })).catch(console.warn);
  }

  #isAsked = false;

  override render() {
    const { store } = this.props;
    const { tools, isSought } = this.state;
    const { texts, overview, open, visited, allRooms, current } = store;
    const counts = new Map(
      [...allRooms, ...(overview?.rooms ?? [])].map(({ name, people }) => [name, people]),
    );
    // Without a server to ask, the rooms this device remembers are what there is.
    if (!overview && current) for (const name of visited) counts.set(name, 0);
    const sought = (names: string[]) => (isSought ? names.filter(isSought) : names);
    const most = overview && !isSought ? MOST_RECENT : undefined;
    const recent = sought(current ? [] : visited.filter((name) => !open.has(name))).slice(0, most);
    const others = [...counts.keys()].filter((name) => !open.has(name) && !recent.includes(name));
    const rooms = sought([...open.keys(), ...others]);
    const list = (label: string, names: string[]) => (
      // biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one.
      <ul class="list" role="list" aria-label={label}>
        {names.map((name) => (
          <RoomItem
            key={name}
            store={store}
            name={name}
            count={counts.get(name) ?? 0}
            view={open.get(name)}
          />
        ))}
      </ul>
    );
    return (
      <>
        {tools && (
          <tools.RoomSearch
            store={store}
            isFound={rooms.length + recent.length > 0}
            seek={(isSought) => this.setState({ isSought })}
          />
        )}
        {recent.length > 0 && (
          <>
            <h2 class="heading">{texts.recentRooms}</h2>
            {list(texts.recentRooms, recent)}
          </>
        )}
        <h2 class="heading">{texts.rooms}</h2>
        {rooms.length === 0 && overview && !isSought && <p class="quiet">{texts.emptyYard}</p>}
        {list(texts.rooms, rooms)}
        {tools && <tools.MoreRooms store={store} />}
      </>
    );
  }
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
  view: RoomView | undefined;
}) {
  const { texts } = store;
  const isCurrent = view && view === store.current;
  const title = titleIn(name, view);
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
          {title}
        </span>
        {view && store.later && <store.later.MeantBadge view={view} />}
        {view && view.unread > 0 && (
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
          aria-label={texts.leaveRoom(title)}
          onClick={() => store.leave(view)}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}
