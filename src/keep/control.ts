/**
 * Where a running server takes a word from whoever owns its data folder: a socket in that folder, which nobody else can
 * open. It knows one word, "backup", and answers with the bytes of one. Invariant: of those who ask one is served at a
 * time, as fast as they take what they get, and whoever takes nothing for a while is let go; nothing that happens here
 * ends the server.
 *
 *   <folder>/control    the socket, mode 0600
 */
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { writeRefusal } from "./backup-format.ts";

const NAME = "control";
/** What the systems have place for in a socket's address, with the byte that ends it: macOS 104, Linux 108. */
const MAX_PATH_BYTES = 103;
/** A backup that nobody takes on holds back what is to be erased. */
const STALLED_MS = 60_000;
const MAX_WORD = 64;
/** After a piece for which an erasure was waited for. */
const MOST_REST_MS = 100;

export interface Control {
  close(): Promise<void>;
}

/**
 * Listens in a data folder that this process has locked. `backup`: the bytes of one. A folder in which there can be no
 * socket is told to `report`, and nobody is served.
 */
export async function listenForBackups(
  folder: string,
  backup: () => AsyncIterable<Uint8Array>,
  report: (sentence: string) => void,
  stalledMs = STALLED_MS,
): Promise<Control> {
  const sockets = new Set<Socket>();
  let isBusy = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    // Whoever goes away has nothing to be told.
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.on("timeout", () => socket.destroy());
    socket.setTimeout(stalledMs);
    void wordOf(socket).then(async (word) => {
      if (word === null) return;
      socket.setTimeout(0);
      if (word !== "backup") return void socket.end(writeRefusal(`The server does not know "${word}".`));
      if (isBusy) return void socket.end(writeRefusal("Another backup of this server is being made."));
      isBusy = true;
      try {
        await send(socket, backup(), stalledMs);
      } catch {
        // Whoever asked is told by what is missing.
        socket.destroy();
      } finally {
        isBusy = false;
      }
    });
  });
  const address = addressIn(folder);
  try {
    if (!address) throw new Error("its path is too long for a socket");
    await rm(join(folder, NAME), { force: true });
    await listen(server, address.path);
    await chmod(join(folder, NAME), 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report(`There can be no backup of ${folder} while the server runs: ${reason}.`);
  }
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise<void>((done) => server.close(() => done()));
      address?.close();
    },
  };
}

/** A backup of the running server of a folder, until `signal` says otherwise; null: none is running there. */
export async function askForBackup(
  folder: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | null> {
  if (!existsSync(join(folder, NAME))) return null;
  const address = addressIn(folder);
  if (!address) return null;
  const socket = connect(address.path);
  try {
    await new Promise<void>((done, fail) => socket.once("connect", done).once("error", fail));
  } catch {
    // What a server that was killed left behind.
    socket.destroy();
    return null;
  } finally {
    address.close();
  }
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  socket.write("backup\n");
  return bytesOf(socket);
}

/** Whoever reads them notices by what is missing that they broke off. */
async function* bytesOf(socket: Socket): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of socket) yield bytes as Uint8Array;
  } catch {
    socket.destroy();
  }
}

/** Where a path is too long, Linux knows a shorter one of an open folder. */
function addressIn(folder: string): { path: string; close(): void } | null {
  const path = join(folder, NAME);
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return { path, close: () => undefined };
  if (!existsSync("/proc/self/fd")) return null;
  const open = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${open}/${NAME}`, close: () => closeSync(open) };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(path, () => {
      server.off("error", fail);
      // What accepting fails for is told to nobody here, and to whoever asks by what becomes of their socket.
      server.on("error", () => undefined);
      done();
    });
    server.unref();
  });
}

/** The first line; null: there was none, and the socket is gone or going. */
function wordOf(socket: Socket): Promise<string | null> {
  return new Promise((done) => {
    let text = "";
    socket.setEncoding("latin1");
    socket.on("close", () => done(null));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > MAX_WORD) socket.destroy();
      else if (text.includes("\n")) done(text.slice(0, text.indexOf("\n")));
    });
  });
}

/** Whoever talks in the chat comes first: after each piece it rests for as long as that took. */
async function send(socket: Socket, pieces: AsyncIterable<Uint8Array>, stalledMs: number): Promise<void> {
  let beganAt = performance.now();
  for await (const piece of pieces) {
    if (socket.destroyed) return;
    const hasPlace = socket.write(piece);
    const tookMs = performance.now() - beganAt;
    if (!hasPlace) {
      socket.setTimeout(stalledMs);
      await drained(socket);
      socket.setTimeout(0);
    }
    await new Promise((done) => setTimeout(done, Math.min(tookMs, MOST_REST_MS)));
    beganAt = performance.now();
  }
  socket.setTimeout(stalledMs);
  socket.end();
}

function drained(socket: Socket): Promise<void> {
  return new Promise((done) => {
    const over = () => {
      socket.off("drain", over).off("close", over);
      done();
    };
    socket.on("drain", over).on("close", over);
  });
}
