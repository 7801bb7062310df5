/**
 * What happens when the server gives an identity other than the one that was shown to it, or the first one: all
 * clients on one storage become the same person, and what was written goes out under the new number.
 * Invariant: of several clients that are given an identity at once, one wins and the others take its.
 */
import type { ClientStorage, Identity } from "./contract.ts";

/** @returns `given`, or the identity that another client on this storage got before. */
export async function claimIdentity(
  storage: ClientStorage,
  shown: Identity | null,
  given: Identity,
): Promise<Identity> {
  let winner = given;
  await storage.exclusive("identity", new AbortController().signal, async () => {
    const stored = await storage.identity();
    if (stored && stored.author !== shown?.author) winner = stored;
    // Entries first: if this ends half-way, the old identity is shown again and the rest is moved then.
    await moveEntries(storage, shown?.author ?? 0, winner.author);
    if (winner === given) await storage.saveIdentity(given);
  });
  return winner;
}

/** Numbers given under the old author mean nothing under the new one. */
async function moveEntries(storage: ClientStorage, from: number, to: number): Promise<void> {
  for (const room of await storage.outboxRooms(from)) {
    for (const entry of await storage.outbox(from, room)) {
      await storage.putEntry({ ...entry, author: to, nonce: 0 });
    }
  }
}
