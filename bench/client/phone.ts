/**
 * The slow phone: Chromium as small as one, with the processor slowed down, and the measuring that runs within its
 * page. Invariant: nothing of it is left when `close` has resolved.
 */
import { existsSync } from "node:fs";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";

/** How much slower than this machine. */
export const SLOWER = 4;
/** Longest that anything on a page is waited for. */
export const PATIENCE_MS = 60_000;
const AT_ONCE = "written at once";
const FRAME_MS = 1000 / 60;
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const SCREEN = { width: 360, height: 740 };

/** What the page notes of itself; see `watch`. */
interface Noted {
  frames: number[];
  keys: number[];
  composerAt: number;
  messageAt: number;
}

declare global {
  interface Window {
    noted: Noted;
  }
}

/** Where Chromium is, or null. */
export function findChromium(): string | null {
  return process.env.CHROMIUM_PATH || PLACES.find((path) => existsSync(path)) || null;
}

export class Phone {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(executablePath: string): Promise<Phone> {
    // Only this part of the bench needs it.
    const { chromium } = await import("playwright-core");
    const args = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
    ];
    return new Phone(await chromium.launch({ executablePath, args }));
  }

  get version(): string {
    return this.#browser.version();
  }

  /** Nothing is kept from one to the next: it is a visitor who was never here. */
  async visitor(): Promise<Visitor> {
    const context = await this.#browser.newContext({
      locale: "en-US",
      viewport: SCREEN,
      hasTouch: true,
      isMobile: true,
    });
    await context.addInitScript(watch);
    return new Visitor(context);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

export class Visitor {
  readonly #context: BrowserContext;

  constructor(context: BrowserContext) {
    this.#context = context;
  }

  /** A tab that shows nothing yet. */
  async tab(): Promise<Tab> {
    const page = await this.#context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const devtools = await this.#context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await devtools.send("Performance.enable");
    return new Tab(page, devtools);
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}

export interface Opened {
  /** From the start of the navigation until the field to write in is on the screen. */
  composerMs: number;
  /** Until the first message is. */
  messageMs: number;
}

export class Tab {
  readonly page: Page;
  readonly devtools: CDPSession;

  constructor(page: Page, devtools: CDPSession) {
    this.page = page;
    this.devtools = devtools;
  }

  /**
   * Goes to a room that has messages, and waits until one can write and read. What is written as soon as the field is
   * seen has to be in it when all is there, or it was none to write in.
   */
  async open(url: string): Promise<Opened> {
    await this.openBare(url);
    const field = this.page.locator(".composer textarea");
    await field.evaluate((one) => one.focus());
    await this.page.keyboard.insertText(AT_ONCE);
    await this.page.waitForFunction(() => window.noted.messageAt > 0);
    const written = await field.inputValue();
    if (!written.includes(AT_ONCE)) throw new Error("what was written as soon as one could was lost");
    return this.page.evaluate(() => ({
      composerMs: window.noted.composerAt,
      messageMs: window.noted.messageAt,
    }));
  }

  /** Waits until one can write. @returns when, from the start of the navigation */
  async openBare(url: string): Promise<number> {
    await this.page.goto(url, { waitUntil: "commit" });
    await this.page.waitForFunction(() => window.noted.composerAt > 0);
    return this.page.evaluate(() => window.noted.composerAt);
  }

  /** Everything of the page is there, and it would open without a network. */
  async settle(): Promise<void> {
    await this.page.evaluate(async () => {
      const { active } = (await navigator.serviceWorker?.ready) ?? {};
      if (active && active.state !== "activated")
        await new Promise((done) => active.addEventListener("statechange", done, { once: true }));
    });
    await this.page.waitForFunction(() => !document.querySelector(".connection p"));
    // What is kept of the room is written a moment after its last message.
    await pause(500);
  }

