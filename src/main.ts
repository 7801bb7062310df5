/**
 * The composition root: reads the command line, puts log, rooms and server together, and ends the process. Exit
 * codes: 0 after a clean stop, 1 when it could not start or the storage failed, 2 for a wrong flag. It runs when an
 * entry calls `main`: madang.ts, which people start, or tortured.ts, which only the torture does.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { type Command, type Config, ConfigError, type Program, readCommand } from "./config.ts";
import type { LogFaults } from "./log/faults.ts";
import { openLevelLog } from "./log/level/level-log.ts";
import type { RepairCommand } from "./log/level/repair-command.ts";
import { type Log, LogError, LogErrorCode } from "./log/log.ts";
import { engineFiles, fileWatch, openFileLimit } from "./log/open-files.ts";
import type { Fanout } from "./room/fanout.ts";
import { nameSkeleton } from "./room/names.ts";
import type { Projections } from "./room/projections.ts";
import { retain } from "./room/retain.ts";
import { Rooms } from "./room/rooms.ts";
import type { Prefix } from "./server/addresses.ts";
import type { Certificate } from "./server/certificate.ts";
import type { RunningServer } from "./server/server.ts";
import type { Tell } from "./telling/events.ts";
import { tellError } from "./telling/tell-error.ts";
import { makeToken } from "./token.ts";
import { orderToken } from "./token-command.ts";
import { checkNickname } from "./wire/names.ts";

/** Filled in by the build. */
declare const MADANG_VERSION: string;

const here = dirname(fileURLToPath(import.meta.url));

/** What an entry may put between the parts. */
export interface Hooks {
  logOptions: { faults: LogFaults };
  log(log: Log): Log;
  fanout(fanout: Fanout): Fanout;
  projections(room: number, isOwned: boolean, isBack: boolean): Projections;
}

/** A stop that takes longer than this is ended. */
const STOP_WITHIN_MS = 9_000;

/** What the commands say that are not the server. */
function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** Ends the process at once: what it holds in memory must not reach anyone any more. */
type Die = (error: unknown) => never;

function dying(tell: Tell): Die {
  return (error) => {
    // The port can be lost to somebody else while a new certificate is taken.
    if (isPlain(error)) tell("failed", error.message);
    else tellError(tell, "failed", "Madang ends because of an error in itself", error);
    process.exit(1);
  };
}

async function loadServer(tell: Tell): Promise<typeof import("./server/server.ts")> {
  try {
    return await import("./server/server.ts");
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    tell(
      "failed",
      `The transport uWebSockets.js does not load on this machine (Node ${process.version}, ${process.platform} ` +
        `${process.arch}): ${reason} Node 20 runs on glibc 2.27 and later, newer versions of Node need glibc 2.38.`,
    );
    process.exit(1);
  }
}

