import { describe, expect, test } from "vitest";
import { type Config, ConfigError, readCommand, settingRows, variableOf } from "../src/config.ts";
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
      allowedOrigins: [],
      postToken: "",
      newEpoch: false,
      keepMessages: 0,
      keepMs: 0,
      limits: DEFAULT_LIMITS,
    });
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

  test("every limit can be set both ways", () => {
    for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const other = String(name === "idleTimeoutSeconds" ? value + 4 : value + 1);
      expect(config([`--${flag}`, other]).limits).toMatchObject({ [name]: Number(other) });
      expect(config([], { [variableOf(flag)]: other }).limits).toMatchObject({ [name]: Number(other) });
    }
  });

  test("yes and no are said in the usual ways", () => {
    expect(config(["--new-epoch"]).newEpoch).toBe(true);
    for (const yes of ["1", "true", "TRUE"])
      expect(config([], { MADANG_NEW_EPOCH: yes }).newEpoch).toBe(true);
    for (const no of ["0", "false", ""]) expect(config([], { MADANG_NEW_EPOCH: no }).newEpoch).toBe(false);
    expect(config(["--new-epoch=false"]).newEpoch).toBe(false);
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
      [["--port", " "], "--port"],
      [["--max-text-bytes", "7501"], "--max-text-bytes"],
      [["--max-text-bytes", "0"], "--max-text-bytes"],
      [["--idle-timeout-seconds", "7"], "--idle-timeout-seconds"],
      [["--idle-timeout-seconds", "10"], "--idle-timeout-seconds"],
      [["--keep-days", "NaN"], "--keep-days"],
      [["--new-epoch=perhaps"], "--new-epoch"],
    ];
    for (const [args, name] of bad) {
      expect(() => config(args), args.join(" ")).toThrow(ConfigError);
      expect(() => config(args)).toThrow(name);
    }
    expect(() => config([], { MADANG_PORT: "x" })).toThrow(ConfigError);
  });

  test("help lists every setting with its default; version, torture and hostile are commands", () => {
    const help = readCommand(["--port", "1", "--help"], {});
    if (help.do !== "help") throw new Error("no help");
    for (const { flag, what } of settingRows()) {
      expect(help.text).toContain(flag);
      expect(help.text).toContain(what);
    }
    expect(readCommand(["-h"], {}).do).toBe("help");
    expect(readCommand(["--version"], {}).do).toBe("version");
    expect(readCommand(["hostile", "--list"], {})).toEqual({ do: "hostile", args: ["--list"] });
    expect(readCommand(["torture", "--short", "--help"], {})).toEqual({
      do: "torture",
      args: ["--short", "--help"],
    });
  });
});
