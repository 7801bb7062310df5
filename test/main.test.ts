import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Close } from "../src/wire/codes.ts";
import { RawClient } from "./raw-client.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

/** One line that ends with a full stop, and no stack. */
const SENTENCE = /^[^\n]+\.\n$/;

describe("the process", () => {
  test("says where it is open, in one line, and is", async () => {
    using folder = makeFolder();
    await using server = await ServerProcess.start([
      "--port",
      "0",
      "--data",
      join(folder.path, "deep", "data"),
    ]);
    expect(server.stdout).toMatch(
      /^Madang is open at http:\/\/127\.0\.0\.1:\d+ \(data in .+, epoch [0-9a-f]{16}, ready in \d+ ms\)\n$/,
    );
    const health = await fetch(`${server.url}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, "ok\n"]);
    expect(server.stderr).toBe("");
  });

  test("serves the built client", async () => {
    using folder = makeFolder();
    await using server = await ServerProcess.start(["--port", "0", "--data", folder.path]);
    const page = await fetch(`${server.url}/r/yard`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]!);
    expect(assets.length).toBeGreaterThan(1);
    for (const asset of assets) {
      const { status, headers } = await fetch(server.url + asset, { headers: { "Accept-Encoding": "br" } });
      expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
      expect(headers.get("content-encoding")).toBe("br");
    }
  });

  test("takes settings from the environment", async () => {
    using folder = makeFolder();
    const environment = { MADANG_PORT: "0", MADANG_DATA: folder.path, MADANG_MAX_TEXT_BYTES: "77" };
    await using server = await ServerProcess.start([], environment);
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    expect(client.welcome.limits.maxTextBytes).toBe(77);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} ends it cleanly, with people on it, and everything is there afterwards`, async () => {
      using folder = makeFolder();
      const args = ["--port", "0", "--data", folder.path];
      await using server = await ServerProcess.start(args);
      using client = await RawClient.greeted(server.socketUrl, "Ada");
      const { room, epoch } = await client.enter("yard");
      client.say(room, 1, "before");
      await client.until(() => client.records.length === 1, "the message");
      client.say(room, 2, "last words");
      expect(await server.kill(signal)).toEqual({ code: 0, signal: null });
      await client.closed();
      expect(client.closeCode).toBe(Close.goingAway);
      expect(server.stderr).toBe("");
      await using next = await ServerProcess.start(args);
      using back = await RawClient.greeted(next.socketUrl, "Ada", client.welcome.token.slice());
      expect(back.welcome.author).toBe(client.welcome.author);
      const entered = await back.enter("yard", { history: 100 });
      expect(entered.epoch).toBe(epoch);
      await back.until(() => back.records.length === entered.head, "the history");
      expect(back.records.map(({ text }) => text)).toEqual(
        client.records
          .map(({ text }) => text)
          .concat(["last words"])
          .slice(0, entered.head),
      );
      expect(entered.head).toBeGreaterThanOrEqual(client.records.length);
    });
  }

  test("a new epoch begins once, however often the one before is named", async () => {
    using folder = makeFolder();
    const args = ["--port", "0", "--data", folder.path];
    const epochs: string[] = [];
    const start = async (more: string[]) => {
      await using server = await ServerProcess.start([...args, ...more]);
      epochs.push(/epoch ([0-9a-f]{16}),/.exec(server.stdout)![1]!);
      await server.kill("SIGTERM");
      return server.stderr;
    };
    expect(await start([])).toBe("");
    const end = ["--new-epoch", epochs[0]!];
    expect(await start(end)).toContain("a new epoch was asked for");
    for (let again = 0; again < 2; again++) {
      const said = await start(end);
      expect(said).toMatch(SENTENCE);
      expect(said).toContain(`epoch ${epochs[0]} is not ended, as it is of epoch ${epochs[1]}`);
    }
    expect(new Set(epochs).size).toBe(2);
    expect(epochs.slice(2)).toEqual([epochs[1], epochs[1]]);
  });

  test("SIGKILL loses nothing that anyone saw", async () => {
    using folder = makeFolder();
    const args = ["--port", "0", "--data", folder.path, "--no-budgets"];
    await using server = await ServerProcess.start(args);
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    for (let nonce = 1; nonce <= 5_000; nonce++) client.say(room, nonce, `message ${nonce}`);
    await client.until(() => client.records.length >= 1_000, "a thousand messages");
    await server.kill("SIGKILL");
    await client.closed();
    await using next = await ServerProcess.start(args);
    using back = await RawClient.greeted(next.socketUrl, "Ada", client.welcome.token.slice());
    const { head } = await back.enter("yard", { position: { epoch: client.welcome.epoch, seq: 0 } });
    await back.until(() => back.records.length >= head, "the history");
    expect(back.records.slice(0, client.records.length)).toEqual(client.records);
    expect(back.records.map(({ nonce }) => nonce)).toEqual(Array.from({ length: head }, (_, i) => i + 1));
  });
});

describe("what breaks guarantees on purpose", () => {
  const dist = join(import.meta.dirname, "../dist");

  test("is not in the program that people run", async () => {
    expect(readFileSync(join(dist, "main.js"), "utf8")).not.toContain("MADANG_TORTURE");
    using folder = makeFolder();
    const environment = { MADANG_TORTURE: JSON.stringify({ failWrite: 1 }) };
    await using server = await ServerProcess.start(["--port", "0", "--data", folder.path], environment);
    expect(server.stderr).toBe("");
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    client.say(room, 1, "stored");
    await client.until(() => client.records.length === 1, "the message");
  });

  test("is a program of its own, which says so and does not run by mistake", () => {
    expect(readFileSync(join(dist, "tortured.js"), "utf8")).toContain("MADANG_TORTURE");
    const { MADANG_TORTURE: _, ...env } = process.env;
    const run = spawnSync(process.execPath, [join(dist, "tortured.js")], { env, encoding: "utf8" });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toMatch(SENTENCE);
  });
});

describe("what it cannot do, it says in one sentence", () => {
  test("a data folder that goes away while nobody says anything", { timeout: 20_000 }, async () => {
    using folder = makeFolder();
    const data = join(folder.path, "data");
    await using server = await ServerProcess.start(["--port", "0", "--data", data]);
    renameSync(data, join(folder.path, "elsewhere"));
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(server.stderr).toMatch(SENTENCE);
    expect(server.stderr).toContain(`The data folder ${data} was deleted, moved or replaced`);
  });

  test("a port that is taken", async () => {
    using folder = makeFolder();
    using other = makeFolder();
    await using server = await ServerProcess.start(["--port", "0", "--data", folder.path]);
    const args = ["--host", "127.0.0.1", "--port", String(server.port), "--data", other.path];
    const run = await ServerProcess.run(args);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(SENTENCE);
    expect(run.stderr).toContain(String(server.port));
  });

  test("a data folder that another one uses", async () => {
    using folder = makeFolder();
    await using _server = await ServerProcess.start(["--port", "0", "--data", folder.path]);
    const run = await ServerProcess.run(["--port", "0", "--data", folder.path]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(SENTENCE);
    expect(run.stderr).toContain(folder.path);
  });

  test("a data folder that cannot be written", async () => {
    using folder = makeFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    for (const data of [file, join(file, "data")]) {
      const run = await ServerProcess.run(["--port", "0", "--data", data]);
      expect(run).toMatchObject({ code: 1, stdout: "" });
      expect(run.stderr).toMatch(SENTENCE);
      expect(run.stderr).toContain(file);
    }
  });

  test("a data folder that a newer version wrote, which it does not touch", async () => {
    using folder = makeFolder();
    const data = join(folder.path, "data");
    mkdirSync(data);
    writeFileSync(join(data, "format"), "madang 99\n");
    const run = await ServerProcess.run(["--port", "0", "--data", data]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(SENTENCE);
    expect(run.stderr).toContain("newer");
    expect(readFileSync(join(data, "format"), "utf8")).toBe("madang 99\n");
  });

  test("a flag or a value that cannot be", async () => {
    for (const args of [["--prot", "1"], ["--port", "x"], ["--max-rooms"], ["serve", "--prot"], ["severe"]]) {
      const run = await ServerProcess.run(args);
      expect(run, args.join(" ")).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toMatch(SENTENCE);
    }
  });
});

describe("what it says and does without serving", () => {
  test("help and version", async () => {
    const help = await ServerProcess.run(["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("--data FOLDER");
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
    expect(await ServerProcess.run(["--version"])).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  test("repair says what it would do, and does it when told to", { timeout: 60_000 }, async () => {
    using folder = makeFolder();
    const data = join(folder.path, "data");
    await using server = await ServerProcess.start(["--port", "0", "--data", data]);
    using client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    client.say(room, 1, "before");
    await client.until(() => client.records.length === 1, "the message");
    const busy = await ServerProcess.run(["repair", "--data", data, "--yes"]);
    expect(busy).toMatchObject({ code: 1, stdout: "" });
    expect(busy.stderr).toMatch(SENTENCE);
    await server.kill("SIGTERM");
    rmSync(join(data, "log", "CURRENT"));
    const refused = await ServerProcess.run(["--port", "0", "--data", data]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain(`"madang repair --data ${data}"`);
    const file = join(folder.path, "all.jsonl");
    expect(await ServerProcess.run(["repair", "--data", data, "--export", file])).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      roomName: "yard",
      name: "Ada",
      text: "before",
    });
    const asked = await ServerProcess.run(["repair", "--data", data]);
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toMatch(/Nothing was changed; "--yes" puts the folder in order as said\.\n$/);
    const done = await ServerProcess.run(["repair", "--data", data, "--yes"]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    await using next = await ServerProcess.start(["--port", "0", "--data", data]);
    using back = await RawClient.greeted(next.socketUrl, "Ada");
    await back.enter("yard", { history: 100 });
    await back.until(() => back.records.length === 1, "the history");
    expect(back.records[0]!.text).toBe("before");
    expect(await ServerProcess.run(["repair", "--wrong"])).toMatchObject({ code: 2, stdout: "" });
  });

  test("the hostile suite is part of it", async () => {
    const list = await ServerProcess.run(["hostile", "--list"]);
    expect(list).toMatchObject({ code: 0, stderr: "" });
    for (const name of ["rfc6455", "fill-one", "text-flood-many"])
      expect(list.stdout).toMatch(new RegExp(`^${name} +\\S`, "m"));
    const wrong = await ServerProcess.run(["hostile", "--only", "rain"]);
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toMatch(SENTENCE);
  });

  test("the torture is part of it", async () => {
    const help = await ServerProcess.run(["torture", "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const word of [
      "--short",
      "--seed",
      "--fault",
      "kill-points",
      "torn",
      "publish-shuffled",
      "--prove-sync",
    ])
      expect(help.stdout).toContain(word);
    const wrong = await ServerProcess.run(["torture", "--fault", "rain"]);
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toMatch(SENTENCE);
  });

  test("its files are their owner's alone", async () => {
    using folder = makeFolder();
    const data = join(folder.path, "data");
    await using server = await ServerProcess.start(["--port", "0", "--data", data]);
    await server.kill("SIGTERM");
    for (const path of [data, join(data, "log"), join(data, "format"), join(data, "log", "CURRENT")]) {
      expect(statSync(path).mode & 0o077, path).toBe(0);
    }
  });
});
