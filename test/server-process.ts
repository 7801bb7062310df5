/**
 * The built server as a process of its own, as an operator runs it: ended with its scope, at the latest.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../dist/main.js");
const PATIENCE_MS = 20_000;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class ServerProcess implements AsyncDisposable {
  stdout = "";
  stderr = "";
  readonly exited: Promise<Exit>;
  #child: ChildProcess;
  #outputChanged: () => void = () => undefined;

  /** Runs to its end; for what is not meant to serve. */
  static async run(args: string[], environment: Record<string, string> = {}): Promise<ServerProcess & Exit> {
    const run = new ServerProcess(args, environment);
    return Object.assign(run, await run.exited);
  }

  /** Resolves when it says that it is open. */
  static async start(args: string[], environment: Record<string, string> = {}): Promise<ServerProcess> {
    const server = new ServerProcess(["--host", "127.0.0.1", ...args], environment);
    const timer = setTimeout(() => server.kill("SIGKILL"), PATIENCE_MS);
    const open = new Promise<void>((done) => {
      server.#outputChanged = () => {
        if (server.stdout.includes("\n")) done();
      };
    });
    await Promise.race([open, server.exited]);
    clearTimeout(timer);
    if (!server.stdout.includes("\n")) throw new Error(`the server did not start: ${server.stderr}`);
    return server;
  }

  constructor(args: string[], environment: Record<string, string>) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("MADANG_"));
    // As a person reads it on a terminal.
    const env = { ...Object.fromEntries(inherited), MADANG_LOG_FORMAT: "text", ...environment };
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stdout.on("data", (chunk) => {
      this.stdout += chunk;
      this.#outputChanged();
    });
    child.stderr.on("data", (chunk) => {
      this.stderr += chunk;
    });
    this.exited = new Promise((done) => child.on("close", (code, signal) => done({ code, signal })));
  }

  get port(): number {
    return Number(/:(\d+) /.exec(this.stdout)?.[1]);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** With `--metrics-listen`. */
  get metricsUrl(): string {
    return /^Metrics are at (\S+)/m.exec(this.stdout)![1]!;
  }

  get socketUrl(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  kill(signal: NodeJS.Signals): Promise<Exit> {
    this.#child.kill(signal);
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGKILL");
  }
}

/** A folder that goes away with its scope. */
export function makeFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "madang-data-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
