/**
 * Somebody at a page, in any engine: finds things by their role and name, uses mouse and keys, and waits for states.
 * Nothing here waits for a time, and every wait ends.
 */
import { expect } from "vitest";
import { type Device, type Key, sizes, type Tab } from "./driver.ts";

/** Only what fails takes so long. */
const PATIENCE_MS = 45_000;

type Role = "button" | "link" | "textbox";

/**
 * Where something is that can be clicked, in the page; null while it is not there, covered or disabled. The page then
 * remembers whether the next press met it.
 */
function locate(role: Role, name: string): { x: number; y: number } | null {
  const selector = { button: "button", link: "a[href]", textbox: "input, textarea" }[role];
  const nameOf = (element: Element) =>
    element.getAttribute("aria-label") ??
    ([...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent).join(" ") ||
      (element.textContent ?? ""));
  for (const element of document.querySelectorAll(selector)) {
    if (nameOf(element).trim() !== name || (element as HTMLButtonElement).disabled) continue;
    const { left, top, width, height } = element.getBoundingClientRect();
    const x = Math.round(left + width / 2);
    const y = Math.round(top + height / 2);
    const hit = document.elementFromPoint(x, y);
    if (!hit || !element.contains(hit)) continue;
    const page = window as unknown as { madangAim?: Element; madangHit?: boolean | null };
    if (!page.madangAim) {
      const onPress = ({ target }: Event) => {
        page.madangHit = page.madangAim?.contains(target as Node) ?? false;
      };
      addEventListener("pointerdown", onPress, true);
    }
    page.madangAim = element;
    page.madangHit = null;
    return { x, y };
  }
  return null;
}

interface Shown {
  texts: string[];
  value: string | null;
  people: string[];
  connection: string;
}

/** All that the scenarios look at. Before a message that is not known to be stored stands its state. */
function look(): Shown {
  const within = (selector: string, what: string) => [
    ...(document.querySelector(selector)?.querySelectorAll(what) ?? []),
  ];
  const texts = within('[role=log][aria-label="Messages"]', ".message").map((row) => {
    const state = /is-(pending|refused) ?/.exec(`${row.className} `)?.[0] ?? "";
    return state + (row.querySelector(".bubble")?.textContent ?? "");
  });
  const connection = document.querySelector<HTMLElement>('[role=status][aria-label="Connection"]');
  return {
    texts,
    value: document.querySelector<HTMLTextAreaElement>('textarea[aria-label="Message"]')?.value ?? null,
    people: within('[aria-label="People"]', "li").map((person) => person.textContent ?? ""),
    connection: connection?.textContent ?? "",
  };
}

interface Sight {
  /** Of the messages that are in sight, in part at least. */
  numbers: number[];
  /** Whether there is nothing above to scroll to. */
  atTop: boolean;
  scrollTop: number;
}

/** Where in a room of numbered messages the reader is. */
function sight(): Sight | null {
  const log = document.querySelector<HTMLElement>('[role=log][aria-label="Messages"]');
  if (!log) return null;
  const { top, bottom } = log.getBoundingClientRect();
  const numbers: number[] = [];
  for (const bubble of log.querySelectorAll(".message .bubble")) {
    const place = bubble.getBoundingClientRect();
    if (place.bottom > top + 1 && place.top < bottom - 1)
      numbers.push(Number(/\d+/.exec(bubble.textContent ?? "")?.[0]));
  }
  return { numbers, atTop: log.scrollTop < 1, scrollTop: log.scrollTop };
}

/** The middle of the log, and how high it is. */
function logPlace(): { x: number; y: number; height: number } | null {
  const log = document.querySelector('[role=log][aria-label="Messages"]');
  if (!log) return null;
  const { left, top, width, height } = log.getBoundingClientRect();
  return { x: Math.round(left + width / 2), y: Math.round(top + height / 2), height };
}

