/**
 * Answers over HTTP: status, headers, body, always with the same security headers. Nothing here decides what to say.
 */
import type { HttpResponse } from "uWebSockets.js";

export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types madang",
].join("; ");

const SECURITY_HEADERS = [
  ["Content-Security-Policy", CONTENT_SECURITY_POLICY],
  ["X-Content-Type-Options", "nosniff"],
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Permissions-Policy", "camera=(), microphone=(), geolocation=()"],
] as const;

const STATUS = {
  200: "200 OK",
  201: "201 Created",
  204: "204 No Content",
  304: "304 Not Modified",
  400: "400 Bad Request",
  401: "401 Unauthorized",
  403: "403 Forbidden",
  404: "404 Not Found",
  405: "405 Method Not Allowed",
  411: "411 Length Required",
  413: "413 Content Too Large",
  415: "415 Unsupported Media Type",
  500: "500 Internal Server Error",
  503: "503 Service Unavailable",
} as const;
export type Status = keyof typeof STATUS;

export interface Answer {
  status: Status;
  headers: readonly (readonly [string, string])[];
  body: string | Uint8Array;
}

export function json(status: Status, value: unknown): Answer {
  const headers = [
    ["Content-Type", "application/json; charset=utf-8"],
    ["Cache-Control", "no-store"],
  ] as const;
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

/** An error for whoever reads it: a stable code, and a sentence. */
export function problem(status: Status, code: string, message: string): Answer {
  return json(status, { error: code, message });
}

/** Sends an answer; for HEAD its headers only. The connection ends after an error, so that no body is left unread. */
export function respond(res: HttpResponse, answer: Answer, head: boolean): void {
  res.writeStatus(STATUS[answer.status]);
  for (const [key, value] of SECURITY_HEADERS) res.writeHeader(key, value);
  for (const [key, value] of answer.headers) res.writeHeader(key, value);
  if (answer.status === 304 || answer.status === 204) res.endWithoutBody();
  else if (head) {
    // The length stands in a header of its own: endWithoutBody(length) would not count as an answer.
    const { body } = answer;
    res.writeHeader(
      "Content-Length",
      String(typeof body === "string" ? Buffer.byteLength(body) : body.length),
    );
    res.endWithoutBody();
  } else res.end(answer.body, answer.status >= 400);
}
