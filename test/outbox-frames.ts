/** What the server answers to sends, and what the storage holds of them, for tests of the outbox. */
import { MemoryStorage } from "../src/client/memory-storage.ts";
import type { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { block, type Environment, makeEnvironment, ROOM } from "./fake-client-environment.ts";

export type Sockets = Pick<Environment, "socket">;

export function refuse(e: Sockets, nonce: number, code: Refusal, retryAfterMs = 0): void {
  e.socket.give({
    kind: ServerKind.refused,
    refused: ClientKind.send,
    request: nonce,
    room: ROOM,
    code,
    retryAfterMs,
    suggestion: "",
  });
}

export const ack = (e: Sockets, nonce: number, seq: number) =>
  e.socket.give({ kind: ServerKind.ack, room: ROOM, nonce, seq });

/** The own record with this nonce, as number `seq`. */
export const mine = (seq: number, nonce: number, text: string, author = 1) =>
  block(seq, [[nonce, text, author, "Otter"]]);

/** A second client on the same storage. */
export const tab = (e: Environment) => makeEnvironment(new MemoryStorage(e.storage), e.clock);

export async function reconnect(
  e: Environment,
  fields: Parameters<Environment["entered"]>[0] = {},
): Promise<void> {
  if (e.client.state === "ready") e.socket.end();
  await e.clock.advance(250);
  await e.welcome();
  await e.entered(fields);
}

/** What the storage holds under this author's number. */
export const inStorage = async (e: Environment, author = 1, room = "lobby") =>
  (await e.storage.outbox(room))
    .filter((entry) => entry.author === author)
    .map((entry) => `${entry.nonce} ${entry.text}`);
