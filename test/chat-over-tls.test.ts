/** A server that speaks TLS itself: people talk, and its certificate is exchanged beneath them. */
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { WIRE } from "../src/wire/limits.ts";
import { connectTls, flagsOf, linkPem, makePem, overwrite, type Pem, relink, shownBy } from "./pem.ts";
import { RawClient } from "./raw-client.ts";
import { exchange, request as plainRequest } from "./raw-http.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const PATIENCE_MS = 15_000;
const SENTENCE = /^[^\n]+\.\n$/;

const start = (folder: string, pem: Pem, more: string[] = []) =>
  ServerProcess.start(["--port", "0", "--data", join(folder, "data"), ...flagsOf(pem), ...more]);

const visit = async (port: number, name: string): Promise<RawClient> =>
  (await RawClient.open(`wss://127.0.0.1:${port}/ws`, { rejectUnauthorized: false })).greet(name);

/** Polls: files are looked at in the server's own time. */
async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** Whoever connects at the very moment of an exchange may be cut off, and comes again. */
const shownNow = (port: number): Promise<string> => shownBy(port).catch(() => "");

function relinkPair(live: Pem, to: Pem): void {
  relink(live.cert, to.cert);
  relink(live.key, to.key);
}

const get = (port: number, path: string): Promise<{ status: number; body: string }> =>
  new Promise((answer, fail) => {
    const asked = request({ host: "127.0.0.1", port, path, rejectUnauthorized: false }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => answer({ status: response.statusCode ?? 0, body }));
    });
    asked.on("error", fail).end();
  });

/** 0: the page was let in. */
const refusalOf = (port: number, origin: string): Promise<number> =>
  new Promise((answer) => {
    const options = { rejectUnauthorized: false, origin };
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, WIRE.subprotocol, options);
    socket.on("unexpected-response", (_, response) => answer(response.statusCode ?? 0));
    socket.on("open", () => {
      socket.terminate();
      answer(0);
    });
    socket.on("error", () => undefined);
  });

