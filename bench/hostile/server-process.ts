/**
 * The server that is attacked: the built program as a child process on a loopback address, with as few files and as
 * little memory as a small machine gives it. It is known from outside only.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const MOST_FILES = 1_024;
/** Its owner has a gigabyte for it; more, and the system would end it. */
export const MOST_MB = 1_000;
const HEAP_MIB = 512;
const START_MS = 30_000;
const STOP_MS = 12_000;

/** For posting over HTTP, from the environment. */
export const POST_TOKEN = "hostile-suite-posts-with-this-secret-token";

const script = join(dirname(fileURLToPath(import.meta.url)), "main.js");

export class ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** How it ended, in words; resolves when it did. */
  readonly ended: Promise<string>;
  hasEnded = false;
  #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, ended: Promise<string>) {
    this.#child = child;
    this.pid = child.pid!;
    this.port = port;
    this.ended = ended;
    void ended.then(() => {
      this.hasEnded = true;
    });
  }

  /** @throws Error when it does not serve */
  static async start(data: string, flags: readonly string[]): Promise<ServerProcess> {
    const environment = { ...process.env };
    for (const name of Object.keys(environment)) if (name.startsWith("MADANG_")) delete environment[name];
    environment.MADANG_LOG_FORMAT = "text";
    environment.MADANG_POST_TOKEN = POST_TOKEN;
    const node = [process.execPath, `--max-old-space-size=${HEAP_MIB}`, script];
    const server = [...node, "--host", "127.0.0.1", "--port", "0", "--data", data, ...flags];
    // The shell only sets the limit and becomes the server.
    const child = spawn("sh", ["-c", `ulimit -n ${MOST_FILES} && exec "$@"`, "sh", ...server], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment,
      // A group of its own: an interrupt at the terminal is for the suite alone.
      detached: true,
    });
    let words = "";
    child.stderr.on("data", (bytes) => {
      words = (words + bytes).slice(-2_000);
    });
    const orphaned = () => child.kill("SIGKILL");
    process.prependOnceListener("exit", orphaned);
    const ended = new Promise<string>((done) => {
      child.once("close", (code, signal) => {
        process.off("exit", orphaned);
        const how = signal ? `signal ${signal}` : `exit code ${code}`;
        done([how, ...words.trim().split("\n").filter(Boolean).slice(0, 1)].join(": "));
      });
    });
    const port = new Promise<number>((open) => {
      let line = "";
      child.stdout.on("data", (bytes) => {
        line = (line + bytes).slice(-2_000);
        const found = /is open at \S+:(\d+) /.exec(line);
        if (found) open(Number(found[1]));
      });
    });
    const first = await Promise.race([port, ended, late(START_MS)]);
    if (typeof first === "number") return new ServerProcess(child, first, ended);
    child.kill("SIGKILL");
    throw new Error(`the server did not start: ${first ?? "it says nothing"}`);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** @returns how it ended */
  async stop(): Promise<string> {
    this.#child.kill("SIGTERM");
    if ((await Promise.race([this.ended, late(STOP_MS)])) === null) this.kill();
    return this.ended;
  }
}

function late(ms: number): Promise<null> {
  return new Promise((done) => setTimeout(() => done(null), ms).unref());
}

/** What `--help` of the server says. */
export function serverHelp(): string {
  return spawnSync(process.execPath, [script, "--help"], { encoding: "utf8" }).stdout;
}
