/**
 * Names of unlisted rooms: what their maker chose, and 64 random bits behind it, so that a link is found by those alone
 * who were given it. Their form tells them from all others: one that is wrong by a bit makes no room.
 */
const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";
/** Five bits each. */
const LENGTH = 13;
const FORM = new RegExp(`~[${DIGITS}]{${LENGTH}}$`);

/** `random`: 64 bits. */
export function unlistedName(chosen: string, random: Uint8Array): string {
  let bits = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let code = "";
  for (let n = 0; n < LENGTH; n++) {
    code += DIGITS[Number(bits & 31n)];
    bits >>= 5n;
  }
  return `${chosen}~${code}`;
}

/** Of a canonical name. */
export const isUnlistedName = (name: string): boolean => FORM.test(name);
