/**
 * Requests that are odd or ambiguous, with the answer that is right. Two programs that read the same bytes as
 * different requests are a way past whatever stands between them: what is ambiguous is refused before it is acted on.
 *
 * An answer is the statuses that came, in order, with ` end` when the server then ended the connection. `refused`
 * stands for one status of 400 or above and the end, or the end alone; `silence` for nothing at all.
 */
import { POST_TOKEN } from "./server-process.ts";

export interface HttpCase {
  name: string;
  /** Each is tried on a connection of its own; all must get the same answer. A request is its pieces. */
  requests: Buffer[][];
  expected: string;
  /** Other answers that are known, and why. */
  known?: { got: string[]; why: string };
}

const KNOWN = {
  split:
    "the transport answers 505 to a request line that is cut between two segments; browsers send it whole",
  silent: "the transport does not answer and ends the connection after its ten seconds",
} as const;

const HOST = "Host: 127.0.0.1\r\n";
const get = (path = "/healthz", headers = HOST) => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;
const BODY = JSON.stringify({ name: "Poster", text: "hostile: over HTTP" });
const AUTHORIZED = `${HOST}Authorization: Bearer ${POST_TOKEN}\r\nContent-Type: application/json\r\n`;
const post = (headers: string, body = BODY) =>
  `POST /api/rooms/hostile-post/messages HTTP/1.1\r\n${AUTHORIZED}${headers}\r\n${body}`;
const LENGTH = `Content-Length: ${BODY.length}\r\n`;
const chunked = (size: string) => `${size}\r\n${BODY}\r\n0\r\n\r\n`;
const HEX = BODY.length.toString(16);

/** Cut in two at each place of a range. */
const cuts = (text: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => [text.slice(0, from + i), text.slice(from + i)].map(latin));
const latin = (text: string) => Buffer.from(text, "latin1");

export function httpCases(): HttpCase[] {
  const plain = get();
  const line = plain.indexOf("\r\n");
  const posted = post(LENGTH);
  const bodyAt = posted.indexOf("\r\n\r\n") + 4;
  const one = (name: string, text: string, expected: string, known?: HttpCase["known"]): HttpCase => ({
    ...{ name, requests: [[latin(text)]], expected },
    ...(known && { known }),
  });
  const silent = { got: ["silence"], why: KNOWN.silent };
  return [
    one("a request", plain, "200"),
    {
      ...{ name: "cut anywhere in the request line", requests: cuts(plain, 1, line + 2), expected: "200" },
      known: { got: ["200 | refused", "refused"], why: KNOWN.split },
    },
    { name: "cut anywhere behind it", requests: cuts(plain, line + 2, plain.length), expected: "200" },
    {
      ...{ name: "in single bytes", requests: [[...plain].map(latin)], expected: "200" },
      known: { got: ["refused"], why: KNOWN.split },
    },
    one("three, pipelined", plain.repeat(3), "200 200 200"),
    one("a HEAD and a GET, pipelined", plain.replace("GET", "HEAD") + plain, "200 200", {
      got: ["refused", "200 end", "end"],
      why: "an answer without a body ends its connection, since the transport could not hold it back",
    }),
    one("a page, then nothing there, pipelined", get("/healthz") + get("/nothing"), "200 404"),
    one("a message", posted, "201"),
    {
      name: "a message cut anywhere in its body",
      requests: cuts(posted, bodyAt, bodyAt + 12),
      expected: "201",
    },
    one("a message, then a request, pipelined", posted + plain, "201 200", {
      got: ["refused", "end", "201 end"],
      why: "the transport ends a connection that goes on while an answer is being made",
    }),
    one("two lengths that differ", post(`${LENGTH}Content-Length: 5\r\n`), "refused"),
    one("two lengths that differ, the short one first", post(`Content-Length: 5\r\n${LENGTH}`), "refused"),
    one("two lengths that agree", post(LENGTH + LENGTH), "refused"),
    one("two lengths in one line", post(`Content-Length: ${BODY.length}, 5\r\n`), "refused"),
    one("an empty length", post("Content-Length:\r\n"), "refused"),
    one("a length with a sign", post(`Content-Length: +${BODY.length}\r\n`), "refused"),
    one("a negative length", post("Content-Length: -1\r\n"), "refused"),
    one("a length in hexadecimal", post(`Content-Length: 0x${HEX}\r\n`), "refused"),
    one("a length beyond all numbers", post("Content-Length: 99999999999999999999\r\n"), "refused"),
    one("a length and chunks", post(`${LENGTH}Transfer-Encoding: chunked\r\n`, chunked(HEX)), "refused"),
    one("chunks and a length", post(`Transfer-Encoding: chunked\r\n${LENGTH}`, chunked(HEX)), "refused"),
    one("another encoding", post("Transfer-Encoding: gzip, chunked\r\n", chunked(HEX)), "refused"),
    one("an encoding that is none", post("Transfer-Encoding: xchunked\r\n", chunked(HEX)), "refused"),
    one(
      "extensions of chunks",
      post("Transfer-Encoding: chunked\r\n", chunked(`${HEX};a=b`)),
      "refused",
      silent,
    ),
    one("chunks of no number", post("Transfer-Encoding: chunked\r\n", chunked("zz")), "refused"),
    one("neither length nor chunks", post(""), "refused"),
    one("a header without a name", get("/healthz", `${HOST}: nameless\r\nX: 1\r\n`), "refused", {
      got: ["silence", "200"],
      why: "the transport hides a header without a name, and what stands behind it",
    }),
    one("a header without a name before a length", post(`: nameless\r\n${LENGTH}`), "refused", silent),
    one("a header without a colon", get("/healthz", `${HOST}nothing\r\n`), "refused", silent),
    one("a space before the colon", get("/healthz", `${HOST}X : 1\r\n`), "refused", silent),
    one("a folded header", get("/healthz", `${HOST}X: 1\r\n  folded\r\n`), "refused", silent),
    one("two hosts that differ", get("/healthz", `${HOST}Host: other.example\r\n`), "refused"),
    one("without a host", get("/healthz", ""), "refused", silent),
    one("101 headers", get("/healthz", HOST + "X: 1\r\n".repeat(101)), "refused", silent),
    one("no HTTP at all", "hello\r\n\r\n", "refused", silent),
    one("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused", silent),
    one("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "refused", silent),
    one("PROXY version 1", `PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n${plain}`, "refused", silent),
    one("PROXY version 2", PROXY_V2 + plain, "refused", silent),
    one("an address as target", plain.replace("/healthz", "http://other.example/healthz"), "refused"),
    one("a NUL in the path", get("/healthz\0"), "refused"),
  ];
}

/** A proxy's word that the visitor is 10.0.0.1: believed from a proxy that the operator named, refused from others. */
const PROXY_V2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\x0a\x00\x00\x01\x0a\x00\x00\x02\x00\x01\x00\x02";
