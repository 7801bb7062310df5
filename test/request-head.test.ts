/** Requests that end at two places, that grow without bound, or that are long where they would be taken apart. */
import type { HttpRequest } from "uWebSockets.js";
import { expect, test } from "vitest";
import { RequestHead } from "../src/server/request-head.ts";
import { exchange, handshake, request } from "./raw-http.ts";
import { runServer } from "./running-server.ts";

const TOKEN = "a token of the test".replaceAll(" ", "-");
const BODY = '{"name":"a","text":"b"}';
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const LENGTH = `Content-Length: ${BODY.length}`;
/** What would be taken for a request of its own if the one before it ended too early. */
const HIDDEN = request("/healthz");

function post(headers: string[], body: string): string {
  const all = [`Authorization: Bearer ${TOKEN}`, "Content-Type: application/json", ...headers];
  return request("/api/rooms/yard/messages", all, "POST") + body;
}

/** A head as the transport shows it, which may be one that this transport refuses by itself. */
function headOf(headers: [string, string][], path = "/", query?: string): RequestHead {
  const req = {
    getMethod: () => "post",
    getUrl: () => path,
    getQuery: () => query,
    forEach: (each: (name: string, value: string) => void) => {
      for (const [name, value] of headers) each(name, value);
    },
  };
  return new RequestHead(req as unknown as HttpRequest);
}

test("a head is refused by itself, whatever the transport makes of it", () => {
  const why = (...headers: [string, string][]) => headOf(headers).fault?.body ?? null;
  expect(why(["content-length", "5"], ["transfer-encoding", "chunked"])).toContain("one length, not two");
  expect(why(["content-length", "5"], ["content-length", "5"])).toContain(
    "content-length stands there twice",
  );
  expect(why(["host", "a"], ["host", "a"])).toContain("host stands there twice");
  expect(why(["content-length", "5"])).toBeNull();
  expect(why(["transfer-encoding", "Chunked"])).toBeNull();
  const head = headOf([
    ["accept-encoding", "br"],
    ["accept-encoding", "gzip"],
    ["cookie", "x".repeat(301)],
  ]);
  expect([head.get("accept-encoding"), head.get("cookie"), head.get("cookie", 301).length]).toEqual([
    "br, gzip",
    "",
    301,
  ]);
  // Many lines do not make one that is too long; what a proxy adds behind a stranger's line is never left out.
  const many = (length: number) =>
    headOf([
      ["x-forwarded-for", "1".repeat(length)],
      ["x-forwarded-for", "192.0.2.1"],
    ]);
  expect(many(8_192).fault?.status).toBe(431);
  expect(many(8_190).fault?.status).toBe(431);
  expect(many(8_000).fault).toBeNull();
  expect(many(8_000).get("x-forwarded-for", 8_192)).toMatch(/1, 192\.0\.2\.1$/);
});

