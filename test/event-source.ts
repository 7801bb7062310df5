/** A reader of server-sent events by plain sockets, as the format is written (HTML, section 9.2.6): nothing is repaired. */
import { connect, type Socket } from "node:net";

export interface SentEvent {
  type: string;
  id: string | null;
  data: Record<string, unknown>;
}

export class EventReader implements Disposable {
  readonly events: SentEvent[] = [];
  comments = 0;
  retryMs = 0;
  status = 0;
  head = "";
  isClosed = false;
  /** Whether the body came to its end as chunks say it. */
  isWhole = false;
  readonly socket: Socket;
  #raw = Buffer.alloc(0);
  #text = "";

  constructor(url: string, path: string, headers: Record<string, string> = {}) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join("")}\r\n`);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("close", () => {
      this.isClosed = true;
    });
    socket.on("error", () => undefined);
    this.socket = socket;
  }

  /** Of records and gaps, in the order in which they came. */
  get numbers(): number[] {
    return this.events.flatMap(({ type, data }) => {
      if (type === "gap") return range(Number(data.from), Number(data.to));
      return type === "message" ? [Number(data.seq)] : [];
    });
  }

  get lastId(): string | null {
    return this.events.findLast(({ id }) => id !== null)?.id ?? null;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#raw = Buffer.concat([this.#raw, chunk]);
    if (this.status === 0) {
      const end = this.#raw.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.head = this.#raw.subarray(0, end).toString();
      this.status = Number(/^HTTP\/1\.1 (\d+)/.exec(this.head)?.[1]);
      this.#raw = this.#raw.subarray(end + 4);
    }
    if (this.status !== 200) return;
    for (;;) {
      // The transport sends the line break that ends a chunk with the chunk behind it.
      const begin = this.#raw.subarray(0, 2).toString() === "\r\n" ? 2 : 0;
      const line = this.#raw.indexOf("\r\n", begin);
      if (line < 0) return;
      const length = Number.parseInt(this.#raw.subarray(begin, line).toString(), 16);
      if (this.#raw.length < line + 2 + length) return;
      if (length === 0) {
        this.isWhole = true;
        return;
      }
      this.#text += this.#raw.subarray(line + 2, line + 2 + length).toString();
      this.#raw = this.#raw.subarray(line + 2 + length);
      this.#dispatch();
    }
  }

  #dispatch(): void {
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop()!;
    for (const block of blocks) {
      const event: SentEvent = { type: "message", id: null, data: {} };
      let hasData = false;
      for (const line of block.split("\n")) {
        const [, field, value = ""] = /^([a-z]*)(?:: (.*))?/s.exec(line) ?? [];
        if (line.startsWith(":")) this.comments++;
        else if (field === "retry") this.retryMs = Number(value);
        else if (field === "id") event.id = value;
        else if (field === "event") event.type = value;
        else if (field === "data") {
          event.data = JSON.parse(value);
          hasData = true;
        } else throw new Error(`a line that is none of the format: ${line}`);
      }
      if (hasData) this.events.push(event);
    }
  }
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
