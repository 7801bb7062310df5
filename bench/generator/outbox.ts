/**
 * The scratch buffer that messages are written into. A socket usually takes a write at once, and then the same bytes
 * serve the next one; when the system did not take all, the bytes belong to that write and a new buffer is made.
 */
import type { Socket } from "node:net";

const SCRATCH_BYTES = 256 * 1024;

export class Outbox {
  bytes = Buffer.allocUnsafe(SCRATCH_BYTES);

  flush(socket: Socket, length: number): void {
    socket.write(this.bytes.subarray(0, length));
    if (socket.writableLength > 0) this.bytes = Buffer.allocUnsafe(SCRATCH_BYTES);
  }
}
