/**
 * One run: prepares a folder, starts the server on it, lets the good ones in, and has one attack after the other
 * while they talk. Invariant: an attack meets a server that is well; after a red line there is a new one.
 */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RoleProcess } from "../torture/roles.ts";
import { inTemporaryFolder } from "../torture/temporary-folder.ts";
import type { Attack } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import { type Account, GOOD_ROOMS } from "./judge.ts";
import { type Line, MAY_KEEP_MB, percentile, reasons } from "./line.ts";
import { noBudgets } from "./no-budgets.ts";
import type { Options } from "./options.ts";
import { type Archive, prepare } from "./prepare.ts";
import { MOST_MB, ServerProcess, serverHelp } from "./server-process.ts";
import { emptyTally, type Tally } from "./tally.ts";
import { cpuSeconds, residentMb, Watch } from "./vitals.ts";

/** For everything that good ones sent to reach everybody. */
const SETTLE_MS = 5_000;
/** Before the quiet run: what is compiled and read for the first time belongs to no attack. */
const WARM_UP_MS = 1_500;
const LOOK_MS = 100;

export type Say = (text: string) => void;

export function conduct(options: Options, say: Say): Promise<Line[]> {
  return inTemporaryFolder(options.data, (folder) => new Run(options, say, folder).run(), "madang-hostile-");
}

class Run {
  #options: Options;
  #say: Say;
  #folder: string;
  #archive!: Archive;
  #flags: string[] = [];
  #server: ServerProcess | null = null;
  #servers = 0;
  #quietP99Ms = 0;
  #judge: RoleProcess | null = null;

  constructor(options: Options, say: Say, folder: string) {
    this.#options = options;
    this.#say = say;
    this.#folder = folder;
  }

  async run(): Promise<Line[]> {
    const { only, control, judgesTime } = this.#options;
    if (control) this.#flags = noBudgets(serverHelp());
    this.#say("a room with a past is written");
    this.#archive = await prepare(join(this.#folder, "archive"));
    const lines: Line[] = [];
    try {
      for (const [i, name] of only.entries()) {
        if (!this.#server || this.#server.hasEnded) await this.#open();
        const attack = ATTACKS.find((one) => one.name === name)!;
        this.#say(`${i + 1} of ${only.length}, ${name}: ${attack.what}`);
        const line = await this.#attack(attack);
        lines.push(line);
        const red = reasons(line, judgesTime);
        this.#say(`${name}: ${red.length === 0 ? "green" : `RED, ${red.join(", ")}`}`);
        if (red.length > 0) await this.#end();
      }
    } finally {
      await this.#end();
    }
    return lines;
  }

  /** A server with good ones on it, and how it is when nobody attacks. */
  async #open(): Promise<void> {
    const data = join(this.#folder, `data-${this.#servers++}`);
    cpSync(join(this.#folder, "archive"), data, { recursive: true });
    this.#server = await ServerProcess.start(data, this.#flags);
    this.#judge = new RoleProcess("judge");
    await this.#judge.ask("enter", { port: this.#server.port });
    await sleep(WARM_UP_MS);
    await this.#judge.ask("account", { settleMs: SETTLE_MS });
    await this.#judge.ask("begin");
    await sleep(this.#options.seconds * 1000);
    await this.#judge.ask("pause");
    const quiet = await this.#judge.ask<Account>("account", { settleMs: SETTLE_MS });
    this.#quietP99Ms = percentile(quiet.timesMs, 99);
  }

  async #end(): Promise<void> {
    const [server, judge] = [this.#server, this.#judge];
    this.#server = null;
    this.#judge = null;
    await judge?.end();
    if (server && !server.hasEnded) await server.stop();
    rmSync(join(this.#folder, `data-${this.#servers - 1}`), { recursive: true, force: true });
  }

  async #attack({ name, what, atLeastSeconds = 0, mostStored }: Attack): Promise<Line> {
    const server = this.#server!;
    const judge = this.#judge!;
    const { connections, mutations, seed } = this.#options;
    const seconds = Math.max(this.#options.seconds, atLeastSeconds);
    let killed = "";
    const before = residentMb(server.pid);
    const watch = new Watch(server.pid, MOST_MB, () => {
      killed = `it took more than ${MOST_MB} MB`;
      server.kill();
    });
    const cpu = cpuSeconds(server.pid);
    const began = performance.now();
    const attacker = new RoleProcess("attacker");
    await judge.ask("begin");
    const order = {
      ...{ port: server.port, pid: server.pid, place: ATTACKS.findIndex((one) => one.name === name) },
      ...{ seed, seconds, connections, mutations, goodRoom: GOOD_ROOMS[0]!, archive: this.#archive },
    };
    const tally = await attacker.ask<Tally>("attack", { name, order }).catch((error: Error) => {
      // An attack that breaks is a fault of the suite, and no reason to call a line green.
      const check = { name: "the attack itself", expected: "goes on", got: error.message, known: "" };
      return { ...emptyTally(), checks: [{ ...check, ok: false }] };
    });
    const took = (performance.now() - began) / 1000;
    const used = cpuSeconds(server.pid) - cpu;
    await attacker.end();
    await judge.ask("pause");
    const account = await judge.ask<Account>("account", { settleMs: SETTLE_MS });
    const after = await this.#memoryAfter(server, before + MAY_KEEP_MB);
    watch.stop();
    return {
      ...{ attack: name, what, seconds: took, account, tally },
      ...{ quietP99Ms: this.#quietP99Ms, p99Ms: percentile(account.timesMs, 99) },
      memory: { before, peak: watch.peakMb, after },
      mostStored: mostStored?.(seconds) ?? null,
      socketsMb: watch.peakSocketMb,
      cpu: Math.max(0, used / took),
      ended: server.hasEnded ? killed || (await server.ended) : "",
    };
  }

  /** Waits for memory to come back, as long as it may. */
  async #memoryAfter(server: ServerProcess, enough: number): Promise<number> {
    const end = performance.now() + this.#options.afterSeconds * 1000;
    let now = residentMb(server.pid);
    while (now > enough && performance.now() < end) {
      await sleep(LOOK_MS);
      now = residentMb(server.pid);
    }
    return now;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, ms));
}
