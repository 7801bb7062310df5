/**
 * Flags and environment variables, read once. Every setting has both: `--max-text-bytes` and
 * `MADANG_MAX_TEXT_BYTES`; the flag wins. Invariant: a value that cannot be is refused here, with one sentence.
 */
import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { LEVELS, type Level } from "./telling/events.ts";
import {
  type Allowance,
  type Allowances,
  DEFAULT_ALLOWANCES,
  NO_ALLOWANCES,
  RESOURCES,
  type Resource,
  SCOPES,
  type Scope,
} from "./wire/allowances.ts";
import { DEFAULT_LIMITS, type Limits } from "./wire/limits.ts";
import { checkNickname, checkRoomName } from "./wire/names.ts";

export interface Config {
  host: string;
  port: number;
  data: string;
  /** The whole address under which people find the server, or empty. */
  publicUrl: string;
  allowedHosts: string[];
  allowedOrigins: string[];
  /** Sites in whose pages a room may stand, as CSP has them. */
  frameAncestors: string[];
  /** What of the JSON interface there is. */
  api: ApiPart[];
  /** Where the metrics are; null: nowhere. */
  metrics: { host: string; port: number } | null;
  /** Empty: nobody posts over HTTP. */
  postToken: string;
  /** Empty: nobody operates the server from inside. */
  operatorKey: string;
  /** Addresses, prefixes and names of ranges, as written. */
  trustedProxies: string[];
  /** Path of the deny list; empty: none. */
  deny: string;
  /** The files with which the server speaks TLS itself; null: it does not. */
  tls: { cert: string; key: string } | null;
  allowances: Allowances;
  newcomerWorkBits: number;
  /** The epoch to end, 16 hexadecimal digits; empty: none. */
  newEpoch: string;
  /** How the server tells its operator what happens. */
  logging: Logging;
  /** 0: keep everything. */
  keepMessages: number;
  /** 0: keep everything. */
  keepMs: number;
  /** Rooms of which retention left nothing end after this time without anybody; 0: never. */
  endEmptyMs: number;
  limits: Limits;
}

export interface Logging {
  /** Null: text where stderr is a terminal, JSON elsewhere. */
  format: "json" | "text" | null;
  level: Level;
  /** A line for each request over HTTP. */
  requests: boolean;
  /** Addresses whole, in place of their network. */
  wholeAddresses: boolean;
}

const PROGRAMS = ["torture", "hostile", "bench"] as const;
export type Program = (typeof PROGRAMS)[number];

/** Commands that keep what was said: src/keep. */
const KEEPS = ["backup", "restore", "verify", "export", "import"] as const;
export type KeepName = (typeof KEEPS)[number];

/** What the command line asks for. */
export type Command =
  | { do: "serve"; config: Config }
  | { do: "doctor"; config: Config }
  | { do: "help"; text: string }
  | { do: "version" }
  | { do: "repair"; data: string; yes: boolean; exportTo: string }
  /** `file`: where it is to go; empty: to whoever asked. */
  | { do: "token"; file: string }
  | { do: "bot-token"; data: string; order: BotTokenOrder }
  /** `data`: as the environment says; empty: it does not. */
  | { do: "keep"; name: KeepName; args: string[]; data: string }
  /** Programs of their own, beside this one in the build. */
  | { do: "run"; program: Program; args: string[] };

/** What is to be done with the tokens of programs. */
type BotTokenOrder =
  | { do: "create"; scope: { name: string; rooms: string[]; may: ("post" | "read")[] } }
  | { do: "list" }
  | { do: "revoke"; id: string };

/** A setting that cannot be. The message is one plain sentence. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const API_PARTS = ["stats", "rooms", "messages"] as const;
type ApiPart = (typeof API_PARTS)[number];

/**
 * Secrets by the setting of their file, with what they are called. They have no flag of their own: a command line
 * stands in the list of processes for everybody to read.
 */
