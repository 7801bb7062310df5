/**
 * Something that is known of a room because of its records, and for no other reason: whoever applies the same records
 * in their order knows the same. It is derived state, kept in a room's snapshot so that not all records have to be
 * read again. Types only.
 */
import type { BlockReader } from "../wire/block.ts";

export interface Projection {
  /** Its number in a snapshot, which keeps its meaning. */
  readonly id: number;
  /** About what it takes in memory. */
  readonly bytes: number;
  /** Entries: of more of them a snapshot is made less often. */
  readonly size: number;
  /** Takes the record at which the reader stands; it is stored. Numbers rise. */
  apply(record: BlockReader): void;
  /** What stood under these numbers cannot be known any more. Ranges come in ascending order. */
  lose(from: number, to: number): void;
  /** Nothing below this number is kept any more. */
  trimmed?(first: number): void;
  /** All that is known, beginning with a version. Valid until the projection changes. */
  encode(): Uint8Array;
  /** Takes over what `encode` gave, on a projection that knows nothing. @throws WireError also for another version */
  decode(bytes: Uint8Array): void;
}
