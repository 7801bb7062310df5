/**
 * Answers over HTTP: status, headers, body, always with the same security headers. Nothing here decides what to say,
 * and nothing sends it: `http-outlet.ts` does.
 */
/**
 * What a page may do, and which sites may have it in theirs; `scripts` and `styles` are the sources (CSP3, section 2.3.1) of what
 * stands in it itself.
 */
export const policyOf = (
  scripts: readonly string[],
  styles: readonly string[],
  ancestors: readonly string[] = [],
): string =>
  [
    "default-src 'none'",
    ["script-src 'self'", ...scripts].join(" "),
    ["style-src 'self'", ...styles].join(" "),
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    ["frame-ancestors", ...(ancestors.length > 0 ? ancestors : ["'none'"])].join(" "),
    "require-trusted-types-for 'script'",
    "trusted-types madang",
  ].join("; ");

export const CONTENT_SECURITY_POLICY = policyOf([], []);

/** Besides the policy. */
export const SECURITY_HEADERS = [
  ["X-Content-Type-Options", "nosniff"],
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Permissions-Policy", "camera=(), microphone=(), geolocation=()"],
] as const;

export const STATUS = {
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
  414: "414 URI Too Long",
  415: "415 Unsupported Media Type",
  421: "421 Misdirected Request",
  426: "426 Upgrade Required",
  429: "429 Too Many Requests",
  431: "431 Request Header Fields Too Large",
  500: "500 Internal Server Error",
  503: "503 Service Unavailable",
  507: "507 Insufficient Storage",
} as const;
export type Status = keyof typeof STATUS;

export interface Answer {
  status: Status;
  headers: readonly (readonly [string, string])[];
  body: string | Uint8Array;
  /** In place of CONTENT_SECURITY_POLICY. */
  policy?: string;
  /** Pages of other sites may have it among what is theirs. */
  isForOthers?: boolean;
}

export function json(status: Status, value: unknown): Answer {
  const headers = [
    ["Content-Type", "application/json; charset=utf-8"],
    ["Cache-Control", "no-store"],
  ] as const;
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

/** An error for whoever reads it: a stable code, and a sentence. */
export function problem(
  status: Status,
  code: string,
  message: string,
  headers: Answer["headers"] = [],
): Answer {
  const answer = json(status, { error: code, message });
  return { ...answer, headers: [...answer.headers, ...headers] };
}

/** Too much of something: with the whole seconds after which it is worth another try. */
export function tooMany(message: string, retryAfterMs: number): Answer {
  const seconds = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  return problem(429, "too_many_requests", message, [["Retry-After", seconds]]);
}
