/**
 * What a connection asks of moves: a phrase for its own identity, what a phrase stands for, and another token of its own.
 * Nobody becomes anybody by that: whoever was given a token says hello with it. Invariant: what is refused of a phrase is
 * refused alike, whether there never was such a one, or it is used, given up or too old.
 */
import type { PersonHere } from "../room/people.ts";
import { WireError } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type MoveFrame, ServerKind } from "../wire/frames.ts";
import { type Moved, MoveWords, readMoveIn, readMoveOut, writeMoved, writeMoving } from "../wire/moving.ts";
import type { Connection } from "./seat.ts";

/** @throws WireError */
export function move(session: Connection, person: PersonHere, frame: MoveFrame): void {
  if (frame.kind === ClientKind.moveOut) moveOut(session, person, frame);
  else if (frame.kind === ClientKind.moveIn) moveIn(session, frame);
  else renew(session, person, frame);
}

function moveOut(session: Connection, { author, name }: PersonHere, { request, body }: MoveFrame): void {
  const { moves } = session.house;
  const { words, baggage } = readMoveOut(body);
  let answer = { expiresAt: 0, phrase: "" };
  if (words === MoveWords.none) moves.giveUp(author);
  else {
    const begun = moves.begin(author, name, baggage, words);
    if (typeof begun === "number") {
      session.refuse(ClientKind.moveOut, request, Refusal.tooFast, { retryAfterMs: begun });
      return;
    }
    answer = begun;
  }
  session.send(encodeServerFrame({ kind: ServerKind.moving, request, told: writeMoving(answer) }));
}

function moveIn(session: Connection, { request, body }: MoveFrame): void {
  const { moves, rooms } = session.house;
  const { phrase, attempt } = readMoveIn(body);
  const taken = moves.take(phrase, attempt);
  if (!taken) {
    session.refuse(ClientKind.moveIn, request, Refusal.badPhrase);
    return;
  }
  const { author, baggage } = taken;
  // Who moves may have another name since.
  const name = rooms.people.get(author)?.name ?? taken.name;
  session.wait(async () => answer(session, request, { author, token: await taken.token, name, baggage }));
}

function renew(session: Connection, { author, name }: PersonHere, { request, body }: MoveFrame): void {
  const { moves, identities } = session.house;
  if (body.length > 0) throw new WireError("frame has bytes left over");
  // Whoever had the token may have asked for a phrase.
  moves.forget(author);
  const baggage = new Uint8Array(0);
  session.wait(async () => {
    answer(session, request, { author, token: await identities.give(author), name, baggage });
  });
}

function answer(session: Connection, request: number, moved: Moved): void {
  session.send(encodeServerFrame({ kind: ServerKind.moved, request, told: writeMoved(moved) }));
}
