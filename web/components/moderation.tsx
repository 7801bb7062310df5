/**
 * What is to be seen of it that somebody looks after a room: the role beside a name, the menu of a person for those who
 * may, who is kept out or silent, and the sentence for whoever was put out. The server judges all of it in any case.
 */
import { Component } from "preact";
import type { RefusedError } from "../../src/client/refused-error.ts";
import { Refusal } from "../../src/wire/codes.ts";
import { Role, role } from "../../src/wire/records/role.ts";
import { Sanction, sanction } from "../../src/wire/records/sanction.ts";
import { sweep } from "../../src/wire/records/sweep.ts";
import { putOuts } from "../put-outs.ts";
import { roleOf } from "../roles.ts";
import type { RoomView } from "../room-view.ts";
import { serverNow } from "../server-now.ts";
import type { Store } from "../store.ts";
import { moderate as texts } from "../texts/en-moderate.ts";
import { Icon } from "./icons.tsx";
import { PersonName } from "./person.tsx";

const OURS = [sanction.kind, sweep.kind];
const MINUTE = 60_000;
/** As the words for them; 0: without an end. */
const SPANS_MS = [10 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE, 0];

interface Props {
  store: Store;
  view: RoomView;
  author: number;
  name: string;
}

const ownRole = (store: Store, view: RoomView) => roleOf(view, store.me?.author ?? 0);

/** Names of those who stood in the list: of somebody who was put out nothing else tells it. */
const seen = new Map<number, string>();
const MOST_SEEN = 2_000;
const MOST_ABSENT = 20;

/** Beside a name: the role, and the way to what can be done. */
export function person(store: Store, view: RoomView, author: number, name: string) {
  const held = roleOf(view, author);
  const own = ownRole(store, view);
  if (seen.size >= MOST_SEEN) seen.clear();
  seen.set(author, name);
  const isMe = author === store.me?.author;
  const may = own >= Role.moderator && (isMe || own >= Role.owner || held < own);
  return (
    <>
      {held > Role.none && <span class="role">{texts.roles[held]}</span>}
      {may && (
        <button
          type="button"
          class="plain"
          aria-label={texts.menuOf(name)}
          aria-haspopup="dialog"
          onClick={({ currentTarget }) => {
            currentTarget.focus();
            showMenu({ store, view, author, name });
          }}
        >
          <Icon name="more" />
        </button>
      )}
    </>
  );
}

/**
 * Below the people: what of one's own acts was refused; who looks after the room and is not to be seen above; and who is
 * banned or silent, for those who may change that.
 */
export function kept(store: Store, view: RoomView) {
  const { texts: words } = store;
  const refused = view.pending.filter(({ act, refused }) => refused && act && OURS.includes(act.kind));
  return (
    <>
      {refused.map(({ id, refused }) => (
        <p key={id} class="problem" role="alert">
          {words.actRefused}. {words.refusals[refused?.code ?? 0] ?? words.refused}{" "}
          <button type="button" onClick={() => view.room?.discard(id)}>
            {words.close}
          </button>
        </p>
      ))}
      <Absent store={store} view={view} />
      <Kept store={store} view={view} />
    </>
  );
}

/** To be asked later: the owners first. */
function Absent({ store, view }: Pick<Props, "store" | "view">) {
  const absent = [...(view.standing?.roles ?? [])].filter(
    ([author, { role }]) => role >= Role.moderator && !view.people.has(author),
  );
  if (absent.length === 0) return null;
  return (
    <>
      <h2 class="heading">{texts.absent}</h2>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
      <ul class="list" role="list" aria-label={texts.absent}>
        {absent
          .sort(([, a], [, b]) => b.role - a.role)
          .slice(0, MOST_ABSENT)
          .map(([author, { role: held, name }]) => (
            <li key={author}>
              <PersonName author={author} name={name || view.nameOf(author)} texts={store.texts} />
              <span class="role">{texts.roles[held]}</span>
            </li>
          ))}
      </ul>
    </>
  );
}

