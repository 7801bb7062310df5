import { expect, test } from "vitest";
import type { TextRecord } from "../src/wire/block.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { RawClient } from "./raw-client.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const READERS = 30;
const STALLED = 10;
/** More than the kernel keeps for a socket that is not read. */
const MESSAGES = 16_000;
const TEXT_BYTES = 400;
const ROUND = 200;

/** What a client that only takes what continues its position holds; it asks for nothing. */
function taken(records: readonly TextRecord[], start: number): TextRecord[] {
  const held: TextRecord[] = [];
  for (const record of records) if (record.seq === start + held.length + 1) held.push(record);
  return held;
}

async function metric(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(server.metricsUrl)).text();
  return Number(new RegExp(`^madang_${name} (.+)$`, "m").exec(text)?.[1]);
}

test("readers that stall while messages flood end complete, in order, once, and keep their connection", {
  timeout: 240_000,
}, async () => {
  using folder = makeFolder();
  await using server = await ServerProcess.start([
    ...["--port", "0", "--data", folder.path, "--max-backpressure-bytes", "65536"],
    ...["--metrics-listen", "127.0.0.1:0"],
    ...["--no-budgets", "--max-pending-bytes", String(2 ** 30)],
  ]);
  using writer = await RawClient.greeted(server.socketUrl, "writer");
  const { room } = await writer.enter("yard");
  const readers: { client: RawClient; start: number }[] = [];
  try {
    for (let i = 0; i < READERS; i++) {
      const client = await RawClient.greeted(server.socketUrl, `reader ${i}`);
      const { start } = await client.enter("yard");
      readers.push({ client, start });
    }
    const slow = readers.slice(0, STALLED).map(({ client }) => client);
    const text = (nonce: number) => `${nonce} `.padEnd(TEXT_BYTES, "x");
    const calm = await metric(server, "resident_bytes");
    let most = 0;
    for (let nonce = 1; nonce <= MESSAGES; nonce++) {
      writer.say(room, nonce, text(nonce));
      if (nonce % ROUND > 0) continue;
      // The writer reads too, so it knows how far the server is and does not run away from it.
      await writer.until(() => writer.records.length >= nonce - 2 * ROUND, "the server to keep up");
      const round = nonce / ROUND;
      for (const [i, client] of slow.entries()) {
        if (round === 1 + i) client.socket.pause();
        // Most stay stalled to the end, some come back in between and stall again.
        if (i % 3 === 0 && round === 50 + i) client.socket.resume();
        if (i % 3 === 0 && round === 56 + i) client.socket.pause();
      }
      most = Math.max(most, await metric(server, "resident_bytes"));
    }
    const fast = readers.slice(STALLED);
    for (const { client } of fast) {
      await client.until(() => client.records.at(-1)?.seq === MESSAGES, "everything, at a fast reader");
    }
    expect(await metric(server, "lapses_total")).toBeGreaterThan(0);
    expect(await metric(server, "lagging_connections")).toBeGreaterThan(0);
    for (const client of slow) client.socket.resume();
    for (const { client, start } of readers) {
      most = Math.max(most, await metric(server, "resident_bytes"));
      await client.until(
        () => client.records.at(-1)?.seq === MESSAGES,
        "everything, at a slow reader",
        30_000,
      );
      await client.until(
        () => taken(client.records, start).length === MESSAGES - start,
        "what is missing",
        10_000,
      );
    }
    for (const { client, start } of readers) {
      const held = taken(client.records, start);
      expect(held.every(({ nonce, seq, text: said }) => nonce === seq && said === text(seq))).toBe(true);
      expect(client.closeCode).toBe(0);
      // What came twice is a fraction of it all: the server repeats what it cannot know to have arrived.
      expect(client.records.length).toBeLessThan(MESSAGES * 1.5);
    }
    // Everyone is back on the topic.
    writer.say(room, MESSAGES + 1, "the end");
    for (const { client } of readers) {
      await client.until(() => client.records.at(-1)?.text === "the end", "the end");
      expect(client.last(ServerKind.live).room).toBe(room);
    }
    expect(await metric(server, "lagging_connections")).toBe(0);
    expect(server.stderr).toBe("");
    // The bound that the README states, for this number of readers and this limit.
    expect(most - calm).toBeLessThan(64 * 2 ** 20);
  } finally {
    for (const { client } of readers) client[Symbol.dispose]();
  }
});
