/** Whoever comes from one address has one allowance, and costs nobody at another address anything. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { solveChallenge } from "../src/client/hashcash.ts";
import type { Allowances } from "../src/wire/allowances.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { Capability, ClientKind, ServerKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { HELLO } from "./fake-house.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type TestServer } from "./running-server.ts";

const visitor = (allowances: Allowances["visitor"]): Allowances => ({
  identity: {},
  visitor: allowances,
  server: {},
});

/** Under a flood newcomers have to show work, which these do. */
const ABLE = { ...HELLO, capabilities: Capability.answersChallenge };
const clock = {
  now: Date.now,
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A client that comes from an address of its own. */
async function from(server: TestServer, localAddress: string, name = ""): Promise<RawClient> {
  const client = await RawClient.open(server.socketUrl, { localAddress });
  client.write({ ...ABLE, name });
  await client.until(() => client.frames.length > 0 || client.closeCode !== 0, "an answer");
  const [first] = client.frames;
  if (first?.kind !== ServerKind.challenge) return client;
  const answer = await solveChallenge(first.challenge, first.bits, clock);
  client.write({ kind: ClientKind.work, answer });
  await client.until(() => client.frames.length > 1 || client.closeCode !== 0, "a welcome");
  return client;
}

/** The status of an upgrade: 101, that of a refusal, or 0 when the socket was cut. */
function upgradeFrom(
  server: TestServer,
  localAddress: string,
  headers: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(server.socketUrl, WIRE.subprotocol, { localAddress, headers });
    const end = (status: number) => {
      socket.terminate();
      resolve(status);
    };
    socket.on("open", () => end(101));
    socket.on("unexpected-response", (_, response) => end(response.statusCode ?? 0));
    socket.on("error", () => end(0));
  });
}

/** A plain socket that says nothing. Resolves once it is open, with whether it still is a moment later. */
function silentSocket(server: TestServer, localAddress: string): Promise<{ socket: Socket; open: boolean }> {
  return new Promise((resolve) => {
    const socket = connect({ port: server.port, host: "127.0.0.1", localAddress });
    socket.on("error", () => resolve({ socket, open: false }));
    socket.on("close", () => resolve({ socket, open: false }));
    // Whatever is answered to half a request comes from a server that kept the socket.
    socket.on("connect", () => setTimeout(() => resolve({ socket, open: !socket.destroyed }), 100));
  });
}