describe("a server with a certificate", () => {
  test.each(["ec", "rsa"] as const)("speaks TLS, and nothing else (%s)", async (kind) => {
    using folder = makeFolder();
    await using server = await start(folder.path, makePem(folder.path, "first", kind));
    const { port } = server;
    expect(server.stdout).toMatch(/^Madang is open at https:\/\/127\.0\.0\.1:\d+ /);
    expect(await get(port, "/healthz")).toEqual({ status: 200, body: "ok\n" });
    expect((await get(port, "/r/yard")).status).toBe(200);
    expect((await exchange(port, plainRequest("/healthz"))).statuses).toEqual([]);
    using one = await visit(port, "One");
    using other = await visit(port, "Other");
    const { room } = await one.enter("yard");
    await other.enter("yard");
    one.say(room, 1, "마당에서 만나요");
    await other.until(() => other.records.at(-1)?.text === "마당에서 만나요", "the message");
    // A page of http is not one of this server, whatever it is called.
    expect(await refusalOf(port, `https://127.0.0.1:${port}`)).toBe(0);
    expect(await refusalOf(port, `http://127.0.0.1:${port}`)).toBe(403);
  });

  test("takes nothing below TLS 1.2, and there nothing without forward secrecy", async () => {
    using folder = makeFolder();
    await using server = await start(folder.path, makePem(folder.path, "first", "rsa"));
    const { port } = server;
    const only = (version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3", ciphers: string) =>
      connectTls(port, { minVersion: version, maxVersion: version, ciphers }).then(
        (socket) => {
          socket.destroy();
          return socket.getCipher()?.name ?? "none";
        },
        () => "refused",
      );
    expect(await only("TLSv1.1", "DEFAULT@SECLEVEL=0")).toBe("refused");
    expect(await only("TLSv1.2", "AES128-GCM-SHA256")).toBe("refused");
    expect(await only("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")).not.toBe("refused");
    expect(await only("TLSv1.3", "TLS_AES_128_GCM_SHA256")).not.toBe("refused");
  });

  test("shows a new one to whoever comes, and keeps whoever is there", async () => {
    using folder = makeFolder();
    const live = linkPem(folder.path, makePem(folder.path, "first"));
    await using server = await start(folder.path, live);
    const { port } = server;
    using early = await visit(port, "Early");
    const { room } = await early.enter("yard");
    const people = [early];
    for (const name of ["second", "third"]) {
      const next = makePem(folder.path, name);
      // As certbot does it, and as a script does that copies.
      if (name === "second") relinkPair(live, next);
      else overwrite(live, next);
      await until(async () => (await shownNow(port)) === name, `the ${name} certificate`);
      const late = await visit(port, name);
      await late.enter("yard");
      people.push(late);
      // Each hears the others, across the certificates.
      for (const [i, person] of people.entries()) {
        const text = `${i} after the ${name}`;
        person.say(room, people.length, text);
        for (const listener of people)
          await listener.until(() => listener.records.some((record) => record.text === text), text);
      }
    }
    expect(people.map(({ closeCode }) => closeCode)).toEqual([0, 0, 0]);
    expect(server.stderr).toMatch(
      /^(\S+ INFO {2}The certificate in .* is in force for new connections, valid until .*\.\n){2}$/,
    );
    expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    for (const person of people) await person.closed();
  });

  test("refuses a pair that is none with a sentence, goes on with the one before, and looks at once on SIGHUP", async () => {
    using folder = makeFolder();
    const live = linkPem(folder.path, makePem(folder.path, "first"));
    await using server = await start(folder.path, live);
    const { port } = server;
    const { pid } = server;
    const said = () => server.stderr.split("\n").slice(0, -1);
    const next = makePem(folder.path, "second");
    relink(live.cert, next.cert);
    await until(() => said().length === 1, "a sentence");
    expect(said()[0]).toMatch(
      /^\S+ WARN {2}The key in .* does not belong to .*\. The certificate before it stays in force\.$/,
    );
    expect(await shownBy(port)).toBe("first");
    const broken = join(folder.path, "broken");
    writeFileSync(broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    relink(live.cert, broken);
    await until(() => said().length === 2, "a second sentence");
    expect(said()[1]).toContain("holds no certificate in PEM. The certificate before it stays in force.");
    expect(await shownBy(port)).toBe("first");
    relinkPair(live, next);
    process.kill(pid, "SIGHUP");
    await until(async () => (await shownNow(port)) === "second", "the second certificate");
    const before = said().length;
    process.kill(pid, "SIGHUP");
    await until(() => said().length > before, "an answer");
    expect(said().at(-1)).toMatch(/ is the one in force, valid until \d{4}-\d\d-\d\d\.$/);
    expect(await shownBy(port)).toBe("second");
  });

  test("does not start without a pair, and says why", async () => {
    using folder = makeFolder();
    const one = makePem(folder.path, "one");
    const other = makePem(folder.path, "other");
    const wrong: [string[], string][] = [
      [["--tls-cert", one.cert], "together"],
      [["--tls-cert", one.cert, "--tls-key", other.key], "does not belong"],
      [["--tls-cert", one.key, "--tls-key", one.key], "holds no certificate"],
      [["--tls-cert", one.cert, "--tls-key", one.cert], "holds no key"],
      [["--tls-cert", join(folder.path, "none"), "--tls-key", one.key], "cannot be read"],
    ];
    for (const [flags, why] of wrong) {
      const run = await ServerProcess.run(["--port", "0", "--data", join(folder.path, "data"), ...flags]);
      expect([run.code, run.stdout], flags.join(" ")).toEqual([2, ""]);
      expect(run.stderr).toMatch(SENTENCE);
      expect(run.stderr).toContain(why);
    }
  });

  test("is examined by the doctor, alone and beside the server", async () => {
    using folder = makeFolder();
    const pem = makePem(folder.path, "first");
    const doctor = (port: number, more: string[] = []) =>
      ServerProcess.run([
        ...["doctor", "--host", "127.0.0.1", "--port", String(port), "--data", join(folder.path, "data")],
        ...flagsOf(pem),
        ...more,
      ]);
    const environment = { NODE_EXTRA_CA_CERTS: pem.cert };
    await using server = await start(folder.path, pem);
    const { port } = server;
    const beside = await doctor(port);
    expect(beside.stdout).toContain(`A server runs on 127.0.0.1:${port} and is well.`);
    expect(beside.stdout).toMatch(/^ok {4}cert .* is valid until .*, and its key belongs to it\.$/m);
    await server.kill("SIGTERM");
    const flags = [
      "doctor",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--data",
      join(folder.path, "data"),
    ];
    const url = ["--public-url", `https://localhost:${port}`];
    const alone = await ServerProcess.run([...flags, ...flagsOf(pem), ...url], environment);
    expect(alone.stdout).toContain(`https://localhost:${port} leads here.`);
    expect(alone.stdout).toMatch(/^ok {4}websocket It comes through\.$/m);
    const foreign = await doctor(port, ["--public-url", "https://elsewhere.invalid"]);
    expect(foreign.stdout).toContain("It is not for elsewhere.invalid");
  });
});
