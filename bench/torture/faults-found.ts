/** What must not be: the names under which the checker counts it. */

export const FAULT_NAMES = [
  "acknowledged but missing",
  "seen but missing",
  "doubled",
  "reordered",
  "gaps accepted by a client",
  "same number with different content",
  "removed but still served",
  "state unlike that of the log",
  "became unlike the log",
  "room told unlike its log",
  "done by somebody who may not",
  "read by somebody who may not",
  "refused but stored",
  "acknowledged under another number",
  "refused",
  "gone without reason",
  "sent away for good",
  "errors met by clients",
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export type Found = (name: FaultName, example: string, count?: number) => void;
