/** A browser, a driver or a screen as a child process: started until it says what is waited for, and ended for sure. */
import { type ChildProcess, spawn } from "node:child_process";
import { START_MS } from "./driver.ts";

const breaks = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = "";
  readonly #onBreak = () => {
    this.#kill();
    process.exit(1);
  };

  constructor(command: string, args: string[], { env = {} as Record<string, string>, pipe3 = false } = {}) {
    this.#process = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe", ...(pipe3 ? ["pipe" as const] : [])],
      env: { ...process.env, ...env },
      // A group of its own: what it starts is ended with it.
      detached: true,
    });
    this.#ended = new Promise((done) => {
      this.#process.once("exit", done);
      this.#process.once("error", (error) => {
        this.#said += String(error);
        done(error);
      });
    });
    // A run that is broken off leaves nothing behind. The first that hears the signal exits, and all hear that.
    for (const signal of breaks) process.once(signal, this.#onBreak);
    process.once("exit", this.#kill);
    for (const stream of this.#process.stdio.slice(1)) {
      stream?.on("data", (chunk) => {
        // Only its beginning is looked at, and its end is told when it fails.
        this.#said = (this.#said + chunk).slice(-20_000);
        this.#heard();
      });
    }
  }

  #heard: () => void = () => undefined;

  /** @throws Error when it ends before it says that, or does not within the bound */
  async says(pattern: RegExp): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((done) => {
      timer = setTimeout(done, START_MS);
    });
    const heard = new Promise<void>((done) => {
      this.#heard = () => {
        if (pattern.test(this.#said)) done();
      };
      this.#heard();
    });
    await Promise.race([heard, late, this.#ended]);
    clearTimeout(timer);
    const match = pattern.exec(this.#said);
    if (match) return match[1] ?? match[0];
    await this.end();
    throw new Error(`${this.#process.spawnfile} did not start: ${this.#said}`);
  }

  async end(): Promise<void> {
    for (const signal of breaks) process.off(signal, this.#onBreak);
    process.off("exit", this.#kill);
    if (this.#process.pid === undefined) return;
    this.#kill();
    await this.#ended;
  }

  /** With all that it started. */
  readonly #kill = (): void => {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch (error) {
      // All of the group are gone already.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
}
