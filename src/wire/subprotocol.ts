/** The WebSocket subprotocol both sides must agree on (RFC 6455, section 1.9). By itself, for who needs nothing else. */
export const SUBPROTOCOL = "madang.1";
