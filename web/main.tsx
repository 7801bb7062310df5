/**
 * The composition root of the page: hands browser things (storage, socket, clock, address, events) to the client and
 * the store, and draws what the store holds, once a frame at most.
 */
import { render } from "preact";
import { ClientCore } from "../src/client/client-core.ts";
import { ClientState, type ClientStorage, type Clock } from "../src/client/contract.ts";
import { soundIdentity } from "../src/client/identity.ts";
import { Language } from "../src/wire/frames.ts";
import { titleOf } from "../src/wire/room-title.ts";
import { pathOf, roomOf, seqOf } from "./address.ts";
import { App } from "./components/app.tsx";
import { Database } from "./database.ts";
import { KeptPages } from "./kept-pages.ts";
import { LateStorage } from "./late-storage.ts";
import { Pace } from "./pace.ts";
import { BrowserStorage } from "./storage.ts";
import { Store } from "./store.ts";

/** Every part draws some: so they stand in the script, and not in each of them. */
export { Icon } from "./components/icons.tsx";

const OPEN_ROOMS = "madang.open";
/** Of a step in the history that is there for Back to close what lies over the page. */
const COVERED = 1;
/**
 * A page that nobody looks at is given no frames, and not every browser says that it is hidden; its title still counts
 * the unread.
 */
const NO_FRAME_MS = 250;
/** How long the greeting waits for who this is; a server waits five seconds. */
const PATIENCE_MS = 1_000;

/** Filled in by the build: where the styles lie that come with the way in, with a room, and behind a room. */
declare const FRONT_STYLE: string;
declare const ROOM_STYLE: string;
declare const LATER_STYLE: string;

function loadStyle(href: string): Promise<unknown> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
  });
}

/** Resolves when there is a database that answers, which may be never. */
async function openDatabase(): Promise<Database> {
  const db = await Database.open(indexedDB);
  await db.read("identity", (identities) => identities.count());
  return db;
}

/** What of the open rooms this tab remembers; nothing where the browser keeps nothing. */
function openRooms(): string[] {
  try {
    return JSON.parse(sessionStorage.getItem(OPEN_ROOMS) ?? "[]");
  } catch {
    return [];
  }
}

function rememberOpen(rooms: string[]): void {
  try {
    sessionStorage.setItem(OPEN_ROOMS, JSON.stringify(rooms));
  } catch {
    // A reload opens the room of its address alone.
  }
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** Runs it with the next frame, or after a moment without one. */
function withFrame(run: () => void): void {
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    run();
  };
  requestAnimationFrame(once);
  setTimeout(once, NO_FRAME_MS);
}

const root = document.getElementById("app") as HTMLElement;
/** One room within the page of another site: it stays at its address. See embed.ts. */
const isEmbedded = location.pathname.startsWith("/embed/");

