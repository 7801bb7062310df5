/**
 * Everything that a log holds, wherever it lies: in a data folder or in a backup. Whoever verifies or exports reads it
 * here and changes nothing.
 */
import type { KeyRange } from "../log/level/keys.ts";
import type { Entry } from "../log/level/moment.ts";

export interface Entries {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** In the order of their keys. What cannot be read is passed over, and told to `onUnreadable`. */
  range(range: KeyRange, onUnreadable?: (what: string) => void): AsyncIterable<Entry>;
  close(): Promise<void>;
}
