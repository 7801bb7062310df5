/** What is seen while a run goes on: one line that is written over on a terminal, and now and then a line elsewhere. */
import type { Tally } from "./workload.ts";

const EVERY_MS = 5_000;

export class Progress {
  #live = process.stderr.isTTY === true;
  #shownAt = 0;

  show(fault: string, { sent, acknowledged, received }: Tally, restarts: number, leftMs: number): void {
    const left = `${Math.max(0, Math.round(leftMs / 1000))} s left`;
    this.say(
      `${left}: ${sent} sent, ${acknowledged} acknowledged, ${received} received, ${restarts} restarts; ${fault}`,
    );
  }

  say(text: string): void {
    if (this.#live) process.stderr.write(`\r\x1b[K  ${text}`);
    else if (performance.now() - this.#shownAt > EVERY_MS) {
      this.#shownAt = performance.now();
      process.stderr.write(`  ${text}\n`);
    }
  }

  end(): void {
    if (this.#live) process.stderr.write("\r\x1b[K");
  }
}
