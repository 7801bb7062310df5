/**
 * Listening on an address, once: another process that holds the port is an error, not somebody to share it with.
 */
import uWS, { type TemplatedApp, type us_listen_socket } from "uWebSockets.js";

/** The port is in use by another process, or may not be used. */
export class ListenError extends Error {
  override name = "ListenError";
}

export interface Listening {
  port: number;
  socket: us_listen_socket;
}

/** @throws ListenError */
export function listen(app: TemplatedApp, host: string, port: number): Listening {
  // Without the exclusive flag two processes could listen on one port and share its connections between them. The
  // published types know neither the flag's name as a value nor the call with a host and an option.
  const { LIBUS_LISTEN_EXCLUSIVE_PORT } = uWS as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number };
  const listener = app as unknown as {
    listen(
      host: string,
      port: number,
      option: number,
      done: (socket: us_listen_socket | false) => void,
    ): void;
  };
  // The transport answers before it returns.
  let listening: Listening | null = null;
  listener.listen(host, port, LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (socket) listening = { socket, port: portOf(socket) };
  });
  if (listening === null)
    throw new ListenError(`Cannot listen on ${host}:${port}: the port is in use or not allowed.`);
  return listening;
}

function portOf(socket: us_listen_socket): number {
  return uWS.us_socket_local_port(socket as unknown as Parameters<typeof uWS.us_socket_local_port>[0]);
}