describe("one address", () => {
  test("has one allowance for all its connections and identities; another has its own", async () => {
    await using server = await runServer({
      allowances: visitor({ messages: { perSecond: 0.01, burst: 40 } }),
    });
    using one = await from(server, "127.0.0.2", "One");
    using two = await from(server, "127.0.0.2", "Two");
    using other = await from(server, "127.0.0.3", "Other");
    const { room } = await one.enter("yard");
    await two.enter("yard");
    await other.enter("yard");
    for (let nonce = 1; nonce <= 25; nonce++) one.say(room, nonce, `one ${nonce}`);
    await one.until(() => one.records.length === 25, "the first 25");
    for (let nonce = 1; nonce <= 25; nonce++) two.say(room, nonce, `two ${nonce}`);
    await two.until(() => two.all(ServerKind.refused).length === 10, "ten refusals");
    const [first] = two.all(ServerKind.refused);
    expect(first).toMatchObject({ code: Refusal.tooFast, request: 16 });
    expect(first!.retryAfterMs).toBeGreaterThan(50_000);
    other.say(room, 1, "from elsewhere");
    await other.until(() => other.records.at(-1)?.text === "from elsewhere", "the other's message");
    expect(other.records).toHaveLength(41);
  });

  test("cannot refill by coming again, with the same identity or a new one", async () => {
    await using server = await runServer({
      allowances: visitor({ messages: { perSecond: 0.01, burst: 5 } }),
    });
    let stored = 0;
    for (let round = 0; round < 4; round++) {
      using client = await from(server, "127.0.0.2");
      const { room } = await client.enter("yard", { history: 0 });
      for (let nonce = 1; nonce <= 5; nonce++) client.say(room, nonce, "again");
      await client.until(
        () => client.records.length + client.all(ServerKind.refused).length >= 5,
        "an answer to each",
      );
      stored += client.records.length;
    }
    expect(stored).toBe(5);
  });

  test("makes only so many newcomers, and is told when more may come", async () => {
    await using server = await runServer({
      allowances: visitor({ identities: { perSecond: 0.01, burst: 3 } }),
    });
    const clients = [];
    for (let n = 0; n < 5; n++) clients.push(await from(server, "127.0.0.2"));
    await clients[4]!.closed();
    expect(clients.map(({ closeCode }) => closeCode)).toEqual([0, 0, 0, Close.tooMuch, Close.tooMuch]);
    const { code, retryAfterMs } = clients[4]!.last(ServerKind.goodbye);
    expect(code).toBe(Close.tooMuch);
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(500_000);
    // Somebody who has an identity is no newcomer.
    const token = clients[0]!.welcome.token.slice();
    using back = await RawClient.greeted(server.socketUrl, "", token);
    expect(back.welcome.author).toBe(clients[0]!.welcome.author);
    using elsewhere = await from(server, "127.0.0.3");
    expect(elsewhere.welcome.author).toBeGreaterThan(0);
    for (const client of clients) client[Symbol.dispose]();
  });

  test("founds only so many rooms; those that are there can be entered", async () => {
    await using server = await runServer({ allowances: visitor({ rooms: { perSecond: 0.01, burst: 2 } }) });
    using other = await from(server, "127.0.0.3", "Other");
    await other.enter("theirs");
    using one = await from(server, "127.0.0.2", "One");
    await one.enter("first");
    await one.enter("second");
    one.write({
      kind: ClientKind.enter,
      request: 7,
      anyName: true,
      room: "third",
      history: 0,
      position: null,
    });
    await one.until(() => one.all(ServerKind.refused).length > 0, "a refusal");
    expect(one.last(ServerKind.refused)).toMatchObject({ request: 7, code: Refusal.tooFast });
    await one.enter("theirs");
    await one.enter("first");
  });

  test("is sent away when it goes on in spite of the times it is given, and nobody else is", async () => {
    await using server = await runServer({
      allowances: { ...visitor({}), identity: { refusals: { perSecond: 1, burst: 50 } } },
    });
    using one = await from(server, "127.0.0.2", "One");
    using other = await from(server, "127.0.0.2", "Other");
    const { room } = await one.enter("yard");
    await other.enter("yard");
    for (let nonce = 1; nonce <= 200; nonce++) one.say(room, nonce, "x");
    await one.closed();
    expect(one.closeCode).toBe(Close.tooMuch);
    expect(one.last(ServerKind.goodbye).retryAfterMs).toBeGreaterThanOrEqual(1_000);
    other.say(room, 1, "still here");
    await other.until(() => other.records.at(-1)?.text === "still here", "the other's message");
  });

  test("holds only so many connections, and part of all places is kept for those who have none", async () => {
    await using server = await runServer({ limits: { maxConnections: 20, maxConnectionsPerVisitor: 12 } });
    const held: RawClient[] = [];
    for (let n = 0; n < 12; n++) held.push(await from(server, "127.0.0.2"));
    expect(await upgradeFrom(server, "127.0.0.2")).toBe(503);
    for (let n = 0; n < 6; n++) held.push(await from(server, "127.0.0.3"));
    // 18 of 20: the rest is for newcomers.
    expect(await upgradeFrom(server, "127.0.0.3")).toBe(503);
    for (const address of ["127.0.0.4", "127.0.0.5"]) held.push(await from(server, address));
    expect(held.every(({ closeCode }) => closeCode === 0)).toBe(true);
    // All are taken: one that does nothing makes place.
    const late = await from(server, "127.0.0.6", "Late");
    await late.enter("yard");
    const gone = () => held.filter(({ closeCode }) => closeCode !== 0);
    await late.until(() => gone().length > 0, "one that made place").catch(() => undefined);
    expect(gone().map(({ closeCode }) => closeCode)).toEqual([Close.full]);
    expect(gone()[0]!.last(ServerKind.goodbye).retryAfterMs).toBe(30_000);
    for (const client of [...held, late]) client[Symbol.dispose]();
  });
});

describe("plain HTTP", () => {
  test("costs by its work; over it the answer is 429 with a time, for that address alone", async () => {
    await using server = await runServer({
      allowances: visitor({ requests: { perSecond: 0.1, burst: 25 } }),
    });
    const ask = (path: string, localAddress: string) =>
      new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
        const asked = request(server.url + path, { localAddress, agent: false }, (response) => {
          response.resume();
          const retryAfter = response.headers["retry-after"];
          response.on("end", () => resolve({ status: response.statusCode!, retryAfter }));
        });
        asked.on("error", reject);
        asked.end();
      });
    const statuses = [];
    for (const path of ["/api/rooms", "/api/rooms", "/healthz", "/api/rooms"])
      statuses.push((await ask(path, "127.0.0.2")).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const { status, retryAfter } = await ask("/api/rooms", "127.0.0.2");
    expect(status).toBe(429);
    expect(Number(retryAfter)).toBeGreaterThan(10);
    expect((await ask("/api/rooms", "127.0.0.3")).status).toBe(200);
    // What is lighter can still be had.
    expect((await ask("/healthz", "127.0.0.2")).status).toBe(200);
  });

  test("what is counted can be seen", async () => {
    await using server = await runServer({
      allowances: visitor({ requests: { perSecond: 0.1, burst: 3 } }),
    });
    using one = await from(server, "127.0.0.2");
    for (let n = 0; n < 5; n++) one.write({ kind: ClientKind.ping, token: n });
    await one.until(() => one.all(ServerKind.refused).length >= 3, "refusals");
    const text = await (await fetch(server.metricsUrl)).text();
    expect(text).toMatch(/^madang_denials_total\{resource="requests"\} 3$/m);
    expect(text).toMatch(/^madang_visitors [1-9]/m);
    expect(text).toMatch(/^madang_sockets [1-9]/m);
  });
});

