/**
 * Reports a message to those who look after its room: the promise resolves when the report is stored. One that was asked
 * for again over a lost connection may be refused as reported already, and is there all the same.
 */
import { encodeText } from "../wire/bytes.ts";
import { ClientKind } from "../wire/frames.ts";
import type { Asked } from "./client-core.ts";

/** Who asks, on each connection until it is answered. */
interface Asker {
  askWhenReady(asked: Asked): void;
}

/** `reason`: may be empty. @throws RefusedError */
export function reportMessage(
  client: Asker,
  room: NonNullable<Asked["room"]>,
  seq: number,
  reason: string,
): Promise<void> {
  return new Promise((resolve, reject) =>
    client.askWhenReady({
      room,
      build: (request) => ({
        ...{ kind: ClientKind.report, request, room: room.number },
        ...{ seq, reason: encodeText(reason) },
      }),
      resolve: () => resolve(),
      reject,
    }),
  );
}
