/**
 * A message that is posted to a room. Invariant: its body is looked at after its token was, and whoever shows a token of
 * a program speaks under the name which that was made for, in the rooms that it was made for.
 */
import { postMessage } from "../session/http-room.ts";
import { checkRoomName } from "../wire/names.ts";
import { type Ask, badEncoding, bearerOf, type Desk, isAnswer, toAnswer } from "./ask.ts";
import { hasHalfPair, MAX_BODY_BYTES, parseObject, readBody, textOf } from "./bodies.ts";
import { keyNonce, LEAST_KEY, MOST_KEY } from "./key-nonce.ts";
import { decodePart } from "./negotiation.ts";
import { type Bearer, outOfScope } from "./post-guard.ts";
import { type Answer, problem } from "./respond.ts";

export async function post(ask: Ask, desk: Desk): Promise<Answer> {
  const bearer = judge(ask, desk);
  // The body is asked for in any case: the answer to a refused one would be cut off by what is still coming.
  const body = await readBody(ask.res, !isAnswer(bearer));
  if (isAnswer(bearer)) return bearer;
  if (body === null) return problem(413, "body_too_long", `A body has at most ${MAX_BODY_BYTES} bytes.`);
  const room = decodePart(ask.part);
  if (room === null) return badEncoding();
  const message = parseMessage(body, bearer);
  if (isAnswer(message)) return message;
  const { head } = ask;
  const nonce = head.has("idempotency-key") ? nonceOf(head.get("idempotency-key"), bearer) : undefined;
  if (nonce === null) {
    const range = `${LEAST_KEY} to ${MOST_KEY}`;
    return problem(400, "bad_idempotency_key", `Idempotency-Key has ${range} printable characters of ASCII.`);
  }
  const key = nonce === undefined ? null : { nonce, keys: desk.postKeys };
  return toAnswer(await postMessage(desk.house, room, message, key), 201);
}

/** Who posts, or what is wrong with it before its body was looked at. */
function judge(ask: Ask, desk: Desk): Bearer | Answer {
  const bearer = bearerOf(ask, desk);
  if (isAnswer(bearer)) return bearer;
  const room = checkRoomName(decodePart(ask.part) ?? "");
  const refusal = room.ok ? outOfScope(bearer, "post", room.name) : null;
  if (refusal) return refusal;
  if (desk.isStopping()) return problem(503, "stopping", "The server is stopping.");
  return /^application\/json *(;|$)/i.test(ask.head.get("content-type"))
    ? bearer
    : problem(415, "not_json", "Send Content-Type: application/json.");
}

/** Keys of one program are not those of another. */
function nonceOf(key: string, { bot }: Bearer): number | null {
  return keyNonce(key, bot?.id ?? "");
}

/** A message out of a body, or what is wrong with it. */
function parseMessage(body: Buffer, { bot }: Bearer): { name: string; text: string } | Answer {
  const source = textOf(body);
  if (source === null) return badUtf8();
  const { name = bot?.name, text } = parseObject(source);
  if (typeof name !== "string" || typeof text !== "string") {
    const shape = bot ? '{"text": "…"}' : '{"name": "…", "text": "…"}';
    return problem(400, "bad_body", `Send ${shape}.`);
  }
  if (hasHalfPair(name + text)) return badUtf8();
  if (bot && name !== bot.name)
    return problem(403, "name_out_of_scope", "This token was made for another name, which may be left out.");
  return { name, text };
}

function badUtf8(): Answer {
  return problem(400, "bad_utf8", "The body is not well-formed UTF-8.");
}
