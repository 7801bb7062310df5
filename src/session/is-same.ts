/** Whether a guess is what it should be, in a time that does not tell where they differ. */
export function isSame(guess: Uint8Array, secret: Uint8Array): boolean {
  let difference = guess.length ^ secret.length;
  for (let i = 0; i < guess.length; i++) difference |= guess[i]! ^ (secret[i] ?? 0);
  return difference === 0;
}
