/**
 * The processes of a run: each is this same program with another `--role`, told what to do over its channel, one
 * answer for each question. Invariant: a process whose starter is gone ends.
 */
import { type ChildProcess, fork } from "node:child_process";

interface Question {
  id: number;
  ask: string;
  with: unknown;
}

interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

export type Handlers = Record<string, (details: never) => unknown>;

export class RoleProcess {
  #child: ChildProcess;
  #id = 0;
  #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly ended: Promise<void>;

  constructor(role: string) {
    this.#child = fork(process.argv[1]!, ["--role", role], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(`${role}: ${error}`));
    });
    this.ended = new Promise((ended) => this.#child.once("exit", () => ended()));
    this.ended.then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${role} ended`));
      this.#waiting.clear();
    });
  }

  ask<T>(ask: string, details: unknown = {}): Promise<T> {
    const question: Question = { id: ++this.#id, ask, with: details };
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(question.id, { resolve, reject });
      this.#child.send(question, (error) => error && reject(error));
    });
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.ended;
  }
}

/** Answers questions until the starter is gone. */
export function serve(handlers: Handlers): void {
  process.on("message", async ({ id, ask, with: details }: Question) => {
    let answer: Answer;
    try {
      answer = { id, value: await handlers[ask]!(details as never) };
    } catch (error) {
      answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    if (process.connected) process.send!(answer);
  });
  process.on("disconnect", () => process.exit(0));
  // The starter decides when a run ends: an interrupt reaches all of a terminal's processes.
  process.on("SIGINT", () => undefined);
}
