/**
 * What a room's page does before its script is there. It stands in the page itself, behind the frame of the room, so
 * that one can write at once: what is sent waits on the device until the room takes it, and the socket is opened
 * meanwhile. It draws nothing but what was sent, and the name in the page that the service worker keeps for all rooms.
 * Invariant: what was sent stays here under its id until it is an entry of the outbox.
 */
import { SUBPROTOCOL } from "../src/wire/subprotocol.ts";
import { leaveWritten, takeWritten } from "./written.ts";

/** Without an id it could not be kept, and nobody else has it. */
export type Sent = [id: string, text: string];

declare global {
  interface Window {
    /** Only a room's page has it. */
    early?: {
      /**
       * Id and text of what was sent to the room that the address names by now; from then on it is for whoever asks to
       * hear of keys and presses. It stays on the device, where other tabs find it as well: see take-early.ts.
       */
      takeSent(): Sent[];
      /** Likewise the socket; undefined when it is of no use. */
      takeSocket(): WebSocket | undefined;
    };
  }
}

const find = <T extends Element>(what: string) => document.querySelector(what) as T;
const field = find<HTMLTextAreaElement>("textarea");
const button = find<HTMLButtonElement>(".send");
const form = find<HTMLFormElement>("form");
const title = find<HTMLElement>("h1");
const isTouch = matchMedia("(pointer: coarse)").matches;
/** Each address has its own. Back may change it under the page. */
const keyNow = () => `madang.sent${location.pathname}`;
const KEY = keyNow();

/** What throws here is not there: storage that is switched off, a name that is badly encoded. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

let socket = attempt(() => new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws`, SUBPROTOCOL));
const kept = (key: string): Sent[] => attempt(() => JSON.parse(localStorage.getItem(key) ?? "[]")) ?? [];
/** What could not be kept. */
const unkept: Sent[] = [];

window.early = {
  takeSent() {
    field.oninput = field.onkeydown = form.onsubmit = button.onpointerdown = window.onpagehide = null;
    const key = keyNow();
    return key === KEY ? kept(key).concat(unkept.splice(0)) : kept(key);
  },
  takeSocket() {
    const taken = socket;
    socket = undefined;
    if (!taken || taken.readyState > WebSocket.OPEN) return;
    // It may be open already: whoever listens from now on is told all the same.
    if (taken.readyState === WebSocket.OPEN) queueMicrotask(() => taken.onopen?.(new Event("open")));
    return taken;
  },
};

/** Where what was written here before a reload is; see drafts.ts. A new tab has no name yet, and nothing there. */
const tab = attempt(() => sessionStorage.getItem("madang.tab"));
const draftKey = () => `madang.draft/${tab}/${title.textContent}`;

function show(text: string): void {
  const row = document.createElement("article");
  const bubble = document.createElement("p");
  row.className = "message is-own is-first is-pending";
  bubble.className = "bubble";
  bubble.dir = "auto";
  bubble.textContent = text;
  row.append(bubble);
  find(".log-rows").append(row);
}

const look = () => {
  button.disabled = !field.value.trim();
};

function send(): void {
  const text = field.value;
  if (!text.trim()) return;
  // As an entry of the outbox is named: when it was written stands first.
  const id = `${Date.now().toString(36)}-${Math.random()}`;
  try {
    localStorage.setItem(KEY, JSON.stringify([...kept(KEY), [id, text]]));
  } catch {
    unkept.push(["", text]);
  }
  show(text);
  field.value = "";
  write();
}

/** What is changed of a draft is not to come back with the script. */
function write(): void {
  look();
  if (tab)
    attempt(() => localStorage.setItem(draftKey(), JSON.stringify({ text: field.value, at: Date.now() })));
}

field.oninput = write;
field.onkeydown = (event) => {
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
  const chosen = attempt(() => localStorage.getItem("madang.enter"));
  const isAsked = event.ctrlKey || event.metaKey;
  if (!isAsked && (event.shiftKey || (chosen ? chosen !== "send" : isTouch))) return;
  event.preventDefault();
  send();
};
form.onsubmit = (event) => {
  event.preventDefault();
  // That settles a syllable under composition.
  field.blur();
  send();
  field.focus();
};
// Pressing it must not take the focus: on a phone the keyboard would close.
button.onpointerdown = (event) => event.preventDefault();

if (!title.textContent) {
  title.textContent = attempt(() => decodeURIComponent(location.pathname.slice(3).replace(/\/$/, ""))) ?? "";
  document.title = `${title.textContent} · 마당`;
}
if (!isTouch) field.focus();
for (const [, text] of kept(KEY)) show(text);
const draft = attempt(() => JSON.parse(localStorage.getItem(draftKey()) ?? "").text);
const written = takeWritten(title.textContent);
if (written || typeof draft === "string") field.value = written || draft;
look();
window.onpagehide = () => leaveWritten(title.textContent, field.value);

// In the page that is kept the scripts are at hand: they are not to be begun before the first frame.
const { script } = document.body.dataset;
if (script) {
  const begin = () => void import(script);
  requestAnimationFrame(() => setTimeout(begin));
  // Not every page is given frames.
  setTimeout(begin, 250);
}
