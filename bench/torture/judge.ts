/** Has a folder of journals judged, by a process that knows nothing else. */
import type { Verdict } from "./checker.ts";
import { RoleProcess } from "./roles.ts";

export async function judge(folder: string): Promise<Verdict> {
  const checker = new RoleProcess("checker");
  const verdict = await checker.ask<Verdict>("check", { folder });
  await checker.end();
  return verdict;
}