const SECRETS = { "post-token": "token", "operator-key": "key" } as const;
type Secret = keyof typeof SECRETS;
/** Shorter ones can be guessed. */
const LEAST_TOKEN = 16;
const MOST_TOKEN = 512;

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
  { flag: "public-url", value: "URL", fallback: "", what: "where people find the server, when by a name" },
  {
    flag: "tls-cert",
    value: "FILE",
    fallback: "",
    what: "certificate and its chain in PEM, to speak TLS itself; read anew when it changes",
  },
  { flag: "tls-key", value: "FILE", fallback: "", what: "the key of that certificate" },
  { flag: "allow-host", value: "LIST", fallback: "", what: "more names the server answers to, or * for any" },
  { flag: "allow-origin", value: "LIST", fallback: "", what: "other sites whose pages may connect, or *" },
  {
    flag: "frame-ancestors",
    value: "LIST",
    fallback: "",
    what: "sites in whose pages a room may stand, as https://example.org or https://*.example.org, or *",
  },
  {
    flag: "api",
    value: "LIST",
    fallback: API_PARTS.join(","),
    what: "what of the JSON interface there is, or none",
  },
  {
    flag: "metrics-listen",
    value: "ADDRESS",
    fallback: "",
    what: "serves /metrics there, as on 127.0.0.1:9464",
  },
  {
    flag: "post-token-file",
    value: "FILE",
    fallback: "",
    what: "allows messages over HTTP to whoever has its content",
  },
  {
    flag: "operator-key-file",
    value: "FILE",
    fallback: "",
    what: "lets whoever has its content operate the server in the page; see madang token",
  },
  {
    flag: "log-format",
    value: "FORMAT",
    fallback: "",
    what: "its log on stderr: json or text; by itself text on a terminal, JSON elsewhere",
  },
  {
    flag: "log-level",
    value: "LEVEL",
    fallback: "info",
    what: `the least that is told: ${LEVELS.join(", ")}`,
  },
  { flag: "log-requests", value: "", fallback: "", what: "a line in the log for each request over HTTP" },
  {
    flag: "log-addresses",
    value: "",
    fallback: "",
    what: "whole addresses in the log, not their networks (/24, /48) alone",
  },
  { flag: "keep-days", value: "NUMBER", fallback: "0", what: "remove messages older than this; 0 keeps all" },
  {
    flag: "keep-messages",
    value: "NUMBER",
    fallback: "0",
    what: "keep so many messages a room; 0 keeps all",
  },
  {
    flag: "end-empty-hours",
    value: "NUMBER",
    fallback: "24",
    what: "end rooms without messages, after so long without anybody; 0: never",
  },
  {
    flag: "trust-proxy",
    value: "LIST",
    fallback: "",
    what: "proxies believed about the address behind them: addresses, prefixes, loopback, private",
  },
  {
    flag: "deny",
    value: "FILE",
    fallback: "",
    what: "addresses and prefixes not let in, one a line; read anew when it changes",
  },
  {
    flag: "newcomer-work",
    value: "BITS",
    fallback: "0",
    what: "work every newcomer shows, 16 is some tenths of a second; 0: only under a flood",
  },
  {
    flag: "no-budgets",
    value: "",
    fallback: "",
    what: "no limit on what anybody may ask: to measure a server of one's own",
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
  messagesPerSecond: { what: "messages a second of one person; 0 sets no limit", min: 0, max: 1e6 },
  messageBurst: { what: "messages of one person at once", min: 1, max: 1e6 },
  framesPerSecond: { what: "other requests a second of one person; 0 sets no limit", min: 0, max: 1e6 },
  frameBurst: { what: "other requests of one person at once", min: 1, max: 1e6 },
  roomMessagesPerSecond: {
    what: "messages a second above which a room slows down; 0: never",
    min: 0,
    max: 1e6,
  },
  roomMessageBurst: { what: "messages at once before a room slows down", min: 1, max: 1e6 },
  maxPageRecords: { what: "most messages in one page of history", min: 1, max: 10_000 },
  pageRecords: { what: "messages of history on entering", min: 0, max: 10_000 },
  maxListedPeople: { what: "above this many people a room shows counts", min: 0, max: 10_000 },
  graceMs: { what: "how long somebody who dropped out still counts", min: 0, max: 600_000 },
  maxRooms: { what: "rooms on the server", min: 1, max: 1e7 },
  maxConnections: { what: "connections at once", min: 1, max: 1e6 },
  maxConnectionsPerVisitor: { what: "connections of one address at once", min: 1, max: 1e6 },
  maxBackpressureBytes: { what: "unsent bytes that make a reader a slow one", min: 4_096, max: 2 ** 30 },
  stalledMs: { what: "a socket that takes nothing this long is closed", min: 1_000, max: 3_600_000 },
  idleTimeoutSeconds: { what: "a silent connection is closed after this", min: 8, max: 960 },
  maxPendingBytes: { what: "unflushed bytes a room may hold", min: 65_536, max: 2 ** 30 },
  maxLogBytes: { what: "bytes the log may take; 0: as many as the disk has", min: 0, max: 2 ** 50 },
  maxRoomBytes: { what: "bytes one room may take in the log; 0 sets no limit", min: 0, max: 2 ** 50 },
  reserveBytes: {
    what: "bytes of the disk kept free; 0: none, and a full disk ends the process",
    min: 0,
    max: 2 ** 50,
  },
  maxWindowMs: { what: "longest pause between flushes of a large room", min: 0, max: 1_000 },
  tailBytes: { what: "newest messages of a room kept in memory, bytes", min: 0, max: 2 ** 30 },
};

