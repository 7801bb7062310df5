/**
 * Small named values: each write is compared with what is there, so writes take turns. A version is the number of the
 * write that made it. Invariant: a version is never had by two values of a name.
 */
import { decodeText, encodeText } from "../../wire/bytes.ts";
import type { NamedBytes, State } from "../log.ts";
import { checkState } from "../states.ts";
import type { Commits, EngineBatch } from "./commits.ts";
import type { Engine } from "./engine.ts";
import { type Commit, decodeState, encodeState } from "./entries.ts";
import { allStates, readStateKey, stateKey } from "./keys.ts";

export class StateTable {
  #db: Engine;
  #commits: Commits;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(db: Engine, commits: Commits) {
    this.#db = db;
    this.#commits = commits;
  }

  async get(name: string): Promise<State> {
    const key = stateKey(checkState(name));
    const value = await this.#db.get(key);
    return value ? decodeState(key, value) : { version: 0, bytes: new Uint8Array(0) };
  }

  set(name: string, ifVersion: number, bytes: Uint8Array | null): Promise<number | null> {
    const copy = bytes?.slice() ?? null;
    const done = this.#turn.then(() => this.#set(name, ifVersion, copy));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async some(prefix: string, after: string, most: number): Promise<(State & { name: string })[]> {
    const found: (State & { name: string })[] = [];
    const [first, behind] = [encodeText(prefix), encodeText(after)];
    const gte = stateKey(Buffer.compare(behind, first) > 0 ? behind : first);
    if (most <= 0) return found;
    for await (const [key, value] of this.#db.iterator({ gte, lt: allStates().lt })) {
      const name = decodeText(readStateKey(key));
      if (name === after) continue;
      if (!name.startsWith(prefix)) break;
      found.push({ name, ...decodeState(key, value) });
      if (found.length === most) break;
    }
    return found;
  }

  /** Copies what another write is to set as well. @returns what adds it to that write at its turn */
  among(states: readonly NamedBytes[]): (write: EngineBatch, before: Commit) => void {
    const copies = states.map(({ name, bytes }) => ({
      key: stateKey(checkState(name)),
      bytes: bytes?.slice() ?? null,
    }));
    return (write, before) => {
      for (const { key, bytes } of copies) put(write, before, key, bytes);
    };
  }

  async #set(name: string, ifVersion: number, bytes: Uint8Array | null): Promise<number | null> {
    const key = stateKey(checkState(name, bytes));
    if ((await this.get(name)).version !== ifVersion) return null;
    const write = this.#db.batch();
    const written = await this.#commits.write(write, (before) => {
      put(write, before, key, bytes);
      return {};
    });
    return bytes ? written.write : 0;
  }
}

function put(write: EngineBatch, before: Commit, key: Uint8Array, bytes: Uint8Array | null): void {
  if (bytes) write.put(key, encodeState(key, { version: before.write + 1, bytes }));
  else write.del(key);
}