  /** Seconds that the main thread is busy for each key of what is typed; looking for the field is not counted. */
  async busySecondsPerKey(text: string, everyMs: number): Promise<number> {
    await this.page.locator(".composer textarea").focus();
    await this.drawn();
    const before = await this.#metric("TaskDuration");
    await this.#press(text, everyMs);
    await pause(everyMs);
    return ((await this.#metric("TaskDuration")) - before) / text.length;
  }

  /** Megabytes of what is alive in JavaScript. */
  async heapMegabytes(): Promise<number> {
    await this.devtools.send("HeapProfiler.collectGarbage");
    return (await this.#metric("JSHeapUsedSize")) / 1e6;
  }

  /** Forgets what was noted of frames and keys. */
  async begin(): Promise<void> {
    await this.page.evaluate(() => {
      window.noted.frames = [performance.now()];
      window.noted.keys = [];
      const note = (at: number) => {
        window.noted.frames.push(at);
        if (window.noted.frames.length > 0) requestAnimationFrame(note);
      };
      requestAnimationFrame(note);
    });
  }

  /** What happened since `begin`: the share of frames that were not drawn, and how long each key took to be seen. */
  async end(): Promise<{ dropped: number; keysMs: number[] }> {
    const { frames, keys } = await this.page.evaluate(() => {
      const { frames, keys } = window.noted;
      window.noted.frames = [];
      return { frames, keys };
    });
    const { expected, drawn } = countFrames(frames);
    return { dropped: expected === 0 ? 0 : 1 - drawn / expected, keysMs: keys };
  }

  /** Types into the composer, a key each `everyMs`, whether or not the page keeps up. */
  async type(text: string, everyMs: number): Promise<void> {
    await this.page.locator(".composer textarea").focus();
    await this.#press(text, everyMs);
    await this.drawn();
  }

  async #press(text: string, everyMs: number): Promise<void> {
    const from = performance.now();
    const typed: Promise<void>[] = [];
    for (const [i, letter] of [...text].entries()) {
      await pause(from + i * everyMs - performance.now());
      typed.push(this.page.keyboard.press(letter === " " ? "Space" : letter));
    }
    await Promise.all(typed);
  }

  /** Resolves when what was done so far is on the screen. */
  async drawn(): Promise<void> {
    await this.page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(() => setTimeout(done, 50)))),
    );
  }

  async #metric(name: string): Promise<number> {
    const { metrics } = await this.devtools.send("Performance.getMetrics");
    return metrics.find((metric) => metric.name === name)?.value ?? 0;
  }
}

/** Of the frames that a screen of 60 Hz had time for, those at whose time the page drew. */
export function countFrames(times: readonly number[]): { expected: number; drawn: number } {
  let expected = 0;
  for (let i = 1; i < times.length; i++) {
    expected += Math.max(1, Math.round(((times[i] as number) - (times[i - 1] as number)) / FRAME_MS));
  }
  return { expected, drawn: Math.max(0, times.length - 1) };
}

/**
 * Runs in the page before anything else of it. A key is timed from the moment the browser got it until the frame that
 * follows it has been handed over; a thing seen likewise.
 */
function watch(): void {
  const noted: Noted = { frames: [], keys: [], composerAt: 0, messageAt: 0 };
  window.noted = noted;
  const afterFrame = (run: () => void) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = run;
    requestAnimationFrame(() => port2.postMessage(0));
  };
  const look = () => {
    const field = document.querySelector<HTMLTextAreaElement>(".composer textarea");
    if (noted.composerAt === 0 && field && !field.disabled) {
      noted.composerAt = -1;
      afterFrame(() => {
        noted.composerAt = performance.now();
      });
    }
    if (noted.messageAt === 0 && document.querySelector("[data-seq] .bubble")) {
      noted.messageAt = -1;
      afterFrame(() => {
        noted.messageAt = performance.now();
      });
    }
    if (noted.composerAt !== 0 && noted.messageAt !== 0) observer.disconnect();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
  addEventListener(
    "keydown",
    ({ timeStamp }) => {
      // What is not asked for is no part of what a key costs.
      if (noted.frames.length > 0) afterFrame(() => noted.keys.push(performance.now() - timeStamp));
    },
    true,
  );
}

export function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, Math.max(0, ms)));
}
