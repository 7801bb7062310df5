/**
 * Asks the tab that has a turn whether it still lives. One that is suspended by the browser, or stopped by a debugger,
 * keeps its Web Locks and sends nothing: what other tabs wrote would wait for it. Loaded by whoever waits for a turn.
 */
const ANSWER_MS = 1_000;
const AGAIN_MS = 1_000;

/** True once nobody says to have the turn of that name, false when `isOver`. Nothing is asked while nobody looks. */
export async function isSilent(
  channel: BroadcastChannel,
  name: string,
  isOver: () => boolean,
): Promise<boolean> {
  let hasAnswered = false;
  const hear = ({ data: [about, isAnswer] }: MessageEvent) => {
    if (isAnswer && about === name) hasAnswered = true;
  };
  channel.addEventListener("message", hear);
  try {
    while (!isOver()) {
      hasAnswered = document.hidden;
      channel.postMessage([name]);
      await pause(ANSWER_MS);
      if (!hasAnswered) return !isOver();
      await pause(AGAIN_MS);
    }
    return false;
  } finally {
    channel.removeEventListener("message", hear);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms));
}
