/**
 * Lets the page open without a network. It keeps the page and its hashed files and nothing else: what people said
 * is kept by the page itself. The build fills in what belongs to this version; another version is another cache.
 */
declare const SHELL: string[];
/** The page in the language of this worker. */
declare const PAGE: string;
declare const SHELL_VERSION: string;

/** After so long a person would rather see what they saw last. */
const PATIENCE_MS = 1_000;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const cacheName = `madang-${SHELL_VERSION}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell());
});

worker.addEventListener("activate", (event) => {
  // The page is asked for while this worker is still being started. Not all engines can, and in Firefox (seen in 153)
  // a server that refuses the connection then fails the page, whatever this worker answers.
  const preload = worker.registration.navigationPreload;
  const isFirefox = worker.navigator.userAgent.includes("Firefox/");
  event.waitUntil(Promise.all([dropOthers(), preload?.[isFirefox ? "disable" : "enable"]()]));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === "/" || /^\/r\/[^/]+\/?$/.test(pathname)) event.respondWith(answerPage(event));
  } else if (SHELL.includes(pathname)) event.respondWith(answerFile(request));
});

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(SHELL);
  // The new version serves the next page that opens; pages that are open have all they need already.
  await worker.skipWaiting();
}

async function dropOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name);
}

/**
 * The server's page when it answers soon, so that nobody is held on an old version; else the one kept, also when the
 * server has no time for this visitor now: the page waits with more patience than a person who reloads.
 */
async function answerPage({ request, preloadResponse }: FetchEvent): Promise<Response> {
  const kept = caches.match(PAGE).catch(() => undefined);
  const asked = (async () => {
    try {
      const response = (await preloadResponse) ?? (await fetch(request));
      if (response.status < 500 && response.status !== 429) return response;
      return (await kept) ?? response;
    } catch {
      // No network, or no server: the page kept is for this.
      return (await kept) ?? Response.error();
    }
  })();
  const late = new Promise<void>((over) => setTimeout(over, PATIENCE_MS));
  return (await Promise.race([asked, late.then(() => kept)])) ?? asked;
}

async function answerFile(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