function main(): void {
  const opening = openDatabase();
  // Neither the first draw nor the socket waits for the database; who this is, for so long at the most.
  const db = Promise.race([
    opening.catch(() => null),
    new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null)),
  ]);
  const first: Promise<ClientStorage> = db.then(async (db) => {
    if (db) return new BrowserStorage(db);
    store.memoryOnly = true;
    store.tick();
    return new (await import("../src/client/memory-storage.ts")).MemoryStorage();
  });
  const storage = new LateStorage(first);
  const pages = new KeptPages(db);
  let part: typeof import("./room-part.ts") | undefined;
  // The page of a room's link comes with a frame of it, in which one can write already. The room is drawn into that.
  const isFramed = root.firstChild && roomOf(location.pathname);

  const draw = () => {
    const { current, unread, texts, connection } = store;
    if (!(isFramed ? store.part : store.Gate) && connection.state !== ClientState.closed) return;
    const place = current
      ? `${current.standing?.settings.title || titleOf(current.name)} · 마당`
      : texts.title;
    const meant = store.later?.meantInAll() ?? "";
    const title = unread > 0 ? `(${meant}${unread > 99 ? "99+" : unread}) ${place}` : place;
    // Writing what stands there already would still cost a calculation of all styles.
    if (document.title !== title) document.title = title;
    // Whoever has gone on from a message is not to be led back to it by a reload.
    if (location.hash && current && current.marked === null)
      history.replaceState(history.state, "", location.pathname + location.search);
    render(<App store={store} />, root);
  };
  const loadGate = async () => {
    const [gate] = await Promise.all([
      import("./components/gate.tsx"),
      // The front page comes with it.
      isFramed && loadStyle(FRONT_STYLE),
    ]);
    store.Gate = gate.Gate;
  };
  const pace = new Pace(
    {
      now: () => performance.now(),
      next: withFrame,
      after,
    },
    draw,
  );
  // A letter that is typed is drawn by the field itself.
  const hurry = (event: Event) => (event as KeyboardEvent).key?.length === 1 || pace.hurry();
  for (const name of ["click", "keydown", "wheel", "touchmove", "popstate"])
    addEventListener(name, hurry, { capture: true, passive: true });
  const store: Store = new Store(pages, {
    roomPart: async () => {
      if (part) return part;
      [part] = await Promise.all([
        import("./room-part.ts"),
        // The page of a room's link comes with it.
        document.getElementById("room-style") ?? loadStyle(ROOM_STYLE),
      ]);
      store.enterSends = part.chosenEnter();
      return part;
    },
    roomLater: async () => {
      const [later, messages, around, { withTalk }] = await Promise.all([
        import("./room-later.ts"),
        import("./message-part.ts"),
        import("./around-part.ts"),
        import("./talk-part.tsx"),
        loadGate(),
        loadStyle(LATER_STYLE),
      ]);
      store.drafts = later.makeDrafts();
      messages.listenToMessages(store);
      around.listenToLinks(store);
      return withTalk(store, { ...later, ...messages, ...around });
    },
    identity: async () => soundIdentity(await storage.identity()),
    unsentRooms: async () => (await import("./behind.ts")).unsentRooms(storage),
    redraw: () => pace.ask(),
    navigate: (room, replace, seq) => {
      const path = pathOf(room) + (seq ? `#${seq}` : "");
      const isCovered = history.state === COVERED;
      if (isEmbedded || path === location.pathname + location.hash || (!seq && path === location.pathname)) {
        if (isCovered) history.back();
        return;
      }
      if (replace || isCovered) history.replaceState(null, "", path);
      else history.pushState(null, "", path);
    },
    cover: () => history.pushState(COVERED, ""),
    uncover: () => {
      if (history.state === COVERED) history.back();
      else store.arrive(roomOf(location.pathname));
    },
    rememberOpen,
    reload: () => location.reload(),
    speak: (language) => void import("./behind.ts").then(({ speak }) => speak(language)).catch(console.error),
  });
  store.online = navigator.onLine;
  store.storage = storage;

  const clock: Clock = { now: Date.now, after };
  const client = new ClientCore(
    {
      url: `${location.origin.replace(/^http/, "ws")}/ws`,
      open: (url, protocol) => window.early?.takeSocket() ?? new WebSocket(url, protocol),
      clock,
      // Hardly ever needed, so it is not part of the first load.
      work: async (challenge, bits, isOver) =>
        (await import("../src/client/hashcash.ts")).solveChallenge(challenge, bits, clock, isOver),
      random: Math.random,
      storage,
      language: store.language === "ko" ? Language.ko : Language.en,
      listener: store.listener,
    },
    // The store enters no room before it has this part.
    (host, name, options) => (part as NonNullable<typeof part>).makeRoom(host, name, options),
  );

  listenToPage(store);
  if (isFramed) draw();
  else loadGate().catch(store.fail).then(draw);
  // Last comes what is behind the page: what it fetches must not compete with the first load.
  const behind = store
    .begin(client, roomOf(location.pathname), openRooms(), seqOf(location.hash))
    .then(() => import("./behind.ts"))
    .then(({ goOn }) => goOn(store));
  behind.catch(console.warn);
  const useDatabase = async () => {
    const answering = await opening;
    answering.onend = () => store.lose();
    if (await db) return;
    // It was too late for the page, which goes on as who it is until nothing it sent is unanswered.
    pages.db = opening;
    await (await import("./hand-over.ts")).useLate(answering, client, storage, await first, store);
  };
  // A private window, or storage switched off: everything works from memory, and the page says so.
  useDatabase().catch(console.warn);
}

function listenToPage(store: Store): void {
  // However narrow the frame is, one's name stands in it, which on a wide screen is beside a conversation.
  const wide = matchMedia(isEmbedded ? "all" : "(min-width: 64rem)");
  store.isWide = wide.matches;
  wide.onchange = () => {
    store.isWide = wide.matches;
    // What lay over the conversation stands beside it now.
    if (wide.matches) store.hide();
    store.tick();
  };
  const wake = () => store.wake(navigator.onLine);
  store.setVisible(!document.hidden);
  window.addEventListener("online", wake);
  window.addEventListener("offline", wake);
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  window.addEventListener("pagehide", () => store.keepNow());
  window.addEventListener("popstate", () => store.arrive(roomOf(location.pathname), seqOf(location.hash)));
  document.addEventListener("visibilitychange", () => {
    store.setVisible(!document.hidden);
    if (!document.hidden) wake();
  });
  // There is a countdown to be seen.
  setInterval(() => {
    if (store.connection.state === ClientState.waiting || store.current?.slowed) store.tick();
  }, 1000);
}

// What stands in the page is to be seen first.
if (root.firstChild) withFrame(() => setTimeout(main));
else main();
