/**
 * HTTP by hand: bytes as they stand, on a bare socket. What a proper client would never send can be sent so.
 */
import { connect, type Socket } from "node:net";

export interface Heard {
  /** All that the server said. */
  text: string;
  /** The status of each answer, in order. */
  statuses: number[];
  /** Whether the server ended the connection. */
  ended: boolean;
}

/** A server that says nothing this long says nothing more. */
const QUIET_MS = 1_000;

/** What the server says to these bytes until it ends the connection, is quiet, or `enough` came. */
export function exchange(
  port: number,
  pieces: string | (string | Buffer)[],
  enough: (text: string) => boolean = () => false,
): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (ended: boolean) => {
      socket.destroy();
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
      resolve({ text, statuses, ended });
    };
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (enough(text)) finish(false);
    });
    socket.on("close", () => finish(true));
    socket.on("error", () => finish(true));
    socket.setTimeout(QUIET_MS, () => finish(false));
    socket.setNoDelay(true);
    for (const piece of Array.isArray(pieces) ? pieces : [pieces]) socket.write(piece);
  });
}

/** A request without a body. Headers as lines; Host stands first unless one of them is a Host. */
export function request(path: string, headers: string[] = [], method = "GET"): string {
  const host = headers.some((line) => /^host:/i.test(line)) ? [] : ["Host: localhost"];
  return `${[`${method} ${path} HTTP/1.1`, ...host, ...headers].join("\r\n")}\r\n\r\n`;
}

/** The handshake of a WebSocket, with some headers in place of others; null leaves one out. */
export function handshake(other: Record<string, string | null> = {}): string {
  const headers: Record<string, string | null> = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "madang.1",
    ...other,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : `${name}: ${value}`,
  );
  return request("/ws", lines);
}

/** A connection that sends and never reads. Resolves when the server ended it or took nothing more for a while. */
export function sendUnread(port: number, bytes: Buffer, times: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let left = times;
    const push = (): void => {
      while (left > 0) {
        left--;
        if (!socket.write(bytes)) return;
      }
      resolve(socket);
    };
    socket.pause();
    socket.on("connect", push);
    socket.on("drain", push);
    socket.on("error", () => resolve(socket));
    socket.on("close", () => resolve(socket));
    socket.setTimeout(QUIET_MS, () => resolve(socket));
  });
}
