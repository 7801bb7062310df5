/**
 * The record behind this one was said by whoever operates the server, with the right of that. The server says it by
 * itself, in the same write, and nobody by an ACT. Its body is empty.
 */
import { Reader } from "../bytes.ts";
import type { RecordKind } from "./kind.ts";

export const operated: RecordKind = {
  kind: 18,
  name: "operated",
  isMessage: false,
  isServers: true,
  read(body) {
    new Reader(body).end();
    return {};
  },
  write: () => new Uint8Array(0),
};
