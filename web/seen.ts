/** Up to which number back rooms were looked at on this device; nothing where the browser keeps nothing. */
const KEY = "madang.back";
/** Rooms of which that is known. */
export const MOST_SEEN = 50;

export function readSeen(): Map<string, number> {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Map();
  }
}

export function writeSeen(seen: ReadonlyMap<string, number>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...seen]));
  } catch {
    // What was looked at is new once more after a reload.
  }
}
