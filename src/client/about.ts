/**
 * Asks the server about one message of a room: who put which signs on it, and how it read before. Apart from the client
 * itself, so that a page has it with what shows it. It keeps nothing; over a lost connection it is asked once more, when the
 * room is entered again.
 */
import { type Edited, type Reacted, readEdited, readReacted } from "../wire/about.ts";
import { Refusal } from "../wire/codes.ts";
import { ClientKind, type EditedFrame, type ReactedFrame, ServerCapability } from "../wire/frames.ts";
import type { Asked } from "./client-core.ts";
import { RefusedError } from "./refused-error.ts";

interface Asker {
  readonly capabilities: number;
  askWhenReady(asked: Asked): void;
}

type Room = NonNullable<Asked["room"]>;

/** Each sign, with some of those who put it. @throws RefusedError */
export const whoReacted = async (client: Asker, room: Room, seq: number): Promise<Reacted> =>
  readReacted(await ask(client, ClientKind.who, room, seq));

/** Each text it had. @throws RefusedError */
export const versionsOf = async (client: Asker, room: Room, seq: number): Promise<Edited> =>
  readEdited(await ask(client, ClientKind.edits, room, seq));

function ask(
  client: Asker,
  kind: typeof ClientKind.who | typeof ClientKind.edits,
  room: Room,
  seq: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // A server of before ends the connection of whoever asks.
    if (!(client.capabilities & ServerCapability.tellsWho) || room.number === 0)
      throw new RefusedError({ code: Refusal.notInRoom });
    client.askWhenReady({
      room,
      build: (request) => ({ kind, request, room: room.number, seq }),
      resolve: (frame) => resolve((frame as ReactedFrame | EditedFrame).told),
      reject,
    });
  });
}
