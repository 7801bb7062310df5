/**
 * The network between clients and server, as bad as asked: passes bytes on until it is told to cut, freeze, orphan or
 * stall some of its links. Knows nothing of what it carries. Its port stays while servers come and go behind it.
 */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Random } from "../random.ts";
import { serve } from "./roles.ts";

interface Link {
  client: Socket;
  server: Socket;
  /** Bytes that still pass before the link breaks in the middle of whatever it carries. */
  left: number;
  frozen: boolean;
  stalled: boolean;
}

export interface Harm {
  /** Of the links there are, how many. */
  share: number;
  ms: number;
}

export function runProxy(): void {
  let target = 0;
  let random = new Random(0);
  const links = new Set<Link>();

  const destroy = (link: Link): void => {
    links.delete(link);
    link.client.destroy();
    link.server.destroy();
  };

  const carry = (link: Link, from: Socket, to: Socket): void => {
    from.on("data", (bytes) => {
      if (link.frozen) return;
      const passing = bytes.subarray(0, link.left);
      link.left -= passing.length;
      if (!to.destroyed && !to.write(passing)) {
        from.pause();
        to.once("drain", () => link.stalled || from.resume());
      }
      if (link.left > 0) return;
      // Some ends are told by the network, some are not.
      if (random.chance(0.5)) to.resetAndDestroy();
      else to.end(() => destroy(link));
      from.destroy();
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      if (!link.frozen) destroy(link);
    });
  };

  const listener = createServer((client) => {
    client.on("error", () => undefined);
    if (target === 0) {
      client.destroy();
      return;
    }
    client.setNoDelay(true);
    const server = connect({ host: "127.0.0.1", port: target, noDelay: true });
    const link = { client, server, left: Number.POSITIVE_INFINITY, frozen: false, stalled: false };
    links.add(link);
    carry(link, client, server);
    carry(link, server, client);
  });

  const some = (share: number): Link[] => [...links].filter((link) => !link.frozen && random.chance(share));
  const later = (ms: number, task: () => void) => void setTimeout(task, ms).unref();

  serve({
    listen: ({ seed }: { seed: number }) => {
      random = new Random(seed, "proxy");
      return new Promise<number>((ready) =>
        listener.listen(0, "127.0.0.1", () => ready((listener.address() as AddressInfo).port)),
      );
    },
    /** Where new links go; 0: nowhere. */
    target: ({ port }: { port: number }) => {
      target = port;
    },
    /** Breaks links after some more bytes. */
    cut: ({ share }: Harm) => {
      const chosen = some(share);
      for (const link of chosen) link.left = random.between(1, 3_000);
      return chosen.length;
    },
    /** Passes nothing on any more, and tells nobody until the time is over. */
    freeze: ({ share, ms }: Harm) => {
      const chosen = some(share);
      for (const link of chosen) {
        link.frozen = true;
        later(ms, () => destroy(link));
      }
      return chosen.length;
    },
    /** The client loses its connection, the server does not notice yet. */
    orphan: ({ share, ms }: Harm) => {
      const chosen = some(share);
      for (const link of chosen) {
        link.frozen = true;
        link.client.destroy();
        later(ms, () => destroy(link));
      }
      return chosen.length;
    },
    /** The client does not read for a while. */
    stall: ({ share, ms }: Harm) => {
      const chosen = some(share);
      for (const link of chosen) {
        link.stalled = true;
        link.server.pause();
        later(ms, () => {
          link.stalled = false;
          link.server.resume();
        });
      }
      return chosen.length;
    },
    /** Ends what is wrong with any link, by ending the link. */
    heal: () => {
      for (const link of [...links]) if (link.frozen || link.left !== Number.POSITIVE_INFINITY) destroy(link);
    },
  });
}
