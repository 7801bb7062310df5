/**
 * What is kept of an address by which a room keeps newcomers out: an HMAC-SHA-256 (RFC 2104) of it and of the room's
 * number, cut to 128 bits, under a key made from the log's secret. Without that secret nobody can try addresses against
 * it, and marks of two rooms cannot be compared.
 */
import { createHmac } from "node:crypto";
import type { MarkOf } from "../session/socket.ts";
import { Visitor } from "./visitors.ts";

const MARK_BYTES = 16;

export function addressMarks(secret: Uint8Array): MarkOf {
  const key = createHmac("sha256", secret).update("madang addresses").digest();
  return (visitor, room) =>
    visitor instanceof Visitor && visitor.key !== ""
      ? createHmac("sha256", key)
          .update(`${room}/`)
          .update(visitor.key, "latin1")
          .digest("hex")
          .slice(0, MARK_BYTES * 2)
      : null;
}
