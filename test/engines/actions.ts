/** Input as WebDriver and WebDriver BiDi both describe it. https://w3c.github.io/webdriver/#actions */
import { type Key, keys, type Tab } from "./driver.ts";

export interface InputSource {
  type: string;
  id: string;
  parameters?: object;
  actions: object[];
}

/** Keys one after the other. */
export function typing(letters: Iterable<string>): InputSource[] {
  const actions = [...letters].flatMap((value) => [
    { type: "keyDown", value },
    { type: "keyUp", value },
  ]);
  return [{ type: "key", id: "keyboard", actions }];
}

/** One key while others are held. */
export function chord(held: Key[], key: string): InputSource[] {
  const actions = [
    ...held.map((name) => ({ type: "keyDown", value: keys[name] })),
    { type: "keyDown", value: key },
    { type: "keyUp", value: key },
    ...held.map((name) => ({ type: "keyUp", value: keys[name] })).reverse(),
  ];
  return [{ type: "key", id: "keyboard", actions }];
}

export function clicking(x: number, y: number): InputSource[] {
  const actions = [
    { type: "pointerMove", x: Math.round(x), y: Math.round(y) },
    { type: "pointerDown", button: 0 },
    { type: "pointerUp", button: 0 },
  ];
  return [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }];
}

export function tapping(x: number, y: number): InputSource[] {
  const [mouse] = clicking(x, y) as [InputSource];
  return [{ ...mouse, id: "finger", parameters: { pointerType: "touch" } }];
}

/** `id`: another one for each turn. WebKitGTK's driver takes what the same wheel does next as where it turns to. */
export function turning(id: string, x: number, y: number, deltaY: number): InputSource[] {
  const actions = [{ type: "scroll", x: Math.round(x), y: Math.round(y), deltaX: 0, deltaY }];
  return [{ type: "wheel", id, actions }];
}

/** A tab whose driver takes input as these actions. */
export abstract class ActingTab
  implements Pick<Tab, "click" | "tap" | "wheel" | "press" | "selectAll" | "type">
{
  #turns = 0;

  protected abstract act(actions: InputSource[]): Promise<void>;

  click(x: number, y: number): Promise<void> {
    return this.act(clicking(x, y));
  }

  tap(x: number, y: number): Promise<void> {
    return this.act(tapping(x, y));
  }

  wheel(x: number, y: number, deltaY: number): Promise<void> {
    return this.act(turning(`wheel ${++this.#turns}`, x, y, deltaY));
  }

  press(key: Key): Promise<void> {
    return this.act(typing([keys[key]]));
  }

  selectAll(): Promise<void> {
    return this.act(chord(["Control"], "a"));
  }

  type(text: string): Promise<void> {
    return this.act(typing(text));
  }
}
