/**
 * The client in Python that was written from PROTOCOL.md alone, against a real server: what it saw is complete, in
 * order and once, whatever happened in between.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { freePort } from "../bench/free-port.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { Close, Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { edit } from "../src/wire/records/edit.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { reply } from "../src/wire/records/reply.ts";
import { fill, makeBatch, makeDamaged } from "./log-blocks.ts";
import { LogFolder } from "./log-folder.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type TestServer } from "./running-server.ts";
import { makeFolder } from "./server-process.ts";
import { readVectors } from "./vectors.ts";

// It waits as the document says before it comes back.
vi.setConfig({ testTimeout: 30_000 });

const CLIENT = fileURLToPath(new URL("python_client.py", import.meta.url));
const DOCUMENT = fileURLToPath(new URL("../PROTOCOL.md", import.meta.url));

/** A line that the client printed. */
interface Said {
  event: string;
  seq: number;
  [key: string]: unknown;
}

interface Task {
  port: number;
  room: string;
  name: string;
  /** File of what it keeps. */
  state: string;
  send: string[];
  /** What it says after that: kinds, and bodies in hexadecimal. */
  acts?: { act: number; body: string }[];
  /** Records of history that it asks for on entering, and in one page. */
  history: number;
  page?: number;
  /** Whether it reads all that is older. */
  older?: boolean;
  /** After so many own messages it cuts the connection. */
  cutAfter?: number;
  /** How many of its messages it sends again when all are stored. */
  repeat?: number;
  /** It is done when it has read up to here and everything of its own is stored. */
  until: number;
}

class Python implements Disposable {
  readonly said: Said[] = [];
  readonly ended: Promise<number | null>;
  #child: ChildProcess;
  #check: () => void = () => undefined;

  constructor(...args: string[]) {
    this.#child = spawn("python3", ["-B", CLIENT, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      this.said.push(JSON.parse(line));
      this.#check();
    });
    this.ended = new Promise((done, fail) => {
      this.#child.on("error", fail);
      this.#child.on("close", done);
    });
  }

  all(event: string): Said[] {
    return this.said.filter((said) => said.event === event);
  }

  /** Resolves when it has said `count` of these. */
  async until(event: string, count: number): Promise<void> {
    const there = new Promise<void>((done) => {
      this.#check = () => {
        if (this.all(event).length >= count) done();
      };
      this.#check();
    });
    await Promise.race([
      there,
      this.ended.then((code) => Promise.reject(new Error(`it ended with ${code} before ${count} ${event}`))),
    ]);
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

function talk(task: Task): Python {
  return new Python("talk", JSON.stringify(task));
}

