/**
 * Mentions and replies, as the page uses them: what rows, the composer, the list of rooms and a screen reader are given
 * of them. It comes behind the room, and goes between it and the part that knows what became of messages.
 */
import type { TextRecord } from "../src/wire/block.ts";
import { action } from "../src/wire/records/action.ts";
import type { Became } from "./became.ts";
import { MeantBadge, Quoted, RowAnswers, RowQuote, withCalls } from "./components/talk-rows.tsx";
import type { Heard, makeHeard, Told } from "./heard.ts";
import type { RoomView } from "./room-view.ts";
import type { Store } from "./store.ts";
import { Talk } from "./talk.ts";
import { talk as texts } from "./texts/en-talk.ts";
import type { MessageRow } from "./timeline.ts";

interface RowProps {
  store: Store;
  view: RoomView;
  row: MessageRow;
}

/** What of the other parts is gone between. */
interface Parts {
  makeBecame(Fold: typeof Became): Became;
  makeHeard: typeof makeHeard;
  RowExtras(props: RowProps): unknown;
}

/** A room that belongs to somebody needs a part more. */
const heedOwned = (store: Store, view: RoomView) =>
  import("./owned-part.ts")
    .then((part) => {
      store.owned = part;
      part.heed(store, view);
    })
    .catch(console.warn);

const focusComposer = () => document.querySelector<HTMLElement>(".composer textarea")?.focus();

/** The parts that come behind the room, with what this one has to say and what helps whoever writes. */
export async function withTalk<Later extends Parts>(store: Store, later: Later) {
  const [{ TalkAside }, { Became }] = await Promise.all([import("./writing-part.ts"), import("./became.ts")]);
  const talks = new WeakMap<RoomView, Talk>();
  const talkOf = (view: RoomView): Talk => {
    let talk = talks.get(view);
    if (!talk) {
      talk = new Talk(store, view);
      talks.set(view, talk);
    }
    return talk;
  };
  const { makeBecame, makeHeard, RowExtras } = later;
  const Extras = RowExtras as (props: RowProps) => ReturnType<typeof RowQuote>;
  const reply = (view: RoomView, seq: number) => {
    talkOf(view).answer(seq);
    focusComposer();
  };
  const heed = (view: RoomView) => {
    talkOf(view).heed();
    if (view.told || view.standing || view.room?.refusal) void heedOwned(store, view);
    store.heedCommand?.();
  };
  for (const view of store.open.values()) heed(view);
  return {
    ...later,
    makeBecame: (view: RoomView) => {
      const became = makeBecame(Became);
      const talk = talkOf(view);
      talk.read = became.fold;
      return Object.assign(became, { fold: (record: TextRecord) => talk.fold(record) });
    },
    makeHeard: (view: RoomView, changed: () => void): Heard =>
      makeHeard(changed, (record) => talkOf(view).isMeant(record)),
    RowExtras: (props: RowProps) => (
      <>
        <RowAnswers talk={talkOf(props.view)} row={props.row} />
        <Extras {...props} />
      </>
    ),
    TalkAside: ({ store, view }: Omit<RowProps, "row">) => (
      <TalkAside store={store} view={view} talk={talkOf(view)} reply={(seq) => reply(view, seq)} />
    ),
    MeantBadge: ({ view }: { view: RoomView }) => <MeantBadge talk={talkOf(view)} />,
    quoteOf: (view: RoomView, seq: number) => <Quoted quote={talkOf(view).quote(seq)} />,
    quoteIn: (view: RoomView, row: MessageRow) => <RowQuote talk={talkOf(view)} row={row} />,
    calledIn: (view: RoomView, row: MessageRow, text: string) => withCalls(talkOf(view), row, text),
    /** How many unread messages of a room are meant for oneself. */
    meantIn: (view: RoomView) => talkOf(view).unread.length,
    /** How many there are in all rooms, for the title of the page. */
    meantInAll: () => {
      const count = [...store.open.values()].reduce((sum, view) => sum + talkOf(view).unread.length, 0);
      return count > 0 ? `@${count} · ` : "";
    },
    heed,
    /** What a screen reader says of new messages. */
    tell: (view: RoomView, { count, messages }: Told) => {
      const { meant } = talkOf(view);
      const said = messages.map((record) => {
        const { name, text, kind } = record;
        if (meant.isAnswered(record)) return texts.answered(name, text);
        return meant.isNamed(record)
          ? texts.called(name, text)
          : kind === action.kind
            ? `* ${name} ${text}`
            : `${name}: ${text}`;
      });
      return (messages.length < count ? [store.texts.newBelow(count), ...said] : said).join("\n");
    },
    /** Sends a text as the answer that is being written; false where none is. */
    sendReply: (view: RoomView, text: string) => talkOf(view).send(text),
    replyTo: reply,
    replyText: texts.reply,
  };
}
