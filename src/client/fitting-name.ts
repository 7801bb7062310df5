/**
 * Names before they are sent: one that is longer than the wire's bound fits no frame, or ends the connection. All else
 * about names is the server's to judge.
 */
import { encodeText } from "../wire/bytes.ts";

/** The name with what the server passes over left out, or null when it is longer than `maxBytes` of UTF-8. */
export function fittingName(raw: string, maxBytes: number): string | null {
  const name = raw
    .normalize("NFC")
    .trim()
    .replace(/\p{Zs}+/gu, " ");
  return encodeText(name).length > maxBytes ? null : name;
}
