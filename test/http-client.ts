/** Plain HTTP as tests speak it: requests, and bytes that are none. */
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import type { TestServer } from "./running-server.ts";

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  json: unknown;
}

export function ask(
  server: TestServer,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | string[] } = {},
): Promise<Reply> {
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request(server.url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers["content-type"]?.startsWith("application/json") && text !== "";
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: text,
          json: isJson ? JSON.parse(text) : null,
        });
      });
    });
    asked.on("error", reject);
    // Several pieces are sent chunked, without a length.
    for (const piece of Array.isArray(body) ? body : []) asked.write(piece);
    asked.end(typeof body === "string" ? body : undefined);
  });
}

/** What the server says to these bytes until it ends the connection, or `enough` of it came. */
export function exchange(server: TestServer, bytes: string, enough = (_: string) => false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    const finish = () => {
      socket.destroy();
      resolve(text);
    };
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (enough(text)) finish();
    });
    socket.on("close", finish);
    socket.on("error", finish);
    socket.setTimeout(1_000, finish);
    socket.write(bytes);
  });
}
