/**
 * Asks for a room that belongs to this person, or for another password of one. It is made and not entered: the promise
 * gives the name by which it is.
 */
import { encodeText } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { ClientKind, type MadeFrame, type PasswordSetFrame } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import { MAX_PASSWORD_BYTES } from "../wire/password.ts";
import type { Asked } from "./client-core.ts";
import { fittingName } from "./fitting-name.ts";
import { RefusedError } from "./refused-error.ts";

/** Who asks, on each connection until it is answered. */
interface Asker {
  askWhenReady(asked: Asked): void;
}

/** `word`: its password; empty: none. An unlisted room may be made twice over a lost connection. @throws RefusedError */
export function makeRoom(client: Asker, raw: string, unlisted: boolean, word = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const room = raw && fittingName(raw, WIRE.maxRoomNameBytes);
    const password = word ? encodeText(word) : undefined;
    if ((password?.length ?? 0) > MAX_PASSWORD_BYTES) throw new RefusedError({ code: Refusal.textTooLong });
    if (room === null) throw new RefusedError({ code: Refusal.badRoomName });
    client.askWhenReady({
      build: (request) => ({ kind: ClientKind.makeRoom, request, unlisted, room, password }),
      resolve: (frame) => resolve((frame as MadeFrame).room),
      reject,
    });
  });
}

/** Gives a room that this person owns a password, another one, or with an empty one none. @throws RefusedError */
export function setPassword(client: Asker, raw: string, word: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const room = fittingName(raw, WIRE.maxRoomNameBytes);
    const password = encodeText(word);
    if (room === null) throw new RefusedError({ code: Refusal.badRoomName });
    // Longer ones fit no frame either.
    if (password.length > MAX_PASSWORD_BYTES) throw new RefusedError({ code: Refusal.textTooLong });
    client.askWhenReady({
      build: (request) => ({ kind: ClientKind.setPassword, request, room, password }),
      resolve: (frame) => resolve((frame as PasswordSetFrame).on),
      reject,
    });
  });
}