const SCOPE_WORDS: Record<Scope, string> = {
  identity: "of one person",
  visitor: "of one address",
  server: "of all together",
};

/** The allowances that have a flag: what one person may send and ask stands among the limits. */
const ALLOWED: { scope: Scope; resource: Resource; fallback: Allowance }[] = SCOPES.flatMap((scope) =>
  (Object.keys(DEFAULT_ALLOWANCES[scope]) as Resource[]).map((resource) => ({
    scope,
    resource,
    fallback: DEFAULT_ALLOWANCES[scope][resource] as Allowance,
  })),
);

/** Rates are written with three digits that count: that is as exact as anybody sets them. */
const writeAllowance = ({ perSecond, burst }: Allowance) => `${Number(perSecond.toPrecision(3))}/${burst}`;

/** `RATE/BURST`, or `off`. @returns null for what is neither. */
function readAllowance(text: string): Allowance | null {
  if (text === "off") return { perSecond: 0, burst: 1 };
  const [, rate, burst] = /^(\d+(?:\.\d+)?)\/(\d+)$/.exec(text) ?? [];
  const allowance = { perSecond: Number(rate), burst: Number(burst) };
  return allowance.perSecond > 0 && allowance.burst >= 1 ? allowance : null;
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function settings(): Setting[] {
  const limits = (Object.keys(LIMITS) as (keyof Limits)[]).map((name) => ({
    flag: kebab(name),
    value: "NUMBER",
    fallback: String(DEFAULT_LIMITS[name]),
    what: LIMITS[name].what,
  }));
  const allowances = ALLOWED.map(({ scope, resource, fallback }) => ({
    flag: `${scope}-${resource}`,
    value: "RATE/BURST",
    fallback: writeAllowance(fallback),
    what: `${RESOURCES[resource]} ${SCOPE_WORDS[scope]}: a second, and at once; or off`,
  }));
  return [...GENERAL, ...limits, ...allowances];
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

Usage: madang [serve] [flags]    serve
       madang doctor [flags]     look at what could keep a server with these flags from working, and say what to do
       madang repair [--data FOLDER] [--yes]         say what is damaged in a folder, and put it in order
       madang repair [--data FOLDER] --export FILE   write all readable messages as JSON Lines
       madang backup [--data FOLDER] FILE            all that a server has, running or not, into a new file
       madang restore FILE --data FOLDER             a new folder from that, as a new epoch
       madang verify [--data FOLDER | FILE]          look at every checksum, number and snapshot of a folder or a backup
       madang export ROOM [--data FOLDER|BACKUP] [--as jsonl|text|html] [--to FILE]
       madang import FILE --room NAME [--data FOLDER]   an export, or a log of irssi or weechat, as a new room
       madang token [--write FILE]                   make a random token or key, as for --operator-key-file
       madang token create --name NAME --rooms LIST|* --may post[,read] [--data FOLDER]   for a program
       madang token list [--data FOLDER]             name those of programs: id, since, acts, rooms, name
       madang token revoke ID [--data FOLDER]        end one, also while the server runs
       madang torture [flags]    break a server of its own and check that nothing was lost
       madang hostile [flags]    attack a server of its own and look at what good visitors notice
       madang bench [flags]      measure a server of its own beside others

Every flag has a variable: --max-rooms is MADANG_MAX_ROOMS. The flag wins. ${variableOf("post-token")} and
${variableOf("operator-key")} are a token and a key themselves, in place of a file.

${lines.join("\n")}
  ${"--help".padEnd(width)}  this text
  ${"--version".padEnd(width)}  the version

Exit codes: 0 after a clean stop, 1 when it could not start or the storage failed, 2 for a wrong flag. Of a command 1
when it could not be done, or found something wrong, and 130 when it was interrupted.
`;
}

/** @throws ConfigError */
export function readCommand(
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Command {
  const program = PROGRAMS.find((name) => name === args[0]);
  if (program) return { do: "run", program, args: args.slice(1) };
  const keep = KEEPS.find((name) => name === args[0]);
  if (keep) return readKeepName(keep, args.slice(1), environment);
  if (args[0] === "repair") return readRepair(args.slice(1), environment);
  const [, order] = args[0] === "token" ? (/^(create|list|revoke)$/.exec(args[1] ?? "") ?? []) : [];
  if (order) return readBotToken(order as BotTokenOrder["do"], args.slice(2), environment);
  if (args[0] === "token") return readToken(args.slice(1));
  if (args[0] === "doctor" || args[0] === "serve") return readServe(args[0], args.slice(1), environment);
  return readServe("serve", args, environment);
}

function readServe(
  what: "serve" | "doctor",
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Command {
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
    const [, secret] = /^--(post-token|operator-key)(?:=|$)/.exec(arg) ?? [];
    if (secret) {
      throw new ConfigError(
        `A ${SECRETS[secret as Secret]} on the command line can be read by everybody on this machine: use --${secret}-file or the variable ${variableOf(secret)}.`,
      );
    }
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
  return { do: what, config: toConfig(known, given, environment) };
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
    if (flag === "--help" || args[i] === "-h") return { do: "help", text: helpText() };
    if (flag === "--yes" && inline === undefined) command.yes = true;
    else if (flag === "--data" || flag === "--export") {
      const value = inline ?? args[++i];
      if (!value) throw new ConfigError(`${flag} needs a value.`);
      command[flag === "--data" ? "data" : "exportTo"] = value;
    } else throw new ConfigError(`"madang repair" has no flag ${args[i]}; --help lists those there are.`);
  }
  return command;
}

function readKeepName(
  name: KeepName,
  args: string[],
  environment: Record<string, string | undefined>,
): Command {
  if (args.some((arg) => arg === "--help" || arg === "-h")) return { do: "help", text: helpText() };
  return { do: "keep", name, args, data: environment.MADANG_DATA ?? "" };
}

function readToken(args: readonly string[]): Command {
  if (args[0] === "--help" || args[0] === "-h") return { do: "help", text: helpText() };
  const [, inline] = /^--write(?:=(.+))?$/.exec(args[0] ?? "") ?? [];
  const file = args.length === 0 ? "" : (inline ?? (args[0] === "--write" ? args[1] : undefined));
  if (file === undefined || args.length > (inline ? 1 : 2) || (args.length > 0 && file === ""))
    throw new ConfigError(`"madang token" takes --write FILE, or create, list or revoke; --help says more.`);
  return { do: "token", file };
}

function readBotToken(
  order: BotTokenOrder["do"],
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Command {
  const flags = ["--data", ...(order === "create" ? ["--name", "--rooms", "--may"] : [])];
  const given = new Map([["--data", environment.MADANG_DATA || "./data"]]);
  let id = "";
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--help" || args[i] === "-h") return { do: "help", text: helpText() };
    const [, flag = "", inline] = /^(--[a-z]+)(?:=(.*))?$/s.exec(args[i]!) ?? [];
    if (flags.includes(flag)) {
      const value = inline ?? args[++i];
      if (!value) throw new ConfigError(`${flag} needs a value.`);
      given.set(flag, value);
    } else if (order === "revoke" && id === "" && /^[0-9a-f]{12}$/.test(args[i]!)) id = args[i]!;
    else throw new ConfigError(`"madang token ${order}" takes no ${args[i]}; --help says what it takes.`);
  }
  const data = given.get("--data")!;
  if (order === "list") return { do: "bot-token", data, order: { do: order } };
  if (order === "create") return { do: "bot-token", data, order: { do: order, scope: toScope(given) } };
  if (id === "")
    throw new ConfigError(`"madang token revoke" takes the id of a token, which "madang token list" tells.`);
  return { do: "bot-token", data, order: { do: order, id } };
}

/** What a token is for, as flags say it. */
function toScope(given: ReadonlyMap<string, string>): {
  name: string;
  rooms: string[];
  may: ("post" | "read")[];
} {
  for (const flag of ["--name", "--rooms", "--may"])
    if (!given.has(flag)) throw new ConfigError(`"madang token create" needs ${flag}; --help says more.`);
  const named = checkNickname(given.get("--name")!);
  if (!named.ok)
    throw new ConfigError(`--name takes a name that somebody can have, not "${given.get("--name")}".`);
  const may = list(given.get("--may")!);
  const unknown = may.find((act) => act !== "post" && act !== "read");
  if (unknown !== undefined || may.length === 0)
    throw new ConfigError(`--may takes a list of post and read, not "${given.get("--may")}".`);
  const written = list(given.get("--rooms")!);
  const rooms = written.map((room) => {
    const checked = checkRoomName(room);
    if (room === "*" && written.length === 1) return room;
    if (!checked.ok || room === "*")
      throw new ConfigError(`--rooms takes names of rooms, or * alone, not "${given.get("--rooms")}".`);
    return checked.name;
  });
  if (rooms.length === 0) throw new ConfigError("--rooms takes names of rooms, or * for every one.");
  return { name: named.name, rooms: [...new Set(rooms)], may: [...new Set(may)] as ("post" | "read")[] };
}

function toConfig(
  known: Map<string, Setting>,
  given: Map<string, string>,
  environment: Record<string, string | undefined>,
): Config {
  const text = (flag: string) => given.get(flag) ?? known.get(flag)!.fallback;
  const place = (flag: string) => {
    if (text(flag) === "") throw new ConfigError(`--${flag} needs a value.`);
    return text(flag);
  };
  const number = (flag: string, min: number, max: number) => {
    const value = Number(text(flag));
    if (text(flag).trim() === "" || !Number.isInteger(value) || value < min || value > max) {
      throw new ConfigError(`--${flag} takes a whole number from ${min} to ${max}, not "${text(flag)}".`);
    }
    return value;
  };
  const yesOrNo = (flag: string) => {
    const value = text(flag).toLowerCase();
    if (!["", "true", "1", "false", "0"].includes(value)) {
      throw new ConfigError(`--${flag} takes true or false, not "${text(flag)}".`);
    }
    return value === "true" || value === "1";
  };
  const unlimited = yesOrNo("no-budgets");
  if (unlimited) lift(given);
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
    host: place("host"),
    port: number("port", 0, 65_535),
    data: place("data"),
    publicUrl: toPublicUrl(text("public-url")),
    allowedHosts: list(text("allow-host")),
    allowedOrigins: list(text("allow-origin")),
    frameAncestors: toAncestors(text("frame-ancestors")),
    api: toApi(text("api")),
    metrics: toMetrics(text("metrics-listen")),
    postToken: toSecret("post-token", text("post-token-file"), environment),
    operatorKey: toSecret("operator-key", text("operator-key-file"), environment),
    trustedProxies: list(text("trust-proxy")),
    deny: text("deny"),
    tls: toTls(text("tls-cert"), text("tls-key")),
    allowances: readAllowances(given, unlimited),
    newcomerWorkBits: number("newcomer-work", 0, 24),
    newEpoch,
    logging: {
      format: oneOf("log-format", ["json", "text"] as const, text("log-format")) ?? null,
      level: oneOf("log-level", LEVELS, place("log-level"))!,
      requests: yesOrNo("log-requests"),
      wholeAddresses: yesOrNo("log-addresses"),
    },
    keepMessages: number("keep-messages", 0, Number.MAX_SAFE_INTEGER),
    keepMs: number("keep-days", 0, 36_500) * 86_400_000,
    endEmptyMs: number("end-empty-hours", 0, 876_000) * 3_600_000,
    limits,
  };
}

/** What `--no-budgets` says, unless a flag of its own says otherwise. */
function lift(given: Map<string, string>): void {
  const lifted = {
    "messages-per-second": "0",
    "frames-per-second": "0",
    "room-messages-per-second": "0",
    "max-connections-per-visitor": "1000000",
  };
  for (const [flag, value] of Object.entries(lifted)) if (!given.has(flag)) given.set(flag, value);
}

/** undefined: nothing was said. */
function oneOf<T extends string>(flag: string, words: readonly T[], text: string): T | undefined {
  const word = words.find((one) => one === text.toLowerCase());
  if (word === undefined && text !== "")
    throw new ConfigError(`--${flag} takes one of ${words.join(", ")}, not "${text}".`);
  return word;
}

function readAllowances(given: ReadonlyMap<string, string>, unlimited: boolean): Allowances {
  const base = unlimited ? NO_ALLOWANCES : DEFAULT_ALLOWANCES;
  const allowances: Allowances = {
    identity: { ...base.identity },
    visitor: { ...base.visitor },
    server: { ...base.server },
  };
  for (const { scope, resource } of ALLOWED) {
    const flag = `${scope}-${resource}`;
    const text = given.get(flag);
    if (text === undefined) continue;
    const allowance = readAllowance(text);
    if (!allowance)
      throw new ConfigError(`--${flag} takes a rate and an amount such as 10/100, or off, not "${text}".`);
    allowances[scope][resource] = allowance;
  }
  return allowances;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function toPublicUrl(text: string): string {
  if (text === "") return "";
  const url = URL.canParse(text) ? new URL(text) : null;
  const isBare = url !== null && url.pathname === "/" && url.search + url.hash + url.username === "";
  if (url === null || !isBare || !["http:", "https:"].includes(url.protocol)) {
    throw new ConfigError(`--public-url takes an address such as https://chat.example, not "${text}".`);
  }
  return url.origin;
}