function Kept({ store, view }: Pick<Props, "store" | "view">) {
  const sanctions = view.standing?.sanctions ?? [];
  if (ownRole(store, view) < Role.moderator || sanctions.length === 0) return null;
  return (
    <>
      <h2 class="heading">{texts.kept}</h2>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
      <ul class="list" role="list" aria-label={texts.kept}>
        {sanctions.map(({ who, what, name }) => (
          <li key={`${who} ${what}`} class="kept">
            <PersonName
              author={who}
              name={name || view.nameOf(who) || (seen.get(who) ?? "")}
              texts={store.texts}
            />
            <span class="role">{what === Sanction.ban ? texts.banned : texts.muted}</span>
            <button
              type="button"
              onClick={() => say(view, who, what === Sanction.ban ? Sanction.unban : Sanction.unmute, 0, "")}
            >
              {what === Sanction.ban ? texts.unban : texts.unmute}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function say(
  view: RoomView,
  who: number,
  what: Sanction,
  until: number,
  text: string,
  address = false,
): void {
  view.room?.act(sanction, { who, what, until, text, address });
}

/** What can be done about somebody, over the page. */
export function showMenu(props: Props): void {
  const label = texts.menuOf(props.name);
  props.store.show({ kind: "card", label, draw: () => <PersonMenu {...props} /> });
}

class PersonMenu extends Component<Props, { reason: string; span: number; address: boolean }> {
  override state = { reason: "", span: 0, address: false };

  #sanction(what: Sanction): void {
    const { store, view, author } = this.props;
    const { reason, span } = this.state;
    const address = what === Sanction.ban && this.state.address;
    const ms = what === Sanction.kick ? 0 : (SPANS_MS[span] ?? 0);
    say(view, author, what, ms && serverNow(store) + ms, reason.trim(), address);
    store.hide();
  }

  #sweep(): void {
    const { store, view, author } = this.props;
    const since = serverNow(store) - 60 * MINUTE;
    view.room?.act(sweep, { who: author, since, text: this.state.reason.trim() });
    store.hide();
  }

  #give(to: Role): void {
    const { store, view, author } = this.props;
    view.room?.act(role, { who: author, role: to });
    store.hide();
  }

  override render() {
    const { store, view, author, name } = this.props;
    const own = ownRole(store, view);
    const held = roleOf(view, author);
    const isOwner = own >= Role.owner;
    const isMe = author === store.me?.author;
    const roles = Object.values(Role).filter(
      (to) => to !== held && (isMe ? to < own : isOwner || Math.max(to, held) < own),
    );
    const button = (label: string | undefined, run: () => void, isGrave = false) => (
      <button key={label} type="button" class={isGrave ? "is-grave" : ""} onClick={run}>
        {label}
      </button>
    );
    return (
      <>
        <h2 class="heading" dir="auto">
          {name}
        </h2>
        <div class="form person-menu">
          <div class="choices">{roles.map((to) => button(texts.give[to], () => this.#give(to)))}</div>
          {held < own && (
            <>
              <label>
                {texts.reason}
                <input
                  dir="auto"
                  maxLength={80}
                  value={this.state.reason}
                  onInput={({ currentTarget }) => this.setState({ reason: currentTarget.value })}
                />
              </label>
              <label>
                {texts.howLong}
                <select
                  value={this.state.span}
                  onChange={({ currentTarget }) => this.setState({ span: currentTarget.selectedIndex })}
                >
                  {texts.spans.map((span, i) => (
                    <option key={span} value={i}>
                      {span}
                    </option>
                  ))}
                </select>
              </label>
              <label class="choice">
                <input
                  type="checkbox"
                  checked={this.state.address}
                  onChange={({ currentTarget }) => this.setState({ address: currentTarget.checked })}
                />
                {texts.address}
              </label>
              <div class="choices">
                {button(texts.kick, () => this.#sanction(Sanction.kick))}
                {button(texts.mute, () => this.#sanction(Sanction.mute))}
                {button(texts.ban, () => this.#sanction(Sanction.ban), true)}
                {button(texts.sweep, () => this.#sweep(), true)}
              </div>
            </>
          )}
        </div>
      </>
    );
  }
}

/** When what was told as a time to wait is over: told once. */
const ends = new WeakMap<object, number>();

function endOf(refusal: Pick<RefusedError, "retryAfterMs">): number {
  const end = ends.get(refusal) ?? (refusal.retryAfterMs && Date.now() + refusal.retryAfterMs);
  ends.set(refusal, end);
  return end;
}

/** What is said to somebody who was put out, or is not let in; and what of one's own acts was refused. Null: nothing. */
export function outcome(store: Store, view: RoomView) {
  const refusal = view.room?.refusal;
  const { name } = view;
  const isClosed = refusal?.code === Refusal.roomClosed;
  if (!refusal?.putOut && !isClosed && refusal?.code !== Refusal.banned) return null;
  if (refusal.putOut?.what === Sanction.ban) {
    const { until, by, reason } = refusal.putOut;
    putOuts.keep(name, [until, by, reason]);
  }
  const end = endOf(refusal);
  const known =
    refusal.putOut || isClosed ? null : putOuts.of(name, end && end - Date.now(), serverNow(store));
  const put = known
    ? { what: Sanction.ban, until: known[0], by: known[1], reason: known[2] }
    : refusal.putOut;
  const reason = isClosed ? refusal.suggestion : put?.reason;
  const untilOf = (ms: number) => (ms > 0 ? store.formats.dayAndTime(ms) : "");
  const isOwn = put?.by === (view.ownName ?? store.me?.name);
  const said = put
    ? [texts.putOut(put.by), texts.bannedBy(put.by, untilOf(put.until)), texts.roleLost(isOwn ? "" : put.by)][
        put.what - 1
      ]
    : isClosed
      ? (store.texts.refusals[refusal.code] ?? store.texts.refused)
      : texts.bannedUntil(untilOf(end));
  return (
    <>
      {said} {reason && texts.because(reason)}{" "}
      <button type="button" onClick={() => store.leave(view)}>
        {texts.toFront}
      </button>
    </>
  );
}
