/**
 * `madang token`: makes a random token or key and says what to do with it. It keeps none. Invariant: a file that it
 * writes is its owner's alone, and one that is there already stays as it is.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

/** 256 bits. */
const TOKEN_BYTES = 32;

const NEXT = (file: string) =>
  `Start with --operator-key-file ${file}, and give its content in the page: a room's menu, then "Operator…".`;

/**
 * `file`: where it goes, and then nowhere else; empty: to `out` alone. `out` gets the token, `say` sentences.
 * @returns whether it was made
 */
export function makeToken(
  file: string,
  out: (token: string) => void,
  say: (sentence: string) => void,
): boolean {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  if (file === "") {
    out(token);
    say(`Keep it in a file that only the server's user can read. ${NEXT("FILE")}`);
    return true;
  }
  try {
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    say(`No token was written: ${(error as Error).message}.`);
    return false;
  }
  say(`A random token stands in ${file}, which only you can read. ${NEXT(file)}`);
  return true;
}
