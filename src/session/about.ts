/**
 * What somebody in a room asks about one of its messages: who put which signs on it, and how it read before it was
 * edited. Told to whoever is in the room when it is told, and of what is there then. Invariant: one answer is bounded in
 * people, bytes and reads, and one at a time is made for a connection.
 */
import type { Room } from "../room/room.ts";
import { type Version, writeEdited, writeReacted } from "../wire/about.ts";
import { encodeText } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type EditsFrame, ServerKind, type WhoFrame } from "../wire/frames.ts";
import { kindOf } from "../wire/records/registry.ts";
import { signOf } from "./became.ts";
import type { Connection } from "./seat.ts";
import { StoredTexts } from "./stored-texts.ts";

/** People told of at one sign: those who put it first. */
export const MOST_PEOPLE = 100;
/** Of versions; older ones are left out, and the newest one that is there is told in any case. */
export const MOST_VERSION_BYTES = 64 * 1024;
const MOST_READS = 50;

/** The bytes of the answer, or what is against it. */
type Answer = (room: Room) => Promise<Uint8Array | Refusal>;

export const tellWho = (session: Connection, frame: WhoFrame): void =>
  tell(session, frame, async (room) => {
    const reader = session.person?.author ?? 0;
    const signs = room.projections.reactions.signsOn(frame.seq);
    const told = signs.map((sign) => signOf(room, sign, reader, MOST_PEOPLE));
    return writeReacted({ room: room.number, seq: frame.seq, signs: told });
  });

export const tellEdits = (session: Connection, frame: EditsFrame): void =>
  tell(session, frame, async (room) => {
    const { seq } = frame;
    const numbers = [seq, ...room.projections.amendments.editNumbersOf(seq)];
    const texts = new StoredTexts(session, room);
    const versions: Version[] = [];
    let bytes = 0;
    let missing = 0;
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      const found = await texts.read(number);
      if (number === seq && found && kindOf(found.kind) && !kindOf(found.kind)?.isMessage)
        return Refusal.notAMessage;
      if (!found?.text) missing++;
      else versions.unshift({ number, time: found.time, text: found.text });
      bytes += encodeText(found?.text ?? "").length;
      if (bytes >= MOST_VERSION_BYTES || texts.reads >= MOST_READS) break;
    }
    return writeEdited({ room: room.number, seq, more: numbers.length, missing, versions });
  });

function tell(session: Connection, frame: WhoFrame | EditsFrame, answer: Answer): void {
  const { kind, request, seq } = frame;
  const refuse = (code: Refusal, retryAfterMs = 0) =>
    session.refuse(kind, request, code, { room: frame.room, retryAfterMs });
  const seat = session.seat(frame.room);
  if (!seat) {
    refuse(Refusal.notInRoom);
    return;
  }
  const { room } = seat;
  session.page(async () => {
    if (!session.person) return;
    const retryAfterMs = session.mayRead();
    if (retryAfterMs > 0) {
      refuse(Refusal.tooFast, retryAfterMs);
      return;
    }
    const told = refusalOf(session, room, seq) ?? (await answer(room));
    // Whoever waits long may be out of the room by then, and what is told may be gone.
    const code = typeof told === "number" ? told : refusalOf(session, room, seq);
    if (code !== null) refuse(code);
    else {
      const kind = frame.kind === ClientKind.who ? ServerKind.reacted : ServerKind.edited;
      const bytes = encodeServerFrame({ kind, request, told: told as Uint8Array });
      session.owe("byte", bytes.length);
      session.send(bytes);
    }
  });
}

/** Null: it may be told. */
function refusalOf(session: Connection, room: Room, seq: number): Refusal | null {
  if (session.seat(room.number) === undefined) return Refusal.notInRoom;
  if (seq === 0 || seq > room.head) return Refusal.noSuchMessage;
  if (seq < room.first) return Refusal.notKept;
  return room.projections.amendments.isRemoved(seq) ? Refusal.removed : null;
}
