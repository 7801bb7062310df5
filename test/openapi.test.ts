/** The OpenAPI file against a real server: every path, method and status in it is so, and no path is missing in it. */
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BotTokens } from "../src/server/bot-tokens.ts";
import openapi from "../src/server/openapi.json" with { type: "json" };
import { ROUTES } from "../src/server/routes.ts";
import { WIRE } from "../src/wire/limits.ts";
import { EventReader } from "./event-source.ts";
import { ask, type Reply } from "./http-client.ts";
import { runServer, type TestServer } from "./running-server.ts";
import { makeFolder } from "./server-process.ts";

interface Schema {
  $ref?: string;
  type?: string | string[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  items?: Schema;
  enum?: unknown[];
}
interface Response {
  content?: Record<string, { schema: Schema }>;
}
interface Operation {
  operationId: string;
  responses: Record<string, Response>;
}
const paths = openapi.paths as unknown as Record<string, Record<string, Operation>>;
const schemas = openapi.components.schemas as Record<string, Schema>;
const METHODS = ["get", "post", "put", "patch", "delete"];

/** What of a value is not as a schema says; of the schemas that stand in this file. */
function faults(value: unknown, schema: Schema, at = ""): string[] {
  if (schema.$ref) return faults(value, schemas[schema.$ref.split("/").at(-1)!]!, at);
  if (Array.isArray(schema.type)) {
    const isOne = schema.type.some((type) => faults(value, { ...schema, type }).length === 0);
    return isOne ? [] : [`${at} is none of ${schema.type.join()}`];
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is not among what it may be`];
  if (schema.type === "null") return value === null ? [] : [`${at} is not null`];
  if (schema.type === "number" || schema.type === "boolean")
    return typeof value === schema.type ? [] : [`${at} is no ${schema.type}`];
  if (schema.type === "integer") return Number.isInteger(value) ? [] : [`${at} is no integer`];
  if (schema.type === "string") return typeof value === "string" ? [] : [`${at} is no string`];
  if (schema.type === "array") {
    if (!Array.isArray(value)) return [`${at} is no array`];
    return value.flatMap((one, i) => faults(one, schema.items!, `${at}/${i}`));
  }
  if (typeof value !== "object" || value === null) return [`${at} is no object`];
  const { required = [], properties = {}, additionalProperties = true } = schema;
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${at}/${name} is missing`),
    ...Object.entries(value).flatMap(([name, one]) => {
      if (properties[name]) return faults(one, properties[name], `${at}/${name}`);
      return additionalProperties ? [] : [`${at}/${name} is not described`];
    }),
  ];
}

test("has every path and method that the server has, and its version", () => {
  const described = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => `${method} ${path}`),
  );
  const there = ROUTES.flatMap(({ path, get, post }) => [
    ...(get ? [`get ${path}`] : []),
    ...(post ? [`post ${path}`] : []),
  ]);
  expect(described.sort()).toEqual(there.sort());
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  expect([openapi.openapi, openapi.info.version]).toEqual(["3.1.0", version]);
});

