import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { Apps } from "../src/server/apps.ts";
import { Certificate } from "../src/server/certificate.ts";
import { NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { connectTls, linkPem, makePem, relink, shownBy } from "./pem.ts";
import { RawClient } from "./raw-client.ts";
import { runServer } from "./running-server.ts";
import { makeFolder } from "./server-process.ts";

async function until(done: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1_500 && !done(); turn++) await new Promise((next) => setTimeout(next, 10));
  expect(done(), what).toBe(true);
}

test("an app is kept as long as somebody is connected to it, and no longer", async () => {
  using folder = makeFolder();
  const live = linkPem(folder.path, makePem(folder.path, "first"));
  const apps = new Apps(new Certificate(live));
  let sockets = 0;
  const count = (_: unknown, change: number): void => {
    sockets += change;
  };
  apps.filter(count);
  apps.ws("/ws", {
    upgrade: (res, req, context) =>
      res.upgrade(
        {},
        req.getHeader("sec-websocket-key"),
        req.getHeader("sec-websocket-protocol"),
        "",
        context,
      ),
    open: (ws) => void ws.subscribe("all"),
    close: () => sockets--,
  });
  const port = apps.listen("127.0.0.1", 0);
  const visit = () => RawClient.open(`wss://127.0.0.1:${port}/ws`, { rejectUnauthorized: false });
  const people: RawClient[] = [];
  const heard: number[] = [];
  const names = ["first", "second", "third"];
  for (const [i, name] of names.entries()) {
    if (i > 0) {
      const next = makePem(folder.path, name);
      relink(live.cert, next.cert);
      relink(live.key, next.key);
      apps.renew()();
    }
    expect(await shownBy(port)).toBe(name);
    const person = await visit();
    person.socket.removeAllListeners("message");
    person.socket.on("message", () => heard.push(i));
    people.push(person);
  }
  // A keepalive connection that says nothing counts as well as those that are upgraded.
  const idle = await connectTls(port);
  await until(() => sockets === 4, "four sockets");
  expect([apps.count, apps.numSubscribers("all")]).toEqual([3, 3]);
  apps.publish("all", new Uint8Array([1]), true);
  await until(() => heard.length === 3, "all three");
  expect(heard.toSorted()).toEqual([0, 1, 2]);
  people[0]!.socket.terminate();
  await until(() => apps.count === 2, "the first one let go");
  people[1]!.socket.terminate();
  await until(() => apps.count === 1, "the second one let go");
  idle.destroy();
  people[2]!.socket.terminate();
  await until(() => sockets === 0, "nobody");
  expect(apps.count).toBe(1);
  apps.renew()();
  expect(apps.count).toBe(1);
  apps.stopListening();
  apps.close();
});

test("sockets that never begin the handshake are counted, and cut when there are too many", async () => {
  using folder = makeFolder();
  const certificate = new Certificate(makePem(folder.path, "first"));
  await using server = await runServer({
    certificate,
    maxSockets: 16,
    hasFiles: () => false,
    allowances: NO_ALLOWANCES,
  });
  const silent = Array.from({ length: 20 }, () =>
    connect(server.port, "127.0.0.1").on("error", () => undefined),
  );
  const ended = silent.map((socket) => once(socket, "close"));
  await until(() => server.sockets.cut === 4, "four that are cut");
  await Promise.race(ended);
  expect(server.sockets.count).toBe(16);
  for (const socket of silent) socket.destroy();
  await until(() => server.sockets.count === 0, "no socket");
  using client = await RawClient.open(`wss://127.0.0.1:${server.port}/ws`, { rejectUnauthorized: false });
  expect(server.sockets.count).toBe(1);
  client.socket.terminate();
  await until(() => server.sockets.count === 0, "no socket");
  expect(server.errors).toEqual([]);
});
