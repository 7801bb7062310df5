/** The second writer of records and blocks, from PROTOCOL.md and without any code of src/wire. */
import { counted, fixed, type Str, slowCrc32, utf8, varint } from "./independent-numbers.ts";

export interface PlainRecord {
  kind?: number;
  author: number;
  nonce: number;
  delta: number;
  /** Written as it stands: empty refers to the record before. */
  name?: Str;
  /** Only in a kind that has it. */
  to?: number;
  on?: boolean;
  who?: number;
  role?: number;
  what?: number;
  address?: boolean;
  until?: number;
  since?: number;
  unlisted?: boolean;
  slowSeconds?: number;
  speakers?: number;
  locked?: boolean;
  keepHours?: number;
  title?: Str;
  room?: Str;
  front?: number;
  act?: number;
  by?: number;
  at?: number;
  person?: number;
  personName?: Str;
  said?: Uint8Array;
  excerpt?: Str;
  text?: Str;
  /** What follows delta in a record that has no name. */
  body?: number[];
}

export interface PlainBlock {
  room: number;
  seq: number;
  time: number;
  records: PlainRecord[];
  flags?: number;
  /** To state another count than there are records. */
  count?: number;
}

export function writeRecord(record: PlainRecord): number[] {
  const inner = [...varint(record.author), ...varint(record.nonce), ...varint(record.delta)];
  if (record.body) inner.push(...record.body);
  else {
    inner.push(...counted(utf8(record.name ?? "")));
    if (record.to !== undefined) inner.push(...varint(record.to));
    if (record.on !== undefined) inner.push(record.on ? 1 : 0);
    if (record.who !== undefined) inner.push(...varint(record.who));
    if (record.role !== undefined) inner.push(record.role);
    if (record.what !== undefined) inner.push(record.what + (record.address ? 128 : 0));
    if (record.until !== undefined) inner.push(...varint(record.until));
    if (record.since !== undefined) inner.push(...varint(record.since));
    if (record.unlisted !== undefined) inner.push(record.unlisted ? 1 : 0);
    if (record.slowSeconds !== undefined) inner.push(1, ...counted(varint(record.slowSeconds)));
    if (record.speakers !== undefined) inner.push(2, 1, record.speakers);
    if (record.locked !== undefined) inner.push(3, 1, record.locked ? 1 : 0);
    if (record.title !== undefined) inner.push(4, ...counted(utf8(record.title)));
    if (record.keepHours !== undefined) inner.push(5, ...counted(varint(record.keepHours)));
    if (record.room !== undefined) inner.push(0, ...counted(utf8(record.room)));
    if (record.front !== undefined) inner.push(...varint(record.front));
    if (record.act !== undefined) inner.push(record.act);
    if (record.by !== undefined) inner.push(...varint(record.by));
    if (record.at !== undefined) inner.push(...fixed(record.at, 6));
    if (record.person !== undefined) inner.push(...varint(record.person));
    if (record.personName !== undefined) inner.push(...counted(utf8(record.personName)));
    if (record.said !== undefined) inner.push(...record.said);
    if (record.excerpt !== undefined) {
      const excerpt = utf8(record.excerpt);
      inner.push(...varint(excerpt.length), ...excerpt);
    }
    inner.push(...utf8(record.text ?? ""));
  }
  return [record.kind ?? 1, ...varint(inner.length), ...inner];
}

export function writeBlock(block: PlainBlock): Uint8Array {
  const rest = [
    ...varint(block.room),
    ...varint(block.seq),
    ...fixed(block.time, 6),
    ...varint(block.count ?? block.records.length),
    ...block.records.flatMap(writeRecord),
  ];
  return sealPlain([0x42, 0x10 + (block.flags ?? 0)], rest);
}

/** Puts the right checksum between the two. */
export function sealPlain(start: number[], rest: number[]): Uint8Array {
  return Uint8Array.from([...start, ...fixed(slowCrc32([...start, ...rest]), 4), ...rest]);
}
