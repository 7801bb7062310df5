/**
 * What stands in the field when a page ends before the drafts are there: the tab's next page of that room has it, and
 * no other tab. Where nothing can be kept it ends with the page.
 */
const keyOf = (room: string | null) => `madang.written/${room}`;

export function leaveWritten(room: string | null, text: string): void {
  if (!text) return;
  try {
    sessionStorage.setItem(keyOf(room), text);
  } catch {
    // As above.
  }
}

/** Empty when nothing was left; once. */
export function takeWritten(room: string | null): string {
  try {
    const text = sessionStorage.getItem(keyOf(room)) ?? "";
    sessionStorage.removeItem(keyOf(room));
    return text;
  } catch {
    return "";
  }
}
