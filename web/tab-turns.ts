/**
 * Turns among the tabs of one browser where it has no Web Locks, which is on every address without https: two that
 * sent at once would give one number to two messages, and one of them would be lost. A tab asks all others and takes
 * the turn when none objects; who has it objects, and so does who asked at the same time and has the smaller number.
 * A tab that is gone objects to nothing, so those who wait ask again. A mark says that somebody has a turn, or died
 * in it: then whoever asks is patient, as that tab may be busy, and says that it took the turn by force. A tab that was
 * suspended in its turn hears that when it wakes. Invariant: of the tabs that answer within these times at most one has
 * a turn of one name.
 */
const OBJECTION_MS = 200;
const PATIENT_MS = 1_000;
const AGAIN_MS = 1_000;

const Say = { ask: 0, asked: 1, held: 2, free: 3, taken: 4 } as const;

export interface Channel {
  postMessage(word: unknown): void;
  onmessage: ((event: MessageEvent) => unknown) | null;
}

/** What all tabs see at once: localStorage. */
export type Marks = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class TabTurns {
  readonly #channel: Channel;
  readonly #marks: Marks;
  readonly #id: number;
  /** The last turn of each name asked for in this tab. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** Turns it has, with the way to lose each. */
  readonly #held = new Map<string, () => void>();
  /** Names asked for right now, with the way to give that up. */
  readonly #asking = new Map<string, () => void>();
  readonly #wake = new Map<string, () => void>();

  /** `random`: in [0, 1). */
  constructor(channel: Channel, marks: Marks, random: () => number) {
    this.#channel = channel;
    this.#marks = marks;
    this.#id = random();
    channel.onmessage = ({ data: [say, name, from] }) => this.#hear(say, name, from);
  }

  /**
   * Runs `task` when it has the turn of that name, and tells it whether it was taken by force. Rejects when `signal`
   * gave the wait up, when another tab took the turn, or as the task does.
   */
  take(name: string, signal: AbortSignal, task: (isForced: boolean) => Promise<void>): Promise<void> {
    const before = this.#last.get(name);
    const mine = (async () => {
      await before;
      const isForced = await this.#acquire(name, signal);
      let lose!: () => void;
      const lost = new Promise<never>((_, reject) => {
        lose = () => reject(new DOMException("another tab took the turn", "AbortError"));
      });
      this.#held.set(name, lose);
      try {
        await Promise.race([task(isForced), lost]);
      } finally {
        if (this.#held.get(name) === lose) this.#free(name);
      }
    })();
    // Whoever comes next waits for the end of this one, however it ended; its own caller sees the error.
    this.#last.set(
      name,
      mine.catch(() => undefined),
    );
    return mine;
  }

  /** The page ends, or is put aside for a return: no turn of it is worth the patience of the next one. */
  end(): void {
    for (const [name, lose] of this.#held) {
      this.#free(name);
      lose();
    }
  }

  #free(name: string): void {
    this.#held.delete(name);
    this.#marks.removeItem(markOf(name));
    this.#say(Say.free, name);
  }

  /** @returns whether somebody had the turn and did not answer. */
  async #acquire(name: string, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      signal.throwIfAborted();
      let isMine = true;
      const objected = new Promise<void>((over) => {
        this.#asking.set(name, () => {
          isMine = false;
          over();
        });
      });
      this.#say(Say.ask, name);
      await Promise.race([objected, pause(this.#isMarked(name) ? PATIENT_MS : OBJECTION_MS)]);
      this.#asking.delete(name);
      if (isMine && !signal.aborted) {
        const isForced = this.#isMarked(name);
        if (isForced) this.#say(Say.taken, name);
        this.#marks.setItem(markOf(name), "1");
        return isForced;
      }
      await Promise.race([pause(AGAIN_MS), new Promise<void>((wake) => this.#wake.set(name, wake))]);
    }
  }

  #hear(say: number, name: string, from: number): void {
    const giveUp = this.#asking.get(name);
    if (say === Say.free) this.#wake.get(name)?.();
    else if (say === Say.taken) {
      const lose = this.#held.get(name);
      this.#held.delete(name);
      lose?.();
    } else if (say === Say.ask && this.#held.has(name)) this.#say(Say.held, name);
    // Of two that ask at once the one with the larger number gives way, whether or not it was first. All hear each
    // word, so an objection to somebody else must not be taken for one's own.
    else if (say === Say.held || from < this.#id) giveUp?.();
    else if (say === Say.ask && giveUp) this.#say(Say.asked, name);
  }

  #isMarked(name: string): boolean {
    return this.#marks.getItem(markOf(name)) !== null;
  }

  #say(say: number, name: string): void {
    this.#channel.postMessage([say, name, this.#id]);
  }
}

/** The turns of this tab. */
export function startTurns(channel: BroadcastChannel): TabTurns {
  const turns = new TabTurns(channel, localStorage, Math.random);
  window.addEventListener("pagehide", () => turns.end());
  return turns;
}

const markOf = (name: string) => `madang.turn.${name}`;

function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms));
}
