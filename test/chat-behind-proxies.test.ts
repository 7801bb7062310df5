/** The files that operators copy, with the real nginx and Caddy: pages, WebSocket, addresses, silence, and a restart. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../bench/free-port.ts";
import { WIRE } from "../src/wire/limits.ts";
import { NAME, type ProxyName, ProxyProcess } from "./proxy-process.ts";
import { RawClient } from "./raw-client.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const DEPLOY = join(import.meta.dirname, "../deploy");

interface Visit {
  /** The address it comes from. */
  from?: string;
  headers?: Record<string, string>;
}

/** As a browser would: the name in the address, in the handshake of TLS, and in the Origin. */
const around = (proxy: ProxyProcess, { from = "127.0.0.1", headers = {} }: Visit) => ({
  localAddress: from,
  servername: NAME,
  rejectUnauthorized: false,
  headers: { Host: `${NAME}:${proxy.port}`, Origin: `https://${NAME}:${proxy.port}`, ...headers },
});

const visit = async (proxy: ProxyProcess, name: string, visit: Visit = {}): Promise<RawClient> => {
  const client = await RawClient.open(`wss://127.0.0.1:${proxy.port}/ws`, around(proxy, visit));
  return client.greet(name);
};

/** The status of an upgrade that is not let through. */
const refusal = (proxy: ProxyProcess, visit: Visit): Promise<number> =>
  new Promise((answer, fail) => {
    const options = { perMessageDeflate: false, ...around(proxy, visit) };
    const socket = new WebSocket(`wss://127.0.0.1:${proxy.port}/ws`, WIRE.subprotocol, options);
    socket.on("unexpected-response", (_, response) => answer(response.statusCode ?? 0));
    socket.on("open", () => fail(new Error("it was let in")));
    socket.on("error", () => undefined);
  });

const get = (
  proxy: ProxyProcess,
  path: string,
): Promise<{ status: number; headers: Record<string, unknown>; bytes: number }> =>
  new Promise((answer, fail) => {
    const { headers, ...rest } = around(proxy, { headers: { "Accept-Encoding": "br, gzip" } });
    const options = { host: "127.0.0.1", port: proxy.port, path, headers, ...rest };
    const asked = request(options, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () =>
        answer({ status: response.statusCode ?? 0, headers: response.headers, bytes }),
      );
    });
    asked.on("error", fail).end();
  });

async function behind(name: ProxyName, flags: string[] = [], more: [string, string][] = []) {
  const folder = makeFolder();
  const port = await freePort();
  const proxy = await ProxyProcess.start(name, { target: port, more });
  const publicUrl = ["--public-url", `https://${NAME}:${proxy.port}`];
  const args = ["--port", String(port), "--data", folder.path, ...publicUrl, ...flags];
  return { proxy, folder, start: () => ServerProcess.start(args) };
}

const trusting = ["--trust-proxy", "loopback"];

describe.each<ProxyName>(["nginx", "Caddy"])("behind %s", (name) => {
  test("pages come as they are, and two people talk", async () => {
    const { proxy, folder, start } = await behind(name, trusting);
    using _folder = folder;
    await using _proxy = proxy;
    await using _server = await start();
    const page = await get(proxy, "/r/yard");
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({ "content-encoding": "br", "x-content-type-options": "nosniff" });
    expect(page.bytes).toBeGreaterThan(0);
    using one = await visit(proxy, "One");
    using other = await visit(proxy, "Other");
    const { room } = await one.enter("yard");
    await other.enter("yard");
    one.say(room, 1, "마당에서 만나요");
    await other.until(() => other.records.at(-1)?.text === "마당에서 만나요", "the message");
  });

  test("each visitor is known by the own address, whatever they say of it themselves", async () => {
    const { proxy, folder, start } = await behind(name, [...trusting, "--max-connections-per-visitor", "1"]);
    using _folder = folder;
    await using _proxy = proxy;
    await using _server = await start();
    using _one = await visit(proxy, "One", { from: "127.0.0.2" });
    using _other = await visit(proxy, "Other", { from: "127.0.0.3" });
    expect(await refusal(proxy, { from: "127.0.0.2" })).toBe(503);
    const headers = { "X-Forwarded-For": "127.0.0.9, 198.51.100.7" };
    expect(await refusal(proxy, { from: "127.0.0.3", headers })).toBe(503);
    using _third = await visit(proxy, "Third", { from: "127.0.0.4", headers });
  });

  test("without --trust-proxy all are one visitor, and the server says which flag is missing", async () => {
    const { proxy, folder, start } = await behind(name, ["--max-connections-per-visitor", "1"]);
    using _folder = folder;
    await using _proxy = proxy;
    await using server = await start();
    using _one = await visit(proxy, "One", { from: "127.0.0.2" });
    expect(await refusal(proxy, { from: "127.0.0.3" })).toBe(503);
    expect(server.stderr).toContain("start with --trust-proxy 127.0.0.1");
  });

  test("a restart of the server is over when it is there again, and nothing is lost", async () => {
    const { proxy, folder, start } = await behind(name, trusting);
    using _folder = folder;
    await using _proxy = proxy;
    const first = await start();
    using before = await visit(proxy, "One");
    const { room } = await before.enter("yard");
    before.say(room, 1, "before");
    await before.until(() => before.records.length > 0, "the message");
    await first.kill("SIGTERM");
    await before.closed();
    expect(await refusal(proxy, {})).toBe(502);
    await using _second = await start();
    using after = await visit(proxy, "Other");
    await after.enter("yard", { history: 10 });
    await after.until(() => after.records.length > 0, "what was said before");
    expect(after.records.map(({ text }) => text)).toEqual(["before"]);
  });
});

