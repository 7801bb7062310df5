/**
 * What happens when an identity is given: all clients on one storage become the same person. Invariant: of several
 * clients that are given an identity at once, one wins and the others take its. What waits in the outbox is the
 * storage's, not an author's, so nothing in it changes here; see outbox.ts.
 */
import type { ClientStorage, Identity } from "./contract.ts";

/**
 * Resolves with `given`, then stored, or with what another client on this storage was given before.
 * @param shown what the server was shown, null for nothing
 * @param given what it gave
 */
export async function claimIdentity(
  storage: ClientStorage,
  shown: Identity | null,
  given: Identity,
): Promise<Identity> {
  let winner = given;
  await storage.exclusive("identity", new AbortController().signal, async () => {
    const stored = await storage.identity();
    if (stored && stored.author !== shown?.author) winner = stored;
    else await storage.saveIdentity(given);
  });
  return winner;
}
