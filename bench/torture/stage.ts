/**
 * A server with its data folder, its network and its people. Faults act on it; it knows how to bring a server back
 * and how long that took. Invariant: at most one server runs on the folder, and the proxy points to it or nowhere.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../random.ts";
import { COURT_ROOM } from "./court.ts";
import { RoleProcess } from "./roles.ts";
import { type Ending, ServerProcess } from "./server-process.ts";
import type { Rest, Tally } from "./workload.ts";
import { roomName } from "./workload.ts";

export interface StageOptions {
  folder: string;
  random: Random;
  seed: number;
  clients: number;
  rooms: number;
  rate: number;
  /** The guarantee that is broken on purpose, or empty. */
  control: string;
  /** Nothing but texts is written: where each thing said has to be known again by its bytes. */
  textsOnly?: boolean;
  /** There is a room that belongs to somebody as well. */
  hasCourt?: boolean;
}

const ACCEPT_MS = 5_000;

export class Stage {
  readonly data: string;
  readonly journals: string;
  readonly options: StageOptions;
  readonly random: Random;
  readonly proxy = new RoleProcess("proxy");
  readonly workload = new RoleProcess("workload");
  server: ServerProcess | null = null;
  restarts = 0;
  lapses = 0;
  /** From the end of a server to an accepted connection, milliseconds. */
  readonly outagesMs: number[] = [];
  /** What went otherwise than it should, a sentence each. */
  readonly troubles: string[] = [];
  #downSince = 0;

  constructor(options: StageOptions) {
    this.options = options;
    this.random = options.random;
    this.data = join(options.folder, "data");
    this.journals = join(options.folder, "journals");
    mkdirSync(this.journals, { recursive: true });
  }

  /** Starts the first server and brings everybody in. */
  async open(before?: string[]): Promise<void> {
    const { seed, clients, rooms, rate, control, textsOnly = false, hasCourt = false } = this.options;
    const port = await this.proxy.ask<number>("listen", { seed });
    await this.start(before);
    const gapCheckOff = control === "gap-check-off";
    await this.workload.ask("start", {
      folder: this.journals,
      port,
      seed,
      clients,
      rooms,
      rate,
      gapCheckOff,
      textsOnly,
      hasCourt,
    });
  }

  /** A server that serves. @throws Error when it does not come up */
  async start(before?: string[]): Promise<void> {
    if (!(await this.launch(null, before))) {
      const ending = await this.server!.endWithin(1_000);
      throw new Error(`the server did not start: ${ending?.words ?? "it says nothing"}`);
    }
  }

  /** A server that is to fail. False: it did so before it served. */
  async launch(wishes: object | null, before?: string[]): Promise<boolean> {
    const { control } = this.options;
    const isServerControl = control !== "" && control !== "gap-check-off";
    const asked = wishes ?? (isServerControl ? { control } : null);
    this.server = new ServerProcess({
      data: this.data,
      flags: this.#flags(),
      wishes: asked,
      ...(before && { before }),
    });
    const serves = (await this.server.ready) && (await this.server.accepts(ACCEPT_MS));
    if (!serves) return false;
    // An injected delay is none of the server's.
    if (this.#downSince > 0) {
      if (!before) this.outagesMs.push(performance.now() - this.#downSince);
      this.restarts++;
    }
    this.#downSince = 0;
    await this.proxy.ask("target", { port: this.server.port });
    await this.workload.ask("probe").catch(() => undefined);
    return true;
  }

  async kill(): Promise<void> {
    await this.signal("SIGKILL");
    await this.down(1_000);
  }

  async signal(name: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.lapses += await this.server!.metric("lapses_total");
    this.server!.signal(name);
  }

  /** Waits for the server's end. @returns null when it is still there after `ms`; then it is ended */
  async down(ms: number): Promise<Ending | null> {
    const server = this.server!;
    const ending = await server.endWithin(ms);
    if (!ending) {
      server.signal("SIGKILL");
      await server.ended;
    }
    this.#downSince ||= performance.now();
    await this.proxy.ask("target", { port: 0 });
    return ending;
  }

  pause(low: number, high: number): Promise<void> {
    return new Promise((next) => setTimeout(next, this.random.between(low, high)));
  }

  tally(): Promise<Tally> {
    return this.workload.ask<Tally>("tally");
  }

  settle(ms: number): Promise<Rest> {
    return this.workload.ask<Rest>("settle", { ms });
  }

  /** What the log holds, read by a newcomer from a server that remembers nothing. */
  async read(name: string, others: string[] = []): Promise<void> {
    const reader = new RoleProcess("reader");
    const rooms = [...Array.from({ length: this.options.rooms }, (_, i) => roomName(i)), ...others];
    const court = this.options.hasCourt ? COURT_ROOM : "";
    await reader.ask("read", { port: this.server!.port, folder: this.journals, name, rooms, court });
    await reader.end();
  }

  async close(): Promise<void> {
    this.server?.signal("SIGKILL");
    await Promise.all([this.server?.ended, this.workload.end(), this.proxy.end()]);
  }

  /** Small limits make rare ways common: reading from disk, and readers that are slow. */
  #flags(): string[] {
    const { random } = this;
    const tail = random.pick([0, 4_096, 65_536]);
    const backpressure = random.pick([16_384, 262_144]);
    // Without the reserve: what is tried is a disk that is full indeed.
    const flags = ["--port", "0", "--no-budgets", "--reserve-bytes", "0", "--tail-bytes", String(tail)];
    return [...flags, "--max-backpressure-bytes", String(backpressure)];
  }
}
