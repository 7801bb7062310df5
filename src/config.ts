/**
 * Flags and environment variables, read once. Every setting has both: `--max-text-bytes` and
 * `MADANG_MAX_TEXT_BYTES`; the flag wins. Invariant: a value that cannot be is refused here, with one sentence.
 */
import { DEFAULT_LIMITS, type Limits } from "./wire/limits.ts";

export interface Config {
  host: string;
  port: number;
  data: string;
  allowedOrigins: string[];
  postToken: string;
  /** The epoch to end, 16 hexadecimal digits; empty: none. */
  newEpoch: string;
  /** 0: keep everything. */
  keepMessages: number;
  /** 0: keep everything. */
  keepMs: number;
  limits: Limits;
}

/** What the command line asks for. */
export type Command =
  | { do: "serve"; config: Config }
  | { do: "help"; text: string }
  | { do: "version" }
  | { do: "repair"; data: string; yes: boolean; exportTo: string }
  | { do: "torture"; args: string[] };

/** A setting that cannot be. The message is one plain sentence. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

interface Setting {
  flag: string;
  value: string;
  fallback: string;
  what: string;
}

const GENERAL: Setting[] = [
  { flag: "host", value: "ADDRESS", fallback: "0.0.0.0", what: "address to listen on" },
  { flag: "port", value: "NUMBER", fallback: "3000", what: "port to listen on; 0 takes any that is free" },
  { flag: "data", value: "FOLDER", fallback: "./data", what: "where everything is kept" },
  { flag: "allow-origin", value: "LIST", fallback: "", what: "other sites whose pages may connect, or *" },
  { flag: "post-token", value: "SECRET", fallback: "", what: "allows messages over HTTP to whoever has it" },
  { flag: "keep-days", value: "NUMBER", fallback: "0", what: "remove messages older than this; 0 keeps all" },
  {
    flag: "keep-messages",
    value: "NUMBER",
    fallback: "0",
    what: "keep so many messages a room; 0 keeps all",
  },
  {
    flag: "new-epoch",
    value: "EPOCH",
    fallback: "",
    what: "end this epoch, that of a backup which was restored; does nothing in another",
  },
];

const LIMITS: Record<keyof Limits, { what: string; min: number; max: number }> = {
  maxTextBytes: { what: "longest message, bytes of UTF-8", min: 1, max: 7_500 },
  maxRoomsPerConnection: { what: "rooms one connection may be in", min: 1, max: 1_000 },
  helloTimeoutMs: { what: "time a connection has to say hello", min: 100, max: 600_000 },
  messagesPerSecond: { what: "messages a second of one connection; 0 sets no limit", min: 0, max: 1e6 },
  messageBurst: { what: "messages of one connection at once", min: 1, max: 1e6 },
  framesPerSecond: { what: "other requests a second of one connection; 0 sets no limit", min: 0, max: 1e6 },
  frameBurst: { what: "other requests of one connection at once", min: 1, max: 1e6 },
  maxPageRecords: { what: "most messages in one page of history", min: 1, max: 10_000 },
  pageRecords: { what: "messages of history on entering", min: 0, max: 10_000 },
  maxListedPeople: { what: "above this many people a room shows counts", min: 0, max: 10_000 },
  graceMs: { what: "how long somebody who dropped out still counts", min: 0, max: 600_000 },
  maxRooms: { what: "rooms on the server", min: 1, max: 1e7 },
  maxConnections: { what: "connections at once", min: 1, max: 1e6 },
  maxBackpressureBytes: { what: "unsent bytes that make a reader a slow one", min: 4_096, max: 2 ** 30 },
  stalledMs: { what: "a socket that takes nothing this long is closed", min: 1_000, max: 3_600_000 },
  idleTimeoutSeconds: { what: "a silent connection is closed after this", min: 8, max: 960 },
  maxPendingBytes: { what: "unflushed bytes a room may hold", min: 65_536, max: 2 ** 30 },
  maxWindowMs: { what: "longest pause between flushes of a large room", min: 0, max: 1_000 },
  tailBytes: { what: "newest messages of a room kept in memory, bytes", min: 0, max: 2 ** 30 },
};

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function settings(): Setting[] {
  const limits = (Object.keys(LIMITS) as (keyof Limits)[]).map((name) => ({
    flag: kebab(name),
    value: "NUMBER",
    fallback: String(DEFAULT_LIMITS[name]),
    what: LIMITS[name].what,
  }));
  return [...GENERAL, ...limits];
}

export const variableOf = (flag: string) => `MADANG_${flag.replaceAll("-", "_").toUpperCase()}`;

/** The settings as rows for the help text and the README: flag, variable, default, meaning. */
export function settingRows(): { flag: string; variable: string; fallback: string; what: string }[] {
  return settings().map(({ flag, value, fallback, what }) => ({
    flag: `--${flag}${value ? ` ${value}` : ""}`,
    variable: variableOf(flag),
    fallback,
    what,
  }));
}

