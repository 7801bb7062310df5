/** What a hash of a password costs whoever asks for it; one that is not made is not paid for. */
import type { Refused } from "../room/policy.ts";
import { Refusal } from "../wire/codes.ts";
import type { Connection } from "./seat.ts";

/** Why no hash can be made for this connection now; null when it can, and then it is paid for. */
export function mayHash(session: Connection): Refused | null {
  const retryAfterMs = session.house.passwords.waitFor(session.visitor) || session.may("password");
  return retryAfterMs > 0 ? { code: Refusal.tooFast, retryAfterMs } : null;
}

/** Others came first, and none was made: gives back what `mayHash` took. @returns what is said then */
export function hashGivenUp(session: Connection): Refused {
  session.owe("password", -1);
  return {
    code: Refusal.tooFast,
    retryAfterMs: Math.max(1, session.house.passwords.waitFor(session.visitor)),
  };
}
