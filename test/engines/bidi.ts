/** Commands of WebDriver BiDi over its WebSocket. Knows no browser. https://w3c.github.io/webdriver-bidi/ */
import { WebSocket } from "ws";
import { ANSWER_MS } from "./driver.ts";

type Json = Record<string, unknown>;

interface Answer {
  id?: number;
  method?: string;
  params?: Json;
  result?: Json;
  error?: string;
  message?: string;
}

export class Bidi {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #onEvent: (method: string, params: Json) => void;
  #lastId = 0;

  static async connect(url: string, onEvent: (method: string, params: Json) => void): Promise<Bidi> {
    const socket = new WebSocket(url, { handshakeTimeout: ANSWER_MS, perMessageDeflate: false });
    await new Promise((open, failed) => {
      socket.once("open", open);
      socket.once("error", failed);
    });
    return new Bidi(socket, onEvent);
  }

  private constructor(socket: WebSocket, onEvent: (method: string, params: Json) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on("message", (data) => this.#take(JSON.parse(String(data))));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      for (const answer of this.#waiting.values()) answer({ error: "the browser is gone" });
    });
  }

  #take(answer: Answer): void {
    if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    else if (answer.method) this.#onEvent(answer.method, answer.params ?? {});
  }

  /** @throws Error when the browser refuses it, is gone, or does not answer within `timeoutMs` */
  async send(method: string, params: Json = {}, timeoutMs = ANSWER_MS): Promise<Json> {
    const id = ++this.#lastId;
    const answer = await new Promise<Answer>((done) => {
      const timer = setTimeout(() => done({ error: `no answer in ${timeoutMs} ms` }), timeoutMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        done(answer);
      });
      this.#socket.send(JSON.stringify({ id, method, params }), (error) => {
        if (error) this.#waiting.get(id)?.({ error: String(error) });
      });
    });
    this.#waiting.delete(id);
    if (answer.error) throw new Error(`${method}: ${answer.error} ${answer.message ?? ""}`);
    return answer.result ?? {};
  }

  close(): void {
    this.#socket.terminate();
  }
}
