/**
 * The check that is stronger than killing: the server runs under strace, and no byte that makes a message known, be
 * it a block, a page, an acknowledgement or a head, may leave before the sync that covers the message has returned.
 * A message is covered when its text went into the engine's journal and a sync of that file, begun after that, is over.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BLOCK, decodeBlock } from "../../src/wire/block.ts";
import { decodeServerFrame, isKnownServerKind } from "../../src/wire/decode.ts";
import { ServerKind } from "../../src/wire/frames.ts";
import { Random } from "../random.ts";
import type { Options } from "./options.ts";
import { Stage } from "./stage.ts";
import { straceWorks } from "./strace.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";
import { type CallListener, FrameStream, JournalStream, TraceReader } from "./trace-reader.ts";

export interface SyncProof {
  messages: number;
  /** What left for clients and was looked at. */
  blocks: number;
  pages: number;
  acknowledgements: number;
  heads: number;
  syncs: number;
  /** Must be 0. */
  tooEarly: number;
  examples: string[];
}

const RATE = 80;
const CALLS = "fdatasync,fsync,write,writev,sendto,sendmsg";

/** Null where strace is not there or not permitted. */
export async function proveSync(options: Options): Promise<SyncProof | null> {
  return straceWorks() ? inTemporaryFolder(options.data, (folder) => traced(folder, options)) : null;
}

async function traced(folder: string, { seed, control }: Options): Promise<SyncProof> {
  const random = new Random(seed, "sync");
  const stage = new Stage({
    folder,
    random,
    seed,
    clients: 6,
    rooms: 2,
    rate: RATE,
    control,
    textsOnly: true,
  });
  const trace = join(folder, "trace");
  // Everything of every call; the runtime's own file calls as system calls and not through a ring.
  const tracing = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "16777216", "-o", trace];
  try {
    await stage.open([...tracing, "-E", "UV_USE_IO_URING=0", "-e", `trace=${CALLS}`]);
    await stage.workload.ask("mischief", { repeat: true, lose: 0.05 });
    for (let i = 0; i < 3; i++) {
      await stage.pause(1_000, 1_000);
      await stage.proxy.ask("orphan", { share: 0.5, ms: 500 });
      await stage.workload.ask("probe");
      await stage.workload.ask("reload", { share: 0.3 });
    }
    await stage.settle(10_000);
    await stage.signal("SIGTERM");
    await stage.down(10_000);
    return await readTrace(trace);
  } finally {
    await stage.close();
  }
}

async function readTrace(path: string): Promise<SyncProof> {
  const judge = new SyncJudge();
  const reader = new TraceReader(judge);
  for await (const line of createInterface({ input: createReadStream(path) })) reader.read(line);
  return judge.verdict();
}

/** Something that left: until then the message named by `key` had to be covered. */
interface Claim {
  what: "blocks" | "pages" | "acknowledgements" | "heads";
  key: string;
  line: number;
}

interface Journal {
  stream: JournalStream;
  /** Payload that may hold the beginning of a text. */
  rest: string;
  /** Texts written and not covered yet. */
  open: Set<string>;
}

class SyncJudge implements CallListener {
  #journals = new Map<string, Journal>();
  /** What a sync that is under way will cover. */
  #syncing = new Map<string, Set<string>>();
  #coveredAt = new Map<string, number>();
  #connections = new Map<string, { stream: FrameStream; author: number }>();
  /** Text by number and by nonce. */
  #texts = new Map<string, string>();
  #claims: Claim[] = [];
  #syncs = 0;

  began({ name, file }: { name: string; file: string }, line: number): void {
    const journal = this.#journals.get(file);
    if (journal && /sync$/.test(name)) this.#syncing.set(`${file}@${line}`, new Set(journal.open));
  }

  returned(
    call: { name: string; file: string; bytes: Buffer },
    result: number,
    began: number,
    line: number,
  ): void {
    const { name, file, bytes } = call;
    if (/sync$/.test(name)) this.#synced(file, result, began, line);
    else if (result > 0 && file.startsWith("socket:")) this.#sent(file, bytes.subarray(0, result), began);
    else if (result > 0 && /\/log\/\d+\.log$/.test(file)) this.#written(file, bytes.subarray(0, result));
  }

  verdict(): SyncProof {
    const proof = { messages: this.#coveredAt.size, blocks: 0, pages: 0, acknowledgements: 0, heads: 0 };
    const examples: string[] = [];
    let tooEarly = 0;
    for (const { what, key, line } of this.#claims) {
      proof[what]++;
      const text = this.#texts.get(key) ?? key;
      const covered = this.#coveredAt.get(text) ?? Number.POSITIVE_INFINITY;
      if (covered < line) continue;
      tooEarly++;
      if (examples.length < 5)
        examples.push(`${what}: ${text} left on line ${line}, covered on line ${covered}`);
    }
    return { ...proof, syncs: this.#syncs, tooEarly, examples };
  }

  #synced(file: string, result: number, began: number, line: number): void {
    const covers = this.#syncing.get(`${file}@${began}`);
    this.#syncing.delete(`${file}@${began}`);
    if (!covers || result !== 0) return;
    this.#syncs++;
    for (const text of covers) {
      this.#journals.get(file)!.open.delete(text);
      if (!this.#coveredAt.has(text)) this.#coveredAt.set(text, line);
    }
  }

  #written(file: string, bytes: Buffer): void {
    const journal = this.#journals.get(file) ?? { stream: new JournalStream(), rest: "", open: new Set() };
    this.#journals.set(file, journal);
    const payload = journal.rest + journal.stream.push(bytes).toString("latin1");
    for (const [text] of payload.matchAll(/<\d+\.\d+\.\d+\.\d+>/g)) journal.open.add(text);
    const last = payload.lastIndexOf("<");
    journal.rest = last < 0 || payload.indexOf(">", last) >= 0 ? "" : payload.slice(last).slice(0, 64);
  }

  #sent(file: string, bytes: Buffer, line: number): void {
    const connection = this.#connections.get(file) ?? { stream: new FrameStream(), author: 0 };
    this.#connections.set(file, connection);
    for (const { frame, line: left } of connection.stream.push(bytes, line)) {
      if (frame[0] === BLOCK) this.#block("blocks", frame, left);
      else if (isKnownServerKind(frame[0]!)) this.#frame(frame, left, connection);
    }
  }

  #frame(bytes: Uint8Array, line: number, connection: { author: number }): void {
    const frame = decodeServerFrame(bytes);
    switch (frame.kind) {
      case ServerKind.welcome:
        connection.author = frame.author;
        break;
      case ServerKind.ack:
        this.#claim("acknowledgements", `${frame.room}/nonce/${connection.author}/${frame.nonce}`, line);
        break;
      case ServerKind.entered:
      case ServerKind.live:
        if (frame.head > 0) this.#claim("heads", `${frame.room}/seq/${frame.head}`, line);
        break;
      case ServerKind.page:
        for (const block of frame.blocks) this.#block("pages", block, line);
        break;
    }
  }

  #block(what: Claim["what"], bytes: Uint8Array, line: number): void {
    const { room, records } = decodeBlock(bytes);
    for (const { seq, author, nonce, text } of records) {
      const token = text.slice(0, text.indexOf(">") + 1);
      this.#texts.set(`${room}/seq/${seq}`, token);
      this.#texts.set(`${room}/nonce/${author}/${nonce}`, token);
      this.#claim(what, token, line);
    }
  }

  #claim(what: Claim["what"], key: string, line: number): void {
    this.#claims.push({ what, key, line });
  }
}
