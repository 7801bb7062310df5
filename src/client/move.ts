/**
 * Asks for what moves an identity: a phrase to be said elsewhere, what a phrase stands for, another token of one's own.
 * Nobody is anybody else by that: whoever was given an identity saves it and says hello with it, and only then the token
 * before it ends. Invariant: asked again over a new connection, one gets what was lost with the one before.
 */
import { encodeText } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { ClientKind, type MovedFrame, type MoveFrame } from "../wire/frames.ts";
import {
  type Moved,
  MoveWords,
  type Moving,
  readMoved,
  readMoving,
  writeMoveIn,
  writeMoveOut,
} from "../wire/moving.ts";
import type { Asked } from "./client-core.ts";
import { RefusedError } from "./refused-error.ts";

const MOST_PHRASE_BYTES = 255;
const ATTEMPT_BYTES = 16;
const NOTHING = new Uint8Array(0);

/** Who asks, on each connection until it is answered. */
interface Asker {
  askWhenReady(asked: Asked): void;
}

/** A phrase by which this identity can be taken over elsewhere; it replaces an earlier one. @throws RefusedError */
export async function moveOut(client: Asker, words: MoveWords, baggage: Uint8Array): Promise<Moving> {
  return readMoving(await ask(client, ClientKind.moveOut, writeMoveOut({ words, baggage })));
}

/** The phrase is worth nothing any more. */
export async function giveUpMove(client: Asker): Promise<void> {
  await moveOut(client, MoveWords.none, NOTHING);
}

/** The same for each time that one says one phrase: whoever else says it after the first gets nothing. */
export const newAttempt = (): Uint8Array => crypto.getRandomValues(new Uint8Array(ATTEMPT_BYTES));

/** What a phrase stands for. @throws RefusedError */
export async function moveIn(client: Asker, phrase: string, attempt: Uint8Array): Promise<Moved> {
  const said = phrase.normalize("NFC").trim();
  if (encodeText(said).length > MOST_PHRASE_BYTES) throw new RefusedError({ code: Refusal.badPhrase });
  return readMoved(await ask(client, ClientKind.moveIn, writeMoveIn({ attempt, phrase: said })));
}

/** Another token of this identity. @throws RefusedError */
export async function renew(client: Asker): Promise<Moved> {
  return readMoved(await ask(client, ClientKind.renew, NOTHING));
}

function ask(client: Asker, kind: MoveFrame["kind"], body: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    client.askWhenReady({
      build: (request) => ({ kind, request, body }),
      resolve: (frame) => resolve((frame as MovedFrame).told.slice()),
      reject,
    });
  });
}
