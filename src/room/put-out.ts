/**
 * Who is put out of a room by what is stored in it, and how that is said to them. It decides nothing and puts nobody out.
 */
import { BlockReader, fullNameOf } from "../wire/block.ts";
import { decodeText } from "../wire/bytes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { type PutOutFrame, ServerKind } from "../wire/frames.ts";
import { Sanction, type SanctionBody, sanction } from "../wire/records/sanction.ts";

/** A kick or a ban, and the name of who said it. */
export interface PutOut extends SanctionBody {
  what: PutOutFrame["what"];
  name: string;
}

/** Those that a block puts out, in order. */
export function putOutBy(block: Uint8Array): PutOut[] {
  const puts: PutOut[] = [];
  const r = new BlockReader(block);
  while (r.next()) {
    if (r.kind !== sanction.kind) continue;
    const { what, ...said } = sanction.read(r.body);
    if (what === Sanction.kick || what === Sanction.ban)
      puts.push({ ...said, what, name: decodeText(fullNameOf(r)) });
  }
  return puts;
}

export function putOutFrame(room: number, { what, until, name, text }: PutOut): Uint8Array {
  return encodeServerFrame({ kind: ServerKind.putOut, room, what, until, by: name, reason: text });
}