/** What is wider than the screen, or not on it. */
function overhang(width: number): string[] {
  const found = document.documentElement.scrollWidth === width ? [] : [`${innerWidth} px`];
  for (const one of document.querySelectorAll("body *")) {
    const { left, right, height } = one.getBoundingClientRect();
    if (height < 1 || right - left < 1 || one.closest(".unseen")) continue;
    if (left < -0.5 || right > width + 0.5) found.push(`${one.tagName} ${one.textContent}`);
  }
  return found;
}

/** The newest message if it and the composer are wholly in sight, one above the other. */
function newestInSight(): string | null {
  const log = document.querySelector('[role=log][aria-label="Messages"]')?.getBoundingClientRect();
  const bubble = [...document.querySelectorAll(".message .bubble")].at(-1);
  const field = document.querySelector('textarea[aria-label="Message"]')?.getBoundingClientRect();
  if (!log || !bubble || !field) return null;
  const { top, bottom } = bubble.getBoundingClientRect();
  const isSeen = top >= log.top - 1 && bottom <= log.bottom + 1 && bottom <= field.top + 1;
  return isSeen && field.top > 0 && field.bottom <= innerHeight + 1 ? bubble.textContent : null;
}

export class Person {
  readonly tab: Tab;

  readonly #device: Device;

  constructor(tab: Tab, device: Device) {
    this.tab = tab;
    this.#device = device;
  }

  /** The value of the function, run in the page with these arguments. It may use nothing from outside. */
  async inPage<A extends unknown[], T>(run: (...args: A) => T, ...args: A): Promise<T> {
    return (await this.tab.evaluate(`(${run})(...${JSON.stringify(args)})`)) as T;
  }

  /** Waits until what is read is this. */
  async until<T>(read: () => Promise<T>, expected: unknown): Promise<void> {
    await expect.poll(read, { timeout: PATIENCE_MS }).toEqual(expected);
  }

