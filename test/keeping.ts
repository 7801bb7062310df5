/** What the tests of backups share: an operator who remembers what was said, and a log with all that a room can hold. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interrupted, type Operator } from "../src/keep/operator.ts";
import type { FolderLog } from "../src/log/level/level-log.ts";
import { Projections } from "../src/room/projections.ts";
import { RoomFlag } from "../src/room/room-flags.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { founding } from "../src/wire/records/founding.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { timeOf } from "./log-blocks.ts";

export class Listener implements Operator {
  readonly said: string[] = [];
  readonly shown: string[] = [];
  output = "";
  signal = new AbortController().signal;

  /** One who interrupts at the nth step. */
  static interrupting(at: number): Listener {
    const listener = new Listener();
    let steps = 0;
    const throwIfAborted = () => {
      if (++steps >= at) throw new Interrupted();
    };
    listener.signal = { throwIfAborted, addEventListener: () => undefined } as unknown as AbortSignal;
    return listener;
  }

  say(line: string): void {
    this.said.push(line);
  }

  aside(line: string): void {
    this.say(line);
  }

  async write(text: string): Promise<void> {
    this.output += text;
  }

  progress(line: string): void {
    this.shown.push(line);
  }
}

/** A place for files, gone with its scope. */
export class Place implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "madang-keep-"));

  in(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

type Said = [author: number, name: string, kind: RecordKind, body: object];

/** One block of a room. */
export function blockOf(room: number, seq: number, ...said: Said[]) {
  const writer = new BlockWriter();
  for (const [i, [author, name, kind, body]] of said.entries()) {
    const at = seq + i;
    writer.record(kind.kind, author, at, timeOf(at), encodeText(name), kind.write(body as never));
  }
  const bytes = writer.seal(room, seq);
  return { room, seq, count: said.length, time: timeOf(seq), bytes };
}

export const [ADA, BO, CY] = [11, 12, 13];
const { text, reply, edit, removal, reaction, action, role, topic, pin, settings, sanction, takedown } =
  kinds;

/** A room that belongs to somebody, in which something of each kind happened. */
export const owned: Said[][] = [
  [
    [ADA, "Ada", founding, { unlisted: false }],
    [ADA, "Ada", text, { text: "first <b>words</b>" }],
    [BO, "Bo", reply, { to: 2, text: "and mine" }],
    [CY, "수달", action, { text: "waves" }],
  ],
  [
    [BO, "Bo", edit, { to: 3, text: "and mine, better" }],
    [ADA, "Ada", reaction, { to: 3, on: true, text: "👍" }],
    [CY, "수달", reaction, { to: 3, on: true, text: "👍" }],
    [CY, "수달", text, { text: "said too much" }],
    [CY, "수달", removal, { to: 8 }],
  ],
  [
    [ADA, "Ada", role, { who: BO, role: Role.moderator }],
    [ADA, "Ada", topic, { text: "of otters" }],
    [BO, "Bo", pin, { to: 2, on: true }],
    [ADA, "Ada", settings, { ...DEFAULT_SETTINGS, title: "Yard" }],
    [BO, "Bo", sanction, { who: CY, what: Sanction.mute, until: 0, text: "loud" }],
    [CY, "수달", text, { text: "taken down" }],
    [BO, "Bo", takedown, { to: 15, text: "not here" }],
  ],
];

/** Of the blocks up to number n what a room that belongs to somebody knows. */
export function snapshotOf(blocks: readonly Uint8Array[]): Uint8Array {
  const projections = new Projections(undefined, true);
  for (const block of blocks) projections.apply(block);
  return projections.encode().slice();
}

/** Puts that room into a log, with a snapshot as of the end of its second block. */
export async function fillOwned(log: FolderLog, room: number, name: string): Promise<void> {
  let seq = 1;
  const blocks = owned.map((said) => {
    const block = blockOf(room, seq, ...said);
    seq += said.length;
    return block;
  });
  const rooms = [{ room, name, createdAt: 1_700_000_000_000, flags: RoomFlag.owned }];
  await log.append({ blocks: blocks.slice(0, 2), rooms, snapshots: [] });
  const bytes = snapshotOf(blocks.slice(0, 2).map((block) => block.bytes));
  await log.append({ blocks: blocks.slice(2), rooms: [], snapshots: [{ room, seq: 9, bytes }] });
}
