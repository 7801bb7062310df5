/** Answers that nobody reads, that are read late, and that were asked for all at once. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { StaticFiles } from "../src/server/static-files.ts";
import { exchange, request, sendUnread } from "./raw-http.ts";
import { runServer } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const CONNECTIONS = 20;
/** Of this length every request fills, so that none is cut between two reads: this transport cannot read a cut one. */
const REQUEST_BYTES = 128;

/** A request padded to its length, many times. */
function manyOf(path: string, method = "GET", headers: string[] = []): Buffer {
  const bare = request(path, [...headers, "A: "], method).length;
  const one = request(path, [...headers, `A: ${"x".repeat(REQUEST_BYTES - bare)}`], method);
  // A space at the end of a header's line is as good as any letter.
  expect(one).toHaveLength(REQUEST_BYTES);
  return Buffer.from(one.repeat(512));
}

async function residentMiB(server: ServerProcess): Promise<number> {
  const text = await (await fetch(server.metricsUrl)).text();
  return Number(/^madang_resident_bytes (\d+)/m.exec(text)?.[1]) / 2 ** 20;
}

test("connections that ask on and read nothing take no memory, and hold nobody up", {
  timeout: 120_000,
}, async () => {
  using folder = makeFolder();
  // A quick machine would use the address's budget up, and what is asked for here is not what a budget does.
  const flags = ["--port", "0", "--data", folder.path, "--metrics-listen", "127.0.0.1:0", "--no-budgets"];
  await using server = await ServerProcess.start(flags);
  const etag = (await fetch(server.url)).headers.get("etag")!;
  const asset = /src="(\/assets\/[^"]+)"/.exec(await (await fetch(server.url)).text())![1]!;
  const floods: [string, Buffer][] = [
    ["a small answer", manyOf("/healthz")],
    ["a page", manyOf("/")],
    ["a large file", manyOf(asset)],
    ["a list", manyOf("/api/rooms")],
    ["messages", manyOf("/api/rooms/nobody/messages")],
    ["an answer without a body", manyOf("/", "HEAD")],
    ["one that is known already", manyOf("/", "GET", [`If-None-Match: ${etag}`])],
    ["methods", manyOf("/", "OPTIONS")],
    ["nothing", manyOf("/nothing")],
    ["a method that is not allowed", manyOf("/", "DELETE")],
    ["a foreign name", manyOf("/", "GET", ["Host: evil.example"])],
    ["no upgrade", manyOf("/ws")],
  ];
  const before = await residentMiB(server);
  for (const [what, bytes] of floods) {
    // Two megabytes each: 16,384 requests.
    const sockets = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => sendUnread(server.port, bytes, 32)),
    );
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const grown = (await residentMiB(server)) - before;
    for (const socket of sockets) socket.destroy();
    expect(grown, what).toBeLessThan(24);
  }
  // A few at a time: never too many at once, but together their answers are more than the kernel takes.
  const drops: [string, string, number][] = [
    ["a large file", asset, 80],
    ["nothing", "/nothing", 1_200],
  ];
  for (const [what, path, rounds] of drops) {
    const few = manyOf(path).subarray(0, REQUEST_BYTES * 10);
    const sockets = await Promise.all(Array.from({ length: 5 }, () => sendUnread(server.port, few, 1)));
    for (let round = 1; round < rounds; round++) {
      for (const socket of sockets) socket.write(few);
      // The server has seen them.
      await fetch(`${server.url}/healthz`);
    }
    const grown = (await residentMiB(server)) - before;
    for (const socket of sockets) socket.destroy();
    expect(grown, `${what}, slowly`).toBeLessThan(24);
  }
});

