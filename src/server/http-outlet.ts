/**
 * How an answer leaves over HTTP. The transport counts an answer as done once it is buffered and then reads the next
 * request, so whoever asks and never reads would fill the memory. Invariant: a connection has at most one answer that
 * the network did not take; until it is taken, a further request on it ends it.
 *
 * Two ways keep that. A body goes out by `tryEnd`, which takes nothing while older bytes wait: the answer stays
 * pending, and the transport ends a connection that asks on. What has no body cannot be held back so: it is never
 * ended, and its connection is closed behind it. Refusals of doubtful requests go that way too, so that nothing that
 * stands behind them is taken for a request.
 */
import type { HttpResponse } from "uWebSockets.js";
import { type Answer, CONTENT_SECURITY_POLICY, SECURITY_HEADERS, STATUS } from "./respond.ts";

/** Whether the connection of a response is still there. The transport forbids to touch one that is not. */
export interface Life {
  gone: boolean;
}

/** To be called within the handler for every request that is not answered there at once. */
export function watch(res: HttpResponse): Life {
  const life = { gone: false };
  res.onAborted(() => {
    life.gone = true;
  });
  return life;
}

/** Answers within the handler of the request. `last`: nothing more is read from this connection. */
export function respond(res: HttpResponse, answer: Answer, head: boolean, last = false): void {
  if (!last && hasBody(answer, head)) {
    writeWhole(res, answer);
    return;
  }
  const life = watch(res);
  writeLast(res, answer, head);
  closeSoon(res, life);
}

/** Answers after a wait. An error ends its connection. */
export function respondLater(res: HttpResponse, answer: Answer, head: boolean, life: Life): void {
  if (life.gone) return;
  const last = answer.status >= 400 || !hasBody(answer, head);
  res.cork(() => (last ? writeLast(res, answer, head) : writeWhole(res, answer)));
  if (last) closeSoon(res, life);
}

/** What is written within a handler, or right behind one, leaves when the transport has read all that came in. */
function closeSoon(res: HttpResponse, life: Life): void {
  setImmediate(() => {
    if (!life.gone) res.close();
  });
}

function hasBody(answer: Answer, head: boolean): boolean {
  return !head && answer.status !== 304 && answer.status !== 204 && answer.body.length > 0;
}

/** Bytes of the body as it is sent. */
export function bodyBytes(answer: Answer, head: boolean): number {
  return hasBody(answer, head) ? lengthOf(answer) : 0;
}

function lengthOf({ body }: Answer): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

function writeHead(res: HttpResponse, answer: Answer): void {
  res.writeStatus(STATUS[answer.status]);
  res.writeHeader("Content-Security-Policy", answer.policy ?? CONTENT_SECURITY_POLICY);
  res.writeHeader("Cross-Origin-Resource-Policy", answer.isForOthers ? "cross-origin" : "same-origin");
  for (const [key, value] of SECURITY_HEADERS) res.writeHeader(key, value);
  for (const [key, value] of answer.headers) res.writeHeader(key, value);
}

function writeWhole(res: HttpResponse, answer: Answer): void {
  writeHead(res, answer);
  if (answer.status >= 400) res.writeHeader("Connection", "close");
  const length = lengthOf(answer);
  const [, done] = res.tryEnd(answer.body, length);
  if (done) return;
  const { body } = answer;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  watch(res);
  res.onWritable((offset) => {
    const [taken, all] = res.tryEnd(bytes.subarray(offset), length);
    return taken || all;
  });
}

/** Writes all of an answer and leaves it open for the transport: the caller closes the connection. */
function writeLast(res: HttpResponse, answer: Answer, head: boolean): void {
  writeHead(res, answer);
  const length = lengthOf(answer);
  if (hasBody(answer, head)) {
    res.writeHeader("Connection", "close");
    res.tryEnd("", length);
    // Against another length than was announced, so that this one is not taken for the end.
    res.tryEnd(answer.body, length + 1);
    return;
  }
  if (answer.status !== 204) res.writeHeader("Content-Length", String(length));
  res.writeHeader("Date", new Date().toUTCString());
  // With the empty line behind the last header.
  res.writeHeader("Connection", "close\r\n");
}
