/** What the README says of settings, packages, pictures and bots is so. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { settingRows } from "../src/config.ts";
import { RawClient } from "./raw-client.ts";
import { runServer } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

const root = resolve(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

test("lists every setting as --help does", () => {
  for (const { flag, variable, fallback, what } of settingRows()) {
    const value = fallback ? `\`${fallback}\`` : "";
    expect(readme).toContain(`| \`${flag}\` | \`${variable}\` | ${value} | ${what} |`);
  }
});

test("gives a reason for every package, and package.json pins each", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const [name, version] of Object.entries<string>({ ...dependencies, ...devDependencies })) {
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, "m"));
    expect(version).toMatch(/^(npm:[a-z-]+@)?\d+\.\d+\.\d+$/);
  }
});

test("points only at files that are there", () => {
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
    expect(existsSync(join(root, path as string)), path).toBe(true);
  }
  for (const [, path] of readme.matchAll(/`((?:src|web|bench|test)\/[\w./-]+)`/g)) {
    expect(existsSync(join(root, path as string)), path).toBe(true);
  }
});

test("its commands for programs do what they say", { timeout: 30_000 }, async () => {
  using folder = makeFolder();
  const data = join(folder.path, "data");
  await using server = await ServerProcess.start(["--port", "0", "--data", data]);
  const section = /\n## For programs\n(.+?)\n## /s.exec(readme)![1]!;
  const [tokens, requests] = [...section.matchAll(/```sh\n(.+?)```/gs)].map(([, code]) => code!);
  const madang = `madang() { "${process.execPath}" "${join(root, "dist/main.js")}" "$@"; }`;
  const run = (code: string) =>
    new Promise<string>((done) => {
      // The stream goes on until curl is told to end.
      const bounded = code.replaceAll("curl ", "curl -s -m 5 ").replace("-m 5 -N", "-m 1 -N");
      const here = bounded.replaceAll("http://localhost:3000", server.url);
      const options = { cwd: folder.path, timeout: 20_000 };
      execFile("bash", ["-c", `${madang}\n${here}`], options, (_, stdout) => done(stdout));
    });
  expect(await run(tokens!)).toMatch(/^[0-9a-f]{12}\t\S+Z\tpost,read\tyard\tBuild\n$/);
  const [posted, page, hooked, ...rest] = (await run(requests!)).split("\n");
  expect(JSON.parse(posted!)).toEqual({ room: "yard", seq: 1 });
  expect(JSON.parse(page!)).toMatchObject({ messages: [{ seq: 1, name: "Build", text: "green" }] });
  expect(hooked).toMatch(/^ok\{"openapi":"3\.1\.0"/);
  const told = rest.filter((line) => line.startsWith("id: "));
  expect(told).toEqual(["id: 0", "id: 1", "id: 2"]);
});

test("its bot answers", async () => {
  await using server = await runServer();
  const [, code] = /```js\n([\s\S]+?)```/.exec(readme) as RegExpExecArray;
  // Beside the build, where the packages are found, and against this server.
  const path = join(root, "dist/readme-bot.mjs");
  const here = (code as string)
    .replaceAll("./dist/", "./")
    .replace("ws://localhost:3000/ws", server.socketUrl);
  writeFileSync(path, `${here}\nexport const stop = () => client.stop();\n`);
  const { stop } = (await import(/* @vite-ignore */ path)) as { stop: () => void };
  try {
    const asker = await RawClient.greeted(server.socketUrl, "Asker");
    const { room } = await asker.enter("lobby");
    await expect.poll(() => server.house.rooms.list(1).rooms[0]?.people, { timeout: 5_000 }).toBe(2);
    asker.say(room, 1, "ping");
    await expect
      .poll(() => asker.records.map(({ text }) => text), { timeout: 5_000 })
      .toEqual(["ping", "pong"]);
  } finally {
    stop();
  }
});
