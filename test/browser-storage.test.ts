/**
 * A browser whose storage is blocked, silent, late, of another version, full or taken away: the page draws, connects and
 * sends all the same, and says what it cannot keep. The faults stand in for the browser's own storage.
 */
import type { BrowserContext } from "playwright-core";
import { expect, test } from "vitest";
import { browserAndServer, Visitor } from "./browser-page.ts";

const TIMEOUT_MS = 120_000;
const POLL = { timeout: 20_000 };
const NOTHING_KEPT = "This browser cannot save anything here.";
const NOT_KEPT = "This browser could not save.";

const stage = browserAndServer();
const { server } = stage;
let context: BrowserContext;

/** A page with a fault in its storage, in a browser that may have been here before. */
async function comeWith(fault: () => void, room: string): Promise<Visitor> {
  await context.addInitScript(fault);
  return Visitor.inContext(context, `${server.url}/r/${room}`);
}

/** Opening never ends. */
function silent(): void {
  IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest;
}

type Handler = "onupgradeneeded" | "onsuccess" | "onerror";

/** Opening ends when the test says so. */
function late(): void {
  const open = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (this: IDBFactory, ...args: Parameters<typeof open>) {
    const request = {} as { result?: IDBDatabase } & Partial<Record<Handler, () => void>>;
    Object.assign(window, {
      answer: () => {
        const real = open.apply(this, args);
        const pass = (name: Handler) => {
          real[name] = () => {
            if (name !== "onerror") request.result = real.result;
            request[name]?.();
          };
        };
        pass("onupgradeneeded");
        pass("onsuccess");
        pass("onerror");
      },
    });
    return request as unknown as IDBOpenDBRequest;
  };
}

function blocked(): void {
  for (const name of ["indexedDB", "localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, {
      get: () => {
        throw new DOMException("denied", "SecurityError");
      },
    });
  }
}

/** Requests of an open database are never answered. */
function mute(): void {
  IDBObjectStore.prototype.count = () => ({}) as IDBRequest;
  IDBObjectStore.prototype.get = () => ({}) as IDBRequest;
}

function full(): void {
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
}

const answerNow = (visitor: Visitor) =>
  visitor.page.evaluate(() => (window as unknown as { answer(): void }).answer());

test.each([
  ["blocked", blocked],
  ["silent at opening", silent],
  ["silent at reading", mute],
])(
  "a storage that is %s: the page draws, sends and says once that nothing is kept",
  async (what, fault) => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const visitor = await comeWith(fault, `without-${what.replaceAll(" ", "-")}`);
    await visitor.composer.waitFor();
    await expect.poll(() => visitor.connection.innerText(), POLL).toContain(NOTHING_KEPT);
    await visitor.say("from memory");
    await visitor.sees(["from memory"]);
    expect(await visitor.page.getByText(NOTHING_KEPT).count()).toBe(1);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "the page is drawn and the socket opened while the database is silent",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const visitor = await comeWith(() => {
      IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest;
      const Real = WebSocket;
      const opened: string[] = [];
      const waits = window.setTimeout;
      // No time ends: what happens now happens without waiting for the storage.
      Object.assign(window, {
        opened,
        setTimeout: (run: () => void, ms?: number) => ((ms ?? 0) >= 500 ? 0 : waits(run, ms)),
        WebSocket: class extends Real {
          constructor(url: string, protocol: string) {
            super(url, protocol);
            opened.push(url);
          }
        },
      });
    }, "at-once");
    await visitor.composer.waitFor();
    const opened = () =>
      visitor.page.evaluate(() => (window as unknown as { opened: string[] }).opened.length);
    await expect.poll(opened, POLL).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  "a database that answers late: one is who one was, nothing is lost or doubled, what waited goes out",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const before = await Visitor.inContext(context, `${server.url}/r/late`);
    await before.say("first visit");
    await before.sees(["first visit"]);
    const name = await before.name();
    await before.page.close();

    const visitor = await comeWith(late, "late");
    await visitor.composer.waitFor();
    await expect.poll(() => visitor.connection.innerText(), POLL).toContain(NOTHING_KEPT);
    await visitor.say("as a newcomer");
    await visitor.sees(["first visit", "as a newcomer"]);
    expect(await visitor.name()).not.toBe(name);

    await answerNow(visitor);
    await expect.poll(() => visitor.name(), POLL).toBe(name);
    await expect.poll(() => visitor.connection.innerText(), POLL).toBe("");
    await visitor.say("as oneself");
    await visitor.sees(["first visit", "as a newcomer", "as oneself"]);
    const witness = await Visitor.come(stage.browser, `${server.url}/r/late`);
    await witness.sees(["first visit", "as a newcomer", "as oneself"]);
    expect(visitor.complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a late database of a first visit takes over who one has become",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const visitor = await comeWith(late, "late-first");
    await visitor.say("hello");
    await visitor.sees(["hello"]);
    const name = await visitor.name();
    await answerNow(visitor);
    await expect.poll(() => visitor.connection.innerText(), POLL).toBe("");
    await visitor.say("and on");
    await visitor.sees(["hello", "and on"]);
    expect(await visitor.name()).toBe(name);
    const kept = () =>
      visitor.page.evaluate(
        () =>
          new Promise((found) => {
            const request = indexedDB.open("madang");
            (window as unknown as { answer(): void }).answer();
            request.onsuccess = () => {
              const asking = request.result.transaction("identity").objectStore("identity").get("self");
              asking.onsuccess = () => found(asking.result?.name);
            };
          }),
      );
    await expect.poll(kept, POLL).toBe(name);
  },
  TIMEOUT_MS,
);

