/** The engine in memory, against the contract that the one on disk is held to. */
import { MemoryLog } from "../src/log/memory-log.ts";
import { logContract, type OpenLog } from "./log-contract.ts";
import { changesContract } from "./log-contract-changes.ts";

const open: OpenLog = async (faults = {}) => {
  const log = new MemoryLog({ faults });
  return { log, [Symbol.asyncDispose]: () => log.close() };
};

logContract("memory log", open);
changesContract("memory log", open);
