import type { Event, Tell } from "./events.ts";

/** Tells of an error nobody expected, with the places in the program that led to it, for whoever mends it. */
export function tellError(tell: Tell, event: Event, what: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  tell(event, `${what}: ${message}`, { stack: trace.filter((line) => /^ +at /.test(line)) });
}
