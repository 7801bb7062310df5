/**
 * Lets some people of a crowd stop reading again and again while the others go on. Whoever is sampled is left alone, so
 * that latency is that of the readers who keep up. Invariant: after `stop` everybody reads.
 */
import type { Person } from "./person.ts";

const LEAST_STALL_MS = 100;
/** Between two stalls of one person. */
const PAUSE_MS = 500;

export function startStalls(people: readonly Person[], count: number, longestMs: number): () => void {
  const timers = new Map<Person, ReturnType<typeof setTimeout>>();
  const some = people.filter((person) => !person.sampled).slice(0, count);
  const next = (person: Person, stalled: boolean): void => {
    person.stall(stalled);
    const ms = stalled
      ? LEAST_STALL_MS + Math.random() * (longestMs - LEAST_STALL_MS)
      : Math.random() * PAUSE_MS;
    timers.set(
      person,
      setTimeout(() => next(person, !stalled), ms),
    );
  };
  for (const person of some) next(person, true);
  return () => {
    for (const [person, timer] of timers) {
      clearTimeout(timer);
      person.stall(false);
    }
  };
}
