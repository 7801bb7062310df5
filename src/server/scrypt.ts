/** Hashes of passwords by Node's scrypt, in its pool of threads. Invariant: the main thread waits for none. */
import { randomBytes, scrypt } from "node:crypto";
import type { HashCost, KeyDerivation } from "../session/passwords.ts";

export const nodeScrypt: KeyDerivation = {
  derive: (password, salt, { logN, r, p }: HashCost, bytes) =>
    new Promise((resolve, reject) => {
      const N = 2 ** logN;
      // What it takes, and as much again: the limit is not counted to the byte.
      const maxmem = 256 * N * r;
      scrypt(password, salt, bytes, { N, r, p, maxmem }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    }),
  random: (bytes) => randomBytes(bytes),
};
