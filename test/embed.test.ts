/** Who may have what of the server in pages of their own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { readCommand } from "../src/config.ts";
import { StaticFiles } from "../src/server/static-files.ts";
import { runServer } from "./running-server.ts";

const dist = join(import.meta.dirname, "../dist");
const ANCESTORS = ["https://example.org", "https://*.example.net:8443"];

async function ancestorsOf(url: string): Promise<string | undefined> {
  const { headers } = await fetch(url);
  expect(headers.get("x-frame-options")).toBeNull();
  return /frame-ancestors ([^;]*)/.exec(headers.get("content-security-policy") ?? "")?.[1];
}

test("a room may be framed by the sites that are named, and nothing else by any", async () => {
  await using server = await runServer({ files: new StaticFiles(dist, "", ANCESTORS) });
  for (const path of ["/embed/r/yard", "/embed/r/yard/", "/embed/r/%EB%A7%88%EB%8B%B9?theme=dark&readonly="])
    expect(await ancestorsOf(server.url + path), path).toBe(ANCESTORS.join(" "));
  for (const path of [
    ...[
      "/",
      "/r/yard",
      "/en.html",
      "/en-kept.html",
      "/nothing",
      "/embed",
      "/embed/",
      "/embed/r/",
      "/embed/en.html",
    ],
    ...["/r/embed", "/embed/embed/r/yard", "//embed/r/yard", "/embed.js", "/api/stats", "/healthz", "/ws"],
  ])
    expect(await ancestorsOf(server.url + path), path).toBe("'none'");
});

test("without sites that are named nobody may", async () => {
  await using server = await runServer({ files: new StaticFiles(dist) });
  expect(await ancestorsOf(`${server.url}/embed/r/yard`)).toBe("'none'");
});

test("its page is the room's, in the language asked for, with what it holds escaped and allowed by its policy", async () => {
  await using server = await runServer({ files: new StaticFiles(dist, "", ["*"]) });
  const { status, headers, text } = await fetch(`${server.url}/embed/r/%3Cb%3E`).then(async (answer) => ({
    ...{ status: answer.status, headers: answer.headers },
    text: await answer.text(),
  }));
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(text).toContain('<h1 dir="auto">&lt;b&gt;</h1>');
  expect(headers.get("content-security-policy")).toContain("frame-ancestors *;");
  expect(text).not.toMatch(/\{\{|<style[^>]*><\/style>/);
  const korean = await fetch(`${server.url}/embed/r/yard?lang=ko`);
  expect(await korean.text()).toContain("전체 채팅 열기");
});

test("the script may be loaded by pages of other sites, and nothing else", async () => {
  await using server = await runServer({ files: new StaticFiles(dist) });
  const policy = async (path: string, headers = {}) => {
    const answer = await fetch(server.url + path, { headers });
    return [answer.status, answer.headers.get("cross-origin-resource-policy"), answer.headers.get("etag")];
  };
  const [status, whose, etag] = await policy("/embed.js");
  expect([status, whose]).toEqual([200, "cross-origin"]);
  expect(await policy("/embed.js", { "If-None-Match": etag })).toEqual([304, "cross-origin", etag]);
  const { assets } = {
    assets: JSON.parse(readFileSync(join(dist, "assets.json"), "utf8")) as { path: string }[],
  };
  const script = assets.find(({ path }) => path.startsWith("/assets/"))!;
  for (const path of ["/", "/embed/r/yard", script.path, "/api/stats", "/nothing"])
    expect((await policy(path))[1], path).toBe("same-origin");
});

test("sites are named as a policy has them; what would be something else in it is refused", () => {
  const read = (list: string) => {
    const command = readCommand(["--frame-ancestors", list], {});
    return command.do === "serve" ? command.config.frameAncestors : null;
  };
  expect(read("https://Example.org/, http://localhost:*,https://*.a.example:8443")).toEqual([
    ...["https://example.org", "http://localhost:*", "https://*.a.example:8443"],
  ]);
  expect(read("*")).toEqual(["*"]);
  expect(read("")).toEqual([]);
  for (const wrong of [
    "example.org",
    "https://a.example;script-src *",
    "https://a.example/path",
    "'self'",
    "https:",
    "a b",
  ])
    expect(() => read(wrong), wrong).toThrow(
      /^--frame-ancestors takes a list of sites such as https:\/\/example\.org/,
    );
});

test("the script puts no frame where a name leads out of the rooms, and says so", () => {
  const code = readFileSync(join(dist, "public/embed.js"), "utf8");
  const framed = (room: string) => {
    const said: string[] = [];
    const frames: { src: string }[] = [];
    const currentScript = {
      ...{ dataset: { room }, src: "https://chat.example/embed.js", style: { cssText: "" } },
      after: (frame: { src: string }) => frames.push(frame),
    };
    const document = { currentScript, createElement: () => ({ style: {} }) };
    runInNewContext(code, { document, URL, console: { error: (text: string) => said.push(text) } });
    return [frames.map(({ src }) => src), said.length];
  };
  for (const room of [".", "..", " .. "]) expect(framed(room), room).toEqual([[], 1]);
  expect(framed("a/../? #%")).toEqual([["https://chat.example/embed/r/a%2F..%2F%3F%20%23%25"], 0]);
});