describe("sockets that say nothing", () => {
  test("take only so many places of the process; another address comes in all the same", async () => {
    await using server = await runServer({ maxSockets: 40 });
    const sockets: Awaited<ReturnType<typeof silentSocket>>[] = [];
    for (let n = 0; n < 60; n++) sockets.push(await silentSocket(server, "127.0.0.2"));
    const open = sockets.filter((one) => one.open).length;
    expect(open).toBeGreaterThan(5);
    expect(open).toBeLessThanOrEqual(20);
    using other = await from(server, "127.0.0.3", "Other");
    await other.enter("yard");
    for (const { socket } of sockets) socket.destroy();
  });

  test("that linger after a close keep nobody out while there are files, and everybody when there are none", async () => {
    let has = true;
    await using server = await runServer({ maxSockets: 40, hasFiles: () => has });
    for (let n = 0; n < 60; n++) {
      const client = await from(server, `127.0.1.${n}`);
      client.socket.close(1_000);
      await client.closed();
    }
    expect(await upgradeFrom(server, "127.0.2.1")).toBe(101);
    has = false;
    expect(await upgradeFrom(server, "127.0.2.2")).toBe(0);
  });

  test("and sockets that were upgraded are counted until they are gone", async () => {
    await using server = await runServer();
    const before = server.sockets.count;
    const clients = [];
    for (let n = 0; n < 5; n++) clients.push(await from(server, "127.0.0.2"));
    const { socket } = await silentSocket(server, "127.0.0.2");
    expect(server.sockets.count - before).toBe(6);
    socket.destroy();
    for (const client of clients) client.socket.close();
    await expect.poll(() => server.sockets.count - before).toBe(0);
  });
});

describe("a deny list", () => {
  test("keeps an address out, and ends what it has when it is written while the server runs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "denied-"));
    const deny = join(folder, "deny");
    try {
      writeFileSync(deny, "127.0.0.7\n");
      await using server = await runServer({ deny });
      expect(await upgradeFrom(server, "127.0.0.7")).toBe(0);
      using one = await from(server, "127.0.0.8", "One");
      using other = await from(server, "127.0.0.9", "Other");
      await one.enter("yard");
      writeFileSync(deny, "127.0.0.7\n127.0.0.8/32\n");
      await one.closed();
      expect(one.closeCode).toBe(Close.denied);
      expect(await upgradeFrom(server, "127.0.0.8")).toBe(0);
      await other.enter("yard");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a proxy", () => {
  test("that is trusted speaks for those behind it, each of whom has an allowance", async () => {
    await using server = await runServer({
      trustedProxies: ["127.0.0.20"],
      allowances: visitor({ identities: { perSecond: 0.01, burst: 1 } }),
    });
    const behind = async (forwarded: string, localAddress = "127.0.0.20") => {
      const headers = { "X-Forwarded-For": forwarded };
      const client = await RawClient.open(server.socketUrl, { localAddress, headers });
      client.write(ABLE);
      await client.until(() => client.frames.length > 0, "an answer");
      const { kind } = client.frames[0]!;
      client[Symbol.dispose]();
      return kind === ServerKind.welcome;
    };
    expect(await behind("192.0.2.1")).toBe(true);
    expect(await behind("192.0.2.1")).toBe(false);
    expect(await behind("6.6.6.6, 192.0.2.1")).toBe(false);
    expect(await behind("192.0.2.2")).toBe(true);
    // One that was not named says nothing about anybody but itself.
    expect(await behind("192.0.2.3", "127.0.0.21")).toBe(true);
    expect(await behind("192.0.2.4", "127.0.0.21")).toBe(false);
    expect(server.reports.filter((one) => one.includes("--trust-proxy 127.0.0.21"))).toHaveLength(1);
  });

  test("speaks the PROXY protocol only when it is trusted", async () => {
    await using server = await runServer({ trustedProxies: ["127.0.0.20"] });
    // Version 2 (section 2.2): signature, PROXY, TCP over IPv4, 12 bytes: 192.0.2.1 to 192.0.2.2, ports 1 and 2.
    const header = Buffer.from("0d0a0d0a000d0a515549540a21110000c0000201c000020200010002", "hex");
    header.writeUInt16BE(12, 14);
    const ask = (localAddress: string) =>
      new Promise<string>((resolve) => {
        const socket = connect({ port: server.port, host: "127.0.0.1", localAddress });
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk.toString();
          socket.end();
        });
        socket.on("close", () => resolve(text.split("\r\n")[0]!));
        socket.on("error", () => resolve(""));
        socket.write(
          Buffer.concat([header, Buffer.from("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")]),
        );
      });
    expect(await ask("127.0.0.20")).toBe("HTTP/1.1 200 OK");
    expect(await ask("127.0.0.21")).toBe("HTTP/1.1 403 Forbidden");
  });
});
