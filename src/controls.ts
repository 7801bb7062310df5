/**
 * The server, broken on purpose: what the torture asks for through the variable MADANG_TORTURE. It ends the process
 * at named points, makes storage fail, and breaks one guarantee at a time, so that a check which stays green can be
 * told from one that sees nothing. Only tortured.ts loads it, an entry of its own. Invariant: everything here wraps from
 * the outside; no normal path asks whether it is tortured.
 */
import type { LogFaults } from "./log/faults.ts";
import type { AppendBlock, Batch, Log } from "./log/log.ts";
import { Authors, type LastSent } from "./room/authors.ts";
import type { Fanout } from "./room/fanout.ts";
import { BLOCK, BlockWriter, decodeBlock } from "./wire/block.ts";
import { encodeText } from "./wire/bytes.ts";

interface Wishes {
  /** Where to end the process, at the `n`-th time that point is reached. */
  killAt?: "beforeCommit" | "afterCommit" | "duringPublish";
  n?: number;
  /** The guarantee to break. Those of clients are broken elsewhere. */
  control?: string;
  /** The synced write after the start, from 1, that fails before anything is written, or in its sync. */
  failWrite?: number;
  failSync?: number;
  /** What the disk is said to have answered. */
  error?: string;
}

export interface Controls {
  logOptions: { faults: LogFaults };
  log(log: Log): Log;
  fanout(fanout: Fanout): Fanout;
  authors: typeof Authors;
}

/** How long a broken server waits between telling and writing: long enough to be killed in between. */
const LATE_MS = 50;

/** @param json what the variable holds */
export function readControls(json: string): Controls {
  const wishes = JSON.parse(json) as Wishes;
  const { control } = wishes;
  return {
    logOptions: { faults: faultsOf(wishes) },
    log: (log) =>
      control === "publish-before-commit" || control === "ack-before-sync"
        ? lateLog(log, control === "ack-before-sync")
        : log,
    fanout: (fanout) => {
      const ending = wishes.killAt === "duringPublish" ? endDuringPublish(fanout, wishes.n ?? 1) : fanout;
      return control === "publish-shuffled" ? shuffled(ending) : ending;
    },
    authors: control === "dedupe-off" ? ForgetfulAuthors : Authors,
  };
}

/** Not `exit`: nothing may run any more, not even what the runtime does on its way out. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

function faultsOf({ killAt, n = 1, failWrite = 0, failSync = 0, error = "EIO" }: Wishes): LogFaults {
  let before = 0;
  let after = 0;
  const fail = () => {
    throw new Error(`the disk answered ${error}, as the torture asked`);
  };
  return {
    beforeCommit: () => {
      before++;
      if (killAt === "beforeCommit" && before === n) end();
      if (before === failWrite) fail();
    },
    afterCommit: () => {
      after++;
      if (killAt === "afterCommit" && after === n) end();
      if (after === failSync) fail();
    },
  };
}

/** The blocks up to the n-th go out, the rest of its flush does not; the process ends when they have left. */
function endDuringPublish(inner: Fanout, n: number): Fanout {
  let blocks = 0;
  return {
    subscribers: (room) => inner.subscribers(room),
    publish: (room, frame) => {
      if (frame[0] === BLOCK && ++blocks > n) return;
      inner.publish(room, frame);
      if (blocks === n) setTimeout(end, 0);
    },
  };
}

/** Tells everyone of a batch before it is on disk, and if `hasty` the one who appends as well. */
function lateLog(inner: Log, hasty: boolean): Log {
  let tell: (blocks: readonly AppendBlock[]) => void = () => undefined;
  let writing: Promise<void> = Promise.resolve();
  const later = (batch: Batch): Promise<void> => {
    writing = writing.then(async () => {
      await new Promise((next) => setTimeout(next, LATE_MS));
      await inner.append(batch);
    });
    return writing;
  };
  const broken: Pick<Log, "append" | "tail" | "close"> = {
    append: async (batch) => {
      tell(batch.blocks);
      const written = later(batch);
      if (!hasty) await written;
    },
    tail: (listener) => {
      tell = (blocks) => listener.committed(blocks);
      inner.tail({ ...listener, committed: () => undefined });
    },
    close: async () => {
      await writing;
      await inner.close();
    },
  };
  return new Proxy(inner, {
    get: (_, name) => {
      if (Object.hasOwn(broken, name)) return broken[name as keyof typeof broken];
      const value = Reflect.get(inner, name, inner);
      return typeof value === "function" ? value.bind(inner) : value;
    },
  });
}

/** The records of a block change places on their way out: readers see another order than the log keeps. */
function shuffled(inner: Fanout): Fanout {
  const writer = new BlockWriter();
  return {
    subscribers: (room) => inner.subscribers(room),
    publish: (room, frame) => {
      if (frame[0] !== BLOCK) return inner.publish(room, frame);
      const { room: number, seq, records } = decodeBlock(frame);
      for (const { author, nonce, time, name, text } of records.toReversed())
        writer.text(author, nonce, time, encodeText(name), encodeText(text));
      inner.publish(room, writer.seal(number, seq));
    },
  };
}

/** Knows nobody: every repeat is a new message. */
class ForgetfulAuthors extends Authors {
  override get(_author: number): LastSent | undefined {
    return undefined;
  }
}