test("a few requests at once are answered in order, errors too; too many end the connection", {
  timeout: 30_000,
}, async () => {
  await using server = await runServer();
  const order = ["/healthz", "/nothing", "/api/stats", "/healthz", "/api/x", "/healthz"];
  const all = await exchange(server.port, order.map((path) => request(path)).join(""), (text) => {
    return text.split("HTTP/1.1 ").length > order.length && text.endsWith("ok\n");
  });
  expect(all.statuses).toEqual([200, 404, 200, 200, 404, 200]);
  const fifty = request("/healthz").repeat(50);
  expect(
    (await exchange(server.port, fifty, (text) => text.split("ok\n").length > 50)).statuses,
  ).toHaveLength(50);
  const thousand = await exchange(server.port, request("/healthz").repeat(1_000));
  expect(thousand.ended).toBe(true);
  expect(thousand.statuses.length).toBeLessThan(1_000);
  // Many at once, one each: all are answered.
  const single = await Promise.all(
    Array.from({ length: 200 }, () =>
      exchange(server.port, request("/healthz"), (text) => text.endsWith("ok\n")),
    ),
  );
  expect(single.every(({ statuses }) => statuses[0] === 200)).toBe(true);
  expect(server.errors).toEqual([]);
});

/** A client whose only file is longer than the kernel keeps for a socket that is not read. */
function largeFile(): Disposable & { files: StaticFiles } {
  const folder = mkdtempSync(join(tmpdir(), "madang-client-"));
  const letters = Buffer.from("abcdefghijklmnopqrstuvwxyz0123456789".repeat(2_000_000 / 4));
  writeFileSync(join(folder, "large"), letters);
  const entry = {
    path: "/large",
    file: "large",
    type: "text/plain",
    hash: "h",
    immutable: true,
    encodings: [],
  };
  writeFileSync(join(folder, "assets.json"), JSON.stringify([entry]));
  return { files: new StaticFiles(folder), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const LARGE_BYTES = 18_000_000;

test("whoever reads late gets everything, and may ask again", { timeout: 60_000 }, async () => {
  using client = largeFile();
  await using server = await runServer({ files: client.files });
  const socket = connect(server.port, "127.0.0.1");
  let got: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => got.push(chunk));
  for (let round = 0; round < 2; round++) {
    got = [];
    socket.pause();
    socket.write(request("/large"));
    // Another connection's answer: the server has seen this one's request, and goes on.
    await exchange(server.port, request("/healthz"), (text) => text.endsWith("ok\n"));
    socket.resume();
    const length = () => got.reduce((sum, { length }) => sum + length, 0);
    await expect.poll(length, { timeout: 20_000, interval: 20 }).toBeGreaterThan(LARGE_BYTES);
    const all = Buffer.concat(got).toString("latin1");
    const body = all.slice(all.indexOf("\r\n\r\n") + 4);
    expect(body.length).toBe(LARGE_BYTES);
    expect(/^(abcdefghijklmnopqrstuvwxyz0123456789)+$/.test(body)).toBe(true);
  }
  // One that asks on while an answer waits is sent away, one that goes meanwhile is forgotten.
  socket.pause();
  socket.write(request("/large"));
  await exchange(server.port, request("/healthz"), (text) => text.endsWith("ok\n"));
  const ended = new Promise((done) => socket.once("close", done));
  socket.write(request("/healthz"));
  socket.resume();
  await ended;
  const gone = connect(server.port, "127.0.0.1").pause();
  gone.write(request("/large"), () => gone.destroy());
  await exchange(server.port, request("/healthz"), (text) => text.endsWith("ok\n"));
  expect(server.errors).toEqual([]);
});

test("an answer without a body is whole, and its connection ends", async () => {
  await using server = await runServer();
  const cases: [string, string, RegExp][] = [
    ["HEAD", "/healthz", /^HTTP\/1\.1 200 OK\r\n.*Content-Length: 3\r\n.*\r\n\r\n$/s],
    ["HEAD", "/nothing", /^HTTP\/1\.1 404 Not Found\r\n.*Content-Length: \d+\r\n.*\r\n\r\n$/s],
    ["OPTIONS", "/healthz", /^HTTP\/1\.1 204 No Content\r\n.*Allow: GET, HEAD, OPTIONS\r\n.*\r\n\r\n$/s],
  ];
  for (const [method, path, whole] of cases) {
    const { text, ended } = await exchange(server.port, request(path, [], method));
    expect(text).toMatch(whole);
    expect(text.match(/\r\n\r\n/g)).toHaveLength(1);
    expect([text.includes("Connection: close\r\n"), ended]).toEqual([true, true]);
    if (method === "OPTIONS") expect(text).not.toContain("Content-Length");
  }
});
