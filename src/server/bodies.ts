/**
 * Bodies of requests: bounded, and believed only when they are well-formed. Invariant: of a body nothing is replaced,
 * it is taken as it came or not at all.
 */
import type { HttpResponse } from "uWebSockets.js";

export const MAX_BODY_BYTES = 64 * 1024;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The whole body, or null when it is too long. Chunks are copied: the transport takes them back. */
export function readBody(res: HttpResponse, keep: boolean): Promise<Buffer | null> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let length = 0;
    res.onData((chunk, isLast) => {
      length += chunk.byteLength;
      if (keep && length <= MAX_BODY_BYTES) chunks.push(Buffer.from(new Uint8Array(chunk)));
      if (isLast || length > MAX_BODY_BYTES) done(length > MAX_BODY_BYTES ? null : Buffer.concat(chunks));
    });
  });
}

/** Null: it is not well-formed UTF-8. */
export function textOf(body: Uint8Array): string | null {
  try {
    return strictUtf8.decode(body);
  } catch {
    return null;
  }
}

/** An object out of JSON; without anything when it is none. */
export function parseObject(source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Whether it has half a pair in it, written as an escape: no bytes stand for it. */
export const hasHalfPair = (text: string): boolean => /\p{Surrogate}/u.test(text);
