/** What a row says of what happened in the room beside its messages. What was pinned is one press away. */
import type { ComponentChildren } from "preact";
import { fullTagOf, SHORT_TAG } from "../../src/client/identity-mark.ts";
import { pin } from "../../src/wire/records/pin.ts";
import { eventText } from "../events.ts";
import { rulingText } from "../rulings.ts";
import type { Store } from "../store.ts";
import { rulings } from "../texts/en-rulings.ts";
import type { EventRow, RulingRow } from "../timeline.ts";
import { Sentence } from "./sentence.tsx";

const tagOf = (author: number) => fullTagOf(author).slice(0, SHORT_TAG);

export function happening(store: Store, row: EventRow | RulingRow): ComponentChildren {
  const { texts, formats } = store;
  if (row.kind === "event") return <Sentence text={eventText(row, texts)} />;
  const { act } = row;
  if (act.said) return store.backRoom?.told(store, act);
  const said = <Sentence text={rulingText(act, rulings, tagOf, formats.dayAndTime)} />;
  return act.kind === pin.kind && act.on ? <a href={`#${act.to}`}>{said}</a> : said;
}
