/**
 * What a connection asks of moves: a phrase for its own identity, what a phrase stands for, and another token of its own.
 * Nobody becomes anybody by that: whoever was given a token says hello with it. Invariant: what is refused of a phrase is
 * refused alike, whether there never was such a one, or it is used, given up or too old.
 */
import type { PersonHere } from "../room/people.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import {
  ClientKind,
  type MoveInFrame,
  type MoveOutFrame,
  MoveWords,
  type RenewFrame,
  ServerKind,
} from "../wire/frames.ts";
import type { Connection } from "./seat.ts";

export function moveOut(session: Connection, person: PersonHere, frame: MoveOutFrame): void {
  const { moves } = session.house;
  const { request, words, baggage } = frame;
  if (words === MoveWords.none) {
    moves.giveUp(person.author);
    session.send(encodeServerFrame({ kind: ServerKind.moving, request, expiresAt: 0, phrase: "" }));
    return;
  }
  const move = moves.begin(person.author, person.name, baggage, words);
  if (typeof move === "number") {
    session.refuse(ClientKind.moveOut, request, Refusal.tooFast, { retryAfterMs: move });
    return;
  }
  const { expiresAt, phrase } = move;
  session.send(encodeServerFrame({ kind: ServerKind.moving, request, expiresAt, phrase }));
}

export function moveIn(session: Connection, { request, phrase, attempt }: MoveInFrame): void {
  const { moves, rooms } = session.house;
  const move = moves.take(phrase, attempt);
  if (!move) {
    session.refuse(ClientKind.moveIn, request, Refusal.badPhrase);
    return;
  }
  const { author, baggage } = move;
  // Who moves may have another name since.
  const name = rooms.people.get(author)?.name ?? move.name;
  session.wait(async () => {
    const token = await move.token;
    session.send(encodeServerFrame({ kind: ServerKind.moved, request, author, token, name, baggage }));
  });
}

export function renew(session: Connection, { author, name }: PersonHere, { request }: RenewFrame): void {
  const { moves, identities } = session.house;
  // Whoever had the token may have asked for a phrase.
  moves.forget(author);
  const baggage = new Uint8Array(0);
  session.wait(async () => {
    const token = await identities.give(author);
    session.send(encodeServerFrame({ kind: ServerKind.moved, request, author, token, name, baggage }));
  });
}
