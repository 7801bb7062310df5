/** What the built service worker answers with, beside a server that is there, away, or has no time. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";

const script = readFileSync(resolve(import.meta.dirname, "../dist/public/service-worker-en.js"), "utf8");
const origin = "https://chat.example";

type FetchEvent = {
  request: { url: string; method: string; mode: string };
  respondWith: (answer: Promise<unknown>) => void;
};

/** The worker's answer to a visit of the page. `status` null: no network. */
function visit(status: number | null, kept: string | undefined): Promise<unknown> {
  const listeners = new Map<string, (event: FetchEvent) => void>();
  const fetch = async () => {
    if (status === null) throw new TypeError("no network");
    return { status };
  };
  runInNewContext(script, {
    addEventListener: (name: string, listener: (event: FetchEvent) => void) => listeners.set(name, listener),
    location: { origin },
    caches: { match: async (path: string) => (path === "/en.html" ? kept : undefined) },
    Response: { error: () => "an error" },
    fetch,
    URL,
  });
  const request = { url: `${origin}/r/yard`, method: "GET", mode: "navigate" };
  return new Promise((answer) => listeners.get("fetch")?.({ request, respondWith: answer }));
}

test.each<[string, number | null, string | undefined, unknown]>([
  ["a server that answers", 200, "kept", { status: 200 }],
  ["a server that refuses this host", 421, "kept", { status: 421 }],
  ["too many requests", 429, "kept", "kept"],
  ["a server that stops", 503, "kept", "kept"],
  ["no network", null, "kept", "kept"],
  ["too many requests and nothing kept", 429, undefined, { status: 429 }],
  ["no network and nothing kept", null, undefined, "an error"],
])("%s", async (_, status, kept, answer) => {
  expect(await visit(status, kept)).toEqual(answer);
});
