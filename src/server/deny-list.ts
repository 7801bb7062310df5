/**
 * Addresses and prefixes that may not come in, from a file with one a line (`#` begins a comment). The file is looked at
 * again while the server runs. Invariant: a list that cannot be read changes nothing; at the start it is an error.
 */

import { readFileSync, statSync } from "node:fs";
import type { Tell } from "../telling/events.ts";
import { type Address, isWithin, type Prefix, parsePrefixes, visitorKey } from "./addresses.ts";

const LOOK_EVERY_MS = 2_000;
/** Longest file, bytes. */
const MAX_BYTES = 4 * 2 ** 20;

/** The list cannot be used. The message is one plain sentence. */
export class DenyListError extends Error {
  override name = "DenyListError";
}

export class DenyList {
  readonly #path: string;
  /** Whole IPv4 addresses, which are most of a long list. */
  #addresses = new Set<string>();
  #prefixes: Prefix[] = [];
  #stamp = "";

  /** @throws DenyListError when the file cannot be read. An empty path: a list of none. */
  constructor(path: string) {
    this.#path = path;
    if (path !== "") this.#read();
  }

  has(address: Address): boolean {
    if (this.#addresses.size > 0 && address.kind() === "ipv4" && this.#addresses.has(visitorKey(address)))
      return true;
    return this.#prefixes.length > 0 && isWithin(address, this.#prefixes);
  }

  /** Looks at the file now and then. @returns the way to stop. `changed` is called after a new list was read. */
  watch(after: (ms: number, run: () => void) => () => void, changed: () => void, report: Tell): () => void {
    if (this.#path === "") return () => undefined;
    let cancel: () => void;
    let told = "";
    const look = (): void => {
      try {
        if (this.#read()) changed();
        told = "";
      } catch (error) {
        if (!(error instanceof DenyListError)) throw error;
        if (error.message !== told)
          report("deny_list_unreadable", `${error.message} The list before it stays in force.`);
        told = error.message;
      }
      cancel = after(LOOK_EVERY_MS, look);
    };
    cancel = after(LOOK_EVERY_MS, look);
    return () => cancel();
  }

  /** @returns whether the file changed. */
  #read(): boolean {
    let text: string;
    try {
      const { mtimeMs, size, ino } = statSync(this.#path);
      const stamp = `${ino} ${mtimeMs} ${size}`;
      if (stamp === this.#stamp) return false;
      this.#stamp = stamp;
      if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, ${MAX_BYTES} are the most`);
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DenyListError(`The deny list ${this.#path} cannot be read: ${reason}.`);
    }
    const addresses = new Set<string>();
    const prefixes: Prefix[] = [];
    text.split("\n").forEach((line, i) => {
      const entry = line.replace(/#.*/, "").trim();
      if (entry === "") return;
      const parsed = parsePrefixes(entry);
      if (!parsed) throw new DenyListError(`The deny list ${this.#path} has no address in line ${i + 1}.`);
      for (const prefix of parsed) {
        if (prefix[0].kind() === "ipv4" && prefix[1] === 32) addresses.add(visitorKey(prefix[0]));
        else prefixes.push(prefix);
      }
    });
    this.#addresses = addresses;
    this.#prefixes = prefixes;
    return true;
  }
}
