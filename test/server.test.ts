/** The server on real sockets: connections from the upgrade to the end, and a stop. */
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../bench/free-port.ts";
import { returnWindowMs } from "../src/server/server.ts";
import { Close } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { ask, exchange } from "./http-client.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type TestServer } from "./running-server.ts";

/** How an upgrade is answered: 101, or the status and text of the refusal. */
function upgrade(
  server: TestServer,
  protocols: string[],
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; protocol: string }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(server.socketUrl, protocols, { headers });
    socket.on("open", () => {
      resolve({ status: 101, body: "", protocol: socket.protocol });
      socket.terminate();
    });
    socket.on("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, body, protocol: "" }));
    });
    socket.on("error", () => undefined);
  });
}

describe("the upgrade", () => {
  test("the subprotocol is chosen by the server; without it the refusal is plain", async () => {
    await using server = await runServer();
    expect(await upgrade(server, ["other.1", WIRE.subprotocol, "third"])).toMatchObject({
      status: 101,
      protocol: WIRE.subprotocol,
    });
    for (const protocols of [[], ["madang.2"], ["xmadang.1"]]) {
      const { status, body } = await upgrade(server, protocols);
      expect([status, body]).toEqual([400, expect.stringContaining("madang.1")]);
    }
  });

  test("pages of other sites may not connect unless that is allowed", async () => {
    await using server = await runServer({ hosts: { allowedOrigins: ["https://friend.example"] } });
    const from = async (origin: string) =>
      (await upgrade(server, [WIRE.subprotocol], origin ? { Origin: origin } : {})).status;
    expect(await from("")).toBe(101);
    expect(await from(server.url)).toBe(101);
    expect(await from("https://friend.example")).toBe(101);
    expect(await from("https://friend.example.evil.example")).toBe(403);
    expect(await from("http://127.0.0.1:1")).toBe(403);
    expect(await from("null")).toBe(403);
    await using open = await runServer({ hosts: { allowedOrigins: ["*"] } });
    expect((await upgrade(open, [WIRE.subprotocol], { Origin: "https://any.example" })).status).toBe(101);
  });

  test("what is no proper upgrade is refused", async () => {
    await using server = await runServer();
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const rest = `Host: localhost\r\nSec-WebSocket-Protocol: madang.1\r\n`;
    const bad = [
      `GET /ws HTTP/1.1\r\n${rest}\r\n`,
      `GET /ws HTTP/1.1\r\n${rest}${key}Sec-WebSocket-Version: 13\r\n\r\n`,
      `GET /ws HTTP/1.1\r\n${rest}${key}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n\r\n`,
      `GET /ws HTTP/1.1\r\n${rest}Sec-WebSocket-Key: short\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    ];
    const isAnswered = (text: string) => text.includes("\r\n\r\n");
    for (const bytes of bad) expect(await exchange(server, bytes, isAnswered)).toMatch(/^HTTP\/1\.1 4\d\d /);
    // Accepted, though it asks to close: an upgrade after a wait would end the process here.
    const closing = `GET /ws HTTP/1.1\r\n${rest}${key}Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    await exchange(server, closing, isAnswered);
    expect((await ask(server, "/healthz")).status).toBe(200);
  });

  test("no more connections than allowed", async () => {
    await using server = await runServer({ limits: { maxConnections: 2 } });
    using a = await RawClient.open(server.socketUrl);
    using _b = await RawClient.open(server.socketUrl);
    expect((await upgrade(server, [WIRE.subprotocol])).status).toBe(503);
    a.socket.terminate();
    await a.closed();
    await expect.poll(async () => (await upgrade(server, [WIRE.subprotocol])).status).toBe(101);
  });
});

describe("a connection", () => {
  test("a text message ends it", async () => {
    await using server = await runServer();
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    client.socket.send("hello");
    await client.closed();
    expect(client.closeCode).toBe(Close.notBinary);
  });

  test("so do bad frames, each with its code, and a frame that is too long", async () => {
    await using server = await runServer({ limits: { helloTimeoutMs: 300 } });
    const ended = async (...messages: Uint8Array[]) => {
      using client = await RawClient.open(server.socketUrl);
      for (const message of messages) client.socket.send(message);
      await client.closed();
      return client.closeCode;
    };
    expect(await ended(Uint8Array.of(0x7f))).toBe(Close.badFrame);
    expect(await ended(new Uint8Array(0))).toBe(Close.badFrame);
    expect(await ended(Uint8Array.of(ClientKind.ping, 1))).toBe(Close.unexpectedFrame);
    expect(await ended()).toBe(Close.helloTimeout);
    expect([1006, 1009]).toContain(await ended(new Uint8Array(WIRE.maxClientFrameBytes + 1)));
    expect(server.errors).toEqual([]);
  });

  test("an error of the server's own ends that connection and no other", async () => {
    await using server = await runServer();
    using other = await RawClient.greeted(server.socketUrl, "Bo");
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    const { roomListFrame } = server.house;
    server.house.roomListFrame = () => {
      throw new Error("a bug");
    };
    client.write({ kind: ClientKind.watchRooms, on: true });
    await client.closed();
    server.house.roomListFrame = roomListFrame;
    expect([client.closeCode, server.errors.length]).toEqual([Close.internal, 1]);
    other.write({ kind: ClientKind.ping, token: 7 });
    await other.until(() => other.all(ServerKind.pong).length === 1, "a pong");
  });

  test("two people talk, and see each other come and go", async () => {
    await using server = await runServer({ limits: { graceMs: 100 } });
    using ada = await RawClient.greeted(server.socketUrl, "Ada");
    using bo = await RawClient.greeted(server.socketUrl, "Bo");
    const { room } = await ada.enter("마당");
    await bo.enter("마당");
    ada.say(room, 1, "안녕");
    bo.say(room, 1, "hello");
    for (const client of [ada, bo]) {
      await client.until(() => client.records.length === 2, "both messages");
      expect(client.records.map(({ seq }) => seq)).toEqual([1, 2]);
      expect(new Set(client.records.map(({ text }) => text))).toEqual(new Set(["안녕", "hello"]));
    }
    bo.socket.terminate();
    await ada.until(() => ada.all(ServerKind.presence).at(-1)?.count === 1, "the one who left");
    expect(server.errors).toEqual([]);
  });

  test("whoever watches the rooms sees them change", async () => {
    await using server = await runServer();
    using watcher = await RawClient.greeted(server.socketUrl, "Ada");
    watcher.write({ kind: ClientKind.watchRooms, on: true });
    await watcher.until(() => watcher.all(ServerKind.rooms).length === 1, "the rooms");
    using bo = await RawClient.greeted(server.socketUrl, "Bo");
    await bo.enter("yard");
    await watcher.until(() => watcher.all(ServerKind.rooms).at(-1)!.rooms[0]?.people === 1, "the new room");
    expect(watcher.last(ServerKind.rooms)).toMatchObject({ roomCount: 1, peopleCount: 2 });
  });

  test("a flood in one read ends its connection and costs nobody else", async () => {
    await using server = await runServer();
    using flood = await RawClient.greeted(server.socketUrl, "Ada");
    using other = await RawClient.greeted(server.socketUrl, "Bo");
    const { room } = await flood.enter("yard");
    await other.enter("yard");
    for (let nonce = 1; nonce <= 20_000; nonce++) flood.say(room, nonce, "x");
    await flood.closed();
    other.say(room, 1, "still here");
    await other.until(() => other.records.some(({ text }) => text === "still here"), "the other's message");
    expect(other.records.length).toBeLessThan(60);
  });
});

describe("a reader that does not keep up", () => {
  /** Fills the yard until the stalled ones have more waiting for them than the kernel takes. */
  async function flood(server: TestServer, isEnough: () => boolean): Promise<void> {
    using writer = await RawClient.greeted(server.socketUrl, "writer");
    const { room } = await writer.enter("yard", { history: 0 });
    for (let nonce = 1; nonce <= 20_000 && !isEnough(); nonce++) {
      writer.say(room, nonce, "x".repeat(4000));
      if (nonce % 50 === 0) await writer.until(() => writer.records.length >= nonce - 100, "the server");
    }
  }

  const limits = { messagesPerSecond: 0, maxBackpressureBytes: 65_536, maxPendingBytes: 2 ** 30 };

  test("is cut when it takes nothing for too long; one that takes a little is not", async () => {
    await using server = await runServer({ limits: { ...limits, stalledMs: 1_000 } });
    using dead = await RawClient.greeted(server.socketUrl, "dead");
    using slow = await RawClient.greeted(server.socketUrl, "slow");
    for (const client of [dead, slow]) await client.enter("yard");
    dead.socket.pause();
    slow.socket.pause();
    const { counters } = server.house.rooms;
    await flood(server, () => counters.lapses >= 2);
    expect(counters.lapses).toBeGreaterThanOrEqual(2);
    const sips = setInterval(() => {
      slow.socket.resume();
      setImmediate(() => slow.socket.pause());
    }, 20);
    try {
      await expect
        .poll(() => server.house.rooms.people.get(dead.welcome.author)?.connections.length, {
          timeout: 8_000,
        })
        .not.toBe(1);
      expect(server.house.rooms.people.get(slow.welcome.author)?.connections).toHaveLength(1);
    } finally {
      clearInterval(sips);
    }
    slow.socket.resume();
    const { head } = [...server.house.rooms.loaded][0]!;
    await slow.until(() => slow.records.at(-1)?.seq === head, "everything");
    expect(server.errors).toEqual([]);
  });
});

describe("a stop", () => {
  test("commits what was accepted, tells everyone when to come back, and frees the port", async () => {
    const server = await runServer({ port: await freePort() });
    const clients = await Promise.all(
      Array.from({ length: 20 }, (_, i) => RawClient.greeted(server.socketUrl, `guest ${i}`)),
    );
    const rooms = await Promise.all(clients.map((client) => client.enter("yard")));
    for (const [i, client] of clients.entries()) client.say(rooms[i]!.room, 1, `from ${i}`);
    await clients[0]!.until(() => clients[0]!.records.length > 0, "a message");
    await server.stop();
    const returns = clients.map((client) => client.last(ServerKind.goodbye).retryAfterMs);
    expect(new Set(returns).size).toBeGreaterThan(10);
    expect(Math.max(...returns)).toBeLessThan(returnWindowMs(clients.length));
    for (const client of clients) {
      await client.closed();
      expect(client.closeCode).toBe(Close.goingAway);
      expect(client.last(ServerKind.goodbye)).toMatchObject({ code: Close.goingAway });
      client[Symbol.dispose]();
    }
    await expect(ask(server, "/healthz")).rejects.toThrow();
    await using next = await runServer({ log: server.log, port: server.port });
    using back = await RawClient.greeted(next.socketUrl, "guest 0");
    const { head } = await back.enter("yard", { history: 100 });
    expect(head).toBe(20);
  });

  test("spreads the return over a window that grows with the crowd, to a bound", () => {
    const windows = [0, 100, 5_000, 20_000, 1_000_000].map(returnWindowMs);
    expect(windows).toEqual([500, 540, 2_500, 8_500, 20_000]);
  });

  test("comes to its end although people keep sending", async () => {
    const server = await runServer({ limits: { messagesPerSecond: 0 } });
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    let nonce = 0;
    const sending = setInterval(() => {
      for (let i = 0; i < 20; i++)
        if (client.socket.readyState === WebSocket.OPEN) client.say(room, ++nonce, "x");
    }, 1);
    try {
      await client.until(() => client.records.length > 100, "some messages");
      await server.stop();
    } finally {
      clearInterval(sending);
    }
    // Whatever was shown is kept.
    expect((await server.log.bounds(room)).head).toBeGreaterThanOrEqual(client.records.at(-1)!.seq);
    expect(server.errors).toEqual([]);
  });

  test("a second server cannot listen on the same port", async () => {
    await using server = await runServer();
    await expect(runServer({ port: server.port })).rejects.toThrow(/port is in use/);
  });
});

describe("after a storm of people who come, go, drop out and come back", () => {
  test("the count shown is that of the distinct identities on the server's own sockets", async () => {
    await using server = await runServer({
      limits: { graceMs: 300, maxListedPeople: 8, framesPerSecond: 0 },
    });
    using witness = await RawClient.greeted(server.socketUrl, "witness");
    const { room } = await witness.enter("yard");
    const there: { client: RawClient; inRoom: boolean }[] = [];
    const tokens: Uint8Array[] = [];
    let state = 1;
    const below = (bound: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
    try {
      for (let step = 0; step < 400; step++) {
        const some = there[below(Math.max(1, there.length))];
        const what = some ? below(5) : 0;
        if (what < 2) {
          const token = tokens.length > 0 && below(2) > 0 ? tokens[below(tokens.length)] : undefined;
          const client = await RawClient.greeted(server.socketUrl, `p${step}`, token?.slice());
          if (!token) tokens.push(client.welcome.token.slice());
          await client.enter("yard");
          there.push({ client, inRoom: true });
        } else if (what === 2) there.splice(there.indexOf(some!), 1)[0]!.client.socket.terminate();
        else if (what === 3) there.splice(there.indexOf(some!), 1)[0]!.client.socket.close();
        else {
          some!.client.write({ kind: ClientKind.leave, room });
          some!.inRoom = false;
        }
      }
      const authors = (some: typeof there) => new Set(some.map(({ client }) => client.welcome.author)).size;
      const metric = async (name: string) => {
        const body = await (await fetch(server.metricsUrl)).text();
        return Number(new RegExp(`^madang_${name} (.+)$`, "m").exec(body)?.[1]);
      };
      await expect.poll(() => metric("connections"), { timeout: 10_000 }).toBe(there.length + 1);
      await expect.poll(() => metric("people"), { timeout: 10_000 }).toBe(authors(there) + 1);
      const here = authors(there.filter(({ inRoom }) => inRoom)) + 1;
      const told = () =>
        witness.frames.filter(
          (frame) => frame.kind === ServerKind.presence || frame.kind === ServerKind.people,
        );
      await expect.poll(() => told().at(-1), { timeout: 10_000 }).toMatchObject({ count: here });
      expect([...server.house.rooms.loaded].map(({ presence }) => presence.count)).toEqual([here]);
      expect(server.errors).toEqual([]);
    } finally {
      for (const { client } of there) client[Symbol.dispose]();
    }
  }, 60_000);
});
