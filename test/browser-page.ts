/**
 * A built server as a child process and pages in a real browser, for the browser tests. Ports and data folders are
 * their own; whatever a test opened is closed by `close`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { freePort } from "../bench/free-port.ts";

const dist = resolve(import.meta.dirname, "../dist");

export const chromiumPath =
  process.env.CHROMIUM_PATH ||
  ["-headless-shell", "", "-browser"].map((name) => `/usr/bin/chromium${name}`).find(existsSync) ||
  "";

const browserArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export const launchOptions = { executablePath: chromiumPath, args: browserArgs };

/** The server under test. `kill` is SIGKILL; `start` after it takes the same port and the same data. */
export class ServerProcess {
  readonly data = mkdtempSync(join(tmpdir(), "madang-browser-"));
  readonly #flags: string[];
  #child: ChildProcess | null = null;
  #ended: Promise<NodeJS.Signals | null> = Promise.resolve(null);
  #port = 0;
  #epoch = "";

  constructor(flags: string[] = []) {
    this.#flags = flags;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** That of the last start. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Resolves when the last one started has ended, with the signal that ended it. */
  get ended(): Promise<NodeJS.Signals | null> {
    return this.#ended;
  }

  /** With flags of this start alone. `wishes`: how it is to fail, of the server that fails on purpose. */
  async start(flags: string[] = [], wishes: object | null = null): Promise<void> {
    this.#port ||= await freePort();
    const place = ["--host", "127.0.0.1", "--port", String(this.#port), "--data", this.data];
    const program = join(dist, wishes ? "tortured.js" : "main.js");
    const child = spawn(process.execPath, [program, ...place, ...this.#flags, ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...(wishes && { MADANG_TORTURE: JSON.stringify(wishes) }) },
    });
    this.#child = child;
    this.#ended = new Promise((done) => child.once("exit", (_code, signal) => done(signal)));
    await new Promise<void>((started, failed) => {
      let said = "";
      const hear = (chunk: Buffer) => {
        said += chunk;
        const open = /is open at .*, epoch ([0-9a-f]{16}),/.exec(said);
        if (!open) return;
        this.#epoch = open[1]!;
        started();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${said}`)));
    });
  }

  /** Starts it if it does not run. */
  async stands(): Promise<void> {
    if (!this.#child) await this.start();
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = null;
    child?.kill(signal);
    await this.#ended;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A browser for all tests of a file; what a test leaves open is closed behind it. */
export function aBrowser(): { readonly browser: Browser } {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  }, 120_000);
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(() => browser.close());
  return {
    get browser() {
      return browser;
    },
  };
}

/** The same, and a server. */
export function browserAndServer(flags: string[] = []): {
  readonly browser: Browser;
  readonly server: ServerProcess;
} {
  const stage = aBrowser();
  const server = new ServerProcess(flags);
  beforeAll(() => server.start(), 120_000);
  // A test that failed while the server was away does not take the others with it.
  beforeEach(() => server.stands(), 120_000);
  afterAll(() => server.close());
  return Object.assign(stage, { server });
}

/** Waits until the page shows this as its last message and all of them as stored: what was said is drawn a bit later. */
export async function showsStored(page: Page, last: string): Promise<void> {
  await page.waitForFunction((text) => {
    const bubbles = document.querySelectorAll(".message .bubble");
    return bubbles[bubbles.length - 1]?.textContent === text && !document.querySelector(".is-pending");
  }, last);
}

/** The rooms of which this device keeps a page, and the last message of each. */
export function keptRooms(page: Page): Promise<Record<string, string>> {
  return page.evaluate(
    () =>
      new Promise<Record<string, string>>((found) => {
        const opening = indexedDB.open("madang");
        opening.onsuccess = () => {
          const asking = opening.result.transaction("pages").objectStore("pages").getAll();
          asking.onsuccess = () => {
            opening.result.close();
            found(Object.fromEntries(asking.result.map(({ room, records }) => [room, records.at(-1)?.text])));
          };
        };
      }),
  );
}

/** One person's browser: what it complains of is collected in `complaints`. */
export class Visitor {
  readonly page: Page;
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(`${error.name}: ${error.message}\n${error.stack}`));
    page.on("console", (message) => {
      // Sockets that cannot be opened, and addresses without https, are the point of some tests.
      const isNetwork =
        /WebSocket|net::ERR|Failed to load resource|untrustworthy|when fetching the script/.test(
          message.text(),
        );
      if (message.type() === "error" && !isNetwork) this.complaints.push(message.text());
    });
  }

  static async come(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    return Visitor.inContext(context, url);
  }

  static async inContext(context: BrowserContext, url: string): Promise<Visitor> {
    const visitor = new Visitor(await context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  get log() {
    return this.page.getByRole("log", { name: "Messages" });
  }

  get composer() {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  get people() {
    return this.page.getByRole("list", { name: "People" });
  }

  get rooms() {
    return this.page.getByRole("list", { name: "Rooms" });
  }

  get connection() {
    return this.page.getByRole("status", { name: "Connection" });
  }

  async name(): Promise<string> {
    const field = this.page.getByRole("textbox", { name: "Nickname" });
    await this.page.waitForFunction(
      (id) => (document.getElementById(id) as HTMLInputElement)?.value,
      "nickname",
    );
    return field.inputValue();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    // On a touch screen Enter breaks the line.
    const isTouch = await this.page.evaluate(() => matchMedia("(pointer: coarse)").matches);
    if (isTouch) await this.page.getByRole("button", { name: "Send" }).click();
    else await this.composer.press("Enter");
  }

  /** What the log shows of messages, in order. */
  async messages(): Promise<string[]> {
    return this.log.locator(".bubble").allInnerTexts();
  }

  /** The same, with `is-pending` or `is-refused` before those that are not known to be stored. */
  async shown(): Promise<string[]> {
    return this.log.locator(".message").evaluateAll((rows) =>
      rows.map((row) => {
        const state = /is-(pending|refused)/.exec(row.className)?.[0] ?? "";
        return state + (row.querySelector(".bubble")?.textContent ?? "");
      }),
    );
  }

  /** What this device holds of messages that are not known to be sent: it is drawn before it is written. */
  unsent(): Promise<string[]> {
    return this.page.evaluate(
      () =>
        new Promise<string[]>((found) => {
          const opening = indexedDB.open("madang");
          opening.onsuccess = () => {
            const asking = opening.result.transaction("outbox").objectStore("outbox").getAll();
            asking.onsuccess = () => {
              opening.result.close();
              const entries = asking.result.sort((one, other) => one.writtenAt - other.writtenAt);
              found(entries.map(({ text }) => text));
            };
          };
        }),
    );
  }

  /** Waits until the log shows exactly these messages, in this state. */
  async sees(expected: string[]): Promise<void> {
    await expect.poll(() => this.shown(), { timeout: 20_000 }).toEqual(expected);
  }

  /** Waits until nothing on the page is moving: on its way, a box is not measured exactly. */
  async stands(): Promise<void> {
    const moving = () => document.getAnimations().filter(({ playState }) => playState === "running").length;
    await expect.poll(() => this.page.evaluate(moving)).toBe(0);
  }

  /** Waits until the page says that its connection is gone. What came before that is on the page then. */
  async loses(): Promise<void> {
    await this.connection.locator("p").waitFor({ state: "attached" });
  }

  /** Waits until it is connected and this stored message is its last; does not wait for the page's next try. */
  async returns(last: string): Promise<void> {
    const look = async () => {
      await this.page.evaluate(() => dispatchEvent(new Event("online")));
      return [await this.connection.innerText(), (await this.shown()).at(-1)];
    };
    await expect.poll(look, { timeout: 20_000 }).toEqual(["", last]);
  }

  /** Types Korean as an input method does: each step replaces the syllable under composition. */
  async compose(steps: string[], result: string): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    for (const text of steps) {
      await session.send("Input.imeSetComposition", {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      });
    }
    await session.send("Input.insertText", { text: result });
    await session.detach();
  }
}

export async function launch(): Promise<Browser> {
  return chromium.launch(launchOptions);
}
