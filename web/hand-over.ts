/**
 * What happens when the database answers after the page went on without it: the page becomes who this browser was
 * before, and what waits in either outbox waits in the database's. Loaded only then.
 * Invariant: no message is sent under two authors. So it waits until every message that went out is answered, and
 * what it cannot wait for (a room was left meanwhile) is given back to its writer, who decides.
 */
import type { ClientStorage, OutboxEntry } from "../src/client/contract.ts";
import { claimIdentity } from "../src/client/identity.ts";
import { Refusal } from "../src/wire/codes.ts";
import type { Database } from "./database.ts";
import type { LateStorage } from "./late-storage.ts";
import { BrowserStorage } from "./storage.ts";
import type { Store } from "./store.ts";

const LOOK_AGAIN_MS = 200;

interface Client {
  readonly rooms: ReadonlyMap<string, { readonly pending: readonly OutboxEntry[] }>;
  start(): void;
  stop(): void;
}

/** No message is on its way: who one is may change without one of them being sent twice. */
function isSettled({ rooms }: Client): boolean {
  const isAnswered = ({ nonce, refused }: OutboxEntry) => nonce === 0 || refused !== null;
  return [...rooms.values()].every(({ pending }) => pending.every(isAnswered));
}

/** The database of `store` answers, which went on with `early` in its place. */
export async function useLate(
  database: Database,
  client: Client,
  late: LateStorage,
  early: ClientStorage,
  store: Pick<Store, "memoryOnly" | "recall">,
): Promise<void> {
  await handOver(client, late, early, new BrowserStorage(database));
  store.memoryOnly = false;
  await store.recall();
}

/** @param early what stood in for `real` until now */
export async function handOver(
  client: Client,
  late: LateStorage,
  early: ClientStorage,
  real: ClientStorage,
): Promise<void> {
  while (!isSettled(client)) await pause(LOOK_AGAIN_MS);
  client.stop();
  late.become(real);
  try {
    // What was put last is in the early one by then.
    await pause(0);
    const given = await early.identity();
    const kept = given && (await claimIdentity(real, null, given));
    for (const room of await early.outboxRooms()) {
      for (const entry of await early.outbox(room)) {
        const untold = entry.nonce > 0 && !entry.refused && kept?.author !== entry.author;
        await real.putEntry(untold ? { ...entry, refused: { code: Refusal.cannotTell } } : entry);
      }
    }
  } finally {
    client.start();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms));
}
