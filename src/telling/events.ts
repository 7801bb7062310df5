/**
 * What the server tells its operator, by names that stay: alerts and searches go by them, sentences may change. The
 * README has the same table. Invariant: every line of the log has one of these names.
 */

/** From the least to the worst. */
export const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

export const EVENTS = {
  open: "debug",
  stopping: "debug",
  request: "info",
  operator: "info",
  operator_key_wrong: "warn",
  host_unknown: "warn",
  proxy_not_trusted: "warn",
  deny_list_unreadable: "warn",
  token_unreadable: "error",
  certificate_renewed: "info",
  certificate_refused: "warn",
  files_few: "warn",
  disk_filling: "warn",
  disk_full: "error",
  disk_roomy: "info",
  log_recovered: "warn",
  log_lost: "error",
  log_damaged: "error",
  epoch_not_ended: "info",
  no_backups: "warn",
  failed: "fatal",
  error: "error",
  stop_forced: "error",
} as const satisfies Record<string, Level>;
export type Event = keyof typeof EVENTS;

/** What a line says beside its sentence: short texts and numbers, never a text or a secret of anybody's. */
export type Fields = Record<string, string | number | readonly string[]>;

/** Tells one thing. The sentence is for people, and ends with a full stop. */
export type Tell = (event: Event, sentence: string, fields?: Fields) => void;
