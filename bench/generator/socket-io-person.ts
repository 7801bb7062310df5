/**
 * A person on a Socket.IO server: Engine.IO 4 over WebSocket, text packets. 0 open, 2 ping, 3 pong, 40 connected,
 * 42 event.
 */
import { Opcode, putHeader } from "./frame-scanner.ts";
import { PlainPerson } from "./plain-person.ts";
import { putText, TEXT_BYTES } from "./text.ts";

const BEFORE = Buffer.from('42["m","');
const AFTER = Buffer.from('"]');
const PACKET_BYTES = BEFORE.length + TEXT_BYTES + AFTER.length;
const [OPEN, PING, MESSAGE, CONNECTED] = [48, 50, 52, 48];

export class SocketIoPerson extends PlainPerson {
  protected override readonly path = `/socket.io/?EIO=4&transport=websocket&room=${this.room.name}`;

  protected override payload(bytes: Uint8Array, at: number, length: number): void {
    if (length === PACKET_BYTES) this.message(bytes, at + BEFORE.length);
    else if (bytes[at] === PING) this.transmit(Opcode.text, Buffer.from("3"));
    else if (bytes[at] === OPEN) this.transmit(Opcode.text, Buffer.from("40"));
    else if (bytes[at] === MESSAGE && bytes[at + 1] !== CONNECTED) this.live();
  }

  protected override put(out: Uint8Array, at: number, timeUs: number): number {
    putHeader(out, at, Opcode.text, PACKET_BYTES);
    out.set(BEFORE, at + 6);
    putText(out, at + 6 + BEFORE.length, timeUs, this.index, ++this.counter);
    out.set(AFTER, at + 6 + BEFORE.length + TEXT_BYTES);
    return at + 6 + PACKET_BYTES;
  }
}
