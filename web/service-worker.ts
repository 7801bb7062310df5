/**
 * Lets the page open at once, and without a network. It keeps the pages and their hashed files and nothing else: what
 * people said is kept by the page itself. The build fills in what belongs to this version; another version is another
 * cache. A page from here may be older than the server's: it asks for that itself and offers the newer one, see
 * newer-page.ts. Who reloads, or asks for something in the address, is given the server's.
 */
declare const SHELL: string[];
/** The front page and that of any room, in the language of this worker. */
declare const PAGE: string;
declare const ROOM_PAGE: string;
declare const SHELL_VERSION: string;

/** After so long a person would rather see what they saw last. */
const PATIENCE_MS = 1_000;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const cacheName = `madang-${SHELL_VERSION}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell());
});

worker.addEventListener("activate", (event) => {
  // What is kept needs no preloading; earlier versions of this worker asked for it.
  event.waitUntil(Promise.all([dropOthers(), worker.registration.navigationPreload?.disable()]));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    const page = pathname === "/" ? PAGE : /^\/r\/[^/]+(\/back)?\/?$/.test(pathname) ? ROOM_PAGE : null;
    const isAsked = search !== "" || isReload(request);
    if (page) event.respondWith(isAsked ? answerNew(request, page) : answerKept(request, page));
  } else if (pathname.startsWith("/assets/")) event.respondWith(answerFile(request));
});

/** Engines say it in different ways. Going back is none. */
function isReload(request: Request): boolean {
  const { cache, isReloadNavigation } = request as Request & { isReloadNavigation?: boolean };
  return isReloadNavigation === true || cache === "no-cache" || cache === "reload";
}

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(SHELL);
  // The new version serves the next page that opens; pages that are open have all they need already.
  await worker.skipWaiting();
}

/** Pages of the version before this one may be open, and still need parts of theirs. */
async function dropOthers(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name !== cacheName);
  for (const name of others.slice(0, -1)) await caches.delete(name);
}

const kept = (page: string) => caches.match(page, { cacheName }).catch(() => undefined);

async function answerKept(request: Request, page: string): Promise<Response> {
  return (await kept(page)) ?? fetch(request);
}

/**
 * The server's page when it answers soon; else the one kept, also when the server has no time for this visitor now:
 * the page waits with more patience than a person who reloads.
 */
async function answerNew(request: Request, page: string): Promise<Response> {
  const asked = (async () => {
    try {
      const response = await fetch(request);
      if (response.status < 500 && response.status !== 429) return response;
      return (await kept(page)) ?? response;
    } catch {
      // No network, or no server: the page kept is for this.
      return (await kept(page)) ?? Response.error();
    }
  })();
  const late = new Promise<void>((over) => setTimeout(over, PATIENCE_MS));
  return (await Promise.race([asked, late.then(() => kept(page))])) ?? asked;
}

async function answerFile(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
