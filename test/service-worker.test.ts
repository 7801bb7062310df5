/** What the built service worker answers with, beside a server that is there, away, or has no time; and what it keeps. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";

const script = readFileSync(resolve(import.meta.dirname, "../dist/public/service-worker-en.js"), "utf8");
const origin = "https://chat.example";

type Listener = (event: {
  request?: { url: string; method: string; mode: string; cache: string };
  respondWith?: (answer: Promise<unknown>) => void;
  waitUntil?: (work: Promise<unknown>) => void;
}) => void;

interface World {
  /** `null`: no network; "never": it answers nothing. */
  status: number | "never" | null;
  /** By the cache's name and the path. A name is made whole by the worker's own version. */
  caches: Map<string, Map<string, string>>;
}

function start({ status, caches }: World): {
  listeners: Map<string, Listener>;
  asked: string[];
  own: string;
} {
  const listeners = new Map<string, Listener>();
  const asked: string[] = [];
  const [own = ""] = /madang-[\w-]{8}/.exec(script) ?? [];
  runInNewContext(script, {
    addEventListener: (name: string, listener: Listener) => listeners.set(name, listener),
    location: { origin },
    registration: {},
    caches: {
      keys: async () => [...caches.keys()],
      delete: async (name: string) => caches.delete(name),
      match: async (wanted: string | { url: string }, { cacheName }: { cacheName?: string } = {}) => {
        const path = typeof wanted === "string" ? wanted : new URL(wanted.url).pathname;
        for (const [name, files] of caches)
          if (!cacheName || name === cacheName) {
            const found = files.get(path);
            if (found) return found;
          }
        return undefined;
      },
    },
    Response: { error: () => "an error" },
    fetch: async ({ url }: { url: string }) => {
      asked.push(new URL(url).pathname);
      if (status === "never") return new Promise(() => undefined);
      if (status === null) throw new TypeError("no network");
      return { status };
    },
    // A second is over at once.
    setTimeout: (run: () => void) => setTimeout(run, 20),
    URL,
  });
  return { listeners, asked, own };
}

const own = start({ status: null, caches: new Map() }).own;
const pages = new Map([
  ["/en.html", "kept front"],
  ["/en-kept.html", "kept"],
]);
const nothing = new Map<string, Map<string, string>>();
const kept = new Map([
  // The version before this one comes first where all are looked through.
  [
    "madang-before",
    new Map([
      ["/en-kept.html", "old"],
      ["/assets/menu-old.js", "an old part"],
    ]),
  ],
  [own, pages],
]);

function visit(
  status: World["status"],
  caches: World["caches"],
  { path = "/r/yard", cache = "default", mode = "navigate" } = {},
): { answer: Promise<unknown> | undefined; asked: string[] } {
  const { listeners, asked } = start({ status, caches });
  let answer: Promise<unknown> | undefined;
  listeners.get("fetch")?.({
    request: { url: origin + path, method: "GET", mode, cache },
    respondWith: (given) => {
      answer = given;
    },
  });
  return { answer, asked };
}

test("what is kept is there at once, of this version, whatever the server does", async () => {
  for (const status of [200, 503, null, "never"] as const) {
    const { answer, asked } = visit(status, kept);
    expect(await answer).toBe("kept");
    expect(asked).toEqual([]);
  }
  expect(await visit(200, kept, { path: "/" }).answer).toBe("kept front");
});

test("with nothing kept the server is asked", async () => {
  expect(await visit(200, nothing).answer).toEqual({ status: 200 });
  expect(await visit(429, nothing).answer).toEqual({ status: 429 });
});

test.each<[string, World["status"], World["caches"], unknown]>([
  ["a server that answers", 200, kept, { status: 200 }],
  ["a server that refuses this host", 421, kept, { status: 421 }],
  ["too many requests", 429, kept, "kept"],
  ["a server that stops", 503, kept, "kept"],
  ["no network", null, kept, "kept"],
  ["a network that is silent", "never", kept, "kept"],
  ["too many requests and nothing kept", 429, nothing, { status: 429 }],
  ["no network and nothing kept", null, nothing, "an error"],
])("a reload, and what asks for something in the address: %s", async (_, status, caches, answer) => {
  expect(await visit(status, caches, { cache: "no-cache" }).answer).toEqual(answer);
  expect(await visit(status, caches, { path: "/r/yard?lang=ko" }).answer).toEqual(answer);
});

test("other pages and what is no file of the page go their way", () => {
  for (const more of [
    { path: "/nothing" },
    { path: "/r/a/b" },
    { path: "/api/rooms", mode: "cors" },
    { path: "/en.html?now", mode: "cors" },
  ])
    expect(visit(200, kept, more).answer).toBeUndefined();
});

test("a page of the version before still finds its parts, and what is older goes", async () => {
  const caches = new Map([["madang-older", new Map<string, string>()], ...kept]);
  const { listeners } = start({ status: null, caches });
  let work: Promise<unknown> | undefined;
  listeners.get("activate")?.({
    waitUntil: (given) => {
      work = given;
    },
  });
  await work;
  expect([...caches.keys()]).toEqual(["madang-before", own]);
  const part = { path: "/assets/menu-old.js", mode: "cors" };
  expect(await visit(404, caches, part).answer).toBe("an old part");
});