test(
  "what waited in the outbox of a late database is sent once, as who wrote it",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const before = await Visitor.inContext(context, `${server.url}/r/waiting`);
    await before.say("sent");
    await before.sees(["sent"]);
    const name = await before.name();
    await server.kill();
    await before.loses();
    await before.say("unsent");
    await expect.poll(() => before.unsent()).toEqual(["unsent"]);
    await before.page.close();
    await server.start();

    const visitor = await comeWith(late, "elsewhere");
    await visitor.say("newcomer");
    await visitor.sees(["newcomer"]);
    await answerNow(visitor);
    await expect.poll(() => visitor.name(), POLL).toBe(name);
    const witness = await Visitor.come(stage.browser, `${server.url}/r/waiting`);
    await witness.sees(["sent", "unsent"]);
  },
  TIMEOUT_MS,
);

test(
  "what is kept on the device has the same names in every version of the page",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const visitor = await Visitor.inContext(context, `${server.url}/r/names`);
    await visitor.say("kept");
    await visitor.sees(["kept"]);
    await server.kill();
    await visitor.loses();
    await visitor.say("unsent");
    await visitor.composer.fill("a draft");
    const names = () =>
      visitor.page.evaluate(async () => {
        const answer = <T>(request: IDBRequest<T>) =>
          new Promise<T>((done) => {
            request.onsuccess = () => done(request.result);
          });
        const of = (value: unknown) => Object.keys(value ?? {}).sort();
        const db = await answer(indexedDB.open("madang"));
        const first = async (name: string) =>
          (await answer(db.transaction(name).objectStore(name).getAll())).at(0);
        const [me, entry, page] = [await first("identity"), await first("outbox"), await first("pages")];
        db.close();
        const draft = Object.keys(localStorage).find((key) => key.startsWith("madang.draft/"));
        const written = draft && JSON.parse(localStorage.getItem(draft) as string);
        return [me, entry, page, page?.records[0], written].map((value) => of(value).join(" "));
      });
    await expect
      .poll(names, POLL)
      .toEqual([
        "author name token",
        "author id nonce refused room text writtenAt",
        "acts epoch keptAt line lost oldest password read records room seq unread",
        "author name nonce seq text time",
        "at text",
      ]);
  },
  TIMEOUT_MS,
);

test(
  "a database of a newer version: the page goes on without it and says so",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const other = await context.newPage();
    await other.goto(`${server.url}/nothing-here`);
    await other.evaluate(
      () =>
        new Promise<void>((made) => {
          const request = indexedDB.open("madang", 99);
          request.onsuccess = () => {
            request.result.close();
            made();
          };
        }),
    );
    await other.close();
    const visitor = await Visitor.inContext(context, `${server.url}/r/newer`);
    await expect.poll(() => visitor.connection.innerText(), POLL).toContain(NOTHING_KEPT);
    await visitor.say("all the same");
    await visitor.sees(["all the same"]);
  },
  TIMEOUT_MS,
);

test(
  "a database that is full: messages go out, and the page says once that they may be lost",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const visitor = await comeWith(full, "full");
    for (const text of ["one", "two", "three"]) await visitor.say(text);
    await visitor.sees(["one", "two", "three"]);
    await expect.poll(() => visitor.connection.innerText(), POLL).toContain(NOT_KEPT);
    expect(await visitor.connection.locator("p").count()).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  "a database that goes away under the page, or that a newer page needs: said at once, and the talk goes on",
  async () => {
    context = await stage.browser.newContext({ locale: "en-US" });
    const visitor = await Visitor.inContext(context, `${server.url}/r/away`);
    await visitor.say("kept");
    await visitor.sees(["kept"]);
    // What the browser asks of this page when a newer one wants to change the database.
    await visitor.page.evaluate(
      () =>
        new Promise<void>((opened) => {
          const request = indexedDB.open("madang", 99);
          request.onsuccess = () => opened();
        }),
    );
    await expect.poll(() => visitor.connection.innerText(), POLL).toContain(NOT_KEPT);
    await visitor.say("not kept");
    await visitor.sees(["kept", "not kept"]);
  },
  TIMEOUT_MS,
);
