/**
 * WebKitGTK's small browser over plain WebDriver, on a screen in memory. A driver has one session and a session forgets
 * all at its end, so each person has a driver. GTK's own input method makes compositions: a letter by its number.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../bench/free-port.ts";
import { ActingTab, chord, type InputSource, typing } from "./actions.ts";
import { Child } from "./child.ts";
import {
  ANSWER_MS,
  type Device,
  type Engine,
  isAboutNetwork,
  type Size,
  START_MS,
  sizes,
  type Tab,
} from "./driver.ts";

/** Without the space around its buttons the browser's window can be as narrow as a phone. */
const narrowButtons = "* { min-width: 0; padding: 0; margin: 0; border-width: 0; }";

export interface WebKitPaths {
  driver: string;
  browser: string;
  screen: string;
}

export async function startWebKit(paths: WebKitPaths): Promise<Engine> {
  // It takes a number that is free by itself, and says it on the third pipe.
  const size = `${sizes.desk.width + 200}x${sizes.desk.height + 200}x24`;
  const screen = new Child(paths.screen, ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", size], {
    pipe3: true,
  });
  const display = await screen.says(/^\d+$/m);
  const engine = new WebKit(paths, screen, `:${display}`);
  try {
    await engine.newPerson("desk");
    await engine.clear();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

class WebKit implements Engine {
  title = "WebKitGTK";
  readonly #paths: WebKitPaths;
  readonly #screen: Child;
  readonly #display: string;
  readonly #drivers: Child[] = [];
  readonly #config = mkdtempSync(join(tmpdir(), "madang-webkit-"));

  constructor(paths: WebKitPaths, screen: Child, display: string) {
    this.#paths = paths;
    this.#screen = screen;
    this.#display = display;
    mkdirSync(join(this.#config, "gtk-3.0"));
    writeFileSync(join(this.#config, "gtk-3.0/gtk.css"), narrowButtons);
  }

  async newPerson(device: Device): Promise<Tab> {
    const port = await freePort();
    const env = {
      DISPLAY: this.#display,
      GDK_BACKEND: "x11",
      GTK_IM_MODULE: "gtk-im-context-simple",
      LC_ALL: "C.UTF-8",
      // There is no graphics card to draw with.
      LIBGL_ALWAYS_SOFTWARE: "1",
      NO_AT_BRIDGE: "1",
      XDG_CONFIG_HOME: this.#config,
    };
    const driver = new Child(this.#paths.driver, [`--port=${port}`, "--host=127.0.0.1"], { env });
    this.#drivers.push(driver);
    const address = `http://127.0.0.1:${port}`;
    await untilReady(address);
    const options = { binary: this.#paths.browser, args: ["--automation"] };
    const { sessionId, capabilities } = (await ask(
      "POST",
      `${address}/session`,
      { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } } },
      START_MS,
    )) as { sessionId: string; capabilities: { browserVersion: string } };
    this.title = `WebKitGTK ${capabilities.browserVersion}`;
    const tab = new WebKitTab(`${address}/session/${sessionId}`);
    await tab.resize(sizes[device]);
    return tab;
  }

  async clear(): Promise<void> {
    for (const driver of this.#drivers.splice(0)) await driver.end();
  }

  async close(): Promise<void> {
    await this.clear();
    await this.#screen.end();
    rmSync(this.#config, { recursive: true, force: true });
  }
}

/** @throws Error with the driver's own words when it refuses, or does not answer in time */
async function ask(method: string, url: string, body?: object, timeoutMs = ANSWER_MS): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const { value } = (await response.json()) as { value: unknown };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`${new URL(url).pathname.split("/").slice(3).join("/") || "session"}: ${error} ${message}`);
}

async function untilReady(address: string): Promise<void> {
  for (const end = Date.now() + START_MS; ; ) {
    try {
      await ask("GET", `${address}/status`);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

class WebKitTab extends ActingTab implements Tab {
  readonly #session: string;
  readonly #complaints: string[] = [];

  constructor(session: string) {
    super();
    this.#session = session;
  }

  async open(url: string): Promise<void> {
    await this.#ask("url", { url });
    await this.#listen();
  }

  async reload(): Promise<void> {
    await this.complaints();
    await this.#ask("refresh", {});
    await this.#listen();
  }

  override tap(x: number, y: number): Promise<void> {
    return this.click(x, y);
  }

  /** The window is larger than the page in it, by as much as is known once it has its new size. */
  async resize({ width, height }: Size): Promise<void> {
    const around = (await this.evaluate("outerHeight - innerHeight")) as number;
    await this.#ask("window/rect", { x: 0, y: 0, width, height: height + around });
    const isSo = async () => (await this.evaluate('innerWidth + " " + innerHeight')) === `${width} ${height}`;
    for (const end = Date.now() + ANSWER_MS; !(await isSo()); ) {
      if (Date.now() > end) throw new Error(`the window does not become ${width} x ${height}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** WebDriver tells nothing of errors, so the page is asked to remember them. */
  async #listen(): Promise<void> {
    await this.evaluate(`(() => {
      const heard = (window.madangComplaints = []);
      addEventListener("error", ({ message }) => heard.push(message));
      addEventListener("unhandledrejection", ({ reason }) => heard.push(String(reason)));
    })()`);
  }

  evaluate(expression: string): Promise<unknown> {
    return this.#ask("execute/sync", { script: `return ${expression}`, args: [] });
  }

  async compose(syllable: string): Promise<void> {
    await this.act(chord(["Control", "Shift"], "u"));
    await this.act(typing(syllable.charCodeAt(0).toString(16)));
  }

  settle(): Promise<void> {
    return this.press("Enter");
  }

  setOffline(): Promise<void> {
    throw new Error("WebKitGTK cannot be told that it is offline");
  }

  async complaints(): Promise<string[]> {
    const heard = await this.evaluate("(window.madangComplaints ?? []).splice(0)");
    this.#complaints.push(...(heard as string[]).filter((text) => !isAboutNetwork(text)));
    return this.#complaints;
  }

  protected async act(actions: InputSource[]): Promise<void> {
    await this.#ask("actions", { actions });
  }

  #ask(command: string, body: object): Promise<unknown> {
    return ask("POST", `${this.#session}/${command}`, body);
  }
}

export const isThere = (paths: WebKitPaths): boolean => Object.values(paths).every(existsSync);
