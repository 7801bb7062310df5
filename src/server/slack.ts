/**
 * Messages in the shape of Slack's incoming webhooks, for programs that know no other: JSON, or a form with the JSON in
 * `payload`. It answers in the words and statuses that such programs expect. Invariant: a hook is a token that may post
 * in exactly one room, and says all under the name of that token.
 */
import { type HttpAnswer, postMessage } from "../session/http-room.ts";
import { visitorKey } from "./addresses.ts";
import type { Ask, Desk } from "./ask.ts";
import { hasHalfPair, parseObject, readBody, textOf } from "./bodies.ts";
import { EVERY_ROOM, isBotToken } from "./bot-tokens.ts";
import { decodePart } from "./negotiation.ts";
import type { Answer, Status } from "./respond.ts";

/** Attachments and blocks that are looked at when there is no text. */
const MOST_PARTS = 50;

export async function hook(ask: Ask, desk: Desk): Promise<Answer> {
  const room = judge(ask, desk);
  // In any case, as for every post.
  const body = await readBody(ask.res, "name" in room);
  if (!("name" in room)) return room;
  if (body === null) return say(413, "payload_too_large");
  const payload = payloadOf(body, ask.head.get("content-type"));
  if (payload === null) return say(400, "invalid_payload");
  const text = slackText(payload);
  if (hasHalfPair(text)) return say(400, "invalid_payload");
  return toWords(await postMessage(desk.house, room.room, { name: room.name, text }));
}

function judge({ part, who }: Ask, desk: Desk): { room: string; name: string } | Answer {
  const token = decodePart(part) ?? "";
  if (!isBotToken(token)) return say(404, "no_service");
  const bearer = desk.postGuard.judge(`Bearer ${token}`, () => visitorKey(who.address));
  if ("status" in bearer) {
    if (bearer.status === 429)
      return { ...say(429, "rate_limited"), headers: [...say(429, "").headers, ...retryAfter(bearer)] };
    return bearer.status === 500 ? say(500, "token_unreadable") : say(403, "invalid_token");
  }
  const { rooms = [], may = [], name = "" } = bearer.bot ?? {};
  const [room] = rooms;
  if (room === undefined || rooms.length !== 1 || room === EVERY_ROOM || !may.includes("post"))
    return say(403, "action_prohibited");
  return desk.isStopping() ? say(503, "service_unavailable") : { room, name };
}

/** Null: it is none. What says it is a form is one; all else is JSON, whatever it says. */
function payloadOf(body: Buffer, type: string): Record<string, unknown> | null {
  const source = textOf(body);
  const isForm = /^application\/x-www-form-urlencoded *(;|$)/i.test(type);
  const json = isForm && source !== null ? new URLSearchParams(source).get("payload") : source;
  if (json === null) return null;
  const payload = parseObject(json);
  return Object.keys(payload).length === 0 && json.trim() !== "{}" ? null : payload;
}

/** The text of a payload; without one that of its attachments and blocks, a line each. */
export function slackText(payload: Record<string, unknown>): string {
  if (typeof payload.text === "string" && payload.text !== "") return plain(payload.text);
  const parts = [payload.attachments, payload.blocks].flatMap((list) => (Array.isArray(list) ? list : []));
  const lines = parts.slice(0, MOST_PARTS).flatMap((part) => {
    const { pretext, title, text, fallback } = (part ?? {}) as Record<string, unknown>;
    // In a block the text is an object of its own.
    const inBlock = typeof text === "object" && text !== null ? (text as { text?: unknown }).text : text;
    const said = [pretext, title, inBlock].filter((one) => typeof one === "string" && one !== "");
    return said.length > 0 ? said : typeof fallback === "string" ? [fallback] : [];
  });
  return plain(lines.join("\n"));
}

/** Slack's marks for links, people and rooms as one reads them; `&`, `<` and `>` are written as in HTML there. */
function plain(text: string): string {
  return text
    .replace(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_, target: string, label?: string) => {
      if (/^!(here|channel|everyone)$/.test(target)) return "@all";
      // A sign, and an id that says nothing to people where there is a label.
      const [, sign, id] = /^([!@#])(.*)$/.exec(target) ?? [];
      if (sign) return `${sign === "!" ? "" : sign}${label || id}`;
      const address = target.replace(/^mailto:/, "");
      return label && label !== address ? `${label} (${address})` : address;
    })
    .replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: "&", lt: "<", gt: ">" })[name]!);
}

function toWords(answer: HttpAnswer<unknown>): Answer {
  if (answer.ok) return say(200, "ok");
  const { status, code } = answer.refusal;
  const words: Record<string, string> = {
    text_too_long: "msg_too_long",
    empty_text: "no_text",
    no_such_room: "channel_not_found",
    name_reserved: "action_prohibited",
  };
  return say(status as Status, words[code] ?? code);
}

const retryAfter = ({ headers }: Answer) => headers.filter(([name]) => name === "Retry-After");

const say = (status: Status, word: string): Answer => ({
  status,
  headers: [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Cache-Control", "no-store"],
  ],
  body: word,
});
