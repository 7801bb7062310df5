import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { machineClock } from "../bench/clock.ts";
import { Client } from "../src/client/client.ts";
import { ClientState } from "../src/client/contract.ts";
import { solveChallenge } from "../src/client/hashcash.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Hashcash } from "../src/server/newcomer-work.ts";
import { Capability, ClientKind, Language, ServerKind } from "../src/wire/frames.ts";
import { makeEnvironment, settle } from "./fake-client-environment.ts";
import { runServer } from "./running-server.ts";

describe("a challenge", () => {
  test("is answered as the server wants it, with the first number there is", async () => {
    const server = new Hashcash(0);
    for (const bits of [0, 1, 8, 11]) {
      const challenge = Uint8Array.of(9, 9, bits);
      const answer = await solveChallenge(challenge, bits, machineClock);
      expect(server.isDone(bits, challenge, answer), `${bits} bits`).toBe(true);
      for (let other = 0; other < answer; other++) expect(server.isDone(bits, challenge, other)).toBe(false);
    }
    expect(await solveChallenge(Buffer.from("6d6164616e672e31", "hex"), 8, machineClock)).toBe(400);
  });

  test("lets others run meanwhile", async () => {
    let turns = 0;
    let now = 0;
    const slow = {
      now: () => (now += 5),
      after: (_: number, run: () => void) => {
        turns++;
        setImmediate(run);
        return () => undefined;
      },
    };
    await solveChallenge(Uint8Array.of(4), 13, slow); // answered by 17,996
    expect(turns).toBeGreaterThan(0);
  });
});

test("nobody works for an answer that is not waited for, or for one that takes for ever", async () => {
  let asked = 0;
  expect(await solveChallenge(Uint8Array.of(4), 24, machineClock, () => ++asked > 2)).toBe(0);
  await expect(solveChallenge(Uint8Array.of(4), 255, machineClock)).rejects.toThrow(RangeError);
});

describe("a client", () => {
  test("says whether it can, and answers once on the connection that asked", async () => {
    const able = makeEnvironment();
    able.socket.open();
    await settle();
    expect(able.socket.last(ClientKind.hello).capabilities).toBe(Capability.answersChallenge);
    able.socket.give({ kind: ServerKind.challenge, bits: 1, challenge: Uint8Array.of(5) });
    await expect.poll(() => able.socket.of(ClientKind.work)).toHaveLength(1);
    await able.welcome();
    expect(able.client.state).toBe(ClientState.ready);
    // One who is in needs to do nothing any more.
    able.socket.give({ kind: ServerKind.challenge, bits: 1, challenge: Uint8Array.of(5) });
    await settle();
    expect(able.socket.of(ClientKind.work)).toHaveLength(1);
  });

  test("comes in where work is asked for, and talks", async () => {
    await using server = await runServer({ newcomerWorkBits: 8 });
    const client = new Client({
      url: server.socketUrl,
      open: (url, protocol) => new WebSocket(url, protocol),
      clock: machineClock,
      random: Math.random,
      storage: new MemoryStorage(),
      language: Language.en,
      listener: {},
    });
    const heard: string[] = [];
    const room = client.enter("lobby", {
      listener: { appended: (records) => heard.push(...records.map(({ text }) => text)) },
    });
    client.start();
    try {
      room.send("worked for it");
      await expect.poll(() => heard).toEqual(["worked for it"]);
    } finally {
      client.stop();
    }
  });
});
