/** Chromium, by the driver that the other browser tests use. */
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { launchOptions } from "../browser-page.ts";
import {
  ANSWER_MS,
  type Device,
  type Engine,
  isAboutNetwork,
  type Key,
  type Size,
  START_MS,
  sizes,
  stepsOf,
  type Tab,
} from "./driver.ts";

export async function startChromium(path: string): Promise<Engine> {
  const browser = await chromium.launch({ ...launchOptions, executablePath: path, timeout: START_MS });
  return new Chromium(browser);
}

class Chromium implements Engine {
  readonly title: string;
  readonly #browser: Browser;

  constructor(browser: Browser) {
    this.#browser = browser;
    this.title = `Chromium ${browser.version()}`;
  }

  async newPerson(device: Device): Promise<Tab> {
    const isPhone = device === "phone";
    const kind = { viewport: sizes[device], isMobile: isPhone, hasTouch: isPhone };
    const context = await this.#browser.newContext({ locale: "en-US", ...kind });
    context.setDefaultTimeout(ANSWER_MS);
    const page = await context.newPage();
    return new ChromiumTab(context, page, await context.newCDPSession(page));
  }

  async clear(): Promise<void> {
    for (const context of this.#browser.contexts()) await context.close();
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

class ChromiumTab implements Tab {
  readonly #context: BrowserContext;
  readonly #page: Page;
  readonly #devTools: CDPSession;
  readonly #complaints: string[] = [];
  #composed = "";

  constructor(context: BrowserContext, page: Page, devTools: CDPSession) {
    this.#context = context;
    this.#page = page;
    this.#devTools = devTools;
    const complain = (text: string) => {
      if (!isAboutNetwork(text)) this.#complaints.push(text);
    };
    page.on("pageerror", (error) => complain(`${error.name}: ${error.message}\n${error.stack}`));
    page.on("console", (message) => {
      if (message.type() === "error") complain(message.text());
    });
  }

  async open(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  async reload(): Promise<void> {
    await this.#page.reload();
  }

  evaluate(expression: string): Promise<unknown> {
    return this.#page.evaluate(expression);
  }

  async click(x: number, y: number): Promise<void> {
    await this.#page.mouse.click(x, y);
  }

  async tap(x: number, y: number): Promise<void> {
    await this.#page.touchscreen.tap(x, y);
  }

  async resize(size: Size): Promise<void> {
    await this.#page.setViewportSize(size);
  }

  async wheel(x: number, y: number, deltaY: number): Promise<void> {
    await this.#page.mouse.move(x, y);
    await this.#page.mouse.wheel(0, deltaY);
  }

  async press(key: Key): Promise<void> {
    await this.#page.keyboard.press(key);
  }

  async selectAll(): Promise<void> {
    await this.#page.keyboard.press("ControlOrMeta+A");
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  async compose(syllable: string): Promise<void> {
    this.#composed = syllable;
    for (const text of stepsOf(syllable)) {
      await this.#key("rawKeyDown", "Process");
      await this.#devTools.send("Input.imeSetComposition", {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      });
    }
  }

  async settle(): Promise<void> {
    await this.#key("rawKeyDown", "Enter");
    await this.#devTools.send("Input.insertText", { text: this.#composed });
    await this.#key("keyUp", "Enter");
  }

  /** A key that the input method takes: the page is told 229 instead of its code. */
  async #key(type: "rawKeyDown" | "keyUp", key: string): Promise<void> {
    await this.#devTools.send("Input.dispatchKeyEvent", { type, key, windowsVirtualKeyCode: 229 });
  }

  async setOffline(offline: boolean): Promise<void> {
    await this.#context.setOffline(offline);
  }

  async complaints(): Promise<string[]> {
    return this.#complaints;
  }
}