function toTls(cert: string, key: string): { cert: string; key: string } | null {
  if (cert === "" && key === "") return null;
  if (cert === "" || key === "")
    throw new ConfigError("--tls-cert and --tls-key are given together or not at all.");
  return { cert, key };
}

/** Hosts alone (CSP3, section 2.3.1): a path would be passed over. */
const ANCESTOR = /^(?:\*|https?:\/\/(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?:\d{1,5}|\*))?)$/;

function toAncestors(text: string): string[] {
  const named = list(text).map((one) => one.toLowerCase().replace(/\/$/, ""));
  const wrong = named.find((one) => !ANCESTOR.test(one));
  if (wrong !== undefined) {
    throw new ConfigError(
      `--frame-ancestors takes a list of sites such as https://example.org or https://*.example.org, or *; not "${wrong}".`,
    );
  }
  return named;
}

function toApi(text: string): ApiPart[] {
  const named = text.trim() === "none" ? [] : list(text);
  const unknown = named.find((one) => !API_PARTS.includes(one as ApiPart));
  if (unknown !== undefined) {
    throw new ConfigError(`--api takes a list of ${API_PARTS.join(", ")}, or none; not "${unknown}".`);
  }
  return named as ApiPart[];
}

function toMetrics(text: string): { host: string; port: number } | null {
  if (text === "") return null;
  const [, v6, v4, digits] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|localhost)):(\d{1,5})$/i.exec(text) ?? [];
  const host = v6 ?? v4?.replace(/^localhost$/i, "127.0.0.1") ?? "";
  const port = Number(digits);
  if (!(host === "::1" || (isIPv4(host) && host.startsWith("127."))) || port > 65_535) {
    throw new ConfigError(
      `--metrics-listen takes an address of this machine alone and a port, such as 127.0.0.1:9464, not "${text}".`,
    );
  }
  return { host, port };
}

function toSecret(name: Secret, file: string, environment: Record<string, string | undefined>): string {
  const secret = file === "" ? (environment[variableOf(name)] ?? "") : readSecret(name, file);
  const source = file === "" ? variableOf(name) : `--${name}-file`;
  if (secret === "" && file === "") return "";
  if (secret.length < LEAST_TOKEN || secret.length > MOST_TOKEN || !/^[\x21-\x7e]+$/.test(secret)) {
    throw new ConfigError(
      `${source} takes a ${SECRETS[name]} of ${LEAST_TOKEN} to ${MOST_TOKEN} printable ASCII characters without a space.`,
    );
  }
  return secret;
}

function readSecret(name: Secret, file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ConfigError(`--${name}-file cannot be read: ${(error as Error).message}.`);
  }
}
