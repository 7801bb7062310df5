/** What the log tells whoever runs it: what it is about, by a name that stays, and a sentence. */
export type Report = (
  event: "epoch_not_ended" | "log_damaged" | "log_lost" | "log_recovered",
  sentence: string,
) => void;
