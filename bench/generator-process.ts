/**
 * The bench's end of the generator: starts its process on its own core, sends commands, awaits answers.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { pinned } from "./cores.ts";
import type {
  HttpCommand,
  HttpResult,
  LoadCommand,
  LoadResult,
  OpenCommand,
  OpenResult,
  PagesCommand,
  PagesResult,
} from "./generator/commands.ts";

export class GeneratorProcess {
  #child: ChildProcess;

  constructor(core: number | undefined, nodeFlags: readonly string[]) {
    const script = fileURLToPath(import.meta.url);
    const [command, args] = pinned(core, process.execPath, [...nodeFlags, script, "--role", "generator"]);
    this.#child = spawn(command, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // JSON would turn what is not a number into null, and null is less than any bound.
      serialization: "advanced",
    });
  }

  open = (command: Omit<OpenCommand, "do">) => this.#ask<OpenResult>({ do: "open", ...command });
  load = (command: Omit<LoadCommand, "do">) => this.#ask<LoadResult>({ do: "load", ...command });
  pages = (command: Omit<PagesCommand, "do">) => this.#ask<PagesResult>({ do: "pages", ...command });
  http = (command: Omit<HttpCommand, "do">) => this.#ask<HttpResult>({ do: "http", ...command });

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise((done) => this.#child.once("exit", done));
    this.#child.disconnect();
    await exited;
  }

  #ask<T>(command: object): Promise<T> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error("the generator ended"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (answer: { result?: T; error?: string }) => {
        this.#child.removeListener("exit", onExit);
        if (answer.error !== undefined) reject(new Error(answer.error));
        else resolve(answer.result as T);
      });
      this.#child.send(command);
    });
  }
}
