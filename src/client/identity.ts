/**
 * What happens when an identity is given: all clients on one storage become the same person. Invariant: of several
 * clients that are given an identity at once, one wins and the others take its. What waits in the outbox is the
 * storage's, not an author's, so nothing in it changes here; see outbox.ts.
 */
import { WIRE } from "../wire/limits.ts";
import type { ClientStorage, Identity } from "./contract.ts";
import { fittingName } from "./fitting-name.ts";

/** What a storage gave as an identity, as far as it can be one: a storage may be damaged, or of another version. */
export function soundIdentity(stored: unknown): Identity | null {
  const { token, author, name } = (stored ?? {}) as Partial<Identity>;
  if (!(token instanceof Uint8Array) || token.length > WIRE.maxTokenBytes || !Number.isSafeInteger(author))
    return null;
  const fitting = typeof name === "string" && fittingName(name, WIRE.maxNameBytes);
  return { token, author: author as number, name: fitting || "" };
}

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
    const stored = soundIdentity(await storage.identity());
    if (stored && stored.author !== shown?.author) winner = stored;
    else await storage.saveIdentity(given);
  });
  return winner;
}
