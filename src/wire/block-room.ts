/**
 * Just enough of a block to know whom it is for; block.ts has the rest. Apart from it so that whoever only passes
 * blocks on need not load what reads them.
 */
import { Reader, WireError } from "./bytes.ts";

/** First byte of a block. */
export const BLOCK = 0x42;

/** The room of a block of which nothing else is looked at. @throws WireError */
export function roomOfBlock(block: Uint8Array): number {
  const r = new Reader(block);
  if (r.u8() !== BLOCK) throw new WireError("not a block");
  r.skip(1 + 4);
  return r.varint();
}
