/**
 * The one way out of a connection: frames go to the socket, or are held in order while it takes nothing. Large
 * answers come one at a time, each when there is place for it, so that a reader who does not read costs a bounded
 * number of bytes. Invariant: what is held never exceeds `maxHeldBytes`, and order on the socket is order of calls.
 */
import type { SessionSocket } from "./socket.ts";

/** There is place for a large answer while no more than this is unsent. */
const PLACE_BYTES = 64 * 1024;

export class Outlet {
  readonly #socket: SessionSocket;
  readonly #maxHeldBytes: number;
  #held: Uint8Array[] | null = null;
  #heldBytes = 0;
  #closed = false;
  /** Whoever makes a large answer at the moment, and who waits for that. */
  #turn: Promise<void> | null = null;
  #waiting: (() => void) | null = null;

  constructor(socket: SessionSocket, maxHeldBytes: number) {
    this.#socket = socket;
    this.#maxHeldBytes = maxHeldBytes;
  }

  /** Bytes on their way; without bound while frames are held, because those go first. */
  get buffered(): number {
    return this.#held === null ? this.#socket.buffered : Number.POSITIVE_INFINITY;
  }

  /** Copies the frame or keeps it. @returns false when so much is held that the socket counts as stalled. */
  send(frame: Uint8Array): boolean {
    if (this.#held === null && this.#socket.send(frame)) return true;
    this.#held ??= [];
    this.#held.push(frame);
    this.#heldBytes += frame.length;
    return this.#heldBytes <= this.#maxHeldBytes;
  }

  /** The socket took something. @returns whether nothing is held any more. */
  drained(): boolean {
    const held = this.#held;
    while (held && held.length > 0 && this.#socket.send(held[0]!)) this.#heldBytes -= held.shift()!.length;
    if (held && held.length > 0) return false;
    this.#held = null;
    this.#wake();
    return true;
  }

  /** Runs what makes a large answer once those before it are done and there is place. After `close` it runs at once. */
  async turn(work: () => Promise<void>): Promise<void> {
    while (this.#turn) await this.#turn;
    const done = this.#afterPlace(work);
    // The next one waits for this one, whatever becomes of it.
    this.#turn = done.then(
      () => this.#free(),
      () => this.#free(),
    );
    await done;
  }

  /** Nothing is sent any more: what is held is let go, and whoever waits goes on. */
  close(): void {
    this.#closed = true;
    this.#held = null;
    this.#heldBytes = 0;
    const wake = this.#waiting;
    this.#waiting = null;
    wake?.();
  }

  async #afterPlace(work: () => Promise<void>): Promise<void> {
    while (!this.#closed && this.buffered > PLACE_BYTES)
      await new Promise<void>((wake) => {
        this.#waiting = wake;
      });
    await work();
  }

  #free(): void {
    this.#turn = null;
  }

  #wake(): void {
    if (!this.#waiting || this.buffered > PLACE_BYTES) return;
    const wake = this.#waiting;
    this.#waiting = null;
    wake();
  }
}
