/**
 * A person on a server that sends every message back as one WebSocket message of the same bytes: all rivals but
 * Socket.IO. The server says with one short message that the person is in the room.
 */
import { Opcode, putHeader } from "./frame-scanner.ts";
import { Person } from "./person.ts";
import { nowUs } from "./tally.ts";
import { counterOf, putText, senderOf, TEXT_BYTES, timeOf } from "./text.ts";

export class PlainPerson extends Person {
  protected readonly path = `/${this.room.name}`;
  /** Of each sender the last counter seen; only for sampled people. */
  #counters: Int32Array | null = null;

  protected opened(): void {
    // Nothing to say: the path names the room.
  }

  need(_bytes: Uint8Array, _at: number, length: number): number {
    return length;
  }

  protected payload(bytes: Uint8Array, at: number, length: number): void {
    if (length === TEXT_BYTES) this.message(bytes, at);
    else this.live();
  }

  protected message(bytes: Uint8Array, at: number): void {
    this.received++;
    const { tally } = this.common;
    tally.deliver(1);
    if (this.closedLoop && this.#isOwn(bytes, at)) {
      this.returned++;
      tally.sample(timeOf(bytes, at), nowUs());
    }
    if (!this.sampled) return;
    if (!this.closedLoop) tally.sample(timeOf(bytes, at), nowUs());
    this.#check(senderOf(bytes, at), counterOf(bytes, at));
  }

  protected put(out: Uint8Array, at: number, timeUs: number): number {
    putHeader(out, at, Opcode.binary, TEXT_BYTES);
    putText(out, at + 6, timeUs, this.index, ++this.counter);
    return at + 6 + TEXT_BYTES;
  }

  /** Compares the last digits first: that tells most messages of others at once. */
  #isOwn(bytes: Uint8Array, at: number): boolean {
    return bytes[at + 21] === 48 + (this.index % 10) && senderOf(bytes, at) === this.index;
  }

  #check(sender: number, counter: number): void {
    this.#counters ??= new Int32Array(this.common.people);
    const last = this.#counters[sender]!;
    if (counter > last + 1) this.common.tally.gaps++;
    else if (counter <= last) this.common.tally.repeats++;
    this.#counters[sender] = counter;
  }
}
