import type { Store } from "./store.ts";

/** Milliseconds since 1970 by the server's clock, as far as it is known. */
export const serverNow = ({ client }: Pick<Store, "client">): number =>
  Date.now() + (client?.serverAheadMs ?? 0);
