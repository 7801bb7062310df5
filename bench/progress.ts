/**
 * Tells the person at the terminal what is going on: one line that changes on a terminal, plain lines elsewhere.
 */
export class Progress {
  #out: NodeJS.WriteStream;
  #startedAt = performance.now();
  #shown = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** What is being done now. Only a terminal shows it. */
  doing(what: string): void {
    if (!this.#out.isTTY) return;
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    const line = `${String(seconds).padStart(4)} s  ${what}`;
    this.#out.write(`\r\x1b[K\x1b[2m${line.slice(0, (this.#out.columns || 80) - 1)}\x1b[0m`);
    this.#shown = true;
  }

  /** A line that stays. */
  line(text: string): void {
    this.done();
    this.#out.write(`${text}\n`);
  }

  done(): void {
    if (this.#shown) this.#out.write("\r\x1b[K");
    this.#shown = false;
  }
}
