/**
 * Firefox over WebDriver BiDi, which it speaks itself. Composition is no part of BiDi; the browser's own text input
 * processor, with which Firefox is tested, makes it in the window around the page.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ActingTab, type InputSource } from "./actions.ts";
import { Bidi } from "./bidi.ts";
import { Child } from "./child.ts";
import {
  type Device,
  type Engine,
  isAboutNetwork,
  type Size,
  START_MS,
  sizes,
  stepsOf,
  type Tab,
} from "./driver.ts";

/** Nothing that a browser does by itself in its first minutes, and no network but that of the page. */
const preferences = {
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.update.enabled": false,
  "intl.accept_languages": "en-US",
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "",
  "toolkit.telemetry.enabled": false,
};

export async function startFirefox(path: string): Promise<Engine> {
  const profile = mkdtempSync(join(tmpdir(), "madang-firefox-"));
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, "user.js"), lines.join(""));
  const place = ["--headless", "--no-remote", "--profile", profile];
  const child = new Child(path, [...place, "--remote-debugging-port=0", "--remote-allow-system-access"]);
  try {
    const url = await child.says(/BiDi listening on (ws:\S+)/);
    const firefox = new Firefox(child, profile);
    await firefox.begin(`${url}/session`);
    return firefox;
  } catch (error) {
    await child.end();
    rmSync(profile, { recursive: true, force: true });
    throw error;
  }
}

class Firefox implements Engine {
  title = "Firefox";
  readonly #child: Child;
  readonly #profile: string;
  readonly #tabs = new Map<string, FirefoxTab>();
  readonly #persons: string[] = [];
  #bidi!: Bidi;

  constructor(child: Child, profile: string) {
    this.#child = child;
    this.#profile = profile;
  }

  async begin(url: string): Promise<void> {
    this.#bidi = await Bidi.connect(url, (_, { source, level, text }) => {
      const { context } = source as { context?: string };
      if (level === "error") this.#tabs.get(context ?? "")?.complain(String(text));
    });
    const { capabilities } = await this.#bidi.send("session.new", { capabilities: {} }, START_MS);
    this.title = `Firefox ${(capabilities as { browserVersion: string }).browserVersion}`;
    await this.#bidi.send("session.subscribe", { events: ["log.entryAdded"] });
  }

  async newPerson(device: Device): Promise<Tab> {
    const { userContext } = await this.#bidi.send("browser.createUserContext");
    this.#persons.push(userContext as string);
    // A window of its own: a tab behind another one is slowed down.
    const { context } = await this.#bidi.send("browsingContext.create", { type: "window", userContext });
    const tab = new FirefoxTab(this.#bidi, context as string);
    await tab.resize(sizes[device]);
    this.#tabs.set(context as string, tab);
    return tab;
  }

  async clear(): Promise<void> {
    this.#tabs.clear();
    for (const userContext of this.#persons.splice(0))
      await this.#bidi.send("browser.removeUserContext", { userContext });
  }

  async close(): Promise<void> {
    this.#bidi.close();
    await this.#child.end();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Context {
  context: string;
  clientWindow: string;
}

/** Runs in the window around the page. One processor for a composition, from its first letter to its end. */
const inputProcessor = `window.madangInput ??= (() => {
  const { classes, interfaces } = Components;
  const input = classes["@mozilla.org/text-input-processor;1"].createInstance(interfaces.nsITextInputProcessor);
  const answer = (processor, { type }) => {
    // What takes the focus away ends the composition, as an input method does.
    if (type === "request-to-commit") processor.commitComposition();
    if (type === "request-to-cancel") processor.cancelComposition();
    return true;
  };
  if (!input.beginInputTransaction(window, answer)) throw new Error("another input method is at work");
  return input;
})()`;

class FirefoxTab extends ActingTab implements Tab {
  readonly #bidi: Bidi;
  readonly #context: string;
  readonly #complaints: string[] = [];

  constructor(bidi: Bidi, context: string) {
    super();
    this.#bidi = bidi;
    this.#context = context;
  }

  complain(text: string): void {
    if (!isAboutNetwork(text)) this.#complaints.push(text);
  }

  async open(url: string): Promise<void> {
    await this.#send("browsingContext.navigate", { url, wait: "complete" });
  }

  async reload(): Promise<void> {
    await this.#send("browsingContext.reload", { wait: "complete" });
  }

  async resize(viewport: Size): Promise<void> {
    await this.#send("browsingContext.setViewport", { viewport });
  }

  evaluate(expression: string): Promise<unknown> {
    return this.#evaluateIn(this.#context, expression);
  }

  async compose(syllable: string): Promise<void> {
    await this.#send("browsingContext.activate", {});
    for (const step of stepsOf(syllable)) {
      await this.#input(`input.setPendingCompositionString(${JSON.stringify(step)});
        input.appendClauseToPendingComposition(${step.length}, input.ATTR_RAW_CLAUSE);
        input.setCaretInPendingComposition(${step.length});
        input.flushPendingComposition(new KeyboardEvent("", { key: "Process", keyCode: 229 }));`);
    }
  }

  async settle(): Promise<void> {
    // Told as it is while a syllable is under composition, as on a Mac, and not as a key that was taken.
    await this.#input(`const enter = new KeyboardEvent("", { key: "Enter", code: "Enter" });
      input.keydown(enter, input.KEY_DONT_MARK_KEYDOWN_AS_PROCESSED);
      input.commitComposition();
      input.keyup(enter);`);
  }

  async setOffline(offline: boolean): Promise<void> {
    const networkConditions = offline ? { type: "offline" } : null;
    await this.#bidi.send("emulation.setNetworkConditions", { contexts: [this.#context], networkConditions });
  }

  async complaints(): Promise<string[]> {
    return this.#complaints;
  }

  /** In the browser's own window that holds this page. */
  async #input(statements: string): Promise<void> {
    const [page] = await this.#contexts({ root: this.#context });
    const windows = await this.#contexts({ "moz:scope": "chrome" });
    const around = windows.find(({ clientWindow }) => clientWindow === page?.clientWindow);
    if (!around) throw new Error("the window of the page is gone");
    await this.#evaluateIn(
      around.context,
      `(() => { const input = ${inputProcessor}; ${statements} return 0; })()`,
    );
  }

  async #contexts(of: object): Promise<Context[]> {
    const { contexts } = await this.#bidi.send("browsingContext.getTree", { ...of, maxDepth: 0 });
    return contexts as Context[];
  }

  /** The value travels as JSON: BiDi's own form for objects is meant for more than that. */
  async #evaluateIn(context: string, expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#bidi.send("script.evaluate", {
      expression: `JSON.stringify(${expression})`,
      target: { context },
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error((exceptionDetails as { text: string }).text);
    const { value } = result as { value?: string };
    return value === undefined ? undefined : JSON.parse(value);
  }

  protected async act(actions: InputSource[]): Promise<void> {
    await this.#send("input.performActions", { actions });
  }

  async #send(method: string, params: object): Promise<void> {
    await this.#bidi.send(method, { context: this.#context, ...params });
  }
}
