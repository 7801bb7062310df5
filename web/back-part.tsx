/**
 * What a back room shows beside its conversation: what was done to look after the room, as lines, and messages that were
 * reported, with what can be done about them at once. It comes with the first back room. What is done goes to the room
 * itself, where the server judges it.
 */
import type { ComponentChildren } from "preact";
import { frontNameOf } from "../src/wire/back-name.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { Reader } from "../src/wire/bytes.ts";
import { decodeOrder, Order, Sort } from "../src/wire/orders.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { LOST_ACTS, type Noted, noted } from "../src/wire/records/noted.ts";
import { pin } from "../src/wire/records/pin.ts";
import { type Report, report } from "../src/wire/records/report.ts";
import { role } from "../src/wire/records/role.ts";
import { sanction } from "../src/wire/records/sanction.ts";
import { settings } from "../src/wire/records/settings.ts";
import { sweep } from "../src/wire/records/sweep.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { topic } from "../src/wire/records/topic.ts";
import { titleOf } from "../src/wire/room-title.ts";
import { pathOf } from "./address.ts";
import { isolated, Sentence } from "./components/sentence.tsx";
import type { RoomView } from "./room-view.ts";
import { MOST_SEEN, readSeen, writeSeen } from "./seen.ts";
import type { Store } from "./store.ts";
import { back as texts } from "./texts/en-back.ts";

/** Those that are told in the words that they have in the room itself. */
const TOLD: readonly RecordKind[] = [topic, role, settings, sanction, sweep];

const LATE_MS = 60_000;

/** By name: the number of the newest thing there that is somebody else's, and of the newest that was looked at. */
const newest = new Map<string, number>();
const seen = readSeen();

type Came = ActRecord & { body?: Uint8Array };

/** Something changed in a back room, or `came` there. */
export function heed(store: Store, view: RoomView, came: readonly Came[]): void {
  const me = store.me?.author;
  const isNews = ({ kind, body }: Came) =>
    body && (kind === report.kind ? report.read(body).by : kind === noted.kind && noted.read(body).by) !== me;
  const hadNews = hasNews(view);
  const act = came.findLast(isNews)?.seq ?? 0;
  const said = view.newest.findLast(({ author }) => author !== me)?.seq ?? 0;
  newest.set(view.name, Math.max(act, said, newest.get(view.name) ?? 0));
  const seq = view.room?.position?.seq ?? 0;
  const isLooked = view === store.current && !document.hidden;
  // Another life of the log begins as one that was looked at.
  const before = Math.min(seen.get(view.name) ?? 0, seq);
  const now = isLooked ? seq : before;
  if (seq > 0 && now !== seen.get(view.name)) {
    seen.delete(view.name);
    seen.set(view.name, now);
    for (const name of seen.keys()) if (seen.size > MOST_SEEN) seen.delete(name);
    writeSeen(seen);
  }
  if (hasNews(view) !== hadNews) store.tick();
}

/** Whether something is there that was not looked at. */
export const hasNews = (view?: RoomView): boolean =>
  !!view && (newest.get(view.name) ?? 0) > (seen.get(view.name) ?? 0);

/** One act of a back room in a row; `said` is its body. */
export function told(store: Store, act: ActRecord): ComponentChildren {
  const front = frontNameOf(store.current?.name ?? "");
  const body = act.said;
  if (front === null || !body) return null;
  return act.kind === report.kind
    ? reported(store, front, act, report.read(body))
    : done(store, front, act, noted.read(body));
}

const toMessage = (front: string, seq: number): string => `${pathOf(front)}#${seq}`;

/** What was noted late stands there with its day. */
function done(store: Store, front: string, { name, time: notedAt }: ActRecord, note: Noted) {
  const by = isolated(name);
  const { time: timeOf, dayAndTime } = store.formats;
  const isLate = notedAt - note.at > LATE_MS;
  const time = note.at > 0 && <time>{isLate ? dayAndTime(note.at) : timeOf(note.at)} · </time>;
  const kind = note.front > 0 && TOLD.find((one) => one.kind === note.act);
  if (kind && store.later) {
    const act = { ...kind.read(note.said), kind: note.act, name, author: note.by, seq: note.front };
    const times = { time: note.at, nonce: 0 };
    const whom = note.personName || undefined;
    const row = { kind: "ruling" as const, key: "", time: note.at, whom, act: { ...act, ...times, whom } };
    return (
      <>
        {time}
        {store.later.happening(store, row)}
      </>
    );
  }
  const whom = isolated(note.personName || texts.somebody);
  // Without a number it is of no room.
  let text =
    note.front === 0
      ? ordered(by, note.said)
      : note.act === LOST_ACTS
        ? texts.lost(new Reader(note.said).varint())
        : texts.other(by);
  let to = 0;
  if (note.front > 0 && note.act === takedown.kind) {
    const read = takedown.read(note.said);
    text = texts.takedown(by, whom, read.text);
    to = read.to;
  } else if (note.front > 0 && note.act === pin.kind) {
    const read = pin.read(note.said);
    text = read.on ? texts.pin(by, whom) : texts.unpin(by, whom);
    to = read.to;
  }
  const said = <Sentence text={text} />;
  return (
    <>
      {time}
      {to > 0 ? <a href={toMessage(front, to)}>{said}</a> : said}
    </>
  );
}

/** What whoever operates the server wanted of all of it. */
function ordered(by: string, said: Uint8Array): string {
  const order = decodeOrder(said);
  switch (order.what) {
    case Order.close:
      return texts.closed(by, isolated(titleOf(order.room)), order.reason);
    case Order.announce:
      return texts.announced(by, order.text);
    case Order.reserve:
    case Order.free: {
      const name = isolated((order.sort === Sort.nickname ? "@" : "") + order.name);
      return order.what === Order.free ? texts.freed(by, name) : texts.reserved(by, name);
    }
    default:
      return texts.other(by);
  }
}

function reported(store: Store, behind: string, { name, time }: ActRecord, about: Report) {
  const { front: seq, room: front = behind, person, personName, excerpt, text: reason } = about;
  // What is done waits there until the room is entered.
  const room = () => store.openRoom(front);
  const takeDown = () =>
    store.withPart(import("./components/message-menu.tsx"), ({ askTakedown }) =>
      askTakedown(store, room(), { seq, text: excerpt }),
    );
  const manage = () => store.moderation?.showMenu({ store, view: room(), author: person, name: personName });
  return (
    <span class="report">
      <b>
        <Sentence text={texts.reported(isolated(name), isolated(personName))} />
      </b>{" "}
      <time class="quiet">{store.formats.dayAndTime(time)}</time>
      {about.room && <bdi>{titleOf(about.room)}</bdi>}
      <q dir="auto">{excerpt}</q>
      {reason && (
        <span dir="auto">
          {texts.why} {reason}
        </span>
      )}
      <span class="choices">
        <a href={toMessage(front, seq)}>{texts.show}</a>
        <button type="button" class="is-grave" onClick={focused(takeDown)}>
          {texts.takeDown}
        </button>
        {person > 0 && (
          <button type="button" aria-haspopup="dialog" onClick={focused(manage)}>
            {texts.manage(personName)}
          </button>
        )}
      </span>
    </span>
  );
}

/** Safari does not focus a button that is pressed, and would not know where the focus was. */
const focused =
  (run: () => unknown) =>
  ({ currentTarget }: { currentTarget: HTMLElement }): void => {
    currentTarget.focus();
    run();
  };
