/**
 * What a page needs once a room is opened, and only then: the room of the headless client, its view, the components
 * that show it, and the words and forms of times in them. Loaded behind the first paint, beside the greeting with the
 * server.
 */
import type { MakeRoom } from "../src/client/client-core.ts";
import { ClientRoom } from "../src/client/client-room.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { MESSAGES } from "../src/wire/records/registry.ts";
import { ACTS } from "./acts.ts";
import { Conversation } from "./components/conversation.tsx";
import { chosenEnter } from "./components/enter-choice.tsx";
import { RoomRoof } from "./components/room-roof.tsx";
import { formatsOf } from "./language.ts";
import { RoomView } from "./room-view.ts";
import { language } from "./texts/en.ts";
import { room as roomTexts } from "./texts/en-room.ts";

/** What is done to messages waits as it came for what reads it, which comes behind the room. */
const acts = ACTS.map((kind) => ({ kind, read: (body: Uint8Array) => ({ body }) }));

export const makeRoom: MakeRoom = (host, name, options) =>
  new ClientRoom(host, name, options, [...MESSAGES, ...(acts as unknown as RecordKind[])]);
export const makeView = (...args: ConstructorParameters<typeof RoomView>): RoomView => new RoomView(...args);
export const roomFormats = formatsOf(language);
export { takeTurn } from "./turns.ts";
export { Conversation, chosenEnter, RoomRoof, roomTexts };
