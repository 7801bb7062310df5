/**
 * What happens when an identity is found or given: all clients on one storage become the same person, and what was
 * written before goes out under its number. Invariants: of several clients that are given an identity at once, one
 * wins and the others take its; no entry stays behind under a number that nobody has any more.
 */
import type { ClientStorage, Identity } from "./contract.ts";

/**
 * @param shown what the server was shown, null for nothing
 * @param given what it gave
 * @param adopt called once with `given`, or with what another client on this storage was given before; from then on
 *   the caller writes under that number
 */
export function claimIdentity(
  storage: ClientStorage,
  shown: Identity | null,
  given: Identity,
  adopt: (identity: Identity) => void,
): Promise<void> {
  return storage.exclusive("identity", new AbortController().signal, async () => {
    const stored = await storage.identity();
    const winner = stored && stored.author !== shown?.author ? stored : given;
    const from = shown?.author ?? 0;
    // Entries first: if this ends half-way, the old identity is shown again and the rest is moved then.
    await moveEntries(storage, from, winner.author);
    if (winner === given) await storage.saveIdentity(given);
    adopt(winner);
    // What the caller wrote meanwhile.
    await moveEntries(storage, from, winner.author);
  });
}

/** Numbers given under the old author mean nothing under the new one. */
async function moveEntries(storage: ClientStorage, from: number, to: number): Promise<void> {
  for (const room of await storage.outboxRooms(from)) {
    for (const entry of await storage.outbox(from, room)) {
      await storage.putEntry({ ...entry, author: to, nonce: 0 });
    }
  }
}
