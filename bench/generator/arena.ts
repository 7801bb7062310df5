/**
 * The one buffer that all sockets of the generator read into. A read is looked at before the next one happens, so no
 * socket needs a buffer of its own, and small enough the bytes stay in the processor's cache. In front of the part that
 * is read into there is room for what was left of a connection's frame, so that a split frame is whole again without a
 * copy of the new bytes.
 */
export class Arena {
  readonly bytes: Uint8Array;
  /** Where every read begins. */
  readonly start: number;
  /** What is given to the sockets. */
  readonly readable: Uint8Array;

  constructor(headroomBytes = 128 * 1024, readBytes = 128 * 1024) {
    this.bytes = new Uint8Array(headroomBytes + readBytes);
    this.start = headroomBytes;
    this.readable = this.bytes.subarray(headroomBytes);
  }
}
