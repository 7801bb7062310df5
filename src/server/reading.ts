/** What is read of a room over HTTP: a page of its messages, or a stream of all that is said in it. */
import { readMessages } from "../session/http-room.ts";
import { checkRoomName } from "../wire/names.ts";
import { type Ask, badEncoding, bearerOf, type Desk, isAnswer, toAnswer } from "./ask.ts";
import { isBotToken } from "./bot-tokens.ts";
import { decodePart } from "./negotiation.ts";
import { outOfScope, shownToken } from "./post-guard.ts";
import { type Answer, problem } from "./respond.ts";

export async function readPage(ask: Ask, desk: Desk): Promise<Answer> {
  const { head, who } = ask;
  const query = new URLSearchParams(head.query);
  const after = numberOf(query.get("after"), null);
  const before = numberOf(query.get("before"), null);
  // Where none are shown on entering, whoever asks still gets the newest one.
  const limit = numberOf(query.get("limit"), Math.max(1, desk.house.rooms.limits.pageRecords));
  const name = decodePart(ask.part);
  if (name === null) return badEncoding();
  if (after === undefined || before === undefined || !limit) {
    return problem(400, "bad_query", "after, before and limit are whole numbers.");
  }
  const granted = grantOf(ask, desk, name);
  if ("status" in granted) return granted;
  const { isGranted } = granted;
  return toAnswer(
    await readMessages(desk.house, name, { after, before, limit }, who.visitor, isGranted()),
    200,
  );
}

export async function readEvents(ask: Ask, desk: Desk): Promise<Answer | null> {
  const { res, life, head, who } = ask;
  // What came last is in the header when a program comes back to the address that it had at the beginning.
  const last = head.has("last-event-id") ? head.get("last-event-id") : null;
  const after = numberOf(last ?? new URLSearchParams(head.query).get("after"), null);
  const written = decodePart(ask.part);
  const checked = checkRoomName(written ?? "");
  if (written === null) return badEncoding();
  if (!checked.ok) return problem(400, "bad_room_name", "This is not a name a room can have.");
  if (after === undefined) return problem(400, "bad_query", "after and Last-Event-ID are whole numbers.");
  const granted = grantOf(ask, desk, checked.name);
  if ("status" in granted) return granted;
  return desk.events.open(res, life, who, { name: checked.name, after, ...granted });
}

/**
 * Whether whoever asks shows a token that was made for this room by its name: that is good for one with a password too.
 * What is no token of a program is passed over, as a proxy may ask for words of its own in that header.
 */
function grantOf(ask: Ask, desk: Desk, rawName: string): { isGranted: () => boolean } | Answer {
  if (!isBotToken(shownToken(ask.head.get("authorization", 1_024)))) return { isGranted: () => false };
  const bearer = bearerOf(ask, desk);
  if (isAnswer(bearer)) return bearer;
  const room = checkRoomName(rawName);
  if (!room.ok) return { isGranted: () => false };
  const isNamed = bearer.bot?.rooms.includes(room.name) === true;
  return (
    outOfScope(bearer, "read", room.name) ?? { isGranted: () => isNamed && desk.postGuard.isGood(bearer) }
  );
}

/** undefined: not a number. `missing` when the parameter is not there. */
function numberOf<T>(text: string | null, missing: T): number | T | undefined {
  if (text === null || text === "") return missing;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
