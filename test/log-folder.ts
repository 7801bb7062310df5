/** A data folder of a test: opens logs in it, names the engine's files, and damages them as a disk would. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Engine, openEngine } from "../src/log/level/engine.ts";
import { type LevelLogOptions, openLevelLog } from "../src/log/level/level-log.ts";
import type { Log } from "../src/log/log.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { partsOf } from "./log-contract.ts";

export class LogFolder {
  path = mkdtempSync(join(tmpdir(), "madang-log-"));
  reports: string[] = [];

  open(options: LevelLogOptions = {}) {
    return openLevelLog(this.path, { report: (_event, text) => this.reports.push(text), ...options });
  }

  /** The engine's files whose names end so, oldest first. */
  files(ending: string): string[] {
    const names = readdirSync(join(this.path, "log")).filter((name) => name.endsWith(ending));
    return names.sort().map((name) => join(this.path, "log", name));
  }

  /** Folders of what was put aside. */
  asides(): string[] {
    return readdirSync(this.path).filter((name) => name.startsWith("aside-"));
  }

  /** Changes what the engine holds, as rot may; the log is closed. */
  async rot(change: (db: Engine) => Promise<unknown>): Promise<void> {
    const { db } = await openEngine(join(this.path, "log"));
    await change(db);
    await db.close();
  }

  copy(): LogFolder {
    const copy = new LogFolder();
    copyFolder(this.path, copy.path);
    return copy;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

export function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

export function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0x40;
  writeFileSync(file, bytes);
}

/** A room from end to end, see `partsOf`; read upwards and downwards it must be the same. */
export async function bothWays(log: Log, room: number, head: number): Promise<string[]> {
  const upwards = partsOf(room, await log.readForward(room, 1, EVERYTHING));
  expect(partsOf(room, await log.readBackward(room, head + 1, EVERYTHING))).toEqual(upwards);
  return upwards;
}
