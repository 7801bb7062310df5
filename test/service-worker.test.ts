/** What the built service worker answers with, beside a server that is there, away, or has no time. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";

const script = readFileSync(resolve(import.meta.dirname, "../dist/public/service-worker-en.js"), "utf8");
const origin = "https://chat.example";

type FetchEvent = {
  request: { url: string; method: string; mode: string };
  preloadResponse: Promise<unknown> | undefined;
  respondWith: (answer: Promise<unknown>) => void;
};

/** The worker's answer to a visit of the page. `status` null: no network; "never": it answers nothing. */
function visit(
  status: number | "never" | null,
  kept: string | undefined,
  preloadResponse?: Promise<unknown>,
): Promise<unknown> {
  const listeners = new Map<string, (event: FetchEvent) => void>();
  const fetch = async () => {
    if (status === "never") return new Promise(() => undefined);
    if (status === null) throw new TypeError("no network");
    return { status };
  };
  runInNewContext(script, {
    addEventListener: (name: string, listener: (event: FetchEvent) => void) => listeners.set(name, listener),
    location: { origin },
    caches: { match: async (path: string) => (path === "/en.html" ? kept : undefined) },
    Response: { error: () => "an error" },
    fetch,
    // A second is over at once.
    setTimeout: (run: () => void) => setTimeout(run, 20),
    URL,
  });
  const request = { url: `${origin}/r/yard`, method: "GET", mode: "navigate" };
  return new Promise((answer) => listeners.get("fetch")?.({ request, preloadResponse, respondWith: answer }));
}

test.each<[string, number | "never" | null, string | undefined, unknown]>([
  ["a server that answers", 200, "kept", { status: 200 }],
  ["a server that refuses this host", 421, "kept", { status: 421 }],
  ["too many requests", 429, "kept", "kept"],
  ["a server that stops", 503, "kept", "kept"],
  ["no network", null, "kept", "kept"],
  ["a network that is silent", "never", "kept", "kept"],
  ["too many requests and nothing kept", 429, undefined, { status: 429 }],
  ["no network and nothing kept", null, undefined, "an error"],
])("%s", async (_, status, kept, answer) => {
  expect(await visit(status, kept)).toEqual(answer);
});

test("what the browser asked for while the worker was started is not asked for again", async () => {
  expect(await visit(null, "kept", Promise.resolve({ status: 200 }))).toEqual({ status: 200 });
  expect(await visit(200, "kept", Promise.resolve({ status: 503 }))).toBe("kept");
  expect(await visit(200, "kept", Promise.reject(new TypeError("no network")))).toBe("kept");
});

test("with nothing kept a slow answer is waited for", async () => {
  const slow = new Promise((answer) => setTimeout(answer, 100, { status: 200 }));
  expect(await visit(null, undefined, slow)).toEqual({ status: 200 });
});
