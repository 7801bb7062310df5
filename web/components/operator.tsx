/**
 * Operating the server from the page: the dialog that takes the operator's key, and what may be done with it that no
 * room's menu has. Loaded when it is asked for. The key is in the memory of this tab and nowhere else: what a browser
 * keeps outlives whoever sat there. It is shown again on each connection, before the rooms are entered.
 */
import { Component, createRef } from "preact";
import { ClientState, RoomState } from "../../src/client/contract.ts";
import { operate, operateAs } from "../../src/client/operate.ts";
import { RefusedError } from "../../src/client/refused-error.ts";
import { backNameOf, frontNameOf, SERVER_ROOM } from "../../src/wire/back-name.ts";
import { Refusal } from "../../src/wire/codes.ts";
import { ServerCapability } from "../../src/wire/frames.ts";
import { decodeReserved, Order, type OrderBody, type ReservedName, Sort } from "../../src/wire/orders.ts";
import { titleOf } from "../../src/wire/room-title.ts";
import type { RoomView } from "../room-view.ts";
import { serverNow } from "../server-now.ts";
import type { ChatClient, Store } from "../store.ts";
import { operator as texts } from "../texts/en-operator.ts";

/** Of all who operate the server, and nobody else. */
const SERVER_BACK = backNameOf(SERVER_ROOM);
const MINUTE_MS = 60_000;
/** As the words for them; 0: without an end. */
const SPANS = [60, 24 * 60, 0];
/** Of a reason; it is counted in bytes where it is read. */
const MOST_REASON = 80;

/** What is there while somebody operates. */
export interface Operating {
  /** The commands, with what stands behind each and what it does. */
  does: ReadonlyMap<string, readonly [string, string]>;
  /** Does one. False: that is not how it is used. */
  order(view: RoomView, name: string, rest: string): boolean;
}

interface Props {
  store: Store;
  view: RoomView;
}

export function showOperator(store: Store, view: RoomView, label: string): void {
  const draw = () => (
    <>
      <h2 class="heading">{label.replace("…", "")}</h2>
      {store.operator ? <Orders store={store} view={view} /> : <KeyForm store={store} />}
    </>
  );
  // In place of the menu.
  store.show({ kind: "card", label, draw }, true);
}

/** Why something was refused, in words. */
function wordsFor(store: Store, error: unknown): string {
  const { code = 0, retryAfterMs = 0 } = error instanceof RefusedError ? error : {};
  if (retryAfterMs > 0) return texts.slow(Math.ceil(retryAfterMs / MINUTE_MS));
  const own: Record<number, string> = {
    [Refusal.noSuchRoom]: texts.noRoom,
    [Refusal.noChange]: texts.noChange,
    [Refusal.tooManyKept]: texts.full,
    [Refusal.badText]: texts.tooLong,
  };
  return own[code] ?? store.texts.refusals[code] ?? store.texts.refused;
}

/** Takes the key, and shows it again whenever there is another connection. @throws RefusedError */
async function begin(store: Store, key: string): Promise<void> {
  const client = store.client as ChatClient;
  await operateAs(client, key);
  if (store.operator) return;
  // Whoever operates hears what is reported. It was refused, if it was open without the key.
  const back = store.openRoom(SERVER_BACK);
  if (back.state === RoomState.refused) store.enterAgain(back);
  store.operator = { does: texts.does, order: (...args) => order(store, ...args) };
  const { listener } = store;
  const heard = listener.identity as NonNullable<typeof listener.identity>;
  listener.identity = (...args) => {
    heard(...args);
    // Called for a new name as well. A server that has no key any more takes none.
    if (store.connection.state === ClientState.ready || !store.operator) return;
    const isOperated = ((client.capabilities ?? 0) & ServerCapability.isOperated) > 0;
    const shown = isOperated ? operateAs(client, key) : Promise.reject();
    shown.catch((error) => {
      if (error instanceof RefusedError && error.retryAfterMs > 0) return;
      store.operator = undefined;
      listener.identity = heard;
      store.current?.say(texts.ended);
      store.tick();
    });
  };
  store.tick();
}

