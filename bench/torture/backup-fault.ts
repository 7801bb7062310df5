/**
 * A backup while everybody talks: made by the program as an operator runs it, looked at, restored beside, and looked at
 * again. It holds what was acknowledged before it began: as many messages at least as anybody was told of.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "./stage.ts";

const MAIN = join(dirname(fileURLToPath(import.meta.url)), "main.js");

export async function tryBackup(stage: Stage): Promise<void> {
  const beside = dirname(stage.data);
  const [file, folder] = [join(beside, "backup"), join(beside, "restored")];
  const { acknowledged } = await stage.tally();
  const steps = [
    ["backup", "--data", stage.data, file],
    ["verify", file],
    ["restore", file, "--data", folder],
    ["verify", folder],
  ];
  for (const step of steps) {
    const { code, words } = await run(step);
    if (code !== 0) {
      stage.troubles.push(`madang ${step[0]}: exit code ${code}: ${words}`);
      break;
    }
    // "…: 4 rooms, 1,234 messages, …": those that were accepted and those that somebody did to them are all counted.
    const messages = Number(/([\d,]+) messages?,/.exec(words)?.[1]?.replaceAll(",", "") ?? -1);
    if (messages < acknowledged)
      stage.troubles.push(`madang ${step[0]}: ${messages} messages, of ${acknowledged} acknowledged before`);
  }
  rmSync(file, { force: true });
  rmSync(folder, { recursive: true, force: true });
}

function run(args: string[]): Promise<{ code: number | null; words: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (words += bytes));
  return new Promise((done) => child.on("close", (code) => done({ code, words: words.trim() })));
}