/** Somebody whom the client reads. */
async function ada(server: TestServer, room: string) {
  const client = await RawClient.greeted(server.socketUrl, "Ada");
  const entered = await client.enter(room, { history: 500 });
  let { nonce } = entered;
  const say = async (count: number) => {
    const before = client.records.length;
    const own = () => client.records.slice(before).filter(({ author }) => author === client.welcome.author);
    for (let n = 0; n < count; n++) client.say(entered.room, ++nonce, `Ada's ${nonce}`);
    await client.until(() => own().length === count, "own messages");
  };
  return { client, say, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

function texts(name: string, count: number): string[] {
  return numbers(1, count).map((n) => `${name} ${n} 안녕 🦦`);
}

const seqOf = ({ seq }: Said) => seq;
const textOf = (said: Said | TextRecord) => said.text;

test("every example of the document is decoded, and those of a client are written, by Python", async () => {
  using python = new Python("vectors", DOCUMENT);
  expect(await python.ended).toBe(0);
  expect(python.said).toEqual(readVectors().map(({ name }) => ({ name, ok: true })));
});

test("fresh: history, an own connection that is cut, repeats; all of it once", async () => {
  using folder = makeFolder();
  await using server = await runServer({ limits: { messagesPerSecond: 0 } });
  using other = await ada(server, "yard");
  await other.say(60);
  const mine = texts("mine", 25);
  using python = talk({
    port: server.port,
    room: "yard",
    name: "Py",
    state: join(folder.path, "state.json"),
    send: mine,
    history: 5,
    page: 7,
    older: true,
    cutAfter: 10,
    repeat: 3,
    until: 105,
  });
  await python.until("stored", 1);
  await other.say(20);
  expect(await python.ended).toBe(0);
  await other.client.until(() => other.client.records.length === 105, "everything");

  const seen = [...python.all("older").reverse(), ...python.all("record")];
  expect(seen.map(seqOf)).toEqual(numbers(1, 105));
  expect(seen.map(textOf)).toEqual(other.client.records.map(textOf));
  const author = python.all("welcome")[0]!.author;
  expect(seen.filter((said) => said.author === author).map(textOf)).toEqual(mine);
  expect(python.all("entered").map(({ resume }) => resume)).toEqual([Resume.fresh, Resume.continued]);
  expect(python.all("closed")).toHaveLength(1);
  const firstOnes = seen.filter((said) => said.author === author).slice(0, 3);
  expect(python.all("repeated").map(({ nonce, seq }) => [nonce, seq])).toEqual(
    firstOnes.map(({ nonce, seq }) => [nonce, seq]),
  );
  expect(python.all("gap").concat(python.all("lost"), python.all("reset"))).toEqual([]);
});

test("resumed: by another process, and through a restart of the server on its log, in the middle", async () => {
  using folder = makeFolder();
  using kept = new LogFolder();
  const port = await freePort();
  const state = join(folder.path, "state.json");
  const task = { port, room: "안뜰", name: "Py", state, history: 10 };
  const seen: Said[] = [];

  const firstLog = await kept.open();
  {
    await using server = await runServer({ port, log: firstLog });
    using other = await ada(server, "안뜰");
    await other.say(5);
    using python = talk({ ...task, send: texts("first", 8), until: 13 });
    expect(await python.ended).toBe(0);
    seen.push(...python.all("record"));
    // What the second process catches up with.
    await other.say(4);
  }
  await firstLog.close();

  const secondLog = await kept.open();
  const lots = texts("second", 30);
  using python = talk({ ...task, send: lots, until: 17 + 30 + 6 });
  {
    // Two messages a second, so that it is in the middle of them when the server stops.
    await using server = await runServer({
      port,
      log: secondLog,
      limits: { messagesPerSecond: 2, messageBurst: 10 },
    });
    await python.until("stored", 5);
    expect(server.errors).toEqual([]);
  }
  await secondLog.close();
  // It has tried to come back, and there is nobody.
  await python.until("closed", python.all("closed").length + 1);

  const thirdLog = await kept.open();
  await using server = await runServer({ port, log: thirdLog });
  using other = await ada(server, "안뜰");
  await other.say(6);
  expect(await python.ended).toBe(0);
  seen.push(...python.all("record"));
  expect(seen.map(seqOf)).toEqual(numbers(1, 53));
  await other.client.until(() => other.client.records.length === 53, "everything");
  expect(seen.map(textOf)).toEqual(other.client.records.map(textOf));
  expect(python.all("stored").map(({ seq }) => seen[seq - 1]!.text)).toEqual(lots);
  expect(python.all("entered").map(({ resume }) => resume)).toEqual([Resume.continued, Resume.continued]);
  expect(python.all("closed").some((said) => said.code === Close.goingAway)).toBe(true);
  await server.stop();
  await thirdLog.close();
});

test("with refusals: work for newcomers, a low rate, lost records; it waits as it is told", async () => {
  using folder = makeFolder();
  const log = new MemoryLog();
  // Author 1 wrote what is there, and is somebody else.
  await log.reserveAuthors(1);
  await fill(log, 1, 2, 1);
  await log.append(makeBatch(makeDamaged(1, 4, 3)));
  await fill(log, 1, 1);
  await using server = await runServer({
    log,
    newcomerWorkBits: 8,
    limits: { messagesPerSecond: 20, messageBurst: 3 },
  });
  const mine = texts("mine", 30);
  const task = { port: server.port, room: "Room-1", name: "Py", history: 100, until: 37 };
  using python = talk({ ...task, state: join(folder.path, "state.json"), send: mine });
  expect(await python.ended).toBe(0);
  expect(python.all("worked")).toEqual([{ event: "worked", bits: 8 }]);
  const records = python.all("record");
  expect(python.all("lost")).toEqual([{ event: "lost", from: 4, to: 6 }]);
  expect(records.map(seqOf)).toEqual([1, 2, 3, ...numbers(7, 37)]);
  expect(records.slice(4).map(textOf)).toEqual(mine);
  // Whoever lost them, it was not by a nonce that is told to be free.
  expect(records[4]!.nonce).toBe(3 * WIRE.maxNonceStep + 1);
  const refused = python.all("refused");
  expect(refused.every((said) => said.refused === ClientKind.send)).toBe(true);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set([Refusal.tooFast, Refusal.outOfOrder]));
  expect(python.all("closed")).toEqual([]);
  expect(server.errors).toEqual([]);
});

test("acts: a reply, an edit, a reaction and a removal, repeated after a cut; what is wrong comes back with its code", async () => {
  using folder = makeFolder();
  await using server = await runServer({ limits: { messagesPerSecond: 0 } });
  using other = await ada(server, "yard");
  await other.say(1);
  const thumb = "01".concat(Buffer.from("👍").toString("hex"));
  const acts = [
    { act: reply.kind, body: `01${Buffer.from("so?").toString("hex")}` },
    { act: edit.kind, body: `02${Buffer.from("mine!").toString("hex")}` },
    { act: reaction.kind, body: `01${thumb}` },
    { act: edit.kind, body: `01${Buffer.from("not mine").toString("hex")}` },
    { act: removal.kind, body: "0300" },
    { act: removal.kind, body: "02" },
  ];
  const task = { port: server.port, room: "yard", name: "Py", state: join(folder.path, "state.json") };
  using python = talk({ ...task, send: ["mine"], acts, history: 5, repeat: 5, cutAfter: 2, until: 6 });
  expect(await python.ended).toBe(0);
  const said = [...python.all("record"), ...python.all("act")].sort((a, b) => a.seq - b.seq);
  expect(said.map(({ kind, to, on, text }) => [kind ?? 1, to, on, text])).toEqual([
    [1, undefined, undefined, "Ada's 1"],
    [1, undefined, undefined, "mine"],
    [reply.kind, 1, undefined, "so?"],
    [edit.kind, 2, undefined, "mine!"],
    [reaction.kind, 1, true, "👍"],
    [removal.kind, 2, undefined, undefined],
  ]);
  expect(python.all("given back").map(({ code }) => code)).toEqual([Refusal.notYours, Refusal.badBody]);
  expect(python.all("refused").every(({ refused }) => refused === ClientKind.act)).toBe(true);
  expect(python.all("repeated").map(seqOf)).toEqual([2, 3, 4, 5, 6]);
  // What is removed is gone from the log, with its edits.
  using later = talk({ ...task, state: join(folder.path, "later.json"), send: [], history: 100, until: 6 });
  expect(await later.ended).toBe(0);
  const texts = [...later.all("record"), ...later.all("act")].map(({ seq, text }) => [seq, text]);
  expect(texts.sort()).toEqual([
    [1, "Ada's 1"],
    [2, ""],
    [3, "so?"],
    [4, ""],
    [5, "👍"],
    [6, undefined],
  ]);
  expect(server.errors).toEqual([]);
});
