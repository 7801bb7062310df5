/**
 * Asks for a room that belongs to this person. It is made and not entered: the promise gives the name by which it is.
 */
import { Refusal } from "../wire/codes.ts";
import { ClientKind, type MadeFrame } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import type { Asked } from "./client-core.ts";
import { fittingName } from "./fitting-name.ts";
import { RefusedError } from "./refused-error.ts";

/** Who asks, on each connection until it is answered. */
interface Asker {
  askWhenReady(asked: Asked): void;
}

/** An unlisted room may be made twice over a lost connection. @throws RefusedError */
export function makeRoom(client: Asker, raw: string, unlisted: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const room = raw && fittingName(raw, WIRE.maxRoomNameBytes);
    if (room === null) throw new RefusedError({ code: Refusal.badRoomName });
    client.askWhenReady({
      build: (request) => ({ kind: ClientKind.makeRoom, request, unlisted, room }),
      resolve: (frame) => resolve((frame as MadeFrame).room),
      reject,
    });
  });
}
