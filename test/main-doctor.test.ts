/** What the doctor says of machines that are not as they should be. Behind real proxies: chat-behind-proxies.test.ts. */

import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer as createPlain, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../bench/free-port.ts";
import { lookAtFolder, timeSyncs } from "../src/doctor/disk.ts";
import { lookAtClock, lookAtFiles, lookAtNode } from "../src/doctor/machine.ts";
import { lookAtWay } from "../src/doctor/reach.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const fine = { node: "v20.20.2", glibc: "2.36", transport: async () => undefined, fileLimit: null };
const broken = async () => {
  throw new Error("libm.so.6: version `GLIBC_2.38' not found\nRequire stack: …");
};

describe("the machine", () => {
  test("Node", async () => {
    expect(await lookAtNode(fine)).toMatchObject({ grade: "ok" });
    expect(await lookAtNode({ ...fine, node: "v18.19.0" })).toMatchObject({ grade: "fail" });
    const { grade, says } = await lookAtNode({ ...fine, transport: broken });
    expect(grade).toBe("fail");
    expect(says).toContain("GLIBC_2.38");
    expect(says).not.toContain("Require stack");
  });

  test("files that may be open", () => {
    expect(lookAtFiles(fine, 20_000)).toMatchObject({ grade: "ok" });
    expect(lookAtFiles({ ...fine, fileLimit: 65_536 }, 20_000)).toMatchObject({ grade: "ok" });
    const few = lookAtFiles({ ...fine, fileLimit: 1_024 }, 20_000);
    expect(few.grade).toBe("warn");
    expect(few.says).toContain("leaves 704 connections of the 20,000");
  });

  test("the clock", () => {
    const now = Date.now();
    const file = import.meta.filename;
    expect(lookAtClock(now, file, null)).toMatchObject({ grade: "ok" });
    expect(lookAtClock(now, file, now - 3_000)).toMatchObject({ grade: "ok" });
    expect(lookAtClock(now, file, now - 90_000)).toMatchObject({ grade: "warn" });
    expect(lookAtClock(now, file, now - 90_000).says).toContain("90 s after");
    expect(lookAtClock(Date.UTC(1970, 0, 1), file, null)).toMatchObject({ grade: "fail" });
  });
});

