/** The thousands of a restart, in a process of their own: brings them in, lets some write, and counts. */
import { CrowdPerson, type CrowdTally } from "./crowd-person.ts";
import { serve } from "./roles.ts";

export interface CrowdFigures {
  sent: number;
  /** Messages whose author does not know them stored, or that a room's sampled reader never got. */
  lost: number;
  doubled: number;
  /** Readers that are not at the newest number of their room, or not live. */
  behind: number;
  holes: number;
  resets: number;
  refused: number;
  /** Connections that became live within one second, at most. */
  peakPerSecond: number;
  longestMs: number;
}

const PEOPLE_PER_ROOM = 100;
/** A source address has some 28,000 ports, and those used a moment ago rest for a while. */
const SOURCES = 16;
const AT_ONCE = 200;
const ENTER_MS = 20_000;
const WRITE_MS = 20;

export function runCrowd(): void {
  const tally: CrowdTally = { lives: [], holes: 0, resets: 0, longestMs: 0, refused: 0 };
  let people: CrowdPerson[] = [];
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number) => new Promise<void>((next) => setTimeout(next, ms));
  const allLive = () => people.every(({ live }) => live);

  const heads = (): Map<string, number> => {
    const newest = new Map<string, number>();
    for (const { room, seq } of people) newest.set(room, Math.max(newest.get(room) ?? 0, seq));
    return newest;
  };
  const behind = (): number => {
    const newest = heads();
    return people.filter(({ live, seq, room }) => !live || seq !== newest.get(room)).length;
  };
  const unsettled = () => people.reduce((sum, { open }) => sum + open.size, 0);

  serve({
    open: async ({ port, count }: { port: number; count: number }) => {
      people = Array.from({ length: count }, (_, i) => {
        const room = `crowd-${Math.floor(i / PEOPLE_PER_ROOM)}`;
        // Only Linux gives every address of 127.0.0.0/8 to the loopback without being told.
        const source = process.platform === "linux" ? `127.0.0.${2 + (i % SOURCES)}` : undefined;
        return new CrowdPerson(`ws://127.0.0.1:${port}/ws`, room, source, i % PEOPLE_PER_ROOM === 0, tally);
      });
      for (let i = 0; i < count; i += AT_ONCE) {
        const some = people.slice(i, i + AT_ONCE);
        for (const person of some) person.connect();
        const until = performance.now() + ENTER_MS;
        while (!some.every(({ live }) => live)) {
          if (performance.now() > until) throw new Error("not everybody could come in");
          await wait(5);
        }
      }
      tally.lives = [];
    },
    /** Somebody says something, every few milliseconds, from here on. */
    write: () => {
      let next = 0;
      timer = setInterval(() => {
        // Neighbours in number are neighbours in a room: the next one is far away.
        next = (next + 1_009) % people.length;
        people[next]!.write(`message ${next}`);
      }, WRITE_MS);
    },
    /** Waits until everybody is back and has everything. */
    settle: async ({ ms }: { ms: number }): Promise<CrowdFigures> => {
      const until = performance.now() + ms;
      while (!allLive() && performance.now() < until) await wait(20);
      await wait(1_000);
      clearInterval(timer);
      while ((unsettled() > 0 || behind() > 0) && performance.now() < until) await wait(20);
      const seen = people.flatMap((person) => (person.seen ? [...person.seen.values()] : []));
      const sent = people.reduce((sum, person) => sum + person.sent, 0);
      const { holes, resets, refused, longestMs } = tally;
      const lost = unsettled() + Math.max(0, sent - seen.length);
      const doubled = seen.filter((times) => times > 1).length + Math.max(0, seen.length - sent);
      const figures = { sent, lost, doubled, behind: behind(), holes, resets, refused };
      return { ...figures, peakPerSecond: peak(tally.lives), longestMs };
    },
    stop: () => {
      for (const person of people) person.stop();
    },
  });
}

function peak(times: number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < sorted.length; to++) {
    while (sorted[to]! - sorted[from]! > 1_000) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
