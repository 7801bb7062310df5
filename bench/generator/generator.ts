/**
 * The generator's process: takes one command after the other from the bench, answers each. Ends when the channel
 * closes, so that it never outlives the bench.
 */
import type { Command } from "./commands.ts";
import { Crowd } from "./crowd.ts";
import { runLoad } from "./load.ts";
import { readPages } from "./pages.ts";

export function runGenerator(): void {
  let crowd: Crowd | null = null;
  const perform = async (command: Command): Promise<unknown> => {
    if (command.do === "open") {
      crowd?.close();
      crowd = new Crowd(command);
      return crowd.open();
    }
    if (!crowd) throw new Error("there is no crowd yet");
    switch (command.do) {
      case "load":
        return runLoad(crowd, command);
      case "pages":
        return readPages(crowd, command);
      case "http": {
        // Loaded here because only this needs it.
        const { askOverHttp } = await import("./http-load.ts");
        return askOverHttp(crowd, command);
      }
    }
  };
  process.on("message", (command: Command) => {
    perform(command).then(
      (result) => process.send!({ result }),
      (error: Error) => process.send!({ error: error.message }),
    );
  });
  process.on("disconnect", () => process.exit(0));
}
