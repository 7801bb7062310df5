/** A disk that fills up: what is told of it, what is refused, and that the process lives. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Space } from "../src/log/log.ts";
import { type Disk, DiskWatch } from "../src/server/disk-watch.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { FakeLoop } from "./fake-loop.ts";
import { RawClient } from "./raw-client.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const MIB = 2 ** 20;

function watched() {
  const loop = new FakeLoop();
  const told: string[] = [];
  const quota = {
    space: { logBytes: 0, freeBytes: 1_000, diskBytes: 1_000 } as Space,
    isFull: false,
    looks: 0,
    next: { logBytes: 0, freeBytes: 1_000, diskBytes: 1_000 },
    look: async () => {
      quota.looks++;
      quota.space = quota.next;
    },
  };
  const watch = new DiskWatch(quota, loop, (event, sentence, fields) =>
    told.push(`${event} ${fields?.usedPercent} ${sentence}`),
  );
  const used = async (percent: number, isFull = false): Promise<Disk> => {
    quota.next = { logBytes: 0, freeBytes: 1_000 - 10 * percent, diskBytes: 1_000 };
    quota.isFull = isFull;
    await loop.advance(2_000);
    await loop.settle();
    return watch.disk;
  };
  const events = () => told.splice(0).map((line) => line.split(" ").slice(0, 2).join(" "));
  return { ...{ loop, watch, quota, used, events, told } };
}

test("is told of at 80 and 90 percent, each once, and again only after there was room", async () => {
  const { used, events, watch, quota } = watched();
  expect(await used(79)).toEqual({ usedPercent: 79, freeBytes: 210, warning: 0, isFull: false });
  expect(events()).toEqual([]);
  expect(await used(80)).toMatchObject({ usedPercent: 80, warning: 80 });
  await used(85);
  await used(79);
  await used(80);
  expect(events()).toEqual(["disk_filling 80"]);
  expect(await used(90)).toMatchObject({ warning: 90 });
  await used(95);
  expect(events()).toEqual(["disk_filling 90"]);
  expect(await used(98, true)).toMatchObject({ isFull: true });
  await used(99, true);
  expect(events()).toEqual(["disk_full 98"]);
  await used(70);
  expect(events()).toEqual(["disk_roomy 70"]);
  await used(91);
  expect(events()).toEqual(["disk_filling 91"]);
  const { looks } = quota;
  watch.stop();
  await used(99, true);
  expect([quota.looks, events()]).toEqual([looks, []]);
});

test("a disk of which nothing is known is told nothing of", async () => {
  const { watch, quota, told } = watched();
  quota.space = { logBytes: 0, freeBytes: Number.POSITIVE_INFINITY, diskBytes: 0 };
  expect(watch.disk).toEqual({
    ...{ usedPercent: null, freeBytes: Number.POSITIVE_INFINITY },
    warning: 0,
    isFull: false,
  });
  expect(told).toEqual([]);
});

/** A file system of its own, of so many MiB; null where nothing may be mounted. */
function smallDisk(path: string, mib: number): Disposable | null {
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m`, "madang-test", path]);
  return mounted.status === 0 ? { [Symbol.dispose]: () => void spawnSync("umount", ["-l", path]) } : null;
}

test("a small disk that others fill: messages are refused, the server lives, and goes on when there is place", async (context) => {
  using folder = makeFolder();
  using disk = smallDisk(folder.path, 48);
  // Where nothing may be mounted, quota.test.ts has to do.
  if (!disk) return context.skip();
  const reserve = ["--reserve-bytes", String(16 * MIB)];
  const args = ["--port", "0", "--data", join(folder.path, "data"), "--no-budgets", ...reserve];
  await using server = await ServerProcess.start(args, { MADANG_LOG_FORMAT: "json" });
  const health = async () => {
    const answer = await fetch(`${server.url}/healthz`, { headers: { Accept: "application/json" } });
    return { status: answer.status, ...((await answer.json()) as { disk: Disk }).disk };
  };
  const events = () =>
    server.stderr
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).event);
  using client = await RawClient.greeted(server.socketUrl, "Ada");
  const { room } = await client.enter("yard");
  let nonce = 0;
  const says = async (): Promise<number | null> => {
    const refused = () => client.all(ServerKind.refused);
    const [before, stored] = [refused().length, client.records.length];
    client.say(room, ++nonce, "x");
    await client.until(() => refused().length > before || client.records.length > stored, "an answer");
    const last = refused().at(-1);
    return refused().length > before && last?.kind === ServerKind.refused ? last.code : null;
  };
  expect(await says()).toBe(null);
  expect(await health()).toMatchObject({ status: 200, warning: 0, isFull: false });
  const filler = join(folder.path, "filler");
  writeFileSync(filler, new Uint8Array(40 * MIB));
  await expect.poll(says, { timeout: 20_000, interval: 200 }).toBe(Refusal.logFull);
  await expect.poll(health, { timeout: 20_000 }).toMatchObject({ status: 200, warning: 80, isFull: true });
  expect(events()).toEqual(["disk_filling", "disk_full"]);
  // Nothing that writes is left out: somebody new, a room.
  using other = await RawClient.greeted(server.socketUrl, "Bo");
  const { head } = await other.enter("yard");
  expect(head).toBeGreaterThan(0);
  rmSync(filler);
  await expect.poll(says, { timeout: 20_000, interval: 200 }).toBe(null);
  await expect.poll(health, { timeout: 20_000 }).toMatchObject({ status: 200, warning: 0, isFull: false });
  expect(events().at(-1)).toBe("disk_roomy");
  expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
});
