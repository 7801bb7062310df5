/** How many of these seeds a broken guarantee turns red: by what the run met, or by what it came to. */
export async function countRed<Outcome>(
  seeds: readonly number[],
  run: (seed: number) => Promise<Outcome>,
  check: (outcome: Outcome) => void,
): Promise<number> {
  let red = 0;
  for (const seed of seeds) {
    const outcome = await run(seed).catch(() => null);
    try {
      if (outcome) check(outcome);
      else red++;
    } catch {
      red++;
    }
  }
  return red;
}
