/**
 * Asks as whoever operates the server: shows the key, and says what is wanted of all of it. It keeps no key. Asked on
 * each connection until it is answered. The promises reject with RefusedError.
 */
import { encodeText } from "../wire/bytes.ts";
import { type ClientFrame, ClientKind, type OperatingFrame } from "../wire/frames.ts";
import { encodeOrder, type OrderBody } from "../wire/orders.ts";
import type { Asked } from "./client-core.ts";

interface Asker {
  askWhenReady(asked: Asked): void;
}

/** This person operates the server until the connection ends: then the key is to be shown again. */
export const operateAs = (client: Asker, key: string): Promise<Uint8Array> =>
  ask(client, ClientKind.operateAs, encodeText(key));

/** What was asked for, for a list: `decodeReserved` of src/wire/orders.ts reads it. */
export const operate = (client: Asker, order: OrderBody): Promise<Uint8Array> =>
  ask(client, ClientKind.operate, encodeOrder(order));

function ask(
  client: Asker,
  kind: typeof ClientKind.operateAs | typeof ClientKind.operate,
  body: Uint8Array,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    client.askWhenReady({
      build: (request): ClientFrame => ({ kind, request, body }),
      resolve: (frame) => resolve((frame as OperatingFrame).told),
      reject,
    });
  });
}