test("a request whose end is in doubt stores nothing, nor is what follows it answered", {
  timeout: 30_000,
}, async () => {
  await using server = await runServer({ postToken: TOKEN });
  const doubtful: [string, string[], string][] = [
    ["two lengths", [LENGTH, "Content-Length: 5"], BODY],
    ["the same length twice", [LENGTH, LENGTH], BODY],
    ["a list of lengths", [`Content-Length: ${BODY.length}, ${BODY.length}`], BODY],
    ["a length and chunks", [LENGTH, "Transfer-Encoding: chunked"], CHUNKED],
    ["chunks and a length", ["Transfer-Encoding: chunked", LENGTH], CHUNKED],
    ["an empty length", ["Content-Length:"], BODY],
    ["an empty coding", ["Transfer-Encoding:", LENGTH], BODY],
    ["a signed length", [`Content-Length: +${BODY.length}`], BODY],
    ["a negative length", ["Content-Length: -1"], BODY],
    ["a hexadecimal length", ["Content-Length: 0x17"], BODY],
    ["a length beyond all bounds", ["Content-Length: 99999999999999999999"], BODY],
    ["another coding", ["Transfer-Encoding: identity"], CHUNKED],
    ["two codings", ["Transfer-Encoding: gzip, chunked"], CHUNKED],
    ["a coding twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED],
    ["a chunk with an extension", ["Transfer-Encoding: chunked"], CHUNKED.replace("\r\n", ";a=b\r\n")],
    ["a header without a name", [": x", LENGTH], BODY],
    ["two tokens", [LENGTH, "Authorization: Bearer x"], BODY],
    ["two types", [LENGTH, "Content-Type: text/plain"], BODY],
  ];
  for (const [what, headers, body] of doubtful) {
    const all = post(headers, body);
    for (const bytes of [all, all + HIDDEN]) {
      const { statuses, text } = await exchange(server.port, bytes);
      const accepted = statuses.filter((status) => status < 400);
      expect(accepted, `${what}: ${text}`).toEqual([]);
      expect(statuses.length, what).toBeLessThan(2);
      if (statuses.length > 0) expect(text, what).toContain("Connection: close");
    }
  }
  expect(server.house.rooms.count).toBe(0);
  const stored = (text: string) => text.includes('"seq":');
  expect((await exchange(server.port, post([LENGTH], BODY), stored)).statuses).toEqual([201]);
  const chunks = post(["transfer-encoding: Chunked"], CHUNKED);
  expect((await exchange(server.port, chunks, stored)).statuses).toEqual([201]);
  expect(server.errors).toEqual([]);
});

test("refuses what is longer than any honest request, and ends the connection", {
  timeout: 30_000,
}, async () => {
  await using server = await runServer();
  const refused: [string, number][] = [
    [request(`/${"x".repeat(2_000)}`), 414],
    [request(`/healthz?${"x".repeat(2_000)}`), 414],
    [request("/healthz", [`Cookie: ${"x".repeat(8_193)}`]), 431],
    [request("/healthz", [`Accept-Encoding: ${"a,".repeat(30_000)}`]), 431],
    [request("/healthz", [`If-None-Match: ${"a,".repeat(30_000)}`]), 431],
    [handshake({ "Sec-WebSocket-Protocol": "a,".repeat(30_000) }), 431],
    [handshake({ Connection: "a,".repeat(30_000) }), 431],
    [handshake({ Origin: `http://${"a".repeat(60_000)}` }), 431],
  ];
  for (const [bytes, status] of refused) {
    const { statuses, ended } = await exchange(server.port, bytes);
    expect([statuses, ended], bytes.slice(0, 80)).toEqual([[status], true]);
    const more = await exchange(server.port, bytes + HIDDEN);
    expect([more.statuses.includes(200), more.ended], bytes.slice(0, 80)).toEqual([false, true]);
  }
  // Longer than what is taken apart, shorter than what is refused: as if it were not there.
  const lists = ["Accept-Encoding", "If-None-Match"].map((name) => `${name}: ${"gzip, ".repeat(600)}`);
  const fine = await exchange(server.port, request("/healthz", lists), (text) => text.endsWith("ok\n"));
  expect(fine.statuses).toEqual([200]);
  const long = handshake({ "Sec-WebSocket-Protocol": `${"a, ".repeat(1_000)}madang.1` });
  expect((await exchange(server.port, long)).statuses).toEqual([400]);
  const cookie = request("/healthz", [`Cookie: ${"x".repeat(8_000)}`, "Cookie: y"]);
  expect((await exchange(server.port, cookie, (text) => text.endsWith("ok\n"))).statuses).toEqual([200]);
  expect(server.errors).toEqual([]);
});

test("the upgrade is the one of RFC 6455", { timeout: 30_000 }, async () => {
  await using server = await runServer();
  const opened = async (other: Record<string, string | null>) => {
    const { statuses, text } = await exchange(server.port, handshake(other), (said) =>
      said.includes("\r\n\r\n"),
    );
    return { status: statuses[0], text };
  };
  for (const fine of [
    {},
    { Connection: "keep-alive, Upgrade" },
    { Connection: "UPGRADE" },
    { Connection: "Upgrade, close" },
    { Upgrade: "WebSocket" },
    { "Sec-WebSocket-Protocol": "other.1,madang.1" },
  ]) {
    expect((await opened(fine)).status, JSON.stringify(fine)).toBe(101);
  }
  const refused: [Record<string, string | null>, number][] = [
    [{ "Sec-WebSocket-Version": "8" }, 426],
    [{ "Sec-WebSocket-Version": "013" }, 426],
    [{ "Sec-WebSocket-Version": null }, 426],
    [{ Connection: "not-upgrade" }, 426],
    [{ Connection: "keep-alive" }, 426],
    [{ Connection: null }, 426],
    [{ Upgrade: "h2c" }, 426],
    [{ Upgrade: "websocketx" }, 426],
    [{ "Sec-WebSocket-Key": null }, 426],
    [{ "Sec-WebSocket-Key": "short" }, 426],
    [{ "Sec-WebSocket-Key": "!".repeat(24) }, 400],
    [{ "Sec-WebSocket-Protocol": null }, 400],
    [{ "Sec-WebSocket-Protocol": "Madang.1" }, 400],
    [{ "Sec-WebSocket-Protocol": "xmadang.1" }, 400],
    [{ Origin: "https://evil.example" }, 403],
  ];
  for (const [other, status] of refused) {
    const answer = await opened(other);
    expect(answer.status, JSON.stringify(other)).toBe(status);
    expect(answer.text).toContain("Content-Security-Policy: ");
    expect(answer.text).toContain("Connection: close");
    if (status === 426) expect(answer.text).toContain("Sec-WebSocket-Version: 13\r\n");
  }
  expect(server.errors).toEqual([]);
});
