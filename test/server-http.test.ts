/** What the server says over plain HTTP: pages, files and metrics, and to requests that are not as they should be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import { describe, expect, test } from "vitest";
import { CONTENT_SECURITY_POLICY } from "../src/server/respond.ts";
import { StaticFiles } from "../src/server/static-files.ts";
import { ask, exchange } from "./http-client.ts";
import { RawClient } from "./raw-client.ts";
import { runServer } from "./running-server.ts";

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
    for (const line of body.split("\n").filter((one) => one !== "")) {
      const comment = /^# (HELP|TYPE) ((?:madang|process|nodejs)_[a-z_]+) (.+)$/.exec(line);
      if (comment) {
        if (comment[1] === "TYPE") types.set(comment[2]!, comment[3]!);
        continue;
      }
      const [, name, label = "", value] =
        /^((?:madang|process|nodejs)_[a-z_]+)(\{(?:le|resource|code)="[^"]+"\})? (\S+)$/.exec(line) ?? [];
      expect(name, line).toBeDefined();
      expect(values.has(name! + label), line).toBe(false);
      // A log in memory has no end.
      expect(value === "+Inf" || Number.isFinite(Number(value)), line).toBe(true);
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
    const isEnding = (all: string) => all.includes("Connection: close");
    const nothing = await exchange(server, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", isEnding);
    expect(isEnding(nothing)).toBe(true);
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