describe("the folder", () => {
  test("is measured where it is, or will be, and nothing is left there", async () => {
    using folder = makeFolder();
    const { medianMs, slowestMs } = await timeSyncs(folder.path);
    expect(medianMs).toBeGreaterThan(0);
    expect(slowestMs).toBeGreaterThanOrEqual(medianMs);
    const found = await lookAtFolder(join(folder.path, "not", "there"), 0);
    expect(found[0]).toMatchObject({ grade: "ok" });
    expect(found[0]!.says).toContain("will be made");
    expect(found.at(-1)!.says).toContain("A synced write takes");
    const { readdirSync } = await import("node:fs");
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("is usable where an earlier doctor of the same number was ended: in a container all have one", async () => {
    using folder = makeFolder();
    writeFileSync(join(folder.path, `.madang-doctor-${process.pid}`), "");
    expect((await lookAtFolder(folder.path, 0))[0]).toMatchObject({ grade: "ok" });
  });

  test("that cannot be used is said, with the reason", async () => {
    using folder = makeFolder();
    writeFileSync(join(folder.path, "file"), "");
    expect(await lookAtFolder(join(folder.path, "file", "data"), 0)).toMatchObject([{ grade: "fail" }]);
    expect(await lookAtFolder("/proc/nothing", 0)).toMatchObject([{ grade: "fail" }]);
    mkdirSync(join(folder.path, "closed"));
    chmodSync(join(folder.path, "closed"), 0o500);
    // Root may write everywhere.
    if (process.getuid?.() !== 0)
      expect(await lookAtFolder(join(folder.path, "closed"), 0)).toMatchObject([{ grade: "fail" }]);
  });

  test("with less place than is kept free", async () => {
    using folder = makeFolder();
    const [first] = await lookAtFolder(folder.path, Number.MAX_SAFE_INTEGER);
    expect(first).toMatchObject({ grade: "fail" });
    expect(first!.says).toContain("--reserve-bytes");
  });
});

const way = (port: number, publicUrl = "") => ({
  host: "127.0.0.1",
  port,
  publicUrl,
  trustedProxies: [],
  tls: null,
});

describe("the port", () => {
  test("is free again afterwards", async () => {
    const port = await freePort();
    for (let time = 0; time < 2; time++) {
      const { findings } = await lookAtWay(way(port));
      expect(findings.map(({ grade, about }) => [grade, about])).toEqual([
        ["ok", "port"],
        ["ok", "address"],
      ]);
    }
  });

  test("that another program has, and an address that is another machine's", async () => {
    const other = createPlain((socket) => socket.end("no\r\n"));
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const { port } = other.address() as AddressInfo;
    const { findings } = await lookAtWay(way(port, "http://localhost:1"));
    expect(findings).toMatchObject([{ grade: "fail", about: "port" }]);
    expect(findings[0]!.says).toContain("Something else listens");
    other.close();
    const elsewhere = await lookAtWay({ ...way(await freePort()), host: "203.0.113.1" });
    expect(elsewhere.findings[0]).toMatchObject({ grade: "fail", about: "port" });
    expect(elsewhere.findings[0]!.says).toContain("no address 203.0.113.1");
  });

  test("where Madang runs but its disk hangs", async () => {
    const body = `${JSON.stringify({ error: "commits_hang", message: "The disk has not answered for 12 s." })}\n`;
    await using other = await answering((_, response) => response.writeHead(503).end(body));
    const { findings } = await lookAtWay(way(other.port));
    expect(findings[0]).toMatchObject({ grade: "fail", about: "port" });
    expect(findings[0]!.says).toContain("has not answered for 12 s");
    expect(findings[0]!.says).not.toContain("Something else");
  });

  test("where Madang runs is well, and the public address is looked at through it", async () => {
    using folder = makeFolder();
    await using server = await ServerProcess.start(["--port", "0", "--data", folder.path]);
    const { findings, date } = await lookAtWay(way(server.port, `http://localhost:${server.port}`));
    expect(findings.map(({ grade, about }) => [grade, about])).toEqual([
      ["ok", "port"],
      ["ok", "address"],
      ["ok", "websocket"],
    ]);
    expect(date === null || Math.abs(date - Date.now()) < 60_000).toBe(true);
  });
});

/** A server of another make. */
async function answering(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Asks for an upgrade, and has the head of the answer. */
async function upgrade(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.write("GET /ws HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await once(socket, "data");
  return socket;
}

describe("the public address", () => {
  test("that visitors ask for meanwhile: who goes away ends nothing, and who stays is cut off", async () => {
    const port = await freePort();
    const stays: Socket[] = [];
    await using proxy = await answering((_, response) => {
      void (async () => {
        (await upgrade(port)).resetAndDestroy();
        stays.push(await upgrade(port));
        response.end();
      })();
    });
    await lookAtWay(way(port, `http://localhost:${proxy.port}`));
    const [socket] = stays;
    // Whoever is not there any more takes nothing.
    for (let n = 0; n < 1_000 && !socket!.destroyed; n++) {
      socket!.write("x");
      await new Promise((next) => setImmediate(next));
    }
    expect(socket!.destroyed).toBe(true);
  });

  test("that leads to what never ends its answer", async () => {
    await using other = await answering((_, response) => void response.write("x".repeat(5_000)));
    const { findings } = await lookAtWay(way(await freePort(), `http://localhost:${other.port}`));
    expect(findings.at(-1)!.says).toContain("leads somewhere else");
  });

  test("that comes straight here needs no proxy", async () => {
    const port = await freePort();
    const { findings } = await lookAtWay(way(port, `http://localhost:${port}`));
    expect(findings.map(({ grade, about }) => [grade, about])).toEqual([
      ["ok", "port"],
      ["ok", "address"],
      ["ok", "proxy"],
      ["ok", "websocket"],
    ]);
  });

  test("that leads to another server, to nobody, or nowhere", async () => {
    const other = createServer((_, response) => response.end("hello"));
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const { port } = other.address() as AddressInfo;
    const elsewhere = await lookAtWay(way(await freePort(), `http://localhost:${port}`));
    expect(elsewhere.findings.at(-1)).toMatchObject({ grade: "fail", about: "address" });
    expect(elsewhere.findings.at(-1)!.says).toContain("leads somewhere else");
    other.close();
    const nobody = await lookAtWay(way(await freePort(), `http://localhost:${await freePort()}`));
    expect(nobody.findings.at(-1)!.says).toContain("nobody listens there");
    const nowhere = await lookAtWay(way(await freePort(), "https://chat.invalid"));
    expect(nowhere.findings.at(-1)!.says).toContain("DNS");
  });
});

test("the command says a line each, and its exit code says whether something is bad", {
  timeout: 30_000,
}, async () => {
  using folder = makeFolder();
  const port = String(await freePort());
  const flags = ["doctor", "--host", "127.0.0.1", "--port", port, "--data", folder.path];
  const well = await ServerProcess.run(flags);
  expect(well.stderr).toBe("");
  expect(well.code).toBe(0);
  expect(well.stdout).toMatch(/^ok {4}node .*\n(ok|warn) +files /);
  const bad = await ServerProcess.run([...flags, "--public-url", `http://localhost:${await freePort()}`]);
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain("\nfail  address");
  expect((await ServerProcess.run(["doctor", "--nonsense"])).code).toBe(2);
  expect((await ServerProcess.run(["doctor", "--trust-proxy", "nonsense"])).code).toBe(2);
});