function helpText(): string {
  const rows = settingRows();
  const width = Math.max(...rows.map((row) => row.flag.length));
  const lines = rows.map((row) => {
    const fallback = row.fallback === "" ? "" : ` [${row.fallback}]`;
    return `  ${row.flag.padEnd(width)}  ${row.what}${fallback}`;
  });
  return `madang: a chat that never loses what anyone saw

Usage: madang [flags]            serve
       madang repair [--data FOLDER] [--yes]         say what is damaged in a folder, and put it in order
       madang repair [--data FOLDER] --export FILE   write all readable messages as JSON Lines
       madang torture [flags]    break a server of its own and check that nothing was lost

Every flag has a variable: --max-rooms is MADANG_MAX_ROOMS. The flag wins.

${lines.join("\n")}
  ${"--help".padEnd(width)}  this text
  ${"--version".padEnd(width)}  the version

Exit codes: 0 after a clean stop, 1 when it could not start or the storage failed, 2 for a wrong flag.
`;
}

/** @throws ConfigError */
export function readCommand(
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Command {
  if (args[0] === "torture") return { do: "torture", args: args.slice(1) };
  if (args[0] === "repair") return readRepair(args.slice(1), environment);
  const known = new Map(settings().map((setting) => [setting.flag, setting]));
  const given = new Map<string, string>();
  for (const { flag } of known.values()) {
    const value = environment[variableOf(flag)];
    if (value !== undefined && value !== "") given.set(flag, value);
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--help" || arg === "-h") return { do: "help", text: helpText() };
    if (arg === "--version" || arg === "-v") return { do: "version" };
    const [, flag = "", inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const setting = known.get(flag);
    if (!setting) throw new ConfigError(`There is no flag ${arg}; --help lists those there are.`);
    if (setting.value === "") given.set(flag, inline ?? "true");
    else {
      const value = inline ?? args[++i];
      if (value === undefined && flag === "new-epoch") throw new ConfigError(noEpoch(""));
      if (value === undefined) throw new ConfigError(`--${flag} needs a value.`);
      given.set(flag, value);
    }
  }
  return { do: "serve", config: toConfig(known, given) };
}

const noEpoch = (value: string) =>
  "--new-epoch takes the epoch that it ends, 16 hexadecimal digits, which every start of a server on that folder " +
  `prints in its first line, not "${value}".`;

function readRepair(args: readonly string[], environment: Record<string, string | undefined>): Command {
  const command = {
    do: "repair" as const,
    data: environment.MADANG_DATA || "./data",
    yes: false,
    exportTo: "",
  };
  for (let i = 0; i < args.length; i++) {
    const [, flag, inline] = /^(--[a-z]+)(?:=(.*))?$/s.exec(args[i]!) ?? [];
    if (flag === "--help") return { do: "help", text: helpText() };
    if (flag === "--yes" && inline === undefined) command.yes = true;
    else if (flag === "--data" || flag === "--export") {
      const value = inline ?? args[++i];
      if (!value) throw new ConfigError(`${flag} needs a value.`);
      command[flag === "--data" ? "data" : "exportTo"] = value;
    } else throw new ConfigError(`"madang repair" has no flag ${args[i]}; --help lists those there are.`);
  }
  return command;
}

function toConfig(known: Map<string, Setting>, given: Map<string, string>): Config {
  const text = (flag: string) => given.get(flag) ?? known.get(flag)!.fallback;
  const number = (flag: string, min: number, max: number) => {
    const value = Number(text(flag));
    if (text(flag).trim() === "" || !Number.isInteger(value) || value < min || value > max) {
      throw new ConfigError(`--${flag} takes a whole number from ${min} to ${max}, not "${text(flag)}".`);
    }
    return value;
  };
  const newEpoch = text("new-epoch").toLowerCase();
  if (given.has("new-epoch") && !/^[0-9a-f]{16}$/.test(newEpoch))
    throw new ConfigError(noEpoch(text("new-epoch")));
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(LIMITS) as (keyof Limits)[]) {
    limits[name] = number(kebab(name), LIMITS[name].min, LIMITS[name].max);
  }
  const idle = limits.idleTimeoutSeconds;
  if (idle % 4 !== 0) throw new ConfigError(`--idle-timeout-seconds takes a multiple of 4, not ${idle}.`);
  return {
    host: text("host"),
    port: number("port", 0, 65_535),
    data: text("data"),
    allowedOrigins: text("allow-origin")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
    postToken: text("post-token"),
    newEpoch,
    keepMessages: number("keep-messages", 0, Number.MAX_SAFE_INTEGER),
    keepMs: number("keep-days", 0, 36_500) * 86_400_000,
    limits,
  };
}
