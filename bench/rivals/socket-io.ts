/** Socket.IO 4, over WebSocket only, without compression: one emit to the room for each message. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  pingTimeout: 120_000,
});

io.on("connection", (socket) => {
  const room = String(socket.handshake.query.room);
  void socket.join(room);
  socket.on("m", (text: string) => io.to(room).emit("m", text));
  socket.emit("live");
});

http.listen(0, "127.0.0.1", 4096, () => {
  console.log(`listening on ${(http.address() as AddressInfo).port}`);
});
process.on("SIGTERM", () => process.exit(0));
