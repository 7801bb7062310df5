/**
 * A server under test: a process of its own on a core of its own, on any free port, with a data folder that goes
 * with it. Invariant: nothing of it is left when `stop` has resolved.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";
import { pinned } from "./cores.ts";

const START_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 10_000;

export interface StartOptions {
  contender: Contender;
  core: number | undefined;
  /** Under this folder the data is kept. */
  dataRoot: string;
  /** An existing data folder, which stays. */
  data?: string;
  flags?: string[];
}

export class ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** Where its metrics are, or empty. */
  readonly metricsUrl: string;
  /** What it said when it was ready. */
  readonly greeting: string;
  #child: ChildProcess;
  #cleanUp: () => void;
  /** The bench is interrupted: the server must be gone before its folder is removed. */
  #abandon = () => {
    this.#signal("SIGKILL");
  };

  private constructor(child: ChildProcess, greeting: string, said: string, cleanUp: () => void) {
    this.#child = child;
    this.#cleanUp = cleanUp;
    process.prependListener("exit", this.#abandon);
    // A program from a package may be started by a small script that is not the server itself.
    this.pid = Number(/ as (\d+)$/.exec(greeting)?.[1] ?? child.pid);
    this.greeting = greeting;
    this.metricsUrl = /^Metrics are at (\S+)$/m.exec(said)?.[1] ?? "";
    this.port = Number(/(?:listening on |localhost:|127\.0\.0\.1:)(\d+)/.exec(greeting)?.[1]);
  }

  static start({ contender, core, dataRoot, data, flags = [] }: StartOptions): Promise<ServerProcess> {
    const needsFolder = contender.protocol === "madang" && data === undefined;
    const folder = needsFolder ? mkdtempSync(join(dataRoot, "server-")) : data;
    const cleanUp = () => {
      if (needsFolder) rmSync(folder!, { recursive: true, force: true });
    };
    const where = contender.protocol === "madang" ? ["--data", folder!] : [];
    const [command, args] = pinned(core, contender.command, [...contender.args, ...where, ...flags]);
    const env = { ...process.env, ...contender.variables };
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
    return new Promise((resolve, reject) => {
      let said = "";
      const fail = (why: string) => {
        child.kill("SIGKILL");
        cleanUp();
        reject(new Error(`${contender.name} ${why}${said ? `: ${said.trim()}` : ""}`));
      };
      const timer = setTimeout(() => fail("did not start in time"), START_WITHIN_MS);
      const onExit = () => fail("ended at its start");
      child.once("exit", onExit);
      child.once("error", (error) => fail(error.message));
      child.stderr!.on("data", (chunk) => {
        said = (said + chunk).slice(-2_000);
      });
      child.stdout!.on("data", (chunk) => {
        said = (said + chunk).slice(-2_000);
        const greeting = /^.*(?:listening on|is open at).*$/m.exec(said)?.[0];
        if (greeting === undefined || !said.includes("\n")) return;
        clearTimeout(timer);
        child.stdout!.removeAllListeners("data").resume();
        child.removeListener("exit", onExit);
        resolve(new ServerProcess(child, greeting, said, cleanUp));
      });
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (this.isAlive) {
      const exited = new Promise((done) => this.#child.once("exit", done));
      this.#signal("SIGTERM");
      const timer = setTimeout(() => this.#signal("SIGKILL"), STOP_WITHIN_MS);
      await exited;
      clearTimeout(timer);
    }
    process.removeListener("exit", this.#abandon);
    this.#cleanUp();
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch {
      // It is gone already; the script that started it may not be.
      this.#child.kill(signal);
    }
  }
}
