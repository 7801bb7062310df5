import type { ClientSocket } from "../src/client/contract.ts";

/** One connection: the client's socket, and what is under way in both directions. */
export class Wire implements ClientSocket {
  binaryType = "arraybuffer";
  bufferedAmount = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  opened = false;
  /** Neither side hears the other any more; what the client had sent may still arrive. */
  cut = false;
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  author = 0;
  inRoom = false;
  /** Nonce of a refused message that has to come again before any later one. */
  barrier = 0;
  /** Messages refused since the last one that was taken. */
  refusedInARow = 0;

  send(bytes: Uint8Array): void {
    if (!this.cut) this.up.push(bytes.slice());
  }

  close(): void {
    this.cut = true;
    this.down.length = 0;
  }

  /** The connection breaks; the client learns of it. */
  break(code = 1006): void {
    if (this.cut) return;
    this.close();
    this.onclose?.({ code } as never);
  }
}
