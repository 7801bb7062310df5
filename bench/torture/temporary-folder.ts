/** A folder for one run, gone with it however it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @param parent where; empty: where the system keeps such things. `keep`: the folder stays to be looked at. */
export async function inTemporaryFolder<T>(
  parent: string,
  work: (folder: string, keep: () => void) => Promise<T>,
  prefix = "madang-torture-",
): Promise<T> {
  const folder = mkdtempSync(join(parent || tmpdir(), prefix));
  let kept = false;
  const remove = () => {
    if (!kept) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", remove);
  try {
    return await work(folder, () => {
      kept = true;
    });
  } finally {
    process.off("exit", remove);
    remove();
  }
}
