/** What the README says of settings, packages, pictures and bots is so. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { settingRows } from "../src/config.ts";
import { RawClient } from "./raw-client.ts";
import { runServer } from "./running-server.ts";

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