  /** Waits until what is read is not null, and the same twice: something that moves is not clicked. */
  async #still<T>(read: () => Promise<T | null>, what: string): Promise<T> {
    let before = "null";
    let value: T | null = null;
    const isStill = async () => {
      value = await read();
      const now = JSON.stringify(value);
      const same = now === before && value !== null;
      before = now;
      return same;
    };
    await expect.poll(isStill, { timeout: PATIENCE_MS, message: `${what} can be clicked` }).toBe(true);
    return value as T;
  }

  /** Clicks, on a phone with a finger, and again when the page moved on the way to it, and something else was met. */
  async click(role: Role, name: string): Promise<void> {
    const hit = () => this.inPage(() => (window as unknown as { madangHit: boolean | null }).madangHit);
    const meets = async () => {
      const { x, y } = await this.#still(() => this.inPage(locate, role, name), `${role} “${name}”`);
      await (this.#device === "phone" ? this.tab.tap(x, y) : this.tab.click(x, y));
      await expect.poll(hit, { timeout: PATIENCE_MS, message: "a press reaches the page" }).not.toBe(null);
      return hit();
    };
    await expect.poll(meets, { timeout: 2 * PATIENCE_MS, message: `${role} “${name}” is met` }).toBe(true);
  }

  /** Waits until this is there to be clicked. */
  async shows(role: Role, name: string): Promise<void> {
    await this.#still(() => this.inPage(locate, role, name), `${role} “${name}”`);
  }

  /** Writes into a field, instead of what it holds. */
  async write(name: string, text: string): Promise<void> {
    await this.click("textbox", name);
    await this.until(
      () => this.inPage(() => /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "")),
      true,
    );
    await this.tab.selectAll();
    await this.tab.type(text);
  }

  async enterRoom(name: string): Promise<void> {
    await this.write("Room name", name);
    await this.click("button", "Enter room");
  }

  press(key: Key): Promise<void> {
    return this.tab.press(key);
  }

  async say(text: string): Promise<void> {
    await this.write("Message", text);
    await this.holds(text);
    // On a phone Enter may break the line.
    if (this.#device === "phone") await this.click("button", "Send");
    else await this.press("Enter");
    await this.holds("");
  }

  /** Waits until the page is as wide as the screen, and nothing in it stands out. */
  fits(): Promise<void> {
    return this.until(() => this.inPage(overhang, sizes[this.#device].width), []);
  }

  /** Waits until what is written in, and the newest message above it, are wholly in sight. */
  hasNewestInSight(text: string): Promise<void> {
    return this.until(() => this.inPage(newestInSight), text);
  }

  look(): Promise<Shown> {
    return this.inPage(look);
  }

  /** Waits until the composer holds this. */
  holds(text: string): Promise<void> {
    return this.until(async () => (await this.look()).value, text);
  }

  /** Waits until the log shows exactly these messages, in this order. */
  sees(texts: string[]): Promise<void> {
    return this.until(async () => (await this.look()).texts, texts);
  }

  /** Waits until so many people are listed. */
  isAmong(count: number): Promise<void> {
    return this.until(async () => (await this.look()).people.length, count);
  }

  /** Waits until the page says of its connection what has this in it; "": that all is well. */
  hears(sentence: string): Promise<void> {
    const expected = sentence ? expect.stringContaining(sentence) : "";
    return this.until(async () => (await this.look()).connection, expected);
  }

  /** Waits until all is well, without waiting for the page's next try. */
  returns(): Promise<void> {
    return this.until(async () => {
      const { connection } = await this.look();
      if (connection) await this.inPage(() => void dispatchEvent(new Event("online")));
      return connection;
    }, "");
  }

  /** Waits until the page stands at this newest message. */
  async isAtNewest(number: number): Promise<{ x: number; y: number; height: number }> {
    await this.until(async () => (await this.inPage(sight))?.numbers.at(-1), number);
    return this.#still(() => this.inPage(logPlace), "the log");
  }

  inSight(): Promise<Sight> {
    return this.#still(() => this.inPage(sight), "the log");
  }

  /** Does what scrolls up until older messages are in sight than were, again when there was nothing above yet. */
  async goUp(from: Sight, act: () => Promise<void>): Promise<Sight> {
    let now = from;
    let acted = false;
    const isHigher = async () => {
      if (!acted || now.atTop) await act();
      acted = true;
      now = await this.inSight();
      return Math.min(...now.numbers) < Math.min(...from.numbers);
    };
    await expect.poll(isHigher, { timeout: PATIENCE_MS, message: `goes up from ${from.numbers}` }).toBe(true);
    return now;
  }

  /** Waits until one's own name is there: it is drawn by a part that comes after the room. */
  async name(): Promise<string> {
    let name = "";
    const isThere = async () => {
      name = await this.inPage(() => document.querySelector<HTMLInputElement>("#nickname")?.value ?? "");
      return name !== "";
    };
    await this.until(isThere, true);
    return name;
  }

  /** Waits until this device keeps the message as one of a room's last page. */
  isStored(text: string): Promise<void> {
    const read = (text: string) => {
      const page = window as unknown as { madangPages?: string };
      const opening = indexedDB.open("madang");
      opening.onsuccess = () => {
        const database = opening.result;
        const reading = database.transaction("pages").objectStore("pages").getAll();
        reading.onsuccess = () => {
          page.madangPages = JSON.stringify(reading.result);
          database.close();
        };
      };
      return page.madangPages?.includes(text) ?? false;
    };
    return this.until(() => this.inPage(read, text), true);
  }

  /** Waits until the page could be opened without a server. */
  isKept(): Promise<void> {
    return this.until(
      () =>
        this.inPage(() => {
          const page = window as unknown as { madangWorker?: string | undefined };
          void navigator.serviceWorker.getRegistration().then((registration) => {
            page.madangWorker = registration?.active?.state;
          });
          return page.madangWorker ?? null;
        }),
      "activated",
    );
  }
}
