/** The commands as an operator runs them: the built program, beside a server under load. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { listenForBackups } from "../src/keep/control.ts";
import { openLevelLog } from "../src/log/level/level-log.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { Resume } from "../src/wire/codes.ts";
import { Place } from "./keeping.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { LogFolder } from "./log-folder.ts";
import { RawClient } from "./raw-client.ts";
import { ServerProcess } from "./server-process.ts";

const run = (...args: string[]) => ServerProcess.run(args);

test.each([
  [["backup"], /"madang backup" takes the file to make: madang backup \[--data FOLDER\] FILE/],
  [["backup", "a", "b"], /takes the file to make/],
  [["backup", "--since", "a", "b"], /"madang backup" has no flag --since/],
  [["backup", "b", "--data"], /needs a value for --data/],
  [["backup", "b", "--data", "x", "--data", "y"], /takes --data once/],
  [["restore", "--data", "x"], /takes a backup/],
  [["restore", "b"], /"madang restore" needs --data/],
  [["export", "--as", "text"], /"madang export" takes the name of a room: madang export ROOM /],
  [["export", "yard", "--as", "pdf"], /takes jsonl, text, html with --as, not "pdf"/],
  [["import", "file"], /"madang import" needs --room/],
  [["import", "--room", "yard"], /takes a file/],
  [["verify", "a", "--data", "b"], /takes one folder or backup/],
])("%j is refused as a wrong flag", async (args, words) => {
  const { code, stderr, stdout } = await run(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(words);
});

test("what cannot be done ends with 1 and a sentence, and help is help", async () => {
  using here = new Place();
  for (const args of [
    ["backup", "--data", here.in("none"), here.in("b")],
    ["restore", here.in("none"), "--data", here.in("new")],
    ["verify", "--data", here.in("none")],
  ]) {
    const { code, stderr } = await run(...args);
    expect(code, args.join(" ")).toBe(1);
    expect(stderr).toMatch(/^[^\n]+\.\n$/);
  }
  expect(readdirSync(here.path)).toEqual([]);
  const { code, stdout } = await run("restore", "--help");
  expect([code, stdout.includes("madang restore FILE --data FOLDER")]).toEqual([0, true]);
});

test("a backup under load is restored without loss: the drill of the README", async () => {
  using here = new Place();
  const data = here.in("data");
  const rooms = ["one", "two", "마당"];
  const flags = ["--port", "0", "--no-budgets", "--data"];
  const server = await ServerProcess.start([...flags, data]);
  /** What was acknowledged, by room and number. */
  const acknowledged = new Map<string, string>();
  let isOver = false;
  const talk = async (who: number) => {
    const client = await RawClient.greeted(server.socketUrl, `P${who}`);
    const names = new Map<number, string>();
    for (const name of rooms) names.set((await client.enter(name)).room, name);
    let nonce = 0;
    let seen = 0;
    client.socket.on("message", () => {
      for (; seen < client.records.length; seen++) {
        const { seq, text } = client.records[seen]!;
        acknowledged.set(`${text.split(" ")[0]} ${seq}`, text);
      }
    });
    while (!isOver) {
      nonce++;
      for (const [room, name] of names)
        client.say(room, nonce, `${name} ${who} ${nonce} ${"x".repeat(nonce % 400)}`);
      await new Promise((done) => setTimeout(done, 2));
    }
    client.socket.close();
  };
  const people = Promise.all([1, 2, 3, 4].map(talk));
  await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(2_000);
  const before = new Map(acknowledged);
  const made = await run("backup", "--data", data, here.in("backup"));
  expect(made.stderr).toBe("");
  expect(made.code).toBe(0);
  expect(acknowledged.size).toBeGreaterThan(before.size);
  isOver = true;
  await people;
  expect((await server.kill("SIGTERM")).code).toBe(0);
  expect(readdirSync(data).sort()).toEqual(["format", "log", "witness"]);

  expect((await run("verify", here.in("backup"))).stdout).toMatch(/nothing is wrong \(3 rooms, /);
  expect((await run("restore", here.in("backup"), "--data", here.in("new"))).code).toBe(0);
  expect((await run("verify", here.in("new"))).stdout).toMatch(/nothing is wrong \(3 rooms, /);
  expect((await run("verify", data)).stdout).toMatch(/nothing is wrong \(3 rooms, /);

  const epochOf = ({ stdout }: ServerProcess) => /epoch ([0-9a-f]{16})/.exec(stdout)![1]!;
  await using restored = await ServerProcess.start([...flags, here.in("new")]);
  expect(epochOf(restored)).not.toBe(epochOf(server));
  const reader = await RawClient.greeted(restored.socketUrl, "Reader");
  const { resume } = await reader.enter("one", { position: { epoch: epochOf(server), seq: 1 } });
  expect(resume).toBe(Resume.reset);
  await restored.kill("SIGTERM");

  const log = await openLevelLog(here.in("new"));
  const found = new Map<string, string>();
  for (const { room, name } of await log.rooms())
    for (const { bytes } of await log.readForward(room, 1, EVERYTHING))
      for (const { seq, text } of decodeBlock(bytes).records) found.set(`${name} ${seq}`, text);
  await log.close();
  expect(found.size).toBeLessThanOrEqual(acknowledged.size);
  expect(new Set(found.values()).size).toBe(found.size);
  expect([...before].filter(([place, text]) => found.get(place) !== text)).toEqual([]);
  expect([...found].filter(([place, text]) => acknowledged.get(place) !== text)).toEqual([]);
});

test("an interrupted command cleans up and ends with 130", async () => {
  using folder = new LogFolder();
  using here = new Place();
  const log = await folder.open();
  async function* halting() {
    yield Buffer.from("madang backup 1\n");
    await new Promise(() => undefined);
  }
  const control = await listenForBackups(folder.path, halting, () => undefined);
  const child = new ServerProcess(["backup", "--data", folder.path, here.in("b")], {});
  await expect
    .poll(() => readdirSync(here.path), { timeout: 20_000 })
    .toEqual([expect.stringMatching(/\.part$/)]);
  const { code } = await child.kill("SIGINT");
  expect([code, child.stdout, child.stderr]).toEqual([
    130,
    "",
    "Interrupted; nothing is left of what was begun.\n",
  ]);
  expect(readdirSync(here.path)).toEqual([]);
  await control.close();
  await log.close();
});
