/** Whom this device ignores: numbers and names of authors. Nobody else learns of it. */
import { DeviceMap } from "./device-map.ts";

const KEY = "madang.ignored";
/** The earliest ones are forgotten beyond that. */
const MOST = 500;

export class Ignored {
  readonly #people = new DeviceMap<number, string>(KEY, MOST);

  has = (author: number): boolean => this.#people.all.has(author);

  set(author: number, name: string | null): void {
    this.#people.set(author, name);
  }

  /** In the order in which they were. */
  get all(): Iterable<[number, string]> {
    return this.#people.all;
  }
}

/** That of this page. */
export const ignored = new Ignored();
