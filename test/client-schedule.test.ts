/**
 * Random schedules against the model server: whatever breaks, everybody ends with exactly the log, and everything
 * written is in it once, in its writer's order. A seed that fails is printed and replays.
 */
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { Client } from "../src/client/client.ts";
import type { ClientRoom } from "../src/client/client-room.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { Language } from "../src/wire/frames.ts";
import { FakeClock, settle } from "./fake-client-environment.ts";
import { ModelServer } from "./model-server.ts";
import type { Wire } from "./model-wire.ts";
import { countRed } from "./reds.ts";
import { SlowStorage } from "./slow-storage.ts";

interface Tab {
  client: Client;
  room: ClientRoom;
  records: TextRecord[];
  wires: Wire[];
  storage: MemoryStorage;
  name: string;
  errors: Error[];
}

interface Outcome {
  log: string[];
  /** Of each writer the texts in the order of writing. */
  written: Map<string, string[]>;
  tabs: Tab[];
  counts: ModelServer["counts"];
}

async function run(seed: number, steps: number, dedupe: boolean, slow = false): Promise<Outcome> {
  const random = new Random(seed).next;
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const clock = new FakeClock();
  const server = new ModelServer({ dedupe, random });
  const written = new Map<string, string[]>();
  let made = 0;

  const open = (storage: MemoryStorage): Tab => {
    const tab = { records: [], wires: [], storage, name: `w${++made}`, errors: [] } as unknown as Tab;
    tab.client = new Client({
      url: "",
      open: () => {
        const wire = server.connect();
        tab.wires.push(wire);
        return wire;
      },
      clock,
      random,
      storage,
      language: Language.en,
      listener: { failed: (error) => tab.errors.push(error) },
    });
    tab.room = tab.client.enter("lobby", {
      history: 1_000_000,
      listener: {
        appended: (records) => tab.records.push(...records),
        reset: () => {
          tab.records = [];
        },
      },
    });
    written.set(tab.name, []);
    tab.client.start();
    return tab;
  };

  // One person with two tabs, two persons with one each.
  const store = (other?: MemoryStorage) =>
    slow ? new SlowStorage(random, other as SlowStorage | undefined) : new MemoryStorage(other);
  const shared = store();
  const tabs = [shared, store(shared), store(), store()].map(open);

  const act = async () => {
    const dice = random();
    const tab = pick(tabs)!;
    const wire = pick(server.wires);
    if (dice < 0.12) {
      const texts = written.get(tab.name)!;
      const text = `${tab.name}-${texts.length}`;
      texts.push(text);
      tab.room.send(text);
    } else if (dice < 0.8) {
      for (let n = Math.floor(random() * 12); wire && n > 0; n--) server.move(wire, random() < 0.5);
    } else if (dice < 0.9) server.flush();
    else if (dice < 0.975) await clock.advance(Math.floor(random() * 400));
    else if (dice < 0.989) wire?.break();
    else if (dice < 0.992) tab.client.probe();
    else if (dice < 0.997) {
      // The tab dies and is opened again; what it had sent may still arrive.
      tab.client.stop();
      tabs[tabs.indexOf(tab)] = open(store(tab.storage));
    } else server.restart();
  };

  for (let step = 0; step < steps; step++) {
    await act();
    if (random() < 0.7) await settle();
  }

  // Peace: nothing breaks any more, and everybody reconnects once, as a block lost at the very end shows only then.
  server.faults = false;
  for (const wire of [...server.wires]) wire.break();
  for (let round = 0, idle = 0; idle < 3; round++) {
    if (round > 2_000) throw new Error(`seed ${seed} does not come to rest`);
    const moved = server.moveAll();
    server.flush();
    await clock.advance(1_000);
    const done = tabs.every((tab) => tab.room.state === "live" && tab.room.pending.length === 0);
    idle = moved || !done ? 0 : idle + 1;
  }
  for (const tab of tabs) tab.client.stop();
  return { log: server.log.map((line) => line.text), written, tabs, counts: server.counts };
}

function check({ log, written, tabs }: Outcome): void {
  const sent = [...written.values()].flat();
  expect([...log].sort()).toEqual([...sent].sort());
  for (const [writer, texts] of written) {
    expect(log.filter((text) => text.startsWith(`${writer}-`))).toEqual(texts);
  }
  for (const tab of tabs) {
    expect(tab.records.map((record) => record.seq)).toEqual(log.map((_, i) => i + 1));
    expect(tab.records.map((record) => record.text)).toEqual(log);
    expect(tab.errors).toEqual([]);
  }
}

const seeds = process.env.MADANG_SEED
  ? [Number(process.env.MADANG_SEED)]
  : Array.from({ length: Number(process.env.MADANG_SEEDS ?? 100) }, (_, i) => 1_000 + i);

describe("random schedules", () => {
  test.each(seeds)("seed %i", async (seed) => {
    check(await run(seed, 1_000, true));
  });

  test.each(seeds)("with a storage that takes its time, seed %i", async (seed) => {
    check(await run(seed, 1_000, true, true));
  });

  test("they try what they are meant to try", async () => {
    const sum: Record<string, number> = {};
    for (const seed of [1, 2, 3, 4, 5]) {
      const { counts, log } = await run(seed, 1_000, true);
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
      expect(log.length).toBeGreaterThan(40);
    }
    for (const name of ["acks", "refusals", "lost", "doubled", "late", "pages"]) {
      expect(sum[name], name).toBeGreaterThan(5);
    }
  });

  test("control: a server that stores repeated sends again turns them red", async () => {
    const red = await countRed([1, 2, 3], (seed) => run(seed, 1_000, false), check);
    expect(red).toBe(3);
  });
});
