import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shownPath } from "../src/server/request-log.ts";
import { EVENTS } from "../src/telling/events.ts";
import { tellError } from "../src/telling/tell-error.ts";
import { makeTeller } from "../src/telling/teller.ts";
import { RawClient } from "./raw-client.ts";
import { runServer } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const NASTY = "a\nb\r\u001b[31mc\u202ed\u2028e\u0085f\u200bg\ud800";
const ESCAPED = "a\\u000ab\\u000d\\u001b[31mc\\u202ed\\u2028e\\u0085f\\u200bg\\ud800";

function lines(format: "json" | "text", level: "debug" | "info" | "error" = "info") {
  const written: string[] = [];
  const tell = makeTeller({ format, level, write: (line) => written.push(line) });
  return { written, tell };
}

test("a line of JSON has its event, level, time, fields and sentence, and is one line whatever is in it", () => {
  const { written, tell } = lines("json");
  tell("host_unknown", `The name ${NASTY} is not known.`, { host: NASTY });
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^[\x20-\x7e]+\n$/);
  const { time, ...told } = JSON.parse(written[0]!);
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(told).toEqual({
    ...{ level: "warn", event: "host_unknown", host: NASTY },
    msg: `The name ${NASTY} is not known.`,
  });
});

test("a line for people has the time, the level and the sentence; nothing in it acts on the terminal", () => {
  const { written, tell } = lines("text");
  tell("host_unknown", `The name ${NASTY} is not known.`, { host: NASTY });
  tell("operator", "마당 🍙 is as it was written.");
  expect(written[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}/);
  expect(written[0]!.slice(15)).toBe(`The name ${ESCAPED} is not known.\n`);
  expect(written[1]!.slice(9)).toBe("INFO  마당 🍙 is as it was written.\n");
});

test("what is less than the level is not told, and each event has its own", () => {
  const { written, tell } = lines("json", "error");
  for (const event of Object.keys(EVENTS) as (keyof typeof EVENTS)[]) tell(event, "It happened.");
  const told = written.map((line) => JSON.parse(line));
  expect(told.map(({ event, level }) => [event, level])).toEqual(
    Object.entries(EVENTS).filter(([, level]) => level === "error" || level === "fatal"),
  );
});

test("an error's places in the program stand behind it, each on a line that cannot pass for another", () => {
  const error = new Error("17:00:00 WARN  forged.\n17:00:00 WARN  forged.");
  const text = lines("text");
  tellError(text.tell, "error", "An error", error);
  const [head, ...places] = text.written.join("").trimEnd().split("\n");
  expect(head).toContain("An error: 17:00:00 WARN  forged.\\u000a17:00:00 WARN  forged.");
  expect(places.length).toBeGreaterThan(2);
  for (const place of places) expect(place).toMatch(/^ {4}at /);
  const json = lines("json");
  tellError(json.tell, "error", "An error", error);
  expect(JSON.parse(json.written[0]!).stack.length).toBe(places.length);
});

test("of a path neither a query is told nor what an unlisted room's link keeps to itself", () => {
  const secret = "abcdefghij234";
  for (const tilde of ["~", "%7E", "%7e", "%EF%BD%9E"]) {
    for (const end of ["", "/", "/back", "/messages"])
      expect(shownPath(`/api/rooms/yard${tilde}${secret}${end}`)).not.toContain("abcd");
    expect(shownPath(`/r/%${tilde}${secret}`)).not.toContain("abcd");
  }
  expect(shownPath("/r/%EB%A7%88%EB%8B%B9/messages")).toBe("/r/마당/messages");
  expect(shownPath(`/${"x".repeat(2_000)}`)).toHaveLength(200);
});

