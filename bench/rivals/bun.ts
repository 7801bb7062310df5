/** Bun's own server: one publish for each message. Runs under Bun, when that is installed. */
interface User {
  room: string;
}
interface BunSocket {
  data: User;
  subscribe(room: string): void;
  send(text: string): void;
}
interface BunServer {
  port: number;
  upgrade(request: Request, options: { data: User }): boolean;
  publish(room: string, message: string | Uint8Array): number;
}
declare const Bun: { serve(options: object): BunServer };

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request: Request, server: BunServer) {
    if (server.upgrade(request, { data: { room: new URL(request.url).pathname } })) return undefined;
    return new Response("WebSocket only", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    maxPayloadLength: 1024,
    // Nothing is dropped, whatever a receiver leaves lying.
    backpressureLimit: 1024 * 1024 * 1024,
    idleTimeout: 120,
    open(ws: BunSocket) {
      ws.subscribe(ws.data.room);
      ws.send("live");
    },
    message(ws: BunSocket, message: string | Uint8Array) {
      server.publish(ws.data.room, message);
    },
  },
});
console.log(`listening on ${server.port}`);
process.on("SIGTERM", () => process.exit(0));
