import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { machineClock } from "../bench/clock.ts";
import { freePort } from "../bench/free-port.ts";
import { Client } from "../src/client/client.ts";
import type { ClientRoom } from "../src/client/client-room.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { Language } from "../src/wire/frames.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const CLIENTS = 50;
const ROOMS = ["마당", "one", "two", "three", "four"];
const MESSAGES_EACH = 30;

/** What one client saw in one room, in the order in which it was told. */
interface View {
  room: ClientRoom;
  records: TextRecord[];
  complaints: string[];
}

interface Talker extends Disposable {
  client: Client;
  views: View[];
  errors: Error[];
}

function makeTalker(url: string, name: string): Talker {
  const errors: Error[] = [];
  const client = new Client({
    url,
    open: (address, protocol) => new WebSocket(address, protocol, { perMessageDeflate: false }),
    clock: machineClock,
    random: Math.random,
    storage: new MemoryStorage(),
    language: Language.en,
    listener: { failed: (error) => errors.push(error) },
  });
  const views = ROOMS.map((room) => {
    const records: TextRecord[] = [];
    const complaints: string[] = [];
    const listener = {
      appended: (more: TextRecord[]) => void records.push(...more),
      reset: () => void complaints.push("reset"),
      gap: (from: number, to: number) => void complaints.push(`gap ${from} ${to}`),
    };
    return { room: client.enter(room, { history: 500, anyName: true, listener }), records, complaints };
  });
  client.start();
  void client.rename(name).catch((error: Error) => errors.push(error));
  return { client, views, errors, [Symbol.dispose]: () => client.stop() };
}

/** Looks every few milliseconds, for a bounded time. */
async function until(done: () => boolean, what: () => string, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!done()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what()}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

test("fifty people in five rooms see the same, in order, once, across a server that is killed", {
  timeout: 60_000,
}, async () => {
  using folder = makeFolder();
  const args = ["--data", folder.path, "--no-budgets"];
  args.push("--port", String(await freePort()));
  const first = await ServerProcess.start(args);
  const { socketUrl } = first;
  const talkers = Array.from({ length: CLIENTS }, (_, i) => makeTalker(socketUrl, `guest ${i}`));
  try {
    let said = 0;
    const sayAll = async (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        for (const [who, { views }] of talkers.entries()) {
          const where = (who + n) % ROOMS.length;
          views[where]!.room.send(`${who}/${n}`);
          said++;
        }
        await new Promise((next) => setTimeout(next, 10));
      }
    };
    const received = (talker: Talker) => talker.views.reduce((sum, { records }) => sum + records.length, 0);

    await sayAll(0, MESSAGES_EACH / 3);
    await until(
      () => talkers.every((talker) => received(talker) > said / 3),
      () => "some messages",
      15_000,
    );
    // In the middle of it all: what is on its way is on its way.
    const saying = sayAll(MESSAGES_EACH / 3, (MESSAGES_EACH * 2) / 3);
    await new Promise((next) => setTimeout(next, 30));
    const before = talkers.map(({ views }) => views.map(({ records }) => records.length));
    await first.kill("SIGKILL");
    await saying;
    await using _second = await ServerProcess.start(args);
    await sayAll((MESSAGES_EACH * 2) / 3, MESSAGES_EACH);
    expect(said).toBe(CLIENTS * MESSAGES_EACH);
    await until(
      () => talkers.every((talker) => received(talker) >= said),
      () => `everything; ${talkers.map(received).join(" ")} of ${said}`,
      30_000,
    );

    const texts: string[] = [];
    for (const [r] of ROOMS.entries()) {
      const reference = talkers[0]!.views[r]!.records;
      expect(reference.map(({ seq }) => seq)).toEqual(reference.map((_, i) => i + 1));
      texts.push(...reference.map(({ text }) => text));
      for (const [who, { views }] of talkers.entries()) {
        const { records, complaints, room } = views[r]!;
        expect(complaints).toEqual([]);
        const same =
          records.length === reference.length &&
          records.every((record, i) => sameRecord(record, reference[i]!));
        expect(same, `guest ${who} in ${ROOMS[r]}`).toBe(true);
        // What somebody wrote in a room is there in the order of writing.
        const own = records
          .map(({ text }) => text.split("/").map(Number))
          .filter(([author]) => author === who);
        expect(own.map(([, n]) => n)).toEqual([...own.map(([, n]) => n!)].sort((a, b) => a - b));
        expect(room.pending).toEqual([]);
        expect(records.length).toBeGreaterThanOrEqual(before[who]![r]!);
      }
    }
    expect(new Set(texts).size).toBe(said);
    expect(texts.length).toBe(said);
    for (const { errors } of talkers) expect(errors).toEqual([]);
  } finally {
    for (const talker of talkers) talker[Symbol.dispose]();
    await first.kill("SIGKILL");
  }
});

function sameRecord(a: TextRecord, b: TextRecord): boolean {
  return (
    a.seq === b.seq && a.author === b.author && a.nonce === b.nonce && a.time === b.time && a.text === b.text
  );
}
