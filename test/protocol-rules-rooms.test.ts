/** Rules of PROTOCOL.md about what is in a room, and who: positions, sending, history, people. */
import { describe, expect } from "vitest";
import { LogError, LogErrorCode, type ReadOptions } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind, Direction, ServerKind, type WelcomeFrame } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { ENTER } from "./fake-house.ts";
import { fill, makeBatch, makeDamaged, makeNoise, START } from "./log-blocks.ts";
import { copyFolder, LogFolder } from "./log-folder.ts";
import { acted, refusals, rule, waitAsTold } from "./protocol-rule.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type TestServer } from "./running-server.ts";

/** A log that loses how far its rooms go. */
class EndlessLog extends MemoryLog {
  damaged = false;

  override async readForward(room: number, from: number, options: ReadOptions) {
    if (this.damaged) throw new LogError(LogErrorCode.damaged, `room ${room} is damaged`);
    return super.readForward(room, from, options);
  }
}

/** One message at once, then one each 20 ms. */
const ONE_AT_ONCE = { messagesPerSecond: 50, messageBurst: 1 };

/** Ada in the yard, alone. */
async function yard(server: TestServer) {
  const client = await RawClient.greeted(server.socketUrl, "Ada");
  const { room, epoch } = await client.enter("yard");
  return { client, room, epoch, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

async function stored(client: RawClient, count: number): Promise<void> {
  await client.until(() => client.records.length >= count, `${count} records`);
}

async function page(client: RawClient, room: number, direction: Direction, seq: number, limit: number) {
  const before = client.all(ServerKind.page).length;
  client.write({ kind: ClientKind.history, request: 7, room, direction, seq, limit });
  await client.until(() => client.all(ServerKind.page).length > before, "a page");
  return client.last(ServerKind.page);
}

const codes = (frames: { request: number; code: number }[]) =>
  frames.map(({ request, code }) => [request, code]);

describe("sending", () => {
  rule("A message that is stored for the first time has no ACK: its block is the answer.", async () => {
    await using server = await runServer();
    using ada = await yard(server);
    ada.client.say(ada.room, 1, "once");
    await stored(ada.client, 1);
    await acted(ada.client);
    expect(ada.client.all(ServerKind.ack)).toEqual([]);
  });

  rule(
    "Two messages under one (author, nonce) are one message to the server: the second is answered as a repetition, with ACK, and its text is lost.",
    async () => {
      await using server = await runServer();
      using ada = await yard(server);
      ada.client.say(ada.room, 1, "one");
      await stored(ada.client, 1);
      ada.client.say(ada.room, 1, "another");
      await ada.client.until(() => ada.client.all(ServerKind.ack).length === 1, "an acknowledgement");
      expect(ada.client.last(ServerKind.ack)).toMatchObject({ nonce: 1, seq: 1 });
      expect(ada.client.records.map(({ text }) => text)).toEqual(["one"]);
    },
  );

  rule(
    "Whoever gets the turn enters the room again, with its position, and sends nothing new before ENTERED has told the highest nonce",
    async () => {
      await using server = await runServer();
      using ada = await yard(server);
      using tab = await RawClient.greeted(server.socketUrl, "Ada", ada.client.welcome.token.slice());
      const before = await tab.enter("yard");
      for (const nonce of [1, 2, 3]) ada.client.say(ada.room, nonce, `first tab ${nonce}`);
      await stored(tab, 3);
      const position = { epoch: ada.epoch, seq: 3 };
      const again = await tab.enter("yard", { request: 2, position });
      expect([before.nonce, again.nonce, again.resume, again.start]).toEqual([0, 3, Resume.continued, 3]);
      tab.say(again.room, 4, "second tab");
      await stored(tab, 4);
      expect(ada.client.records.at(-1)).toMatchObject({ nonce: 4, text: "second tab" });
    },
  );

  rule("until n itself comes again, whatever becomes of it then,", async () => {
    await using server = await runServer({ limits: ONE_AT_ONCE });
    using ada = await yard(server);
    for (const nonce of [1, 2, 3]) ada.client.say(ada.room, nonce, "word");
    const [tooFast, outOfOrder] = await refusals(ada.client, 2);
    expect(codes([tooFast!, outOfOrder!])).toEqual([
      [2, Refusal.tooFast],
      [3, Refusal.outOfOrder],
    ]);
    await waitAsTold(tooFast!);
    ada.client.say(ada.room, 3, "word");
    ada.client.say(ada.room, 2, " ");
    ada.client.say(ada.room, 3, "word");
    expect(codes((await refusals(ada.client, 4)).slice(2))).toEqual([
      [3, Refusal.outOfOrder],
      [2, Refusal.emptyText],
    ]);
    await stored(ada.client, 2);
    expect(ada.client.records.map(({ nonce }) => nonce)).toEqual([1, 3]);
  });

  rule("or another connection of the same identity has stored n or a higher one", async () => {
    await using server = await runServer({ limits: ONE_AT_ONCE });
    using ada = await yard(server);
    using tab = await RawClient.greeted(server.socketUrl, "Ada", ada.client.welcome.token.slice());
    const { room } = await tab.enter("yard");
    for (const nonce of [1, 2, 3]) ada.client.say(ada.room, nonce, "word");
    const [tooFast] = await refusals(ada.client, 2);
    await waitAsTold(tooFast!);
    tab.say(room, 4, "other tab");
    await stored(ada.client, 2);
    await waitAsTold(tooFast!);
    ada.client.say(ada.room, 5, "goes on");
    await stored(ada.client, 3);
    expect(ada.client.records.map(({ nonce }) => nonce)).toEqual([1, 4, 5]);
  });

  rule(
    "Repeats of what is stored are answered meanwhile, and a new nonce below n is taken like any other; neither lets anything past n.",
    async () => {
      await using server = await runServer({ limits: ONE_AT_ONCE });
      using ada = await yard(server);
      for (const nonce of [1, 5]) ada.client.say(ada.room, nonce, "word");
      const [tooFast] = await refusals(ada.client, 1);
      await waitAsTold(tooFast!);
      ada.client.say(ada.room, 1, "word");
      ada.client.say(ada.room, 3, "word");
      ada.client.say(ada.room, 6, "word");
      await stored(ada.client, 2);
      expect(codes(await refusals(ada.client, 2))).toEqual([
        [5, Refusal.tooFast],
        [6, Refusal.outOfOrder],
      ]);
      expect(ada.client.last(ServerKind.ack)).toMatchObject({ nonce: 1, seq: 1 });
      expect(ada.client.records.map(({ nonce }) => nonce)).toEqual([1, 3]);
    },
  );

  rule("ENTER for the room ends the waiting.", async () => {
    await using server = await runServer({ limits: ONE_AT_ONCE });
    using ada = await yard(server);
    for (const nonce of [1, 2]) ada.client.say(ada.room, nonce, "word");
    const [tooFast] = await refusals(ada.client, 1);
    await ada.client.enter("yard", { request: 2, position: { epoch: ada.epoch, seq: 1 } });
    await waitAsTold(tooFast!);
    ada.client.say(ada.room, 3, "word");
    await stored(ada.client, 2);
    expect(ada.client.records.map(({ nonce }) => nonce)).toEqual([1, 3]);
  });

  rule("Beyond that, for 2⁵³ − 1 for example, the answer is nonceTooHigh", async () => {
    await using server = await runServer();
    using ada = await yard(server);
    for (const nonce of [WIRE.maxVarint, WIRE.maxNonceStep + 1]) ada.client.say(ada.room, nonce, "high");
    expect((await refusals(ada.client, 2)).map(({ code }) => code)).toEqual(
      Array(2).fill(Refusal.nonceTooHigh),
    );
    ada.client.say(ada.room, WIRE.maxNonceStep, "the highest that may be");
    await stored(ada.client, 1);
  });

  rule(
    "So after a loss of c such records every nonce above the last known one and up to c · 1,048,576 above it is answered with cannotTell, and `ENTERED.nonce` is the highest of them",
    async () => {
      const log = new MemoryLog();
      await log.reserveAuthors(1);
      await fill(log, 1, 2);
      await log.append(makeBatch(makeDamaged(1, 3, 2)));
      await using server = await runServer({ log });
      using client = await RawClient.greeted(server.socketUrl, "Bo");
      const { room, nonce } = await client.enter("room-1");
      expect(nonce).toBe(2 * WIRE.maxNonceStep);
      for (const each of [1, nonce]) client.say(room, each, "perhaps");
      expect((await refusals(client, 2)).map(({ code }) => code)).toEqual(Array(2).fill(Refusal.cannotTell));
      client.say(room, nonce + 1, "certainly");
      await client.until(() => client.records.some(({ text }) => text === "certainly"), "the message");
    },
  );
});

describe("positions", () => {
  rule(
    "with `resume` 1 or 2 it stays where it is when it is ahead of `start`, and what comes again is dropped by the rules for taking blocks.",
    async () => {
      await using server = await runServer();
      using ada = await yard(server);
      for (const nonce of [1, 2, 3]) {
        ada.client.say(ada.room, nonce, "word");
        await stored(ada.client, nonce);
      }
      const entered = await ada.client.enter("yard", { request: 2, position: { epoch: ada.epoch, seq: 1 } });
      expect(entered).toMatchObject({ resume: Resume.continued, start: 1, head: 3 });
      await stored(ada.client, 5);
      expect(ada.client.records.map(({ seq }) => seq)).toEqual([1, 2, 3, 2, 3]);
    },
  );

  rule("A refused ENTER changes nothing for a room that one is in.", async () => {
    await using server = await runServer({ limits: { framesPerSecond: 0.001, frameBurst: 2 } });
    using ada = await yard(server);
    ada.client.write({ ...ENTER, request: 2 });
    expect(codes(await refusals(ada.client, 1))).toEqual([[2, Refusal.tooFast]]);
    ada.client.say(ada.room, 1, "still here");
    await stored(ada.client, 1);
  });

  rule("`start` is `first` − 1, and all that is left follows", async () => {
    const log = new MemoryLog();
    await fill(log, 1, ...Array(30).fill(5));
    await using server = await runServer({ log });
    const over = server.house.rooms.applyRetention(0, 50, () => false);
    await over;
    using client = await RawClient.greeted(server.socketUrl, "Bo");
    const position = { epoch: log.epoch, seq: 20 };
    const { resume, start, first } = await client.enter("room-1", { history: 3, position });
    expect({ resume, start }).toEqual({ resume: Resume.gap, start: first - 1 });
    await client.until(() => client.all(ServerKind.live).length === 1, "the end of the catch-up");
    expect(client.records.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 150 - start }, (_, n) => first + n),
    );
    expect(client.records.length).toBeGreaterThanOrEqual(50);
  });

  rule(
    "This is also how a client notices that retention has passed it during a catch-up: the blocks go on behind a hole, or LIVE comes.",
    async () => {
      const log = new MemoryLog();
      const blocks = 400;
      for (let n = 0; n < blocks; n++) {
        const rooms = n === 0 ? [{ room: 1, name: "yard", createdAt: START, flags: 0 }] : [];
        await log.append({ blocks: [makeNoise(1, n * 16 + 1, 16)], rooms, snapshots: [] });
      }
      const head = blocks * 16;
      await using server = await runServer({ log, limits: { stalledMs: 60_000 } });
      using client = await RawClient.greeted(server.socketUrl, "Bo");
      client.socket.pause();
      const entered = client.enter("yard", { position: { epoch: log.epoch, seq: 0 } });
      const { counters } = server.house.rooms;
      // It reads nothing, so the feed stops where the kernel takes no more.
      let fed = -1;
      while (fed !== counters.fedBlocks || fed === 0) {
        fed = counters.fedBlocks;
        await new Promise((next) => setTimeout(next, 100));
      }
      expect(fed).toBeLessThan(blocks - 10);
      await server.house.rooms.applyRetention(0, 100, () => false);
      client.socket.resume();
      const { room } = await entered;
      await client.until(() => client.all(ServerKind.live).length === 1, "the end of the catch-up");
      const seqs = client.records.map(({ seq }) => seq);
      const hole = seqs.findIndex((seq, n) => n > 0 && seq !== seqs[n - 1]! + 1);
      const position = seqs[hole - 1]!;
      const { first } = await page(client, room, Direction.after, position, 1);
      expect(first).toBeGreaterThan(position + 1);
      expect([seqs[hole]! <= first, seqs.at(-1)]).toEqual([true, head]);
    },
  );

  rule("and a block may be older than the one before it: the server's clock may be set", async () => {
    const log = new MemoryLog();
    const time = Date.now() + 3_600_000;
    const writer = new BlockWriter();
    writer.text(9, 1, time, encodeText("Ada"), encodeText("from a wrong clock"));
    const block = { room: 1, seq: 1, count: 1, time, bytes: writer.seal(1, 1) };
    await log.append({
      blocks: [block],
      rooms: [{ room: 1, name: "yard", createdAt: time, flags: 0 }],
      snapshots: [],
    });
    await using server = await runServer({ log });
    using ada = await yard(server);
    ada.client.say(ada.room, 1, "from the right one");
    await stored(ada.client, 2);
    expect(ada.client.records[1]!.time).toBeLessThan(ada.client.records[0]!.time);
  });

  rule(
    "Unsettled messages are kept. While the author is the same they are sent again with the same nonces, in order: what the log still has is acknowledged, and the rest is stored.",
    async () => {
      using folder = new LogFolder();
      using backup = new LogFolder();
      const first = await folder.open();
      const { epoch } = first;
      let early: WelcomeFrame;
      {
        await using server = await runServer({ log: first });
        using ada = await yard(server);
        early = ada.client.welcome;
        ada.client.say(ada.room, 1, "in the backup");
        await stored(ada.client, 1);
      }
      await first.close();
      copyFolder(folder.path, backup.path);
      const later = await folder.open();
      let late: WelcomeFrame;
      {
        await using server = await runServer({ log: later });
        using bo = await RawClient.greeted(server.socketUrl, "Bo");
        late = bo.welcome;
      }
      await later.close();

      const restored = await backup.open({ newEpoch: epoch });
      {
        await using server = await runServer({ log: restored });
        using ada = await RawClient.greeted(server.socketUrl, "Ada", early.token.slice());
        expect([ada.welcome.author, ada.welcome.epoch === epoch]).toEqual([early.author, false]);
        const { room, resume, nonce } = await ada.enter("yard", { position: { epoch, seq: 1 } });
        expect([resume, nonce]).toEqual([Resume.reset, 1]);
        for (const each of [1, 2]) ada.say(room, each, "unsettled");
        await ada.until(() => ada.records.some((record) => record.nonce === 2), "what was not in the backup");
        expect(ada.all(ServerKind.ack)).toMatchObject([{ nonce: 1, seq: 1 }]);
        // Given after the backup was made, and nobody else can have that number.
        using bo = await RawClient.greeted(server.socketUrl, "Bo", late.token.slice());
        expect(bo.welcome.author).toBe(late.author);
      }
      await restored.close();
    },
  );

  rule(
    "from here on nothing more comes of it, no blocks and no LIVE, so that what is sent in it is stored and has no answer.",
    async () => {
      const log = new EndlessLog();
      await fill(log, 1, ...Array(300).fill(5));
      await using server = await runServer({ log });
      using other = await RawClient.greeted(server.socketUrl, "Bo");
      await other.enter("room-1", { history: 0 });
      log.damaged = true;
      using client = await RawClient.greeted(server.socketUrl, "Ada");
      const { room } = await client.enter("room-1", { position: { epoch: log.epoch, seq: 0 } });
      const [refused] = await refusals(client, 1);
      expect(refused).toMatchObject({ refused: ClientKind.enter, request: 0, room, code: Refusal.damaged });
      client.say(room, 1, "unheard by its writer");
      await stored(other, 1);
      await acted(client);
      expect([client.records, client.all(ServerKind.live), client.all(ServerKind.ack)]).toEqual([[], [], []]);
      await client.enter("room-1", { request: 2, history: 0 });
      client.say(room, 2, "heard");
      await stored(client, 1);
      expect(client.records[0]).toMatchObject({ nonce: 2 });
    },
  );
});
