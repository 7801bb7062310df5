/**
 * What one person of an owned room is sent, as it comes off the wire and whatever the client makes of it: when it was let
 * in, which numbers came after that, and how the room was said to stand. Some of it is lost, as for everybody.
 */
import { BLOCK, readBlockHeader } from "../../src/wire/block.ts";
import { decodeServerFrame } from "../../src/wire/decode.ts";
import { ServerKind } from "../../src/wire/frames.ts";
import { decodeStanding } from "../../src/wire/standing.ts";
import type { Random } from "../random.ts";
import { courtStanding } from "./court-state.ts";
import type { Journal } from "./journal.ts";
import type { Tap } from "./socket.ts";
import type { Mischief } from "./wire-tap.ts";

export class CourtTap implements Tap {
  readonly #journal: Journal;
  readonly #around: { room: string; random: Random; mischief: Mischief };
  author = 0;
  /** Of the room, on the newest connection; 0: it was not entered there. */
  #number = 0;

  constructor(journal: Journal, around: { room: string; random: Random; mischief: Mischief }) {
    this.#journal = journal;
    this.#around = around;
  }

  incoming(bytes: Uint8Array): boolean {
    const { room, random, mischief } = this.#around;
    if (bytes[0] === BLOCK) {
      this.#got(bytes);
      return mischief.lose === 0 || !random.chance(mischief.lose);
    }
    const frame = decodeServerFrame(bytes);
    if (frame.kind === ServerKind.welcome) {
      this.#number = 0;
      if (frame.author !== this.author) this.#journal.note({ do: "court-me", room, author: frame.author });
      this.author = frame.author;
    } else if (frame.kind === ServerKind.entered && frame.name === room) {
      this.#number = frame.room;
      this.#journal.note({ do: "court-entered", room, head: frame.head, at: Date.now() });
    } else if (frame.kind === ServerKind.page) for (const block of frame.blocks) this.#got(block);
    else if (frame.kind === ServerKind.standing && frame.room === this.#number) {
      const told = courtStanding(decodeStanding(frame.parts));
      this.#journal.note({ do: "court-told", room, asOf: frame.asOf, at: Date.now(), told });
    }
    return true;
  }

  outgoing(frame: Uint8Array): Uint8Array[] {
    return [frame];
  }

  #got(block: Uint8Array): void {
    const { room: number, seq } = readBlockHeader(block);
    const { room } = this.#around;
    if (number === this.#number) this.#journal.note({ do: "court-got", room, from: seq });
  }
}