/** The key is forgotten with the page, which is not to ask for what needs it. */
function stop(store: Store): void {
  const back = store.open.get(SERVER_BACK);
  if (back) store.leave(back, true);
  store.reload();
}

/** A name, or a nickname behind an @. */
const meant = (text: string): ReservedName =>
  /^[@＠]/.test(text)
    ? { sort: Sort.nickname, name: text.slice(1).trim() }
    : { sort: Sort.room, name: text.trim() };

/** The name of a closed room is freed as that of any other. */
const sortOf = ({ sort }: ReservedName): Sort => (sort === Sort.nickname ? sort : Sort.room);

const fits = ({ name }: ReservedName) => name !== "" && new TextEncoder().encode(name).length < 256;

function announcing(store: Store, minutes: number, text: string): OrderBody {
  const until = minutes && serverNow(store) + minutes * MINUTE_MS;
  return { what: Order.announce, until: text && until, text } as OrderBody;
}

function order(store: Store, view: RoomView, name: string, rest: string): boolean {
  const [, minutes = "", text = ""] = /^(?:(\d{1,6})\s+)?([\s\S]*)$/.exec(rest) ?? [];
  const named = meant(rest);
  if (name.endsWith("reserve") && !fits(named)) return false;
  const body: OrderBody =
    name === "close"
      ? { what: Order.close, reserve: true, room: view.name, reason: rest }
      : name === "announce"
        ? announcing(store, Number(minutes), text)
        : { what: name === "reserve" ? Order.reserve : Order.free, ...named };
  operate(store.client as ChatClient, body).then(
    () => view.say(texts.done),
    (error) => view.say(wordsFor(store, error)),
  );
  return true;
}

class KeyForm extends Component<{ store: Store }, { key: string; problem: string }> {
  override state = { key: "", problem: "" };
  readonly #field = createRef<HTMLInputElement>();

  override componentDidMount(): void {
    // When it is open: before that it takes no focus.
    queueMicrotask(() => this.#field.current?.focus());
  }

  #submit = async (event: Event) => {
    event.preventDefault();
    const { store } = this.props;
    const { key } = this.state;
    if (key) await begin(store, key).catch((error) => this.setState({ problem: wordsFor(store, error) }));
    this.#field.current?.focus();
  };

  override render() {
    const { texts: said, connection } = this.props.store;
    const { key, problem } = this.state;
    const isReady = connection.state === ClientState.ready;
    return (
      <form class="form" onSubmit={this.#submit}>
        <p class="quiet">{texts.what}</p>
        <div class="field">
          <label for="operator-key">{texts.key}</label>
          <div class="joined">
            <input
              id="operator-key"
              type="password"
              ref={this.#field}
              value={key}
              autocomplete="off"
              aria-invalid={problem !== ""}
              aria-describedby="operator-problem"
              onInput={({ currentTarget }) => this.setState({ key: currentTarget.value, problem: "" })}
            />
          </div>
          <p id="operator-problem" class="problem" role="alert">
            {problem}
          </p>
        </div>
        <div class="choices">
          <button type="submit" class="is-main" disabled={!isReady}>
            {isReady ? texts.begin : said.connecting}
          </button>
        </div>
      </form>
    );
  }
}

interface State {
  reason: string;
  keep: boolean;
  text: string;
  span: number;
  name: string;
  reserved: ReservedName[];
  said: string;
  problem: string;
}

class Orders extends Component<Props, State> {
  override state: State = {
    ...{ reason: "", keep: true, text: "", span: 0, name: "", reserved: [], said: "", problem: "" },
  };

  override componentDidMount(): void {
    void this.#list();
  }

  async #list(): Promise<void> {
    const told = await operate(this.props.store.client as ChatClient, { what: Order.list });
    this.setState({ reserved: decodeReserved(told) });
  }

  #wants = async (body: OrderBody, done: Partial<State> = {}): Promise<void> => {
    const { store } = this.props;
    this.setState({ said: "", problem: "" });
    try {
      await operate(store.client as ChatClient, body);
      this.setState({ said: texts.done, ...done });
      if (body.what !== Order.announce) await this.#list();
    } catch (error) {
      this.setState({ problem: wordsFor(store, error) });
    }
  };

