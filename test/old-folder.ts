/**
 * A second writer of data folders of format 1, made from the layouts as they were and sharing no code with src/log:
 * what the program of then left behind after a clean stop.
 */
import { createHmac } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import type { AppendBlock } from "../src/log/log.ts";
import { counted, fixed, hex, slowCrc32, utf8, varint } from "./independent-numbers.ts";

export interface OldRoom {
  room: number;
  name: string;
  createdAt: number;
  /** First number that is kept. */
  first: number;
  blocks: AppendBlock[];
  snapshot?: { seq: number; bytes: number[] };
}

export interface OldFolder {
  epoch: string;
  secret: Uint8Array;
  /** Number of the last write. */
  write: number;
  commits: number;
  records: number;
  nextAuthor: number;
  rooms: OldRoom[];
}

const letter = (text: string) => text.charCodeAt(0);

export async function writeOldFolder(path: string, folder: OldFolder): Promise<void> {
  mkdirSync(join(path, "log"), { recursive: true, mode: 0o700 });
  writeFileSync(join(path, "format"), "madang 1\n");
  const { epoch, secret, write, commits, records, nextAuthor, rooms } = folder;
  // Two slots, 512 bytes apart, of the last two writes.
  const slot = (number: number) => {
    const body = [...hex(epoch), ...fixed(number, 6), ...fixed(nextAuthor, 6)];
    return [...fixed(slowCrc32(body), 4), ...body];
  };
  const witness = new Uint8Array(512 + 24);
  witness.set(slot(write), (write % 2) * 512);
  witness.set(slot(write - 1), ((write + 1) % 2) * 512);
  writeFileSync(join(path, "witness"), witness);
  const db = new ClassicLevel<Uint8Array, Uint8Array>(join(path, "log"), {
    keyEncoding: "view",
    valueEncoding: "view",
  });
  const put = (key: number[], value: number[]) => db.put(Uint8Array.from(key), Uint8Array.from(value));
  /** An entry, with the checksum over its key and itself before it. */
  const putSealed = (key: number[], body: number[]) =>
    put(key, [...fixed(slowCrc32([...key, ...body]), 4), ...body]);
  await putSealed([letter("l")], [...hex(epoch), ...secret, 1]);
  await putSealed(
    [letter("c"), ...fixed(write, 6)],
    [commits, rooms.length, records, nextAuthor].flatMap((number) => fixed(number, 6)),
  );
  for (const { room, name, createdAt, first, blocks, snapshot } of rooms) {
    const number = fixed(room, 4);
    const last = blocks.at(-1);
    const head = last ? last.seq + last.count - 1 : first - 1;
    await putSealed([letter("m"), ...number], [...fixed(createdAt, 6), ...counted(utf8(name))]);
    await putSealed([letter("h"), ...number], [...fixed(first, 6), ...fixed(head, 6)]);
    if (snapshot) await putSealed([letter("s"), ...number], [...fixed(snapshot.seq, 6), ...snapshot.bytes]);
    for (const { seq, count, bytes } of blocks)
      await put([letter("b"), ...number, ...fixed(seq, 6), ...fixed(count, 4)], [...bytes]);
  }
  await db.close();
}

/** A token as it was given then: it names no generation. */
export function oldToken(secret: Uint8Array, author: number): Uint8Array {
  const head = [1, ...varint(author)];
  const mac = createHmac("sha256", secret).update(Uint8Array.from(head)).digest();
  return Uint8Array.from([...head, ...mac.subarray(0, 16)]);
}
