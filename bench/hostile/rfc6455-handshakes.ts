/** Handshakes, right and wrong ones (RFC 6455, section 4). */
import { WIRE } from "../../src/wire/limits.ts";
import { KNOWN, type RfcCase } from "./rfc6455-case.ts";

const HEADERS: Record<string, string> = {
  Host: "127.0.0.1",
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "aG9zdGlsZSBidXQgZmFpcg==",
  "Sec-WebSocket-Protocol": WIRE.subprotocol,
};

/** A handshake with other headers, null for one that is left out. */
function request(more: Record<string, string | null> = {}, line = "GET /ws HTTP/1.1"): string {
  const headers = Object.entries({ ...HEADERS, ...more }).filter(([, value]) => value !== null);
  return `${line}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

export function handshakes(): RfcCase[] {
  const one = (name: string, text: string, expected: string): RfcCase => ({
    ...{ name: `handshake: ${name}`, expected },
    handshake: [text],
  });
  const lower = request().replace(/^[A-Z][\w-]+(?=:)/gm, (header) => header.toLowerCase());
  const whole = request();
  return [
    one("as it should be", whole, "open"),
    one("names of headers in lower case", lower, "open"),
    one("Upgrade: WebSocket", request({ Upgrade: "WebSocket" }), "open"),
    one("Connection: keep-alive, Upgrade", request({ Connection: "keep-alive, Upgrade" }), "open"),
    one("Connection: upgrade", request({ Connection: "upgrade" }), "open"),
    one(
      "our subprotocol as the second",
      request({ "Sec-WebSocket-Protocol": `x, ${WIRE.subprotocol}` }),
      "open",
    ),
    one("an extension, not taken", request({ "Sec-WebSocket-Extensions": "permessage-deflate" }), "open"),
    one("Origin of the same host", request({ Origin: "http://127.0.0.1" }), "open"),
    { name: "handshake: in two pieces", handshake: [whole.slice(0, 60), whole.slice(60)], expected: "open" },
    {
      name: "handshake: in single bytes",
      handshake: [whole.slice(0, 20), ...whole.slice(20)],
      expected: "open",
    },
    one("POST", request({}, "POST /ws HTTP/1.1"), "refused"),
    one("HTTP/1.0", request({}, "GET /ws HTTP/1.0"), "refused"),
    one("another path", request({}, "GET /nothing HTTP/1.1"), "refused"),
    one("without Host", request({ Host: null }), "refused"),
    one("without Upgrade", request({ Upgrade: null }), "refused version 13"),
    one("Upgrade: h2c", request({ Upgrade: "h2c" }), "refused version 13"),
    one("without Connection", request({ Connection: null }), "refused version 13"),
    one("Connection: close", request({ Connection: "close" }), "refused version 13"),
    one("Connection: not-upgrade", request({ Connection: "not-upgrade" }), "refused version 13"),
    one("without a key", request({ "Sec-WebSocket-Key": null }), "refused version 13"),
    one("a short key", request({ "Sec-WebSocket-Key": "aG9zdGlsZQ==" }), "refused version 13"),
    {
      ...one("a key that is not base64", request({ "Sec-WebSocket-Key": "!".repeat(24) }), "refused"),
      known: { got: ["open"], why: KNOWN.key },
    },
    one("without a version", request({ "Sec-WebSocket-Version": null }), "refused version 13"),
    one("version 8", request({ "Sec-WebSocket-Version": "8" }), "refused version 13"),
    one("version 14", request({ "Sec-WebSocket-Version": "14" }), "refused version 13"),
    one("without a subprotocol", request({ "Sec-WebSocket-Protocol": null }), "refused"),
    one("another subprotocol", request({ "Sec-WebSocket-Protocol": "chat" }), "refused"),
    one("Origin of another host", request({ Origin: "https://other.example" }), "refused"),
    one("Origin: null", request({ Origin: "null" }), "refused"),
  ];
}
