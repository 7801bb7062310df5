/**
 * By whom this person was banned from which room, and why, on this device: it is told once, and the page is loaded again.
 * Invariant: what is given back belongs to the ban that is in force, as far as its end says.
 */
import { DeviceMap } from "./device-map.ts";

/** The earliest ones are forgotten beyond that. */
const MOST = 50;
/** By so much what one has to wait may differ: the server's clock is known once a connection. */
const NEAR_MS = 5 * 60_000;
/** The longest time to wait that is told. */
const FAR_MS = 2 ** 31 - 1;

export type PutOut = [until: number, by: string, reason: string];

export class PutOuts {
  readonly #rooms = new DeviceMap<string, PutOut>("madang.putOuts", MOST);

  keep(room: string, told: PutOut): void {
    if (`${this.#rooms.all.get(room)}` !== `${told}`) this.#rooms.set(room, told);
  }

  /** `leftMs`: of the ban that is in force; 0: it has no end. `now`: by the server's clock. */
  of(room: string, leftMs: number, now: number): PutOut | null {
    const told = this.#rooms.all.get(room);
    if (!told) return null;
    const [until] = told;
    const isIt =
      until && leftMs ? Math.abs(Math.min(until - now, FAR_MS) - leftMs) < NEAR_MS : until === leftMs;
    return isIt ? told : null;
  }
}

/** Those of this page. */
export const putOuts = new PutOuts();
