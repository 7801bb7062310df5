/** The engine in memory, against the contract that the one on disk is held to. */
import { MemoryLog } from "../src/log/memory-log.ts";
import { logContract } from "./log-contract.ts";

logContract("memory log", async (faults = {}) => {
  const log = new MemoryLog({ faults });
  return { log, [Symbol.asyncDispose]: () => log.close() };
});
