/**
 * One life of the server: the built program, started as its owner starts it. It is known from outside only, by its
 * line on stdout, its words on stderr, its exit code and its port.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WIRE } from "../../src/wire/limits.ts";
import { RawSocket } from "./socket.ts";

/** A server that needs longer has gone wrong. */
const START_MS = 30_000;

export interface ServerOrder {
  data: string;
  flags: string[];
  /** What goes into MADANG_TORTURE; null: nothing. */
  wishes: object | null;
  /** A command that runs the server's, such as strace. */
  before?: string[];
}

export interface Ending {
  code: number | null;
  signal: string | null;
  words: string;
}

export class ServerProcess {
  #child: ChildProcess;
  #words = "";
  #traced: boolean;
  port = 0;
  #metricsUrl = "";
  /** Resolves when it serves or has ended, whichever is first. */
  readonly ready: Promise<boolean>;
  readonly ended: Promise<Ending>;
  hasEnded = false;

  constructor({ data, flags, wishes, before = [] }: ServerOrder) {
    // What fails on purpose is a program of its own: without wishes it is the one that people run.
    const script = join(dirname(fileURLToPath(import.meta.url)), wishes ? "tortured.js" : "main.js");
    const place = ["--host", "127.0.0.1", "--metrics-listen", "127.0.0.1:0", "--data", data];
    const server = [process.execPath, script, ...place, ...flags];
    const [command, ...args] = [...before, ...server];
    const environment = { ...process.env };
    for (const name of Object.keys(environment)) if (name.startsWith("MADANG_")) delete environment[name];
    environment.MADANG_LOG_FORMAT = "text";
    if (wishes) environment.MADANG_TORTURE = JSON.stringify(wishes);
    this.#traced = before.length > 0;
    // A group of its own: an interrupt at the terminal is for the torture alone.
    this.#child = spawn(command!, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment,
      detached: true,
    });
    this.#child.stderr!.on("data", (bytes) => {
      this.#words += bytes;
    });
    // It outlives its starter otherwise: it does not share its signals.
    const orphaned = () => this.signal("SIGKILL");
    process.prependOnceListener("exit", orphaned);
    this.ended = new Promise((ended) => {
      this.#child.once("close", (code, signal) => {
        process.off("exit", orphaned);
        this.hasEnded = true;
        ended({ code, signal, words: this.#words.trim() });
      });
    });
    this.ready = new Promise((ready) => {
      const timer = setTimeout(() => ready(false), START_MS);
      timer.unref();
      let line = "";
      this.#child.stdout!.on("data", (bytes) => {
        line += bytes;
        const found = /is open at \S+:(\d+) /.exec(line);
        if (!found) return;
        this.port = Number(found[1]);
        this.#metricsUrl = /^Metrics are at (\S+)$/m.exec(line)?.[1] ?? "";
        ready(true);
      });
      this.ended.then(() => ready(false));
      this.#child.once("error", () => ready(false));
    });
  }

  get pid(): number {
    if (!this.#traced) return this.#child.pid!;
    const tracer = this.#child.pid!;
    return Number(readFileSync(`/proc/${tracer}/task/${tracer}/children`, "utf8").split(" ")[0]);
  }

  signal(name: "SIGKILL" | "SIGTERM"): void {
    if (this.hasEnded) return;
    try {
      process.kill(this.pid, name);
    } catch {
      // It was faster.
    }
  }

  /** How it ended, or null after `ms`. */
  async endWithin(ms: number): Promise<Ending | null> {
    let timer: NodeJS.Timeout;
    const late = new Promise<null>((give) => {
      timer = setTimeout(() => give(null), ms);
    });
    return Promise.race([this.ended, late]).finally(() => clearTimeout(timer));
  }

  /** Resolves when a WebSocket was accepted; false when none is within `ms`. */
  accepts(ms: number): Promise<boolean> {
    return new Promise((done) => {
      const socket = new RawSocket(`ws://127.0.0.1:${this.port}/ws`, WIRE.subprotocol);
      const timer = setTimeout(() => done(false), ms);
      socket.onopen = () => {
        clearTimeout(timer);
        done(true);
        socket.close();
      };
      socket.onclose = () => done(false);
    });
  }

  /** A number of the metrics page. */
  async metric(name: string): Promise<number> {
    const text = await fetch(this.#metricsUrl).then(
      (answer) => answer.text(),
      () => "",
    );
    return Number(new RegExp(`^madang_${name} (\\S+)`, "m").exec(text)?.[1] ?? 0);
  }
}
