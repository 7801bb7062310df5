/**
 * A slow network between browser and server: every byte is on its way for half a round trip, a connection costs one
 * round trip before its first byte leaves, and all connections share one rate each way, first come first served. It
 * counts what passes. It knows no slow start: what a page needs to be written in is less than a connection sends at
 * once (ten segments, 14 kB), and so are both scripts as long as they come by connections of their own.
 * Invariant: bytes of one direction of a connection arrive in order, and at most MAX_QUEUED of them are held.
 */
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { serve } from "../torture/roles.ts";

export interface LinkSettings {
  roundTripMs: number;
  /** Each way; 0: no limit. */
  kilobitsPerSecond: number;
}

export interface LinkCounts {
  connections: number;
  requests: number;
  bytesUp: number;
  bytesDown: number;
}

const MAX_QUEUED = 1 << 20;
/** What one connection sends before the next one has its turn. */
const SEGMENT = 1_448;
const REQUEST = /^(?:GET|HEAD|POST) \//;

/** One direction of all connections: when what comes now has left. */
class Pipe {
  #freeAt = 0;

  leaves(bytes: number, notBefore: number, kilobitsPerSecond: number): number {
    const from = Math.max(this.#freeAt, notBefore);
    this.#freeAt = from + (kilobitsPerSecond === 0 ? 0 : (bytes * 8) / kilobitsPerSecond);
    return this.#freeAt;
  }
}

export function runLink(): void {
  let target = 0;
  let bare = 0;
  let toBare = false;
  let settings: LinkSettings = { roundTripMs: 0, kilobitsPerSecond: 0 };
  let counts: LinkCounts = emptyCounts();
  let up = new Pipe();
  let down = new Pipe();
  const sockets = new Set<Socket>();

  const carry = (
    from: Socket,
    to: Socket,
    pipe: () => Pipe,
    openAt: number,
    count: (bytes: Buffer) => void,
  ) => {
    let queued = 0;
    let last = 0;
    const later = (at: number, task: () => void) => {
      // Timers of one time run in the order in which they were set; a later one must never be due earlier.
      last = Math.max(last, Math.ceil(at));
      setTimeout(task, Math.max(0, last - performance.now()));
    };
    from.on("data", (bytes: Buffer) => {
      count(bytes);
      for (let at = 0; at < bytes.length; at += SEGMENT) {
        const segment = bytes.subarray(at, at + SEGMENT);
        queued += segment.length;
        const now = Math.max(performance.now(), openAt);
        const leaves = pipe().leaves(segment.length, now, settings.kilobitsPerSecond);
        later(leaves + settings.roundTripMs / 2, () => {
          queued -= segment.length;
          if (!to.destroyed) to.write(segment);
          if (from.isPaused() && queued < MAX_QUEUED / 2) from.resume();
        });
      }
      if (queued > MAX_QUEUED) from.pause();
    });
    from.on("error", () => undefined);
    from.on("end", () => later(performance.now() + settings.roundTripMs / 2, () => to.end()));
    from.on("close", () => {
      sockets.delete(from);
      later(performance.now() + settings.roundTripMs / 2, () => to.destroy());
    });
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({
      host: "127.0.0.1",
      port: toBare ? bare : target,
      noDelay: true,
      allowHalfOpen: true,
    });
    client.setNoDelay(true);
    sockets.add(client).add(server);
    counts.connections++;
    // The system has accepted it already; over this link that takes one round trip.
    const openAt = performance.now() + settings.roundTripMs;
    carry(
      client,
      server,
      () => up,
      openAt,
      (bytes) => {
        counts.bytesUp += bytes.length;
        if (REQUEST.test(bytes.toString("latin1", 0, 8))) counts.requests++;
      },
    );
    carry(
      server,
      client,
      () => down,
      openAt,
      (bytes) => {
        counts.bytesDown += bytes.length;
      },
    );
  });

  serve({
    listen: ({ port }: { port: number }) => {
      target = port;
      return new Promise<number>((ready) =>
        listener.listen(0, "127.0.0.1", () => ready((listener.address() as AddressInfo).port)),
      );
    },
    /** Another network from now on: what was open is cut, and counting begins anew. */
    set: (wanted: LinkSettings) => {
      for (const socket of sockets) socket.destroy();
      toBare = false;
      settings = wanted;
      counts = emptyCounts();
      up = new Pipe();
      down = new Pipe();
    },
    counts: () => counts,
    /** From now on, until another network is set, the same link leads to this page alone. */
    bare: async (html: string) => {
      const server = createHttpServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(html));
      await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
      server.unref();
      bare = (server.address() as AddressInfo).port;
      toBare = true;
    },
  });
}

const emptyCounts = (): LinkCounts => ({ connections: 0, requests: 0, bytesUp: 0, bytesDown: 0 });
