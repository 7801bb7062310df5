/**
 * The law of the pacing window: how long a room's next flush waits after the last one, so that a large and busy room
 * sends fewer and larger frames. A broadcast costs about one system call for each subscriber and flush.
 */

/** Cost of one subscriber in one flush, milliseconds: what the window is weighed against. */
const COST_PER_SUBSCRIBER_MS = 0.002;
/** The window is this many times the cost of the fan-out before it: at most a fifth of the time is spent on it. */
const WEIGHT = 4;
/** Below this no timer is worth it: the room is flushed at once. */
const LEAST_MS = 1;

/** Milliseconds a room with so many live subscribers collects messages after a flush. 0: flush at once. */
export function windowMs(subscribers: number, maxWindowMs: number): number {
  const window = subscribers * COST_PER_SUBSCRIBER_MS * WEIGHT;
  return window < LEAST_MS ? 0 : Math.min(window, maxWindowMs);
}
