/**
 * A request that the server answered with no, or that this client knows to be hopeless. The connection lives on.
 * Programs look at `code`, never at the text.
 */
import type { Refusal } from "../wire/codes.ts";
import type { PutOutFrame, RefusedFrame } from "../wire/frames.ts";

export class RefusedError extends Error {
  override name = "RefusedError";
  readonly code: Refusal;
  /** For a taken name: a free one that is close. Otherwise empty. */
  readonly suggestion: string;
  /** 0: do not retry unchanged. */
  readonly retryAfterMs: number;

  /** By whom, why and until when this person was put out of the room it concerns; null when that is not why. */
  readonly putOut: PutOutFrame | null;

  constructor(frame: Pick<RefusedFrame, "code"> & Partial<RefusedFrame>, putOut: PutOutFrame | null = null) {
    super(`refused with code ${frame.code}`);
    this.code = frame.code;
    this.suggestion = frame.suggestion ?? "";
    this.retryAfterMs = frame.retryAfterMs ?? 0;
    this.putOut = putOut;
  }
}
