import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accepts } from "../src/server/negotiation.ts";
import type { PageRequest } from "../src/server/pages.ts";
import { StaticFiles } from "../src/server/static-files.ts";

function ask(path: string, acceptEncoding = "", ifNoneMatch = ""): PageRequest {
  return {
    path,
    query: "",
    host: "chat.example",
    cookie: "",
    scheme: "",
    acceptLanguage: "",
    acceptEncoding,
    ifNoneMatch,
  };
}

/** A built client in a folder of its own, which goes away with it. */
function build(): Disposable & { files: StaticFiles } {
  const folder = mkdtempSync(join(tmpdir(), "madang-static-"));
  mkdirSync(join(folder, "public"));
  const add = (file: string, encodings: string[]) => {
    writeFileSync(join(folder, "public", file), `${file} plain`);
    for (const coding of encodings) {
      const suffix = { br: ".br", gzip: ".gz" }[coding];
      writeFileSync(join(folder, "public", file + suffix), `${file} ${coding}`);
    }
    return { file: `public/${file}`, encodings };
  };
  const entries = [
    {
      path: "/icon.svg",
      type: "image/svg+xml",
      hash: "p1",
      immutable: false,
      ...add("icon.svg", ["br", "gzip"]),
    },
    {
      path: "/assets/app-1.js",
      type: "text/javascript",
      hash: "a1",
      immutable: true,
      ...add("app.js", ["gzip"]),
    },
  ];
  writeFileSync(join(folder, "assets.json"), JSON.stringify(entries));
  const files = new StaticFiles(folder);
  return { files, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

describe("the client's files", () => {
  test("what has no hash in its name is to be asked for again", () => {
    using built = build();
    const answer = built.files.get(ask("/icon.svg"))!;
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, "icon.svg plain"]);
    const headers = new Map(answer.headers);
    expect(headers.get("Cache-Control")).toBe("no-cache");
    expect(headers.get("ETag")).toBe('"p1"');
    expect(headers.get("Vary")).toBe("Accept-Encoding");
    expect(headers.has("Content-Encoding")).toBe(false);
  });

  test("hashed files are kept for good", () => {
    using built = build();
    const headers = new Map(built.files.get(ask("/assets/app-1.js"))!.headers);
    expect(headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(headers.get("Content-Type")).toBe("text/javascript");
  });

  test("other paths are none of its business", () => {
    using built = build();
    for (const path of [
      "/index.html",
      "/r",
      "/r/",
      "/r/a/b",
      "/assets/../index.html",
      "//",
      "",
      "/assets.json",
    ]) {
      expect(built.files.get(ask(path)), path).toBeNull();
    }
  });

  test("the best coding that the browser takes and the build made", () => {
    using built = build();
    const coding = (path: string, accept: string) =>
      new Map(built.files.get(ask(path, accept))!.headers).get("Content-Encoding");
    expect(coding("/icon.svg", "gzip, deflate, br, zstd")).toBe("br");
    expect(coding("/icon.svg", "gzip")).toBe("gzip");
    expect(coding("/icon.svg", "br;q=0, gzip;q=0.5")).toBe("gzip");
    expect(coding("/icon.svg", "*")).toBe("br");
    expect(coding("/icon.svg", "identity")).toBeUndefined();
    expect(coding("/assets/app-1.js", "gzip, br")).toBe("gzip");
    const { body } = built.files.get(ask("/icon.svg", "br"))!;
    expect(Buffer.from(body).toString()).toBe("icon.svg br");
  });

  test("a browser that has it already gets no body", () => {
    using built = build();
    for (const known of ['"p1"', 'W/"p1"', '"x", "p1"']) {
      const answer = built.files.get(ask("/icon.svg", "br", known))!;
      expect([answer.status, answer.body.length]).toEqual([304, 0]);
      expect(new Map(answer.headers).get("ETag")).toBe('"p1"');
    }
    expect(built.files.get(ask("/icon.svg", "br", '"p2"'))!.status).toBe(200);
  });

  test("an incomplete build is no build", () => {
    expect(() => new StaticFiles(join(tmpdir(), "madang-nothing-here"))).toThrow();
  });
});

describe("Accept-Encoding", () => {
  test.each([
    ["br", true],
    ["gzip, br", true],
    ["BR", true],
    ["br;q=0.1", true],
    ["br; q=0", false],
    ["br;q=0.000", false],
    ["*", true],
    ["*;q=0", false],
    ["*;q=0, br", true],
    ["br;q=0, *", false],
    ["gzip", false],
    ["", false],
    ["brotli", false],
    [";;,,;q=", false],
  ])("%s", (header, allowed) => {
    expect(accepts(header, "br")).toBe(allowed);
  });
});
