/**
 * A newcomer who reads every room from its first number to its last, straight from the server, and writes it down:
 * what the log holds, as anybody could get it.
 */
import { Client } from "../../src/client/client.ts";
import type { ClientRoom } from "../../src/client/client-room.ts";
import { RoomState } from "../../src/client/contract.ts";
import { MemoryStorage } from "../../src/client/memory-storage.ts";
import { BLOCK, type Block, decodeBlock } from "../../src/wire/block.ts";
import { Refusal } from "../../src/wire/codes.ts";
import { decodeServerFrame } from "../../src/wire/decode.ts";
import { Direction, Language, ServerKind } from "../../src/wire/frames.ts";
import { machineClock } from "../clock.ts";
import { becameEvent } from "./became-told.ts";
import { courtRow } from "./courtier.ts";
import { Journal, type Taken, taken } from "./journal.ts";
import { serve } from "./roles.ts";
import { RawSocket, type Tap } from "./socket.ts";
import { Told } from "./told.ts";

const PAGE = 500;

export function runReader(): void {
  serve({
    read: ({ port, folder, name, rooms, court }: ReadOrder) =>
      readAll(port, new Journal(folder, name), rooms, court),
  });
}

interface ReadOrder {
  port: number;
  folder: string;
  name: string;
  rooms: string[];
  /** A room that belongs to somebody, or empty. */
  court: string;
}

async function readAll(port: number, journal: Journal, rooms: string[], court: string): Promise<void> {
  const losses = new Losses();
  const client = new Client({
    url: `ws://127.0.0.1:${port}/ws`,
    open: (address, protocol) => new RawSocket(address, protocol, losses),
    clock: machineClock,
    random: Math.random,
    storage: new MemoryStorage(),
    language: Language.en,
    listener: { failed: ({ message }) => journal.note({ do: "failed", message }) },
  });
  client.start();
  for (const name of rooms) await readRoom(client, journal, name, losses);
  if (court) await readCourt(client, journal, court, losses);
  client.stop();
  await journal.close();
}

/** What is lost stands in the blocks; what cannot be read at all may be told in the middle of a feed. */
class Losses implements Tap {
  damaged = false;
  ranges: { from: number; to: number }[] = [];
  onDamage: () => void = () => undefined;
  /** Blocks as they came, while they are wanted. */
  blocks: Map<number, Block> | null = null;

  #take(bytes: Uint8Array): void {
    const block = decodeBlock(bytes);
    this.ranges.push(...block.lost);
    this.blocks?.set(block.seq, block);
  }

  incoming(bytes: Uint8Array): boolean {
    if (bytes[0] === BLOCK) this.#take(bytes);
    else if (bytes[0] === ServerKind.page) {
      const frame = decodeServerFrame(bytes);
      if (frame.kind !== ServerKind.page) return true;
      for (const block of frame.blocks) this.#take(block);
    } else if (bytes[0] === ServerKind.refused) {
      const frame = decodeServerFrame(bytes);
      if (frame.kind !== ServerKind.refused || frame.code !== Refusal.damaged) return true;
      this.damaged = true;
      this.onDamage();
    }
    return true;
  }

  outgoing(frame: Uint8Array): Uint8Array[] {
    return [frame];
  }
}

async function readRoom(client: Client, journal: Journal, name: string, losses: Losses): Promise<void> {
  losses.damaged = false;
  losses.ranges = [];
  let records: Taken[] = [];
  const told = new Told((more) => {
    records.push(...more);
  });
  const { promise, resolve } = withResolver();
  const room: ClientRoom = client.enter(name, {
    history: PAGE,
    anyName: true,
    listener: {
      appended: told.appended,
      acted: told.acted,
      state: (state) => {
        if (state === RoomState.live || state === RoomState.refused) resolve();
      },
    },
  });
  losses.onDamage = resolve;
  await promise;
  told.flush();
  let { oldest } = room;
  let more = room.state === RoomState.live && oldest > room.first;
  while (more) {
    const page = await room.page(Direction.before, oldest, PAGE).catch(() => null);
    const became = page && becameEvent(name, page);
    if (became) journal.note(became);
    if (page) records = [...taken(page.records, page.acts).filter(([seq]) => seq < oldest), ...records];
    more = page?.more ?? false;
    oldest = page?.from ?? oldest;
  }
  if (losses.damaged) journal.note({ do: "damaged", room: name });
  if (losses.ranges.length > 0) journal.note({ do: "lost", room: name, ranges: losses.ranges });
  const { epoch = "", seq = 0 } = room.position ?? {};
  journal.note({ do: "log", room: name, epoch, first: room.first, head: seq, records });
  room.leave();
}

/** All of a room that belongs to somebody: every record with all that it holds, and the blocks in which they stand. */
async function readCourt(client: Client, journal: Journal, name: string, losses: Losses): Promise<void> {
  const blocks = new Map<number, Block>();
  losses.blocks = blocks;
  const { promise, resolve } = withResolver();
  const state = (now: RoomState) => now === RoomState.live && resolve();
  const room = client.enter(name, { history: PAGE, anyName: true, listener: { state } });
  await promise;
  for (let { oldest } = room, more = oldest > room.first; more; ) {
    const page = await room.page(Direction.before, oldest, PAGE);
    more = page.more && page.from < oldest;
    oldest = page.from;
  }
  losses.blocks = null;
  const inOrder = [...blocks.values()].sort((a, b) => a.seq - b.seq);
  const rows = inOrder.flatMap(({ records, acts }) => [...records, ...acts].map(courtRow));
  journal.note({
    ...{ do: "court-log", room: name, head: room.position?.seq ?? 0 },
    rows: rows.sort((a, b) => a.seq - b.seq),
    blocks: inOrder.map(({ seq, count }) => ({ seq, count })),
  });
  room.leave();
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