test("somebody who is silent for longer than nginx waits for a server stays, because the server pings", async () => {
  const { proxy, folder, start } = await behind(
    "nginx",
    [...trusting, "--idle-timeout-seconds", "8"],
    [
      ["proxy_read_timeout 5m", "proxy_read_timeout 9s"],
      ["proxy_send_timeout 5m", "proxy_send_timeout 9s"],
    ],
  );
  using _folder = folder;
  await using _proxy = proxy;
  await using _server = await start();
  using silent = await visit(proxy, "Silent");
  const { room } = await silent.enter("yard");
  let pings = 0;
  silent.socket.on("ping", () => pings++);
  const patience = performance.now() + 25_000;
  while (pings < 3 && silent.closeCode === 0 && performance.now() < patience)
    await new Promise((next) => setTimeout(next, 100));
  expect(silent.closeCode).toBe(0);
  silent.say(room, 1, "still here");
  await silent.until(() => silent.records.at(-1)?.text === "still here", "its own message");
});

test("as they are copied, the proxies wait longer than the server lets a connection be silent", () => {
  const minutes = Number(
    /proxy_read_timeout (\d+)m;/.exec(readFileSync(join(DEPLOY, "nginx.conf"), "utf8"))?.[1],
  );
  expect(minutes * 60).toBeGreaterThan(2 * 60);
});

test("as it is copied, nginx lets an unused connection go before the server closes it under a request", async () => {
  const kept = /^ +keepalive_timeout (\d+)s;$/m.exec(readFileSync(join(DEPLOY, "nginx.conf"), "utf8"))?.[1];
  // By itself it keeps one for a minute.
  const seconds = Number(kept ?? 60);
  using folder = makeFolder();
  const port = await freePort();
  await using _server = await ServerProcess.start(["--port", String(port), "--data", folder.path]);
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  const asked = performance.now();
  await once(socket, "close");
  expect(performance.now() - asked).toBeGreaterThan(seconds * 1000 + 1_000);
});

describe("the doctor, behind nginx", () => {
  /** Grades of what it looked at, and all that it said. */
  async function examine(more: [string, string][], flags: string[] = trusting, isBelieved = true) {
    using folder = makeFolder();
    const port = await freePort();
    await using proxy = await ProxyProcess.start("nginx", { target: port, more });
    const where = ["--host", "127.0.0.1", "--port", String(port), "--data", folder.path];
    const known = isBelieved ? { NODE_EXTRA_CA_CERTS: proxy.certificate } : { NODE_EXTRA_CA_CERTS: "" };
    const address = ["--public-url", `https://localhost:${proxy.port}`];
    const run = await ServerProcess.run(["doctor", ...where, ...address, ...flags], known);
    const grades = Object.fromEntries(
      run.stdout.split("\n").map((line) => line.split(/ +/).slice(0, 2).reverse() as [string, string]),
    );
    return { code: run.code, grades, said: run.stdout + run.stderr };
  }

  test("finds all well with the file as it is", async () => {
    const { code, grades, said } = await examine([]);
    expect(grades, said).toMatchObject({ address: "ok", proxy: "ok", websocket: "ok", clock: "ok" });
    expect(code).toBe(0);
  });

  test.each<[string, [string, string][], string[], string, RegExp]>([
    ["a proxy that is not trusted", [], [], "proxy", /Start with --trust-proxy 127\.0\.0\.1/],
    [
      "a header that is passed on as visitors send it",
      [["X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for"]],
      trusting,
      "proxy",
      /anybody could take anybody's address/,
    ],
    [
      "a header that is missing",
      [["X-Forwarded-For $remote_addr", 'X-Forwarded-For ""']],
      trusting,
      "proxy",
      /does not say for whom/,
    ],
    [
      "another Host",
      [["Host $http_host", "Host madang.internal"]],
      trusting,
      "proxy",
      /changes the Host header/,
    ],
    [
      "no upgrade",
      [["proxy_set_header Connection $madang_connection;", ""]],
      trusting,
      "websocket",
      /upgrade does not come through/,
    ],
  ])("says what to do about %s", async (_, more, flags, about, words) => {
    const { code, said } = await examine(more, flags);
    const line = said.split("\n").find((one) => one.startsWith("fail "));
    expect(line, said).toMatch(new RegExp(`^fail +${about} `));
    expect(line).toMatch(words);
    expect(code).toBe(1);
  });

  test("says that browsers will not believe the certificate", async () => {
    const { code, said } = await examine([], trusting, false);
    expect(said).toMatch(/fail +address .*certificate is not believed/);
    expect(code).toBe(1);
  });
});
