/** What keeps a command of this folder from its end. `code` is stable; the message is one plain sentence. */
export const KeepErrorCode = {
  exists: "keep_exists",
  notEmpty: "keep_not_empty",
  missing: "keep_missing",
  notBackup: "keep_not_a_backup",
  newerVersion: "keep_newer_version",
  torn: "keep_torn",
  damaged: "keep_damaged",
  noRoom: "keep_no_room",
  badFile: "keep_bad_file",
  refused: "keep_refused",
  storage: "keep_storage",
} as const;
export type KeepErrorCode = (typeof KeepErrorCode)[keyof typeof KeepErrorCode];

export class KeepError extends Error {
  override name = "KeepError";
  readonly code: KeepErrorCode;

  constructor(code: KeepErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
