/**
 * The hostile suite is run as an owner runs it, shortly, and must end green; with the budgets switched off it must end
 * red. What it counts, and when it calls a line red, is tested on figures written by hand.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { malformed, mutated, RIGHT } from "../bench/hostile/attacks/malformed.ts";
import { ATTACKS, SHORT } from "../bench/hostile/attacks.ts";
import { FrameStream, wsFrame } from "../bench/hostile/frame-stream.ts";
import { goodText, newcomerText, readGoodText } from "../bench/hostile/good-text.ts";
import { Ledger } from "../bench/hostile/ledger.ts";
import { type Line, reasons } from "../bench/hostile/line.ts";
import { noBudgets } from "../bench/hostile/no-budgets.ts";
import { readOptions } from "../bench/hostile/options.ts";
import { table } from "../bench/hostile/report.ts";
import { emptyTally } from "../bench/hostile/tally.ts";
import { cpuSeconds, residentMb } from "../bench/hostile/vitals.ts";
import { Random } from "../bench/random.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";

const script = join(import.meta.dirname, "../dist/hostile.js");

interface Run {
  code: number | null;
  output: string;
  lines: { attack: string; reasons: string[] }[];
}

async function hostile(...args: string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "madang-test-"));
  const json = join(folder, "figures.json");
  try {
    const child = spawn(process.execPath, [script, ...args, "--data", folder, "--json", json, "--seed", "7"]);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes) => {
        output += bytes;
      });
    const code = await new Promise<number | null>((ended) => child.once("close", ended));
    return { code, output, lines: existsSync(json) ? JSON.parse(readFileSync(json, "utf8")).lines : [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.runIf(process.platform === "linux")("a server that is attacked", () => {
  test("serves its good visitors as if nothing were", { timeout: 240_000 }, async () => {
    const { code, output, lines } = await hostile("--short");
    expect(code, output).toBe(0);
    expect(lines.map(({ attack }) => attack)).toEqual(
      ATTACKS.map(({ name }) => name).filter((name) => SHORT.includes(name)),
    );
  });

  test("shows it when its budgets are switched off", { timeout: 240_000 }, async () => {
    const { code, output, lines } = await hostile(
      ...["--control", "no-budgets", "--short", "--seconds", "6", "--only", "text-flood-one"],
    );
    expect(code, output).toBe(1);
    expect(lines[0]!.reasons, output).not.toEqual([]);
  });
});

describe("the ledger", () => {
  const message = (n: number) => ({ room: "yard", sender: 1, n });
  const inYard = () => {
    const ledger = new Ledger();
    for (const one of [1, 2, 3]) ledger.join("yard", one);
    ledger.timed = true;
    return ledger;
  };
  const toAll = (ledger: Ledger, n: number, at: number) => {
    for (const one of [1, 2, 3]) ledger.received(message(n), one, at);
  };

  test("finds nothing where nothing is wrong, and times what others waited", () => {
    const ledger = inYard();
    ledger.sent(message(1), 100);
    toAll(ledger, 1, 104);
    ledger.timed = false;
    ledger.sent(message(2), 110);
    toAll(ledger, 2, 190);
    expect(ledger.missing(200)).toBe(0);
    expect(ledger.take(200)).toEqual({
      ...{ sent: 2, received: 6, lost: 0, doubled: 0, reordered: 0 },
      timesMs: [4, 4],
    });
  });

  test("finds what did not come, what came twice, and what came late", () => {
    const ledger = inYard();
    for (const n of [1, 2, 3]) ledger.sent(message(n), n);
    toAll(ledger, 2, 5);
    ledger.received(message(2), 3, 6);
    ledger.received(message(1), 2, 7);
    ledger.received(message(3), 2, 8);
    const { lost, doubled, reordered } = ledger.take(10);
    expect({ lost, doubled, reordered }).toEqual({ lost: 4, doubled: 1, reordered: 1 });
    // What was given up and comes all the same was not there when it was counted.
    ledger.received(message(3), 3, 11);
    expect(ledger.take(12)).toMatchObject({ lost: 0, doubled: 1 });
  });

  test("leaves what is under way to the next account", () => {
    const ledger = inYard();
    ledger.sent(message(1), 20);
    expect(ledger.take(10)).toMatchObject({ sent: 1, lost: 0 });
    toAll(ledger, 1, 21);
    expect(ledger.take(30)).toMatchObject({ received: 3, lost: 0, doubled: 0 });
  });

  test("knows the texts of good ones from those of others", () => {
    expect(readGoodText(goodText(3, 14))).toEqual({ sender: 3, n: 14 });
    for (const text of [newcomerText(1), "good", "hostile 1", "good 3"])
      expect(readGoodText(text)).toBeNull();
  });
});

describe("a line", () => {
  const green: Line = {
    ...{
      attack: "a",
      what: "an attack",
      seconds: 3,
      quietP99Ms: 5,
      p99Ms: 20,
      socketsMb: 1,
      cpu: 0.5,
      ended: "",
    },
    account: {
      ...{ sent: 10, received: 60, lost: 0, doubled: 0, reordered: 0, timesMs: [1] },
      ...{
        disconnected: 0,
        refused: 0,
        newcomers: 2,
        newcomersRefused: 0,
        troubles: [],
        unlisted: 0,
        ownDelayMs: 1,
      },
    },
    memory: { before: 60, peak: 200, after: 80 },
    tally: emptyTally(),
    mostStored: null,
  };
  const account = (more: Partial<Line["account"]>): Partial<Line> => ({
    account: { ...green.account, ...more },
  });
  const check = { name: "a case", expected: "open", got: "drop", known: "", ok: false };

  test("is green at the very edge of what may be", () => {
    expect(reasons(green, true)).toEqual([]);
    expect(reasons({ ...green, mostStored: 10, tally: { ...emptyTally(), stored: 10 } }, true)).toEqual([]);
    expect(table([green], true, false)).toContain("green");
    expect(table([green], true, true).split("\n")).toHaveLength(3);
  });

  test.each<[string, Partial<Line>]>([
    ["lost", account({ lost: 1 })],
    ["doubled", account({ doubled: 1 })],
    ["reordered", account({ reordered: 1 })],
    ["disconnected", account({ disconnected: 1 })],
    ["messages of good ones refused", account({ refused: 1 })],
    ["newcomers refused", account({ newcomersRefused: 1, troubles: ["no page"] })],
    ["nothing was judged", account({ sent: 0 })],
    ["nothing was judged", account({ newcomers: 0 })],
    ["p99 above 20 ms", { p99Ms: 20.1 }],
    ["MB kept", { memory: { before: 60, peak: 200, after: 80.6 } }],
    ["11 stored for the attacker, more than 10", { mostStored: 10, tally: { ...emptyTally(), stored: 11 } }],
    ["the process ended", { ended: "exit code 1" }],
    ["answers not as they should be", { tally: { ...emptyTally(), checks: [check] } }],
  ])("is red: %s", (reason, more) => {
    const line = { ...green, ...more };
    expect(reasons(line, true).join()).toContain(reason);
    expect(table([line], true, false)).toContain(reason);
  });

  test("leaves time out where others share the machine", () => {
    expect(reasons({ ...green, p99Ms: 900 }, false)).toEqual([]);
  });
});

test("budgets are switched off by the flags that the server names itself", () => {
  const help = `madang: a chat

  --port NUMBER                 port to listen on; 0 takes any that is free [3000]
  --messages-per-second NUMBER  messages a second of one connection; 0 sets no limit [10]
  --visitor-frames LIST         frames of a visitor, a second and at once, or off [40,400]
  --identity-messages LIST      messages of an identity, or off [10,30]
  --server-founding LIST        rooms founded on the server, or off [5,100]
  --new-epoch                   say so once
  --help                        this text
`;
  const flags = [
    ...["--messages-per-second", "0", "--visitor-frames", "off"],
    ...["--identity-messages", "off", "--server-founding", "off"],
  ];
  expect(noBudgets(help)).toEqual(flags);
  const lifted = help.replace("  --help ", "  --no-budgets                  no limit\n  --help ");
  expect(noBudgets(lifted)).toEqual(["--no-budgets", ...flags]);
});

test("flags are refused in one sentence", () => {
  expect(readOptions(["--short", "--seed=5"])).toMatchObject({ seed: 5, seconds: 1, judgesTime: false });
  expect(readOptions(["--seconds", "4", "--short"])).toMatchObject({ seconds: 4, only: [...SHORT] });
  expect(readOptions(["--only", "repeats,rfc6455"]).only).toEqual(["rfc6455", "repeats"]);
  expect(readOptions(["--short", "--only", "rename"]).only).toEqual(["rename"]);
  expect(readOptions([]).only).toHaveLength(ATTACKS.length);
  for (const wrong of [["--what"], ["--seed"], ["--seconds", "0"], ["--only", "rain"], ["--control", "off"]])
    expect(() => readOptions(wrong)).toThrow(/\.$/);
});

test.runIf(process.platform === "linux")(
  "memory and processor time are those of a process that is there",
  () => {
    expect(residentMb(process.pid)).toBeGreaterThan(10);
    expect(cpuSeconds(process.pid)).toBeGreaterThan(0);
    const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
    expect([residentMb(gone), cpuSeconds(gone)]).toEqual([0, 0]);
  },
);

test("an attack is named once, and those of the short run are among them", () => {
  const names = ATTACKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  // Each has a block of addresses of its own, from 127.128.0.0 on.
  expect(names.length).toBeLessThan(128);
  expect(names).toEqual(expect.arrayContaining([...SHORT]));
});

test("a seed changes the same bytes again", () => {
  const draw = (seed: number) => {
    const random = new Random(seed, "mutated");
    return Array.from({ length: 50 }, () => mutated(random).toString("hex"));
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(malformed().length).toBeGreaterThan(300);
});

test("a frame of each kind that clients send is sent wrong, and each kind that a server sends", () => {
  expect(new Set(RIGHT.map(({ kind }) => kind))).toEqual(new Set(Object.values(ClientKind)));
  const sent = new Set(malformed().map((bytes) => bytes[0]));
  for (const kind of Object.values(ServerKind)) expect(sent).toContain(kind);
});

test("frames are read in whatever pieces they come, and written in any form that is asked for", () => {
  const frames = [
    wsFrame(Buffer.from("a"), { masked: false }),
    wsFrame(Buffer.alloc(300, 7), { masked: false }),
  ];
  const bytes = Buffer.concat(frames);
  for (const size of [1, 3, bytes.length]) {
    const stream = new FrameStream();
    const got: number[] = [];
    for (let i = 0; i < bytes.length; i += size)
      for (const { opcode, payload } of stream.push(bytes.subarray(i, i + size)))
        got.push(opcode, payload.length);
    expect(got).toEqual([2, 1, 2, 300]);
  }
  expect(wsFrame(Buffer.of(1), { opcode: 9, fin: false, reserved: 4, lengthBytes: 2 })).toEqual(
    Buffer.of(0x49, 0xfe, 0, 1, 0, 0, 0, 0, 1),
  );
  expect(wsFrame(Buffer.of(1), { says: 1n << 63n, lengthBytes: 8, masked: false })).toEqual(
    Buffer.of(0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0, 1),
  );
});
