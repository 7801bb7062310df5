/**
 * What a page hears of moves of the identity: that it was opened by the link of one, whose words leave the address
 * before anything else happens, and that another tab of this browser is somebody else from now on. That has to be so
 * here too: no two tabs are different people. The rest comes when it is asked for.
 */
import type { Store } from "./store.ts";

export const LINK = "#move=";
export function listenToMoves(store: Store): void {
  const { hash } = location;
  store.tabs = new BroadcastChannel("madang.moved");
  store.tabs.onmessage = ({ data: isForgotten }: MessageEvent<boolean>) => {
    if (isForgotten) void import("./device.ts").then(({ startAnew }) => startAnew(true));
    else store.reload();
  };
  addEventListener("hashchange", () => take(store, location.hash));
  take(store, hash);
}

function take(store: Store, hash: string): void {
  if (!hash.startsWith(LINK)) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  const said = words(hash.slice(LINK.length));
  void store.withPart(import("./components/move-in.tsx"), ({ showMoveIn }) => showMoveIn(store, said));
}

/** As they stand in a link, with something between them that needs no escape. */
function words(escaped: string): string {
  try {
    return decodeURIComponent(escaped).replaceAll("-", " ");
  } catch {
    return "";
  }
}
