/** A room as the page has it, without a client: what is told of it, and where its reader is, is the test's. */
import { afterAll, beforeAll, vi } from "vitest";
import { type OutboxEntry, RoomState } from "../src/client/contract.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { makeHappenings, makeHeard } from "../web/around-part.ts";
import { Became } from "../web/became.ts";
import { makeBecame } from "../web/message-part.ts";
import { type ChatRoom, RoomView, type ViewLater } from "../web/room-view.ts";
import type { Row } from "../web/timeline.ts";

export const ME = { author: 1, name: "me" };

export const NOON = new Date(2026, 9, 1, 12, 0, 0).getTime();

/** Events carry this device's time, messages the server's; in a file that calls this they are of one day. */
export function holdDay(): void {
  beforeAll(() => {
    vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
  });
  afterAll(() => {
    vi.useRealTimers();
  });
}

export function record(seq: number, author = 2, time = NOON + seq * 1000): TextRecord {
  return { seq, author, nonce: seq, time, name: `n${author}`, text: `t${seq}` };
}

export const records = (from: number, to: number, author = 2) =>
  Array.from({ length: to - from + 1 }, (_, i) => record(from + i, author));

export class FakeRoom implements ChatRoom {
  name = "yard";
  number = 1;
  position = { epoch: "0", seq: 0 };
  oldest = 1;
  first = 1;
  refusal = null;
  send = () => ({}) as OutboxEntry;
  act: ChatRoom["act"] = () => ({}) as OutboxEntry;
  retry = () => undefined;
  discard = () => true;
  giveUp = () => undefined;
  page: ChatRoom["page"] = async () => ({ from: 1, to: 0, more: false, records: [], acts: [] });
  leave = () => undefined;
  typing = () => undefined;
  reload = async () => undefined;
}

/** What of a view comes behind the room; nobody is meant. */
export const viewLater = (): ViewLater => ({
  makeHappenings,
  makeBecame: () => makeBecame(Became),
  makeHeard: (_, changed) => makeHeard(changed, () => false),
});

/** A room that is looked at and live, with `count` records told as history. */
export function liveRoom(count: number): RoomView {
  const nothing = () => undefined;
  const view = new RoomView("yard", nothing, nothing, () => viewLater());
  view.room = new FakeRoom();
  view.setMe(ME);
  view.setWatched(true);
  view.listener.state?.(RoomState.catchingUp);
  if (count > 0) view.listener.appended?.(records(1, count), new Map());
  view.listener.state?.(RoomState.live);
  return view;
}

/** The log as it would report itself: at the end of the page, or up to a message in sight. */
export const atEnd = (view: RoomView) =>
  view.placed({ top: 500, max: 500, isEnd: !view.hasNewer }, () => null);

export const kinds = (rows: readonly Row[]) => rows.map((row) => row.kind);

export const texts = (view: RoomView) =>
  view.rows().flatMap((row) => (row.kind === "message" ? [row.text] : []));
