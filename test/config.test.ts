import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Config, ConfigError, readCommand, settingRows, variableOf } from "../src/config.ts";
import { DEFAULT_ALLOWANCES, NO_ALLOWANCES, SCOPES } from "../src/wire/allowances.ts";
import { DEFAULT_LIMITS } from "../src/wire/limits.ts";

function config(args: string[], environment: Record<string, string> = {}): Config {
  const command = readCommand(args, environment);
  if (command.do !== "serve") throw new Error(`${command.do} instead of serve`);
  return command.config;
}

describe("the command line", () => {
  test("without anything everything has its default", () => {
    expect(config([])).toEqual({
      host: "0.0.0.0",
      port: 3000,
      data: "./data",
      publicUrl: "",
      allowedHosts: [],
      allowedOrigins: [],
      frameAncestors: [],
      api: ["stats", "rooms", "messages"],
      metrics: null,
      postToken: "",
      operatorKey: "",
      newEpoch: "",
      logging: { format: null, level: "info", requests: false, wholeAddresses: false },
      keepMessages: 0,
      keepMs: 0,
      endEmptyMs: 24 * 3_600_000,
      trustedProxies: [],
      deny: "",
      tls: null,
      newcomerWorkBits: 0,
      allowances: DEFAULT_ALLOWANCES,
      limits: DEFAULT_LIMITS,
    });
  });

  test("says how its log is written, by flag or variable", () => {
    const flags = ["--log-format", "json", "--log-level=error", "--log-requests"];
    const { logging } = config(flags, { MADANG_LOG_ADDRESSES: "1", MADANG_LOG_LEVEL: "debug" });
    expect(logging).toEqual({ format: "json", level: "error", requests: true, wholeAddresses: true });
    expect(() => config(["--log-format", "xml"])).toThrow(
      /^--log-format takes one of json, text, not "xml"\.$/,
    );
    expect(() => config(["--log-level", "loud"])).toThrow(/^--log-level takes one of debug, info, /);
    expect(() => config(["--log-requests=maybe"])).toThrow(ConfigError);
  });

  test("help is told of each command, by the long flag and the short one", () => {
    for (const first of [[], ["serve"], ["doctor"], ["repair"], ["token"]])
      for (const flag of ["--help", "-h"]) expect(readCommand([...first, flag], {}).do).toBe("help");
  });

  test("one command stands in front of the flags, and none behind it", () => {
    expect(readCommand(["serve", "--port", "0"], {})).toMatchObject({ do: "serve", config: { port: 0 } });
    expect(readCommand(["doctor", "--port", "0"], {})).toMatchObject({ do: "doctor", config: { port: 0 } });
    for (const first of ["serve", "doctor"])
      for (const second of ["serve", "doctor", "repair", "token", "torture", "hostile"])
        expect(() => readCommand([first, second], {}), `${first} ${second}`).toThrow(ConfigError);
  });

  test("allowances are a rate and an amount, or off; all together can be lifted", () => {
    const { allowances } = config(["--visitor-messages", "2.5/7", "--server-rooms=off"]);
    expect(allowances.visitor.messages).toEqual({ perSecond: 2.5, burst: 7 });
    expect(allowances.server.rooms?.perSecond).toBe(0);
    expect(allowances.visitor.identities).toEqual(DEFAULT_ALLOWANCES.visitor.identities);
    for (const bad of ["10", "10/", "/5", "0/5", "-1/5", "5/0", "1e3/5", "on", "1/2/3"])
      expect(() => config(["--visitor-messages", bad]), bad).toThrow(ConfigError);
    const lifted = config(["--no-budgets", "--visitor-rooms", "1/2", "--messages-per-second", "3"]);
    expect(lifted.allowances).toEqual({ ...NO_ALLOWANCES, visitor: { rooms: { perSecond: 1, burst: 2 } } });
    expect(lifted.limits).toMatchObject({
      messagesPerSecond: 3,
      framesPerSecond: 0,
      roomMessagesPerSecond: 0,
    });
  });

  test("the default of an allowance, as it is written in the help, means what is in force", () => {
    for (const scope of SCOPES)
      for (const [resource, { perSecond, burst }] of Object.entries(DEFAULT_ALLOWANCES[scope])) {
        const row = settingRows().find(({ flag }) => flag.startsWith(`--${scope}-${resource} `));
        const [rate, amount] = row!.fallback.split("/").map(Number);
        expect([amount, rate! / perSecond]).toEqual([burst, expect.closeTo(1, 2)]);
      }
  });

  test("flags, with a space or an equals sign, win over variables", () => {
    const environment = { MADANG_PORT: "4000", MADANG_MAX_ROOMS: "7", MADANG_DATA: "" };
    expect(config([], environment)).toMatchObject({ port: 4000, data: "./data", limits: { maxRooms: 7 } });
    const args = [
      "--port",
      "5000",
      "--max-rooms=8",
      "--data=a=b",
      "--keep-days",
      "2",
      "--keep-messages",
      "9",
    ];
    expect(config(args, environment)).toMatchObject({
      port: 5000,
      data: "a=b",
      keepMs: 2 * 86_400_000,
      keepMessages: 9,
      limits: { maxRooms: 8 },
    });
    expect(config(["--allow-origin", "https://a.example, https://b.example,"]).allowedOrigins).toEqual([
      "https://a.example",
      "https://b.example",
    ]);
  });

  test("names, parts of the interface and the place of the metrics", () => {
    const args = ["--public-url", "HTTPS://Chat.Example:443/", "--allow-host", "a.example, b.example"];
    expect(config(args)).toMatchObject({
      publicUrl: "https://chat.example",
      allowedHosts: ["a.example", "b.example"],
    });
    expect(config(["--public-url", "http://chat.example:8080"]).publicUrl).toBe("http://chat.example:8080");
    expect(config(["--api", "messages,stats"]).api).toEqual(["messages", "stats"]);
    for (const nothing of ["none", ""]) expect(config([`--api=${nothing}`]).api).toEqual([]);
    const places: [string, string, number][] = [
      ["127.0.0.1:9464", "127.0.0.1", 9464],
      ["127.0.0.7:0", "127.0.0.7", 0],
      ["[::1]:9464", "::1", 9464],
      ["localhost:9464", "127.0.0.1", 9464],
    ];
    for (const [place, host, port] of places) {
      expect(config(["--metrics-listen", place]).metrics).toEqual({ host, port });
    }
  });

  const SECRETS = [
    ["post-token", "postToken"],
    ["operator-key", "operatorKey"],
  ] as const;
  test.each(SECRETS)(
    "--%s comes from a file or the environment, never from the command line, and is long enough",
    (flag, field) => {
      const folder = mkdtempSync(join(tmpdir(), "madang-token-"));
      const file = join(folder, "token");
      const variable = variableOf(flag);
      const write = (text: string) => writeFileSync(file, text);
      const good = "0123456789abcdef";
      try {
        expect(config([])[field]).toBe("");
        expect(config([], { [variable]: good })[field]).toBe(good);
        write(`${good}-file\n`);
        expect(config([`--${flag}-file`, file])[field]).toBe(`${good}-file`);
        const both = { [variable]: good, [`${variable}_FILE`]: file };
        expect(config([], both)[field]).toBe(`${good}-file`);
        for (const args of [[`--${flag}`, good], [`--${flag}=${good}`], [`--${flag}`]]) {
          expect(() => config(args)).toThrow(ConfigError);
          expect(() => config(args)).toThrow(new RegExp(`--${flag}-file .*${variable}`));
          expect(() => config(args)).not.toThrow(good);
        }
        const bads = [good.slice(1), "x".repeat(513), `${good} ${good}`, `${good}é`, `${good}\n${good}`];
        for (const bad of bads) {
          expect(() => config([], { [variable]: bad }), bad).toThrow(ConfigError);
          write(bad);
          expect(() => config([`--${flag}-file`, file]), bad).toThrow(ConfigError);
          expect(() => config([`--${flag}-file`, file])).not.toThrow(good.slice(1));
        }
        for (const empty of ["", "\n"]) {
          write(empty);
          expect(() => config([`--${flag}-file`, file])).toThrow(`--${flag}-file`);
        }
        expect(() => config([`--${flag}-file`, join(folder, "none")])).toThrow(ConfigError);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test("a token is made on its own, or into a file", () => {
    expect(readCommand(["token"], {})).toEqual({ do: "token", file: "" });
    for (const args of [["--write", "key"], ["--write=key"]])
      expect(readCommand(["token", ...args], {})).toEqual({ do: "token", file: "key" });
    expect(readCommand(["token", "--help"], {}).do).toBe("help");
    for (const args of [
      ["--write"],
      ["--write", ""],
      ["key"],
      ["--write", "key", "more"],
      ["--write=key", "more"],
    ])
      expect(() => readCommand(["token", ...args], {}), args.join()).toThrow(ConfigError);
  });

  test("every limit can be set both ways", () => {
    for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const other = String(name === "idleTimeoutSeconds" ? value + 4 : value + 1);
      expect(config([`--${flag}`, other]).limits).toMatchObject({ [name]: Number(other) });
      expect(config([], { [variableOf(flag)]: other }).limits).toMatchObject({ [name]: Number(other) });
    }
  });

  test("a new epoch names the one that it ends", () => {
    const epoch = "0123456789abcdef";
    expect(config(["--new-epoch", epoch]).newEpoch).toBe(epoch);
    expect(config([`--new-epoch=${epoch.toUpperCase()}`]).newEpoch).toBe(epoch);
    expect(config([], { MADANG_NEW_EPOCH: epoch }).newEpoch).toBe(epoch);
    expect(config([], { MADANG_NEW_EPOCH: "" }).newEpoch).toBe("");
    for (const args of [["--new-epoch"], ["--new-epoch="], ["--new-epoch", "true"]])
      expect(() => config(args)).toThrow(
        "which every start of a server on that folder prints in its first line",
      );
  });

  test("what cannot be is refused with one sentence that names it", () => {
    const bad: [string[], string][] = [
      [["--prot", "1"], "--prot"],
      [["port"], "port"],
      [["-x"], "-x"],
      [["--"], "--"],
      [["--port"], "--port"],
      [["--port", "http"], "--port"],
      [["--port", "65536"], "--port"],
      [["--port", "-1"], "--port"],
      [["--port", "1.5"], "--port"],
      [["--port="], "--port"],
      [["--data", ""], "--data"],
      [["--host="], "--host"],
      [["--port", " "], "--port"],
      [["--max-text-bytes", "7501"], "--max-text-bytes"],
      [["--max-text-bytes", "0"], "--max-text-bytes"],
      [["--idle-timeout-seconds", "7"], "--idle-timeout-seconds"],
      [["--idle-timeout-seconds", "10"], "--idle-timeout-seconds"],
      [["--keep-days", "NaN"], "--keep-days"],
      [["--new-epoch"], "--new-epoch"],
      [["--new-epoch="], "--new-epoch"],
      [["--new-epoch", "--port=1"], "--new-epoch"],
      [["--new-epoch=true"], "--new-epoch"],
      [["--new-epoch=0123456789abcde"], "--new-epoch"],
      [["--new-epoch=0123456789abcdefa"], "--new-epoch"],
      [["--new-epoch=0123456789abcdeg"], "--new-epoch"],
      [["--public-url", "chat.example"], "--public-url"],
      [["--public-url", "ftp://chat.example"], "--public-url"],
      [["--public-url", "https://chat.example/chat"], "--public-url"],
      [["--public-url", "https://me@chat.example"], "--public-url"],
      [["--api", "stats,all"], "--api"],
      [["--metrics-listen", "9464"], "--metrics-listen"],
      [["--metrics-listen", "0.0.0.0:9464"], "--metrics-listen"],
      [["--metrics-listen", "192.168.1.7:9464"], "--metrics-listen"],
      [["--metrics-listen", "[::]:9464"], "--metrics-listen"],
      [["--metrics-listen", "127.0.0.1:65536"], "--metrics-listen"],
    ];
    for (const [args, name] of bad) {
      expect(() => config(args), args.join(" ")).toThrow(ConfigError);
      expect(() => config(args)).toThrow(name);
    }
    expect(() => config([], { MADANG_PORT: "x" })).toThrow(ConfigError);
  });

  test("help lists every setting with its default; version, torture, hostile and bench are commands", () => {
    const help = readCommand(["--port", "1", "--help"], {});
    if (help.do !== "help") throw new Error("no help");
    for (const { flag, what } of settingRows()) {
      expect(help.text).toContain(flag);
      expect(help.text).toContain(what);
    }
    expect(readCommand(["-h"], {}).do).toBe("help");
    expect(readCommand(["--version"], {}).do).toBe("version");
    expect(readCommand(["repair"], { MADANG_DATA: "/srv" })).toEqual({
      ...{ do: "repair", data: "/srv", yes: false, exportTo: "" },
    });
    expect(readCommand(["repair", "--yes", "--data=a=b", "--export", "c"], {})).toEqual({
      ...{ do: "repair", data: "a=b", yes: true, exportTo: "c" },
    });
    expect(readCommand(["repair", "--help"], {}).do).toBe("help");
    for (const wrong of [["--data"], ["--yes=1"], ["--port", "1"], ["x"]])
      expect(() => readCommand(["repair", ...wrong], {})).toThrow(ConfigError);
    expect(readCommand(["hostile", "--list"], {})).toEqual({
      do: "run",
      program: "hostile",
      args: ["--list"],
    });
    expect(readCommand(["bench", "idle"], {})).toEqual({ do: "run", program: "bench", args: ["idle"] });
    expect(readCommand(["torture", "--short", "--help"], {})).toEqual({
      do: "run",
      program: "torture",
      args: ["--short", "--help"],
    });
  });
});
