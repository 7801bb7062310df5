/** The library ws: each message is framed once, and the same bytes are written to everybody in the room. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as library from "ws";

/** What Socket.IO uses too when it sends one packet to many; the types of the package leave it out. */
interface Framer {
  frame(message: library.RawData, options: object): Buffer[];
}
interface Framed extends library.WebSocket {
  _sender: { sendFrame(frame: Buffer[]): void };
}

const { Sender } = library as unknown as { Sender: Framer };
const rooms = new Map<string, Set<Framed>>();
const http = createServer();
const server = new library.WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 1024 });
const framing = { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: true };

server.on("connection", (socket: Framed, request) => {
  const name = request.url ?? "/";
  const people = rooms.get(name) ?? new Set();
  rooms.set(name, people.add(socket));
  socket.on("message", (message) => {
    const frame = Sender.frame(message, framing);
    for (const person of people) person._sender.sendFrame(frame);
  });
  socket.on("close", () => people.delete(socket));
  socket.send("live");
});

http.listen(0, "127.0.0.1", 4096, () => {
  console.log(`listening on ${(http.address() as AddressInfo).port}`);
});
process.on("SIGTERM", () => process.exit(0));
