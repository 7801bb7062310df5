/**
 * The server, broken on purpose: what the torture asks for through the variable MADANG_TORTURE. It ends the process
 * at named points, makes storage fail, and breaks one guarantee at a time, so that a check which stays green can be
 * told from one that sees nothing. Only tortured.ts loads it, an entry of its own. Invariant: everything here wraps from
 * the outside; no normal path asks whether it is tortured.
 */
import type { LogFaults } from "./log/faults.ts";
import type { AppendBlock, Batch, Log } from "./log/log.ts";
import { Authors, type LastSent } from "./room/authors.ts";
import { Blanking } from "./room/blanking.ts";
import type { Fanout } from "./room/fanout.ts";
import { Projections } from "./room/projections.ts";
import type { Sanctions } from "./room/sanctions.ts";
import { BLOCK, BlockReader, BlockWriter } from "./wire/block.ts";
import { LOST } from "./wire/records/lost.ts";

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
  projections(room: number, isOwned: boolean, isBack: boolean): Projections;
}

/** How long a broken server waits between telling and writing: long enough to be killed in between. */
const LATE_MS = 50;
/** The same where only few batches show it: those with a removal. */
const LATER_MS = 150;

/** @param json what the variable holds */
export function readControls(json: string): Controls {
  const wishes = JSON.parse(json) as Wishes;
  const { control } = wishes;
  /** By room, the newest ones. */
  const known = new Map<number, Projections>();
  return {
    logOptions: { faults: faultsOf(wishes) },
    log: (log) => {
      if (control === "apply-on-append") return hastyProjections(log, known);
      return control === "publish-before-commit" || control === "ack-before-sync"
        ? lateLog(log, control === "ack-before-sync")
        : log;
    },
    fanout: (fanout) => {
      const ending = wishes.killAt === "duringPublish" ? endDuringPublish(fanout, wishes.n ?? 1) : fanout;
      return control === "publish-shuffled" ? shuffled(ending) : ending;
    },
    projections: (room, isOwned, isBack) => {
      const projections = new Projections(
        control === "dedupe-off" ? new ForgetfulAuthors() : new Authors(),
        isOwned,
        isBack,
      );
      known.set(room, projections);
      if (control === "bans-off" && projections.sanctions) forgetEnds(projections.sanctions);
      return projections;
    },
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
  return changed(inner, {
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
  });
}

/** A room knows of a record when it is appended, and what follows from it is done, long before it is on disk. */
function hastyProjections(inner: Log, known: Map<number, Projections>): Log {
  const blanking = new Blanking(inner, (work) => work);
  return changed(inner, {
    append: async (batch) => {
      for (const { room: number, bytes } of batch.blocks) {
        const projections = known.get(number);
        projections?.apply(bytes);
        if (projections && projections.amendments.toBlank.size > 0)
          await blanking.blank({ number, projections });
      }
      await new Promise((next) => setTimeout(next, LATER_MS));
      await inner.append(batch);
    },
  });
}

/** A log that does some things otherwise. */
function changed(inner: Log, otherwise: Partial<Log>): Log {
  return new Proxy(inner, {
    get: (_, name) => {
      if (Object.hasOwn(otherwise, name)) return otherwise[name as keyof Log];
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
      const r = new BlockReader(frame);
      const names = new Map<number, Uint8Array>();
      const writes: (() => void)[] = [];
      while (r.next()) {
        const { kind, author, nonce, time, body } = r;
        const name = r.name.length > 0 ? r.name : (names.get(author) ?? r.name);
        names.set(author, name);
        if (kind === LOST) writes.push(() => writer.lost(time));
        else writes.push(() => writer.record(kind, author, nonce, time, name, body));
      }
      for (const write of writes.reverse()) write();
      inner.publish(room, writer.seal(r.room, r.firstSeq));
    },
  };
}

/** Who was put out is put out, and nobody is asked whether they may come in again or speak. */
function forgetEnds(sanctions: Sanctions): void {
  sanctions.banOf = () => null;
  sanctions.muteOf = () => null;
}

/** Knows nobody: every repeat is a new message. */
class ForgetfulAuthors extends Authors {
  override get(_author: number): LastSent | undefined {
    return undefined;
  }
}
