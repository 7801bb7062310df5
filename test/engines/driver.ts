/**
 * What a browser is made to do, by any of the three drivers. The scenarios know nothing else of it, so that each is
 * written once. Points are pixels of the page, from its upper left corner; every call has a bound in time.
 */
export const keys = {
  Enter: "\uE007",
  Home: "\uE011",
  PageUp: "\uE00E",
  Control: "\uE009",
  Shift: "\uE008",
} as const;

export type Key = keyof typeof keys;

export interface Tab {
  open(url: string): Promise<void>;
  reload(): Promise<void>;
  /** @returns the value of the expression, which has to be one that JSON can hold */
  evaluate(expression: string): Promise<unknown>;
  click(x: number, y: number): Promise<void>;
  /** Touches with a finger, or clicks where the table of limits says that there is none. */
  tap(x: number, y: number): Promise<void>;
  /** Makes the page so large, as the keyboard of a phone does when it opens and closes. */
  resize(size: Size): Promise<void>;
  wheel(x: number, y: number, deltaY: number): Promise<void>;
  press(key: Key): Promise<void>;
  /** Marks all of the field that has the focus. */
  selectAll(): Promise<void>;
  type(text: string): Promise<void>;
  /** Leaves the syllable under composition: the field shows it, or what the input method shows instead. */
  compose(syllable: string): Promise<void>;
  /** Enter while a syllable is under composition: the input method takes it, and the syllable is there. */
  settle(): Promise<void>;
  /** Tells the browser that there is no network. Throws where the table of limits says that it cannot be told. */
  setOffline(offline: boolean): Promise<void>;
  /** Errors that the page threw or wrote to the console, as far as the engine tells them. */
  complaints(): Promise<string[]>;
}

export interface Engine {
  /** With its version. */
  readonly title: string;
  /** A person's own browser, on this device: nothing stored is shared with another person. */
  newPerson(device: Device): Promise<Tab>;
  /** Closes what the persons so far had open. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface Size {
  width: number;
  height: number;
}

/** How large a page is, so that the engines show the same. */
export const sizes = {
  desk: { width: 1024, height: 720 },
  phone: { width: 360, height: 740 },
} as const;

export type Device = keyof typeof sizes;

/** A browser that starts, or a page that opens. */
export const START_MS = 90_000;
/** Anything else that is asked of a browser. */
export const ANSWER_MS = 60_000;

/** Sockets that cannot be opened are the point of some scenarios; every engine says that in its own words. */
export function isAboutNetwork(complaint: string): boolean {
  return /WebSocket|wss?:\/\/|net::ERR|Failed to load resource|NetworkError|ServiceWorker|when fetching the script/i.test(
    complaint,
  );
}

/** The syllables on the way to one: each step of an input method for Korean replaces the one before it. */
export function stepsOf(syllable: string): string[] {
  const [lead, vowel] = syllable.normalize("NFD");
  const open = `${lead}${vowel}`.normalize("NFC");
  // A lone consonant is shown as the letter of its own that keyboards have, not as the half that syllables are made of.
  const letter = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"[lead!.charCodeAt(0) - 0x1100]!;
  return [...new Set([letter, open, syllable])];
}