test("requests are told of when that is asked for: no text, token, password, query or whole address", async () => {
  using folder = makeFolder();
  const token = "a-token-nobody-may-read";
  const args = ["--port", "0", "--data", folder.path, "--trust-proxy", "loopback"];
  const environment = { MADANG_LOG_FORMAT: "json", MADANG_POST_TOKEN: token };
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const ask = async ({ url, socketUrl }: ServerProcess) => {
    const from = { "X-Forwarded-For": "203.0.113.77" };
    await fetch(`${url}/healthz?secret=hidden`, { headers: from });
    await fetch(`${url}/r/yard~abcdefghij234`, { headers: { "X-Forwarded-For": "2001:db8:1:2:3::4" } });
    const body = JSON.stringify({ name: "Ada", text: "hidden" });
    await fetch(`${url}/api/rooms/yard/messages`, { method: "POST", headers, body });
    await fetch(`${url}/nothing%0A{"event":"forged"}`);
    using _ = await RawClient.greeted(socketUrl, "Ada");
  };
  {
    await using quiet = await ServerProcess.start(args, environment);
    await ask(quiet);
    await quiet.kill("SIGTERM");
    expect(quiet.stderr).toBe("");
  }
  for (const whole of [false, true]) {
    const more = ["--log-requests", ...(whole ? ["--log-addresses"] : [])];
    await using server = await ServerProcess.start([...args, ...more], environment);
    await ask(server);
    await server.kill("SIGTERM");
    const told = server.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(told.map(({ method, path, status, address }) => [method, path, status, address])).toEqual([
      ["GET", "/healthz", 200, whole ? "203.0.113.77" : "203.0.113.0/24"],
      ["GET", "/r/yard~…", 200, whole ? "2001:db8:1:2:3::4" : "2001:db8:1::/48"],
      ["POST", "/api/rooms/yard/messages", 201, "127.0.0.1"],
      ["GET", '/nothing\n{"event":"forged"}', 404, "127.0.0.1"],
      ["GET", "/ws", 101, "127.0.0.1"],
    ]);
    for (const { event, ms, bytes } of told)
      expect([event, typeof ms, typeof bytes]).toEqual(["request", "number", "number"]);
    expect(told[0].bytes).toBeGreaterThan(2);
    expect(server.stderr).not.toMatch(/hidden|abcd|nobody-may/);
  }
});

test("a proxy that is not trusted is told by its network, unless it is this machine or whole ones are wanted", async () => {
  await using server = await runServer();
  const { visitors } = server;
  const { parseAddress } = await import("../src/server/addresses.ts");
  expect(visitors.shown(parseAddress("10.1.2.3")!)).toBe("10.1.2.0/24");
  expect(visitors.shown(parseAddress("::ffff:10.1.2.3")!)).toBe("10.1.2.0/24");
  expect(visitors.shown(parseAddress("fd00:1:2:3::4")!)).toBe("fd00:1:2::/48");
  expect(visitors.shown(parseAddress("::1")!)).toBe("::1");
});

test("a log on a full disk, or that nobody reads, loses lines and not the server", async () => {
  using folder = makeFolder();
  const full = openSync("/dev/full", "w");
  const main = join(import.meta.dirname, "../dist/main.js");
  for (const stderr of [full, "pipe"] as const) {
    const args = [main, "--host", "127.0.0.1", "--port", "0", "--data", folder.path, "--log-requests"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", stderr] });
    const ended = new Promise((done) => child.once("exit", (code, signal) => done([code, signal])));
    child.stderr?.destroy();
    const port = await new Promise<string>((open) => {
      let said = "";
      child.stdout!.on("data", (bytes) => {
        said += bytes;
        const found = /:(\d+) \(/.exec(said)?.[1];
        if (found) open(found);
      });
      void ended.then(() => open("none"));
    });
    for (let n = 0; n < 5; n++) expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  }
});

test("the README names every event with its level", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  for (const [event, level] of Object.entries(EVENTS))
    expect(readme).toContain(`| \`${event}\` | ${level} |`);
});

test("a wrong format or level is refused with what there is", async () => {
  for (const [flag, wrong] of [
    ["--log-format", "xml"],
    ["--log-level", "loud"],
  ] as const) {
    const run = await ServerProcess.run([flag, wrong]);
    expect([run.code, run.stderr]).toEqual([
      2,
      expect.stringMatching(`^${flag} takes one of .*, not "${wrong}"`),
    ]);
  }
});