  #field(id: "reason" | "name", label: string, more: object = {}) {
    return (
      <label>
        {label}
        <input
          dir="auto"
          autocomplete="off"
          value={this.state[id]}
          onInput={({ currentTarget }) => this.setState({ [id]: currentTarget.value } as Pick<State, "name">)}
          {...more}
        />
      </label>
    );
  }

  override render() {
    const { store, view } = this.props;
    const { reason, keep, text, span, name, reserved, said, problem } = this.state;
    const named = meant(name);
    const submit = (run: () => void) => (event: Event) => {
      event.preventDefault();
      run();
    };
    const close = () =>
      this.#wants({ what: Order.close, reserve: keep, room: view.name, reason: reason.trim() });
    const announce = (words: string) => this.#wants(announcing(store, SPANS[span] ?? 0, words), { text: "" });
    return (
      <>
        <p class="quiet">{texts.operating}</p>
        {view.name !== SERVER_BACK && (
          <button type="button" onClick={() => store.enter(SERVER_BACK)}>
            {texts.back}
            {store.backRoom?.hasNews(store.open.get(SERVER_BACK)) && <span class="badge">{texts.news}</span>}
          </button>
        )}
        <form class="form person-menu" onSubmit={submit(() => text.trim() && announce(text.trim()))}>
          <label>
            {texts.announce}
            <textarea
              rows={2}
              dir="auto"
              value={text}
              onInput={({ currentTarget }) => this.setState({ text: currentTarget.value })}
            />
          </label>
          <label>
            {texts.span}
            <select
              value={span}
              onChange={({ currentTarget }) => this.setState({ span: currentTarget.selectedIndex })}
            >
              {texts.spans.map((one, at) => (
                <option key={one} value={at}>
                  {one}
                </option>
              ))}
            </select>
          </label>
          <div class="choices">
            <button type="submit">{texts.announce}</button>
            {store.announced?.text.length ? (
              <button type="button" onClick={() => announce("")}>
                {texts.withdraw}
              </button>
            ) : null}
          </div>
        </form>
        <form
          class="form person-menu"
          onSubmit={submit(() => fits(named) && this.#wants({ what: Order.reserve, ...named }, { name: "" }))}
        >
          <h3 class="heading">{texts.reserved}</h3>
          {reserved.length === 0 && <p class="quiet">{texts.none}</p>}
          {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
          <ul class="list about" role="list" aria-label={texts.reserved}>
            {reserved.map((one) => (
              <li key={`${one.sort} ${one.name}`}>
                <bdi>{(one.sort === Sort.nickname ? "@" : "") + one.name}</bdi>
                <button
                  type="button"
                  aria-label={texts.free(one.name)}
                  onClick={() => this.#wants({ what: Order.free, name: one.name, sort: sortOf(one) })}
                >
                  {texts.free("").trim()}
                </button>
              </li>
            ))}
          </ul>
          {this.#field("name", texts.name)}
          <div class="choices">
            <button type="submit">{texts.reserve}</button>
          </div>
        </form>
        {frontNameOf(view.name) === null && (
          <form class="form person-menu" onSubmit={submit(close)}>
            <h3 class="heading" dir="auto">
              {texts.close(titleOf(view.name))}
            </h3>
            <p class="quiet">{texts.closeWhat}</p>
            {this.#field("reason", texts.reason, { maxLength: MOST_REASON })}
            <label class="choice">
              <input
                type="checkbox"
                checked={keep}
                onChange={({ currentTarget }) => this.setState({ keep: currentTarget.checked })}
              />
              {texts.keep}
            </label>
            <div class="choices">
              <button type="submit" class="is-grave">
                {texts.close(titleOf(view.name))}
              </button>
            </div>
          </form>
        )}
        <div class="choices">
          <button type="button" onClick={() => stop(store)}>
            {texts.end}
          </button>
        </div>
        <div class="told">
          <p class="problem" role="alert">
            {problem}
          </p>
          <p class="quiet" role="status">
            {said}
          </p>
        </div>
      </>
    );
  }
}
