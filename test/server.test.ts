import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../bench/free-port.ts";
import { CONTENT_SECURITY_POLICY } from "../src/server/respond.ts";
import { returnWindowMs } from "../src/server/server.ts";
import { StaticFiles } from "../src/server/static-files.ts";
import { Close } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type TestServer } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  json: unknown;
}

function ask(
  server: TestServer,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | string[] } = {},
): Promise<Reply> {
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request(server.url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers["content-type"]?.startsWith("application/json") && text !== "";
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: text,
          json: isJson ? JSON.parse(text) : null,
        });
      });
    });
    asked.on("error", reject);
    // Several pieces are sent chunked, without a length.
    for (const piece of Array.isArray(body) ? body : []) asked.write(piece);
    asked.end(typeof body === "string" ? body : undefined);
  });
}

/** What the server says to these bytes until it ends the connection, or `enough` of it came. */
function exchange(server: TestServer, bytes: string, enough = (_: string) => false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    const finish = () => {
      socket.destroy();
      resolve(text);
    };
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (enough(text)) finish();
    });
    socket.on("close", finish);
    socket.on("error", finish);
    socket.setTimeout(1_000, finish);
    socket.write(bytes);
  });
}

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

function builtClient(): Disposable & { files: StaticFiles } {
  const folder = mkdtempSync(join(tmpdir(), "madang-client-"));
  mkdirSync(join(folder, "public"));
  const write = (name: string, text: string) => writeFileSync(join(folder, "public", name), text);
  for (const kind of ["front", "room", "missing"]) {
    for (const language of ["en", "ko"])
      write(`${kind}-${language}.html`, `<!doctype html>${kind} ${language}`);
  }
  write("app.js", "x".repeat(200_000));
  const entries = [
    ...["front", "room", "missing"].flatMap((kind) =>
      ["en", "ko"].map((language) => ({
        path: `/${kind}-${language}.html`,
        file: `public/${kind}-${language}.html`,
        type: "text/html; charset=utf-8",
        hash: "h1",
        immutable: false,
        encodings: [],
        page: { kind, language, title: "Madang" },
      })),
    ),
    {
      path: "/assets/app-1.js",
      file: "public/app.js",
      type: "text/javascript; charset=utf-8",
      hash: "h2",
      immutable: true,
      encodings: [],
    },
  ];
  writeFileSync(join(folder, "assets.json"), JSON.stringify(entries));
  return { files: new StaticFiles(folder), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
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
    for (const bytes of bad) expect(await exchange(server, bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
    // Accepted, though it asks to close: an upgrade after a wait would end the process here.
    const closing = `GET /ws HTTP/1.1\r\n${rest}${key}Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    await exchange(server, closing, (text) => text.includes("\r\n\r\n"));
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
        .poll(() => server.house.rooms.people.get(dead.welcome.author)?.connections, {
          timeout: 8_000,
        })
        .not.toBe(1);
      expect(server.house.rooms.people.get(slow.welcome.author)?.connections).toBe(1);
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

describe("pages and files", () => {
  test("the page, for rooms' links too, in the coding asked for, with its headers", async () => {
    using built = builtClient();
    await using server = await runServer({ files: built.files });
    for (const [path, page] of [
      ["/", "front"],
      ["/r/%EB%A7%88%EB%8B%B9", "room"],
    ] as const) {
      const { status, headers, body } = await ask(server, path);
      expect([status, body]).toEqual([200, `<!doctype html>${page} en`]);
      expect(headers["content-security-policy"]).toBe(CONTENT_SECURITY_POLICY);
      expect(headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["cache-control"]).toBe("no-cache");
      expect(headers.etag).toMatch(/^"[\w-]{12}"$/);
    }
    const br = await ask(server, "/", { headers: { "Accept-Encoding": "gzip, br" } });
    expect(br.headers["content-encoding"]).toBe("br");
    const { etag = "" } = br.headers;
    const known = await ask(server, "/", { headers: { "If-None-Match": etag } });
    expect([known.status, known.body, known.headers.etag]).toEqual([304, "", etag]);
  });

  test("the policy allows no inline script and nothing from elsewhere", () => {
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'");
    expect(CONTENT_SECURITY_POLICY).toContain("require-trusted-types-for 'script'");
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|https?:/);
  });

  test("a large file arrives whole, and again on the same connection", async () => {
    using built = builtClient();
    await using server = await runServer({ files: built.files });
    const { body, headers } = await ask(server, "/assets/app-1.js");
    expect([body.length, headers["cache-control"]]).toEqual([200_000, "public, max-age=31536000, immutable"]);
    const text = await exchange(
      server,
      "GET /assets/app-1.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(3),
      (all) => all.length > 600_000,
    );
    expect(text.split("HTTP/1.1 200 OK")).toHaveLength(4);
  });

  test("HEAD is GET without a body", async () => {
    using built = builtClient();
    await using server = await runServer({ files: built.files });
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    await client.enter("yard");
    for (const path of [
      "/",
      "/assets/app-1.js",
      "/healthz",
      "/api/rooms",
      "/api/rooms/yard/messages",
      "/nothing",
    ]) {
      const get = await ask(server, path);
      const head = await ask(server, path, { method: "HEAD" });
      expect([head.status, head.body], path).toEqual([get.status, ""]);
      expect(head.headers["content-length"], path).toBe(String(Buffer.byteLength(get.body)));
      expect(head.headers["content-type"], path).toBe(get.headers["content-type"]);
    }
  });

  test("other methods and paths are answered properly", async () => {
    using built = builtClient();
    await using server = await runServer({ files: built.files });
    for (const path of ["/", "/r/x", "/healthz", "/api/stats", "/api/rooms", "/api/rooms/x/messages"]) {
      const options = await ask(server, path, { method: "OPTIONS" });
      expect([options.status, options.body], path).toEqual([204, ""]);
      expect(options.headers.allow).toContain("GET, HEAD, OPTIONS");
      for (const method of ["PUT", "DELETE", "PATCH"]) {
        const refused = await ask(server, path, { method, body: "x" });
        expect([refused.status, refused.headers.allow], `${method} ${path}`).toEqual([
          405,
          options.headers.allow,
        ]);
      }
    }
    for (const path of [
      "/nothing",
      "/api",
      "/api/",
      "/api/x",
      "/api/rooms/x",
      "/assets/x.js",
      "/.git/config",
    ]) {
      for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
        const { status, json } = await ask(server, path, { method });
        expect([status, json], `${method} ${path}`).toEqual([
          404,
          expect.objectContaining({ error: "not_found" }),
        ]);
      }
    }
    expect((await ask(server, "/", { method: "POST", body: "x".repeat(100_000) })).status).toBe(405);
  });

  test("a mistyped address gets a page from whoever takes one, below /api and /assets never", async () => {
    const files = new StaticFiles(resolvePath(import.meta.dirname, "../dist"));
    await using server = await runServer({ files });
    const type = async (path: string, accept: string, method = "GET") => {
      const headers = { accept, "accept-language": "ko" };
      const { status, headers: told } = await fetch(server.url + path, { method, headers });
      return [status, told.get("content-type")?.split(";")[0], told.get("content-language")];
    };
    const browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    for (const path of ["/nothing", "/r/", "/r/a/b", "/r/%E0%A4%A", "/api-of-mine"]) {
      for (const accept of [browser, "*/*"]) {
        expect(await type(path, accept), path).toEqual([404, "text/html", "ko"]);
        expect(await type(path, accept, "HEAD"), path).toEqual([404, "text/html", "ko"]);
      }
      expect(await type(path, "application/json"), path).toEqual([404, "application/json", null]);
      expect(await type(path, browser, "POST"), path).toEqual([404, "application/json", null]);
    }
    for (const path of ["/api", "/api/", "/api/nothing", "/assets/old.js"])
      expect(await type(path, browser), path).toEqual([404, "application/json", null]);
  });

  test("without a client there is no page, and the rest works", async () => {
    await using server = await runServer();
    expect((await ask(server, "/")).status).toBe(404);
    expect((await ask(server, "/healthz")).body).toBe("ok\n");
  });
});

describe("the interface for people with curl", () => {
  async function yard(setting = {}) {
    const server = await runServer(setting);
    const client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("마당");
    for (let nonce = 1; nonce <= 20; nonce++) client.say(room, nonce, `message ${nonce}`);
    await client.until(() => client.records.length === 20, "twenty messages");
    const path = `/api/rooms/${encodeURIComponent("마당")}/messages`;
    return {
      server,
      client,
      path,
      async [Symbol.asyncDispose]() {
        client[Symbol.dispose]();
        await server.stop();
      },
    };
  }

  test("stats and rooms", async () => {
    await using run = await yard();
    const stats = await ask(run.server, "/api/stats");
    expect(stats.json).toEqual({ rooms: 1, people: 1, messages: 20, uptimeSeconds: expect.any(Number) });
    expect(stats.headers["cache-control"]).toBe("no-store");
    const { json } = await ask(run.server, "/api/rooms");
    expect(json).toEqual({ roomCount: 1, peopleCount: 1, rooms: [{ name: "마당", people: 1 }] });
  });

  test("messages of a room", async () => {
    await using run = await yard();
    const seqs = async (query: string) => {
      const { json, status } = await ask(run.server, run.path + query);
      if (status !== 200) return status;
      return (json as { messages: { seq: number }[] }).messages.map(({ seq }) => seq);
    };
    expect(await seqs("")).toHaveLength(20);
    expect(await seqs("?limit=2")).toEqual([19, 20]);
    expect(await seqs("?after=3&limit=2")).toEqual([4, 5]);
    expect(await seqs("?before=3")).toEqual([1, 2]);
    expect(await seqs("?after=20")).toEqual([]);
    expect(await seqs("?after=3&before=7")).toEqual([4, 5, 6]);
    expect(await seqs("?after=3&before=7&limit=2")).toEqual([4, 5]);
    expect(await seqs("?before=3&after=7")).toEqual([]);
    expect(await seqs("?limit=99999999")).toHaveLength(20);
    expect(await seqs("?after=&limit=1")).toEqual([20]);
    for (const bad of [
      "?after=x",
      "?after=-1",
      "?before=1.5",
      "?limit=0",
      "?limit=1e3",
      "?after=99999999999999999",
    ]) {
      expect(await seqs(bad), bad).toBe(400);
    }
    expect((await ask(run.server, "/api/rooms/nobody/messages")).status).toBe(404);
    expect((await ask(run.server, "/api/rooms/%ff/messages")).status).toBe(400);
    expect((await ask(run.server, "/api/rooms/%2F/messages")).status).toBe(400);
    const { json } = await ask(run.server, `${run.path}?limit=1`);
    expect(json).toMatchObject({
      room: "마당",
      first: 1,
      head: 20,
      messages: [{ name: "Ada", text: "message 20" }],
    });
  });

  test("posting needs the token that the operator set, and reaches the room", async () => {
    await using run = await yard({ postToken: "s3cret-s3cret-s3cret" });
    const type = { "Content-Type": "application/json" };
    const good = { ...type, Authorization: "Bearer s3cret-s3cret-s3cret" };
    const body = JSON.stringify({ name: "Build", text: "초록" });
    const posted = await ask(run.server, run.path, { method: "POST", headers: good, body });
    expect([posted.status, posted.json]).toEqual([201, { room: "마당", seq: 21 }]);
    await run.client.until(() => run.client.records.length === 21, "the posted message");
    expect(run.client.records[20]).toMatchObject({ author: 0, name: "Build", text: "초록" });
    const chunked = await ask(run.server, run.path, { method: "POST", headers: good, body: [...body] });
    expect(chunked.status).toBe(201);

    const refused = async (headers: Record<string, string>, text: string | string[] = body) =>
      (await ask(run.server, run.path, { method: "POST", headers, body: text })).status;
    expect(await refused(type)).toBe(401);
    for (const token of [
      "",
      "Bearer",
      "Bearer s3cret-s3cret-s3cre",
      "Bearer s3cret-s3cret-s3cret2",
      "Bearer S3cret",
      "s3cret-s3cret-s3cret",
      "Basic s3cret-s3cret-s3cret",
    ]) {
      expect(await refused({ ...type, Authorization: token }), token).toBe(401);
    }
    expect(await refused({ Authorization: "Bearer s3cret-s3cret-s3cret" })).toBe(415);
    for (const bad of ["", "x", "[]", "null", '{"name":"a"}', '{"name":1,"text":"a"}', "{}"]) {
      expect(await refused(good, bad), bad).toBe(400);
    }
    expect(await refused(good, JSON.stringify({ name: "Build", text: "x".repeat(5000) }))).toBe(413);
    expect(await refused(good, "x".repeat(70_000))).toBe(413);
    expect(await refused(good, Array(100).fill("x".repeat(1000)))).toBe(413);
    expect((await run.server.log.bounds(1)).head).toBe(22);
    expect(run.server.errors).toEqual([]);
  });

  test("a post is stored as it was written or not at all", async () => {
    await using run = await yard({ postToken: "s3cret-s3cret-s3cret" });
    const headers = {
      "Content-Type": "application/json",
      Authorization: "Bearer s3cret-s3cret-s3cret",
    };
    const post = (body: string | Uint8Array<ArrayBuffer>) =>
      fetch(run.server.url + run.path, { method: "POST", headers, body }).then(async (answer) => {
        return [answer.status, ((await answer.json()) as { error?: string }).error];
      });
    const broken = (bytes: number[]) =>
      Uint8Array.from([...Buffer.from('{"name":"a","text":"'), ...bytes, ...Buffer.from('"}')]);
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xea, 0xb0],
    ]) {
      expect(await post(broken(bytes)), bytes.join()).toEqual([400, "bad_utf8"]);
    }
    expect(await post('{"name":"a","text":"\\ud800"}')).toEqual([400, "bad_utf8"]);
    expect(await post('{"name":"a\\udc00","text":"b"}')).toEqual([400, "bad_utf8"]);
    expect(await post('\ufeff{"name":"a","text":"b"}')).toEqual([400, "bad_body"]);
    expect(await post('{"name":"a","text":"\\ud83c\\udf59 \u{1f359}"}')).toEqual([201, undefined]);
    await run.client.until(() => run.client.records.length === 21, "the posted message");
    expect(run.client.records[20]?.text).toBe("\u{1f359} \u{1f359}");
  });

  test("a repeat with its key is answered with the number it has, also by the next server", {
    timeout: 30_000,
  }, async () => {
    using folder = makeFolder();
    const token = "s3cret-s3cret-s3cret";
    const environment = { MADANG_POST_TOKEN: token };
    const args = ["--port", "0", "--data", folder.path];
    const post = async (server: ServerProcess, key: string | null, text: string, room = "yard") => {
      const headers: Record<string, string> = {
        "Content-Type": "application/json",
        Authorization: `Bearer ${token}`,
      };
      if (key !== null) headers["Idempotency-Key"] = key;
      const body = JSON.stringify({ name: "Build", text });
      const url = `${server.url}/api/rooms/${room}/messages`;
      const answer = await fetch(url, { method: "POST", headers, body });
      const { seq, error } = (await answer.json()) as { seq?: number; error?: string };
      return [answer.status, seq ?? error];
    };
    await using server = await ServerProcess.start(args, environment);
    expect(await post(server, "build 4711: green", "green")).toEqual([201, 1]);
    expect(await post(server, null, "by hand")).toEqual([201, 2]);
    expect(await post(server, "build 4711: green", "green")).toEqual([201, 1]);
    expect(await post(server, "build 4711: green", "green", "other")).toEqual([201, 1]);
    expect(await post(server, "x".repeat(128), "long")).toEqual([201, 3]);
    for (const bad of ["", "1234567", "x".repeat(129), "x".repeat(5_000), "caf\u00e9 caf\u00e9"]) {
      expect(await post(server, bad, "no"), bad).toEqual([400, "bad_idempotency_key"]);
    }
    await server.kill("SIGKILL");
    await using next = await ServerProcess.start(args, environment);
    expect(await post(next, "build 4711: green", "green")).toEqual([201, 1]);
    expect(await post(next, "x".repeat(128), "long")).toEqual([201, 3]);
    expect(await post(next, "build 4712: green", "green")).toEqual([201, 4]);
    expect(await post(next, null, "by hand")).toEqual([201, 5]);
    const page = (await (await fetch(`${next.url}/api/rooms/yard/messages`)).json()) as {
      messages: { text: string }[];
    };
    expect(page.messages.map(({ text }) => text)).toEqual(["green", "by hand", "long", "green", "by hand"]);
  });

  test("without a token set nobody can post, even with none", async () => {
    await using run = await yard();
    for (const Authorization of ["", "Bearer ", "Bearer"]) {
      const headers = { "Content-Type": "application/json", Authorization };
      const { status } = await ask(run.server, run.path, {
        method: "POST",
        headers,
        body: '{"name":"a","text":"b"}',
      });
      expect(status).toBe(403);
    }
  });

  test("a client that goes away in the middle of anything harms nothing", async () => {
    await using run = await yard({ postToken: "s3cret-s3cret-s3cret" });
    const head = `POST ${run.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nAuthorization: Bearer s3cret-s3cret-s3cret\r\n\r\n`;
    for (const bytes of [head, `${head}{"name"`, `GET ${run.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`]) {
      await new Promise<void>((done) => {
        const socket = connect(run.server.port, "127.0.0.1", () => {
          socket.write(bytes, () => {
            socket.destroy();
            done();
          });
        });
      });
    }
    expect((await ask(run.server, "/healthz")).status).toBe(200);
    expect(run.server.errors).toEqual([]);
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

describe("metrics", () => {
  test("are Prometheus text: every line parses, every value is a number, no name twice", async () => {
    await using server = await runServer();
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    client.say(room, 1, "hi");
    await client.until(() => client.records.length === 1, "the message");
    const answer = await fetch(server.metricsUrl);
    const body = await answer.text();
    expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const values = new Map<string, number>();
    const types = new Map<string, string>();
    expect(body.endsWith("\n")).toBe(true);
    for (const line of body.trimEnd().split("\n")) {
      const comment = /^# (HELP|TYPE) (madang_[a-z_]+) (.+)$/.exec(line);
      if (comment) {
        if (comment[1] === "TYPE") types.set(comment[2]!, comment[3]!);
        continue;
      }
      const [, name, label = "", value] =
        /^(madang_[a-z_]+)(\{(?:le|resource)="[^"]+"\})? (\S+)$/.exec(line) ?? [];
      expect(name, line).toBeDefined();
      expect(values.has(name! + label), line).toBe(false);
      expect(Number.isFinite(Number(value)), line).toBe(true);
      values.set(name! + label, Number(value));
      const family = name!.replace(/_(bucket|sum|count)$/, "");
      expect(types.has(name!) || types.get(family) === "histogram", line).toBe(true);
    }
    expect(values.get("madang_connections")).toBe(1);
    expect(values.get("madang_people")).toBe(1);
    expect(values.get("madang_messages_total")).toBe(1);
    expect(values.get("madang_commit_seconds_count")).toBe(
      values.get('madang_commit_seconds_bucket{le="+Inf"}'),
    );
    const buckets = [...values].filter(([name]) => name.startsWith("madang_commit_seconds_bucket"));
    const counts = buckets.map(([, count]) => count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});

describe("requests that are not as they should be", () => {
  test("pipelined ones are answered in order", async () => {
    await using server = await runServer();
    const bytes = ["/healthz", "/nothing2", "/healthz"]
      .map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      .join("");
    const text = await exchange(server, bytes, (all) => all.endsWith("ok\n") && all.includes("404"));
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"]);
    expect(await exchange(server, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")).toContain(
      "Connection: close",
    );
    const fine = await exchange(
      server,
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50),
      (all) => {
        return all.split("HTTP/1.1 200").length > 50;
      },
    );
    expect(fine.match(/HTTP\/1\.1 200/g)).toHaveLength(50);
  });

  test("pipelined behind one that waits for the disk, and with two lengths: the server lives", async () => {
    await using server = await runServer({ postToken: "s3cret-s3cret-s3cret" });
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    client.say(room, 1, "hi");
    await client.until(() => client.records.length === 1, "the message");
    const slow = "GET /api/rooms/yard/messages HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const post =
      "POST /api/rooms/yard/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer s3cret-s3cret-s3cret\r\n" +
      "Content-Type: application/json\r\n";
    const body = '{"name":"a","text":"b"}';
    const all = [
      slow.repeat(20),
      slow + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(5),
      `${post}Content-Length: ${body.length}\r\nContent-Length: 5\r\n\r\n${body}`,
      `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      `${post}Content-Length: -1\r\n\r\n${body}`,
      `${post}Content-Length: 99999999999999999999\r\n\r\n${body}`,
      `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "BREW /pot HTCPCP/1.0\r\n\r\n",
      "\r\n\r\n\r\n",
      `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: localhost\r\n${"A: b\r\n".repeat(5000)}\r\n`,
      "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET http://x/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /%00%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /api/rooms/%/messages HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ];
    await Promise.all(all.map((bytes) => exchange(server, bytes, (text) => text.length > 0)));
    expect((await ask(server, "/healthz")).status).toBe(200);
    expect(server.errors).toEqual([]);
  });
});
