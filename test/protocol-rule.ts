/** A sentence of PROTOCOL.md that is held by a test: the test is called like it, and fails when it is not there. */
import { expect, test } from "vitest";
import { ClientKind, type RefusedFrame, ServerKind } from "../src/wire/frames.ts";
import type { RawClient } from "./raw-client.ts";
import { PROTOCOL } from "./vectors.ts";

const PLAIN = plain(PROTOCOL);

/** Without line breaks, padding of tables and marks of lists. */
function plain(text: string): string {
  return text.replace(/\n- /g, "\n").replace(/\s+/g, " ");
}

export function rule(sentence: string, check: () => Promise<void>, timeout?: number): void {
  test(sentence, timeout ? { timeout } : {}, async () => {
    expect(PLAIN.includes(plain(sentence)), "the document says so").toBe(true);
    await check();
  });
}

/** Waits until the server has acted on all that was sent, as far as it needs no disk. */
export async function acted(client: RawClient): Promise<void> {
  const token = client.all(ServerKind.pong).length + 1;
  client.write({ kind: ClientKind.ping, token });
  await client.until(() => client.all(ServerKind.pong).some((pong) => pong.token === token), "a pong");
}

/** The refusals that came, once there are so many. */
export async function refusals(client: RawClient, count: number): Promise<RefusedFrame[]> {
  await client.until(() => client.all(ServerKind.refused).length >= count, `${count} refusals`);
  return client.all(ServerKind.refused);
}

/** Waits as long as a refusal says. */
export async function waitAsTold({ retryAfterMs }: RefusedFrame): Promise<void> {
  const until = performance.now() + retryAfterMs;
  // A timer counts from the time at which the turn began, so it comes early by what the turn has taken.
  for (let left = retryAfterMs; left > 0; left = until - performance.now()) {
    await new Promise((done) => setTimeout(done, left));
  }
}