async function serve(config: Config, hooks: Hooks | null, tell: Tell): Promise<void> {
  const die = dying(tell);
  // The young generation stays at the size it begins with, a megabyte. It would grow to sixteen and more under load and
  // never shrink, for no gain that could be measured here: what a server of frames allocates dies at once.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Everything this process creates is its owner's alone.
  process.umask(0o077);
  const [
    { startServer },
    { socketsWithin },
    { DenyList },
    { Hosts },
    { nodeLoop },
    { SignedIdentities },
    { StaticFiles },
    { listenForBackups },
    { backupOf },
  ] = await Promise.all([
    loadServer(tell),
    import("./server/sockets.ts"),
    import("./server/deny-list.ts"),
    import("./server/hosts.ts"),
    import("./server/loop.ts"),
    import("./server/identities.ts"),
    import("./server/static-files.ts"),
    import("./keep/control.ts"),
    import("./keep/backup.ts"),
  ]);
  const trustedProxies = await trustedBy(config);
  const denied = new DenyList(config.deny);
  const certificate = await certificateOf(config);
  const fileLimit = openFileLimit();
  const { newEpoch } = config;
  const opened = await openLevelLog(config.data, { report: tell, newEpoch, ...hooks?.logOptions });
  const log = hooks ? hooks.log(opened) : opened;
  let closing = false;
  // Whoever was still reading when the last connection was gone meets a closed log, and nobody waits for the answer.
  const onFatal = (error: unknown): void => {
    if (!closing) die(error);
  };
  void opened.failed.then(onFatal);
  const control = await listenForBackups(
    config.data,
    () => backupOf(MADANG_VERSION, opened.whole()),
    (sentence) => tell("no_backups", sentence),
  );
  let server: RunningServer;
  try {
    server = await startServer({
      host: config.host,
      port: config.port,
      certificate,
      hosts: new Hosts({
        ...config,
        speaksTls: certificate !== null,
        listening: config.host,
        machineName: hostname(),
      }),
      api: new Set(config.api),
      postToken: config.postToken,
      botTokens: config.data,
      operatorKey: config.operatorKey,
      allowances: config.allowances,
      newcomerWorkBits: config.newcomerWorkBits,
      hasFiles: fileWatch(fileLimit),
      maxSockets:
        fileLimit === null ? Number.POSITIVE_INFINITY : socketsWithin(fileLimit, engineFiles(fileLimit)),
      trustedProxies,
      denied,
      metrics: config.metrics,
      report: tell,
      logging: config.logging,
      files: existsSync(join(here, "assets.json"))
        ? new StaticFiles(here, config.publicUrl, config.frameAncestors)
        : null,
      random: Math.random,
      onError: (error) => tellError(tell, "error", "An error in Madang itself", error),
      open: async (fanout) => {
        const onDamage = (message: string) => tell("log_damaged", `Damage on disk, not served: ${message}`);
        const parts = {
          log,
          loop: nodeLoop,
          limits: config.limits,
          keepMs: config.keepMs,
          isOperated: config.operatorKey !== "",
          onFatal,
          onDamage,
        };
        const rooms = new Rooms(
          hooks
            ? { ...parts, fanout: hooks.fanout(fanout), projections: hooks.projections }
            : { ...parts, fanout },
        );
        await rooms.load();
        const identities = new SignedIdentities(log, nodeLoop.now, onFatal);
        await Promise.all([identities.ready(), identities.load()]);
        return { rooms, identities, secret: log.secret };
      },
    });
  } catch (error) {
    await control.close();
    await log.close();
    throw error;
  }
  if (certificate) process.on("SIGHUP", () => server.renewCertificate());
  const stopRetention = retain(server.house.rooms, config, die);
  stopOnSignals(tell, die, async () => {
    tell("stopping", "The server is stopping.");
    stopRetention();
    await server.stop();
    closing = true;
    await control.close();
    await log.close();
  });
  const host = config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
  const address = urlOf({ host, port: server.port }, certificate ? "https" : "http");
  const metrics = config.metrics && { ...config.metrics, port: server.metricsPort };
  const readyMs = Math.round(performance.now());
  tell("open", `Madang is open at ${address}.`, { address, epoch: log.epoch, readyMs });
  process.stdout.write(
    `${metrics ? `Metrics are at ${urlOf(metrics)}/metrics\n` : ""}Madang is open at ${address} ` +
      `(data in ${config.data}, epoch ${log.epoch}, ready in ${readyMs} ms)\n`,
  );
  // What judges names is made now, between the start and the first visitor.
  setImmediate(() => checkNickname("마당") && nameSkeleton("마당"));
}

function urlOf({ host, port }: { host: string; port: number }, scheme = "http"): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function stopOnSignals(tell: Tell, die: Die, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      tell("stop_forced", `Madang did not come to a stop within ${STOP_WITHIN_MS / 1000} s and ends now.`);
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
    stop().then(() => process.exit(0), die);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** Whoever sits at a terminal is asked before anything is changed. */
async function repair(command: RepairCommand): Promise<void> {
  process.umask(0o077);
  const { runRepair } = await import("./log/level/repair-command.ts");
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const ask = async (question: string): Promise<boolean> => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return /^y(es)?$/i.test((await lines.question(question)).trim());
    } finally {
      lines.close();
    }
  };
  const sayOut = (sentence: string) => void process.stdout.write(`${sentence}\n`);
  await runRepair(command, { say: sayOut, ask: isTerminal ? ask : null });
}

/** A command that an operator waits for, and may interrupt. */
async function keep({ name, args, data }: Command & { do: "keep" }): Promise<void> {
  process.umask(0o077);
  const [{ readKeep }, { runKeep }, { Interrupted }] = await Promise.all([
    import("./keep/arguments.ts"),
    import("./keep/run.ts"),
    import("./keep/operator.ts"),
  ]);
  const command = readKeep(name, args, data);
  const stop = new AbortController();
  const onSignal = (): void => {
    // Whoever says it twice does not want to wait.
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Interrupted());
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  // Whoever reads the output may have seen enough of it.
  process.stdout.on("error", () => process.exit(1));
  const { isTTY } = process.stderr;
  // Back to the beginning of the line, and rid of what stands there.
  const clear = isTTY ? "\r\x1b[K" : "";
  const operator = {
    say: (line: string) => {
      process.stderr.write(clear);
      process.stdout.write(`${line}\n`);
    },
    aside: (line: string) => void process.stderr.write(`${clear}${line}\n`),
    write: (text: string) => new Promise<void>((done) => process.stdout.write(text, () => done())),
    progress: (line: string) => void (isTTY && process.stderr.write(`${clear}${line}`)),
    signal: stop.signal,
  };
  try {
    process.exitCode = await runKeep(command, MADANG_VERSION, operator);
  } catch (error) {
    process.stderr.write(clear);
    if (!stop.signal.aborted) throw error;
    say(new Interrupted().message);
    process.exitCode = 130;
  }
}