test("every status in it is answered as it says, and others as its default", {
  timeout: 30_000,
}, async () => {
  using folder = makeFolder();
  writeFileSync(join(folder.path, "format"), "madang 3\n");
  const bots = new BotTokens(folder.path);
  const make = (may: ("post" | "read")[]) => bots.make({ name: "Build", rooms: ["yard"], may }, 1).token;
  const [writer, reader] = [make(["post"]), make(["read"])];
  const wrong = `${reader.slice(0, -4)}AAAA`;
  const setting = { botTokens: folder.path };
  await using server = await runServer(setting);
  await using strict = await runServer(setting);
  await using small = await runServer({ ...setting, maxSockets: 40 });
  await using hanging = await runServer(setting);
  Object.defineProperty(hanging.house.rooms.flusher, "committingForMs", { value: 60_000 });
  const post = (on: TestServer, token: string, text: unknown, headers = {}) => {
    const all = { "Content-Type": "application/json", Authorization: `Bearer ${token}`, ...headers };
    const body = JSON.stringify({ text });
    return ask(on, "/api/rooms/yard/messages", { method: "POST", headers: all, body });
  };
  const get = (path: string, token = "", on = server) =>
    ask(on, path, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  const hook = (token: string, body: string, on = server) =>
    ask(on, `/api/hooks/${encodeURIComponent(token)}`, { method: "POST", body });
  const upgrade = {
    ...{ Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13" },
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  await post(server, writer, "one");
  for (const on of [strict, small]) expect((await post(on, writer, "one")).status).toBe(201);
  using one = new EventReader(small.url, "/api/rooms/yard/events");
  using two = new EventReader(small.url, "/api/rooms/yard/events");
  await expect.poll(() => one.status + two.status, { timeout: 5_000 }).toBe(400);
  // Guesses: from here on every token is one too many there.
  for (let i = 0; i < 10; i++) expect((await post(strict, wrong, "x")).status).toBe(401);

  const [messages, events] = ["/api/rooms/yard/messages", "/api/rooms/yard/events"];
  const reads = (path: string) => ({
    400: () => get(`${path}?after=x`),
    401: () => get(path, wrong),
    403: () => get(path, writer),
    404: () => get(path.replace("yard", "nobody")),
    429: () => get(path, reader, strict),
  });
  const cases: Record<string, Record<string, () => Promise<Reply>>> = {
    health: { 200: () => get("/healthz"), 503: () => get("/healthz", "", hanging) },
    readiness: { 200: () => get("/readyz"), 503: () => get("/readyz", "", hanging) },
    socket: {
      101: () => handshake(server, upgrade),
      400: () => ask(server, "/ws", { headers: upgrade }),
      426: () => get("/ws"),
    },
    description: { 200: () => get("/api/openapi.json") },
    stats: { 200: () => get("/api/stats") },
    rooms: { 200: () => get("/api/rooms") },
    messages: { 200: () => get(messages, reader), ...reads(messages) },
    post: {
      201: () => post(server, writer, "two", { "Idempotency-Key": "build 4711" }),
      400: () => post(server, writer, 1),
      401: () => post(server, wrong, "x"),
      403: () => post(server, reader, "x"),
      413: () => post(server, writer, "x".repeat(8_000)),
      415: () => post(server, writer, "x", { "Content-Type": "text/plain" }),
      429: () => post(strict, writer, "x"),
    },
    events: {
      200: async () => {
        using stream = new EventReader(server.url, `${events}?after=0`);
        await expect.poll(() => stream.events.length, { timeout: 5_000 }).toBeGreaterThan(1);
        const type = /^content-type: (.*)$/im.exec(stream.head)![1]!;
        return { status: stream.status, headers: { "content-type": type }, body: "x", json: null };
      },
      ...reads(events),
      503: () => get(events, "", small),
    },
    hook: {
      200: () => hook(writer, '{"text":"x"}'),
      400: () => hook(writer, "[]"),
      403: () => hook(reader, '{"text":"x"}'),
      404: () => hook("T000/B000", '{"text":"x"}'),
      413: () => hook(writer, JSON.stringify({ text: "x".repeat(8_000) })),
      429: () => hook(writer, '{"text":"x"}', strict),
    },
  };
  for (const [path, item] of Object.entries(paths))
    for (const method of METHODS.filter((name) => name in item)) {
      const { operationId, responses } = item[method]!;
      const known = Object.keys(responses).filter((status) => status !== "default");
      expect(Object.keys(cases[operationId] ?? {}), path).toEqual(known);
      for (const status of known) {
        const reply = await cases[operationId]![status]!();
        expect(reply.status, `${method} ${path}: ${reply.body}`).toBe(Number(status));
        const type = reply.headers["content-type"]?.split(";")[0];
        const content = responses[status]!.content ?? {};
        if (type === undefined) expect(content, `${path} ${status}`).toEqual({});
        else expect(Object.keys(content), `${path} ${status}`).toContain(type);
        if (type === "application/json")
          expect(faults(reply.json, content[type]!.schema), `${path} ${status}`).toEqual([]);
      }
    }
  for (const [path, item] of Object.entries(paths)) {
    const there = path.replace(/\{\w+\}/, "yard");
    const allow = (await ask(server, there, { method: "OPTIONS" })).headers.allow!.split(", ");
    const named = METHODS.filter((method) => method in item).map((method) => method.toUpperCase());
    expect(allow.filter((method) => !["HEAD", "OPTIONS"].includes(method))).toEqual(named);
    const other = await ask(server, there, { method: "DELETE" });
    expect([other.status, faults(other.json, schemas.Problem!)]).toEqual([405, []]);
  }
  for (const path of ["/healthz", "/readyz"]) {
    const { json } = await ask(server, path, { headers: { Accept: "application/json" } });
    expect(faults(json, schemas.Health!), path).toEqual([]);
  }
  expect((await get("/api/openapi.json")).json).toEqual(openapi);
  await using bare = await runServer({ ...setting, api: [] });
  expect((await hook(writer, '{"text":"x"}', bare)).body).toContain('"not_found"');
  expect((await get(events, "", bare)).body).toContain('"not_found"');
  expect((await get("/api/openapi.json", "", bare)).status).toBe(404);
});

/** An upgrade that succeeds, which is no answer to an ordinary client. */
function handshake(server: TestServer, headers: Record<string, string>): Promise<Reply> {
  const all = { Host: "localhost", ...headers, "Sec-WebSocket-Protocol": WIRE.subprotocol };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.once("data", (chunk) => {
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString())?.[1]);
      socket.destroy();
      resolve({ status, headers: {}, body: chunk.toString(), json: null });
    });
    socket.on("error", () => undefined);
    socket.write(`GET /ws HTTP/1.1\r\n${lines.join("")}\r\n`);
  });
}
