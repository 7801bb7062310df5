/**
 * Who is put out of a room by what is stored in it, and how that is said to them. It decides nothing and puts nobody out.
 */
import { BlockReader, decodeBlock } from "../wire/block.ts";
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
  const r = new BlockReader(block);
  let isAny = false;
  while (r.next()) if (r.kind === sanction.kind) isAny = true;
  if (!isAny) return [];
  const puts = decodeBlock(block).acts as unknown as (PutOut & { kind: number })[];
  return puts.filter(
    ({ kind, what }) => kind === sanction.kind && (what === Sanction.kick || what === Sanction.ban),
  );
}

export function putOutFrame(room: number, { what, until, name, text }: PutOut): Uint8Array {
  return encodeServerFrame({ kind: ServerKind.putOut, room, what, until, by: name, reason: text });
}
