/**
 * Whether a request is a WebSocket upgrade as RFC 6455 (section 4.2.1) and this server want it. The transport itself
 * looks at nothing but the length of the key.
 */
import { WIRE } from "../wire/limits.ts";
import type { RequestHead } from "./request-head.ts";
import { type Answer, problem } from "./respond.ts";

export const SOCKET_PATH = "/ws";

/** Headers of the handshake are lists; longer ones than this are not split. */
const MAX_LIST = 300;

/** Why a request at the socket's path cannot be upgraded; null when it can. */
export function judgeUpgrade(head: RequestHead): Answer | null {
  if (!hasToken(head.get("upgrade"), "websocket") || !hasToken(head.get("connection", MAX_LIST), "upgrade")) {
    return notAnUpgrade();
  }
  if (head.get("sec-websocket-version") !== "13") {
    return problem(426, "websocket_version", "This server speaks version 13 of WebSocket.", VERSION);
  }
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(head.get("sec-websocket-key"))) {
    return problem(400, "bad_websocket_key", "Sec-WebSocket-Key holds no 16 bytes in base64.");
  }
  if (!hasToken(head.get("sec-websocket-protocol", MAX_LIST), WIRE.subprotocol, false)) {
    return problem(
      400,
      "websocket_protocol",
      `This server speaks the WebSocket subprotocol ${WIRE.subprotocol}.`,
    );
  }
  return null;
}

/** The answer to a plain request at the socket's path. */
export function notAnUpgrade(): Answer {
  const message = "This is not a WebSocket upgrade (RFC 6455).";
  return problem(426, "not_an_upgrade", message, VERSION);
}

const VERSION = [
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
] as const;

/** Whether a list of a bounded header holds a token, whole. */
function hasToken(list: string, token: string, ignoreCase = true): boolean {
  return list.split(",").some((one) => {
    const held = one.trim();
    return held === token || (ignoreCase && held.toLowerCase() === token);
  });
}