/** The proxies that are believed. @throws ConfigError */
async function trustedBy(config: Config): Promise<Prefix[]> {
  const { parsePrefixes } = await import("./server/addresses.ts");
  return config.trustedProxies.flatMap((text) => {
    const prefixes = parsePrefixes(text);
    if (!prefixes) throw new ConfigError(`--trust-proxy takes addresses and prefixes, not "${text}".`);
    return prefixes;
  });
}

/** @throws CertificateError */
async function certificateOf({ tls }: Config): Promise<Certificate | null> {
  if (tls === null) return null;
  const { Certificate } = await import("./server/certificate.ts");
  return new Certificate(tls);
}

async function seeDoctor(config: Config): Promise<void> {
  const { examine } = await import("./doctor/doctor.ts");
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const machine = {
    node: process.version,
    glibc: header.glibcVersionRuntime ?? "",
    transport: () => import("./server/server.ts"),
    fileLimit: openFileLimit(),
  };
  const sayOut = (line: string) => void process.stdout.write(`${line}\n`);
  const trustedProxies = await trustedBy(config);
  const certificate = await certificateOf(config);
  const program = fileURLToPath(import.meta.url);
  process.exitCode = await examine({ config, trustedProxies, certificate, machine, program, say: sayOut });
}

function runProgram(name: Program, args: string[]): void {
  const script = join(here, `${name}.js`);
  if (!existsSync(script)) {
    say(`This build has no ${name} command: dist/${name}.js is missing.`);
    process.exit(1);
  }
  const child = spawn(process.execPath, [script, ...args], { stdio: "inherit" });
  child.on("exit", (code) => process.exit(code ?? 1));
}

/** Does what the command line asks for. `hooks`: null for the server that people run. */
export async function main(hooks: Hooks | null = null): Promise<void> {
  try {
    const command = readCommand(process.argv.slice(2), process.env);
    if (command.do === "help") process.stdout.write(command.text);
    else if (command.do === "version") process.stdout.write(`${MADANG_VERSION}\n`);
    else if (command.do === "run") runProgram(command.program, command.args);
    else if (command.do === "repair") await repair(command);
    else if (command.do === "keep") await keep(command);
    else if (command.do === "doctor") await seeDoctor(command.config);
    else if (command.do === "token") {
      const out = (token: string) => void process.stdout.write(`${token}\n`);
      if (!makeToken(command.file, out, say)) process.exit(1);
    } else if (command.do === "bot-token") {
      process.umask(0o077);
      const out = (line: string) => void process.stdout.write(`${line}\n`);
      if (!orderToken(command.order, command.data, out, say)) process.exitCode = 1;
    } else await start(command.config, hooks);
  } catch (error) {
    const isExpected = isSetting(error) || isPlain(error);
    if (isExpected) say(error.message);
    else say(`Madang ends because of an error in itself: ${(error as Error).stack}`);
    process.exit(isSetting(error) ? 2 : 1);
  }
}

/** What was asked for cannot be. */
function isSetting(error: unknown): error is Error {
  return error instanceof ConfigError || (error instanceof Error && error.name === "CertificateError");
}

/** Errors whose message is one plain sentence. */
function isPlain(error: unknown): error is Error {
  return (
    error instanceof Error &&
    ["LogError", "ListenError", "DenyListError", "KeepError", "BotTokenError"].includes(error.name)
  );
}

/** @throws ConfigError */
async function start(config: Config, hooks: Hooks | null): Promise<void> {
  const { openTeller } = await import("./telling/teller.ts");
  const tell = openTeller(config.logging);
  const die = dying(tell);
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
  try {
    await serve(config, hooks, tell);
  } catch (error) {
    if (isSetting(error)) throw error;
    if (!isPlain(error)) return die(error);
    tell("failed", error.message);
    const isDamaged = error instanceof LogError && error.code === LogErrorCode.damaged;
    if (isDamaged && !error.message.includes("madang repair"))
      tell("failed", `"madang repair --data ${config.data}" says what can be saved of it.`);
    process.exit(1);
  }
}
