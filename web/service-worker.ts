/**
 * Lets the page open without a network. It keeps the page and its hashed files and nothing else: what people said
 * is kept by the page itself. The build fills in what belongs to this version; another version is another cache.
 */
declare const SHELL: string[];
/** The page in the language of this worker. */
declare const PAGE: string;
declare const SHELL_VERSION: string;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const cacheName = `madang-${SHELL_VERSION}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === "/" || /^\/r\/[^/]+\/?$/.test(pathname)) event.respondWith(answerPage(request));
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
 * The server's page when it answers, so that nobody is held on an old version; else the one kept, also when the server
 * has no time for this visitor now: the page waits with more patience than a person who reloads.
 */
async function answerPage(request: Request): Promise<Response> {
  let response = Response.error();
  try {
    response = await fetch(request);
    if (response.status < 500 && response.status !== 429) return response;
  } catch {
    // No network, or no server: the page kept is for this.
  }
  return (await caches.match(PAGE)) ?? response;
}

async function answerFile(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
