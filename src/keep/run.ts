/** Runs one of the commands that keep what was said. @returns the exit code: 0, or 1 when something is wrong */
import type { KeepCommand } from "./arguments.ts";
import { backup } from "./backup.ts";
import { exportRoom } from "./export.ts";
import { importRoom } from "./import.ts";
import type { Operator } from "./operator.ts";
import { restore } from "./restore.ts";
import { verify } from "./verify.ts";

export async function runKeep(command: KeepCommand, program: string, operator: Operator): Promise<0 | 1> {
  switch (command.do) {
    case "backup":
      await backup({ ...command, program }, operator);
      return 0;
    case "restore":
      await restore(command, operator);
      return 0;
    case "export":
      return (await exportRoom(command, operator)) ? 0 : 1;
    case "import":
      await importRoom(command, operator);
      return 0;
    case "verify":
      return (await verify(command.path, operator)) ? 0 : 1;
  }
}
