/** When retention is applied: in the background, a small step at a time. What goes is decided in retention.ts. */
import type { Rooms } from "./rooms.ts";

/** Every room is looked at this often. */
const EVERY_MS = 60_000;
/** For the first time so long after the start. */
const FIRST_MS = 1_000;

/** What is kept: 0 keeps everything, and ends no room. */
interface Keeping {
  keepMs: number;
  keepMessages: number;
  endEmptyMs: number;
}

/** @returns the way to stop it */
export function retain(rooms: Rooms, keeping: Keeping, onFatal: (error: unknown) => void): () => void {
  const { keepMs, keepMessages, endEmptyMs } = keeping;
  let cancel: () => void;
  let stopped = false;
  const round = async (): Promise<void> => {
    const olderThan = keepMs === 0 ? 0 : rooms.loop.now() - keepMs;
    // The newest one lies 0 below the head.
    const belowHead = keepMessages === 0 ? Number.MAX_SAFE_INTEGER : keepMessages - 1;
    await rooms.applyRetention(olderThan, belowHead, () => stopped);
    if (endEmptyMs > 0) await rooms.endEmpty(endEmptyMs, () => stopped);
    if (!stopped) cancel = rooms.loop.after(EVERY_MS, () => void round().catch(onFatal));
  };
  cancel = rooms.loop.after(FIRST_MS, () => void round().catch(onFatal));
  return () => {
    stopped = true;
    cancel();
  };
}
