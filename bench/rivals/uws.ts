/** Bare uWebSockets.js: one publish for each message, nothing stored. */
import uws from "uWebSockets.js";

interface User {
  room: string;
}

const app = uws.App();

app.ws<User>("/*", {
  compression: uws.DISABLED,
  maxPayloadLength: 1024,
  // Nothing is dropped, whatever a receiver leaves lying.
  maxBackpressure: 1024 * 1024 * 1024,
  idleTimeout: 120,
  upgrade(res, req, context) {
    res.upgrade<User>(
      { room: req.getUrl() },
      req.getHeader("sec-websocket-key"),
      req.getHeader("sec-websocket-protocol"),
      req.getHeader("sec-websocket-extensions"),
      context,
    );
  },
  open(ws) {
    ws.subscribe(ws.getUserData().room);
    ws.send("live");
  },
  message(ws, message) {
    app.publish(ws.getUserData().room, message, true);
  },
});

app.listen("127.0.0.1", 0, (socket) => {
  if (!socket) throw new Error("cannot listen");
  console.log(`listening on ${uws.us_socket_local_port(socket)}`);
  process.on("SIGTERM", () => {
    uws.us_listen_socket_close(socket);
    process.exit(0);
  });
});
