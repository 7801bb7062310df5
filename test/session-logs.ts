/** A log in memory whose reads and commits wait, and what a socket was answered, for tests of sessions. */
import type { LogFaults } from "../src/log/faults.ts";
import { LogError, LogErrorCode, type ReadOptions } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { Refusal } from "../src/wire/codes.ts";
import { ServerKind } from "../src/wire/frames.ts";
import type { FakeSocket } from "./fake-transport.ts";

/** A log whose reads and commits wait until they are let through. */
export class HeldLog extends MemoryLog {
  readsHeld = false;
  damaged = false;
  #reads: (() => void)[] = [];

  override async bounds(room: number) {
    await this.#read(room);
    return super.bounds(room);
  }

  override async readForward(room: number, from: number, options: ReadOptions) {
    await this.#read(room);
    return super.readForward(room, from, options);
  }

  override async readBackward(room: number, before: number, options: ReadOptions) {
    await this.#read(room);
    return super.readBackward(room, before, options);
  }

  release(): void {
    this.readsHeld = false;
    for (const go of this.#reads.splice(0)) go();
  }

  async #read(room: number): Promise<void> {
    if (this.readsHeld) await new Promise<void>((go) => this.#reads.push(go));
    if (this.damaged) throw new LogError(LogErrorCode.damaged, `room ${room} is damaged`);
  }
}

/** Commits wait while `gate.held`. */
export function heldCommits(): { faults: LogFaults; gate: { held: boolean; release(): void } } {
  const waiting: (() => void)[] = [];
  const gate = {
    held: false,
    release() {
      gate.held = false;
      for (const go of waiting.splice(0)) go();
    },
  };
  const faults: LogFaults = {
    beforeCommit: () => (gate.held ? new Promise<void>((go) => waiting.push(go)) : undefined),
  };
  return { faults, gate };
}

export function acks(socket: FakeSocket): [nonce: number, seq: number][] {
  return socket.all(ServerKind.ack).map(({ nonce, seq }) => [nonce, seq]);
}

export function refusals(socket: FakeSocket): [request: number, code: Refusal][] {
  return socket.all(ServerKind.refused).map(({ request, code }) => [request, code]);
}
