import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accepts, StaticFiles } from "../src/server/static-files.ts";

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
    { path: "/", type: "text/html", hash: "p1", immutable: false, ...add("index.html", ["br", "gzip"]) },
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
  test("the page is served at / and for rooms' links, to be asked for again", () => {
    using built = build();
    for (const path of ["/", "/r/yard", "/r/%ED%95%9C%EA%B5%AD%EC%96%B4", "/r/yard/"]) {
      const answer = built.files.get(path, "", "")!;
      expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, "index.html plain"]);
      const headers = new Map(answer.headers);
      expect(headers.get("Cache-Control")).toBe("no-cache");
      expect(headers.get("ETag")).toBe('"p1"');
      expect(headers.get("Vary")).toBe("Accept-Encoding");
      expect(headers.has("Content-Encoding")).toBe(false);
    }
  });

  test("hashed files are kept for good", () => {
    using built = build();
    const headers = new Map(built.files.get("/assets/app-1.js", "", "")!.headers);
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
      expect(built.files.get(path, "", ""), path).toBeNull();
    }
  });

  test("the best coding that the browser takes and the build made", () => {
    using built = build();
    const coding = (path: string, accept: string) =>
      new Map(built.files.get(path, accept, "")!.headers).get("Content-Encoding");
    expect(coding("/", "gzip, deflate, br, zstd")).toBe("br");
    expect(coding("/", "gzip")).toBe("gzip");
    expect(coding("/", "br;q=0, gzip;q=0.5")).toBe("gzip");
    expect(coding("/", "*")).toBe("br");
    expect(coding("/", "identity")).toBeUndefined();
    expect(coding("/assets/app-1.js", "gzip, br")).toBe("gzip");
    const { body } = built.files.get("/", "br", "")!;
    expect(Buffer.from(body).toString()).toBe("index.html br");
  });

  test("a browser that has it already gets no body", () => {
    using built = build();
    for (const known of ['"p1"', 'W/"p1"', '"x", "p1"']) {
      const answer = built.files.get("/", "br", known)!;
      expect([answer.status, answer.body.length]).toEqual([304, 0]);
      expect(new Map(answer.headers).get("ETag")).toBe('"p1"');
    }
    expect(built.files.get("/", "br", '"p2"')!.status).toBe(200);
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
