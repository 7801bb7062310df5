/**
 * Reads what strace wrote (-f -y -xx): system calls with their file and bytes, as they begin and as they return. A
 * traced thread stands still at both ends of a call until strace has written its line, so the order of lines is an
 * order of causes: what a thread did after it learned of a return stands after that return.
 *
 *   1234 write(22<\x2f\x74>, "\x01\x02", 2) = 2
 *   1234 fdatasync(22<\x2f\x74> <unfinished ...>      and later      1234 <... fdatasync resumed>) = 0
 */

export interface Call {
  name: string;
  /** Path of the file, or the name of the socket, which no other connection of the run has. */
  file: string;
  bytes: Buffer;
}

export interface CallListener {
  began(call: Call, line: number): void;
  /** `began` says on which line. */
  returned(call: Call, result: number, began: number, line: number): void;
}

const HEX = /\\x/g;
const CALL = /^(\d+) +(\w+)\(\d+<((?:\\x[0-9a-f]{2})*)>(.*)$/;
const RESUMED = /^(\d+) +<\.\.\. \w+ resumed>.* = (-?\d+)/;
const RESULT = / = (-?\d+)[^"]*$/;
const STRING = /"((?:\\x[0-9a-f]{2})*)"/g;

const unhex = (text: string): Buffer => Buffer.from(text.replace(HEX, ""), "hex");

export class TraceReader {
  #listener: CallListener;
  #line = 0;
  #open = new Map<string, { call: Call; began: number }>();

  constructor(listener: CallListener) {
    this.#listener = listener;
  }

  read(line: string): void {
    this.#line++;
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const [, thread, result] = resumed;
      const open = this.#open.get(thread!);
      this.#open.delete(thread!);
      if (open) this.#listener.returned(open.call, Number(result), open.began, this.#line);
      return;
    }
    const found = CALL.exec(line);
    if (!found) return;
    const [, thread, name, file, rest] = found as unknown as [string, string, string, string, string];
    const bytes = Buffer.concat([...rest.matchAll(STRING)].map(([, hex]) => unhex(hex!)));
    const call = { name, file: unhex(file).toString(), bytes };
    this.#listener.began(call, this.#line);
    const result = RESULT.exec(rest);
    if (result) this.#listener.returned(call, Number(result[1]), this.#line, this.#line);
    else this.#open.set(thread, { call, began: this.#line });
  }
}

/** Takes the bytes of a LevelDB journal apart: 32 KiB pages of fragments, each behind crc (4), length (2), type (1). */
export class JournalStream {
  #at = 0;
  #header = Buffer.alloc(0);
  #left = 0;

  /** The payload in the next bytes of the file, without what frames it. */
  push(bytes: Buffer): Buffer {
    const payload: Buffer[] = [];
    for (let i = 0; i < bytes.length; ) {
      const page = 32_768 - (this.#at % 32_768);
      let take: number;
      if (this.#left > 0) {
        take = Math.min(this.#left, bytes.length - i);
        payload.push(bytes.subarray(i, i + take));
        this.#left -= take;
      } else if (this.#header.length === 0 && page < 7) take = Math.min(page, bytes.length - i);
      else {
        take = Math.min(7 - this.#header.length, bytes.length - i);
        this.#header = Buffer.concat([this.#header, bytes.subarray(i, i + take)]);
        if (this.#header.length === 7) {
          this.#left = this.#header.readUInt16LE(4);
          this.#header = Buffer.alloc(0);
        }
      }
      i += take;
      this.#at += take;
    }
    return Buffer.concat(payload);
  }
}

/** Takes what a server sends on one connection apart: the answer to the upgrade, then unmasked frames. */
export class FrameStream {
  #held: Buffer = Buffer.alloc(0);
  /** Where the held bytes left, oldest first: line and how many. */
  #left: { line: number; bytes: number }[] = [];
  #upgraded = false;

  /** Whole binary frames that are complete now, each with the line on which its first byte left. */
  *push(bytes: Buffer, line: number): Iterable<{ frame: Uint8Array; line: number }> {
    this.#held = Buffer.concat([this.#held, bytes]);
    this.#left.push({ line, bytes: bytes.length });
    if (!this.#upgraded) {
      const end = this.#held.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#upgraded = true;
      this.#drop(end + 4);
    }
    for (;;) {
      const held = this.#held;
      if (held.length < 2) return;
      const short = held[1]! & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (held.length < head) return;
      const length =
        short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
      if (held.length < head + length) return;
      const frame = new Uint8Array(held.subarray(head, head + length));
      if ((held[0]! & 0xf) === 2) yield { frame, line: this.#left[0]!.line };
      this.#drop(head + length);
    }
  }

  #drop(count: number): void {
    this.#held = this.#held.subarray(count);
    for (let left = count; left > 0; ) {
      const first = this.#left[0]!;
      const gone = Math.min(left, first.bytes);
      first.bytes -= gone;
      left -= gone;
      if (first.bytes === 0) this.#left.shift();
    }
  }
}
