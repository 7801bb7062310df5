/** One request as those who answer it get it, and what they answer with. It decides nothing. */
import type { HttpResponse } from "uWebSockets.js";
import type { HttpAnswer } from "../session/http-room.ts";
import type { PostKeys } from "../session/post-keys.ts";
import type { House } from "../session/session.ts";
import { visitorKey } from "./addresses.ts";
import type { EventStreams } from "./event-streams.ts";
import type { Life } from "./http-outlet.ts";
import type { Bearer, PostGuard } from "./post-guard.ts";
import type { RequestHead } from "./request-head.ts";
import { type Answer, json, problem, type Status, tooMany } from "./respond.ts";
import type { Who } from "./visitors.ts";

/** What the requests that concern rooms need of the server. */
export interface Desk {
  house: House;
  postGuard: PostGuard;
  postKeys: PostKeys;
  events: EventStreams;
  isStopping: () => boolean;
}

export interface Ask {
  res: HttpResponse;
  life: Life;
  head: RequestHead;
  who: Who;
  /** What stands in the path where its route has a name in braces; as it was written. */
  part: string;
}

/** What is answered at once, or work that is. Null: the response is written to already. */
export type Answering = Answer | null | Promise<Answer | null>;

export const isAnswer = (value: object): value is Answer => "status" in value;

export function bearerOf({ head, who }: Ask, { postGuard }: Desk): Bearer | Answer {
  return postGuard.judge(head.get("authorization", 1_024), () => visitorKey(who.address));
}

export function toAnswer<T>(answer: HttpAnswer<T>, status: Status): Answer {
  if (answer.ok) return json(status, answer.value);
  const { retryAfterMs } = answer.refusal;
  if (retryAfterMs > 0) return tooMany(answer.refusal.message, retryAfterMs);
  return problem(answer.refusal.status as Status, answer.refusal.code, answer.refusal.message);
}

export const badEncoding = (): Answer => problem(400, "bad_room_name", "The room name is not well encoded.");
