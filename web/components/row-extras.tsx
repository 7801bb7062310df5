/** What a row shows below its message: that it was edited, signs, what was refused and why; and the way to its menu. */
import { Refusal } from "../../src/wire/codes.ts";
import { reaction } from "../../src/wire/records/reaction.ts";
import type { Sign } from "../became.ts";
import { openAbout, openMenu } from "../message-keys.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import type { MessageRow } from "../timeline.ts";

const MOST_NAMES = 20;

interface Props {
  store: Store;
  view: RoomView;
  row: MessageRow;
}

/** Puts the sign on a message, or takes it back. What has not gone out yet is just forgotten. */
export function putSign(view: RoomView, to: number, text: string, on: boolean): void {
  view.room?.act(reaction, { to, on, text });
}

/** Of a message that is not stored: that it is on its way, or why it was refused, and what its writer can do. */
function Unsent({ store: { texts }, view, row: { entry, refusal } }: Props) {
  if (!entry || refusal === 0) return <span class="sending">{texts.pending}</span>;
  return (
    <div class="refused">
      <span>
        {refusal !== Refusal.cannotTell && `${texts.notSent}. `}
        {texts.refusals[refusal] ?? texts.refused}
      </span>
      <button type="button" onClick={() => view.edit(entry)}>
        {texts.edit}
      </button>
      <button type="button" onClick={() => view.room?.retry(entry.id)}>
        {texts.retry}
      </button>
      <button type="button" onClick={() => view.room?.discard(entry.id)}>
        {texts.discard}
      </button>
    </div>
  );
}

export function RowExtras({ store, view, row }: Props) {
  if (row.entry) return <Unsent store={store} view={view} row={row} />;
  const { texts, me } = store;
  const { seq } = row;
  const told = view.became?.of(seq);
  const names = ({ people, count }: Sign) => {
    const known = [...people].slice(0, MOST_NAMES);
    const said = known.map(([author, name]) => (author === me?.author ? (texts.you ?? "") : name));
    return texts.signNames?.(said, count - known.length);
  };
  const show = () => {
    view.became?.open(seq);
    view.retell();
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useAnchorContent: hundreds of links of no words are nothing to be told or stepped through. */}
      <a class="to-message" href={`#${seq}`} tabIndex={-1} aria-hidden="true" />
      {told && (told.isHidden || told.edits.length + told.signs.length > 0) && (
        <div class="extras">
          {told.isHidden && (
            <button type="button" class="mark" tabIndex={-1} onClick={show}>
              {texts.show}
            </button>
          )}
          {told.edits.length > 0 && (
            <button
              type="button"
              class="mark"
              tabIndex={-1}
              title={texts.showEdits}
              onClick={() => void openAbout(store, view, seq, "edits")}
            >
              {texts.edited}
            </button>
          )}
          {told.signs.map((sign) => {
            const isOwn = me !== null && sign.people.has(me.author);
            return (
              <button
                key={sign.text}
                type="button"
                class="sign"
                tabIndex={-1}
                aria-pressed={isOwn}
                aria-label={texts.signOf(sign.text, sign.count)}
                title={names(sign)}
                onClick={() => putSign(view, seq, sign.text, !isOwn)}
              >
                {sign.text} <span>{sign.count}</span>
              </button>
            );
          })}
        </div>
      )}
      {told?.refused.map(({ id, refused }) => (
        <div key={id} class="refused" role="alert">
          <span>
            {texts.actRefused}. {texts.refusals[refused?.code ?? 0] ?? texts.refused}
          </span>
          <button type="button" onClick={() => view.room?.retry(id)}>
            {texts.retry}
          </button>
          <button type="button" onClick={() => view.room?.discard(id)}>
            {texts.discard}
          </button>
        </div>
      ))}
      <button
        type="button"
        class="message-more"
        tabIndex={-1}
        aria-label={texts.messageMenu}
        aria-haspopup="menu"
        onClick={({ currentTarget }) => void openMenu(store, view, seq, currentTarget)}
      />
    </>
  );
}
