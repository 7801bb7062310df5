/** Deno's own server: a loop of sends for each message. Runs under Deno, when that is installed. */
declare const Deno: {
  pid: number;
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request) => Response,
  ): void;
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout: number },
  ): { socket: WebSocket; response: Response };
};

const rooms = new Map<string, Set<WebSocket>>();

const onListen = ({ port }: { port: number }) => console.log(`listening on ${port} as ${Deno.pid}`);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, (request) => {
  const name = new URL(request.url).pathname;
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  socket.binaryType = "arraybuffer";
  const people = rooms.get(name) ?? new Set();
  rooms.set(name, people);
  socket.onopen = () => {
    people.add(socket);
    socket.send("live");
  };
  socket.onmessage = ({ data }) => {
    for (const person of people) if (person.readyState === WebSocket.OPEN) person.send(data);
  };
  socket.onclose = () => people.delete(socket);
  return response;
});
