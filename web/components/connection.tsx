/**
 * The state of the connection, seen only while it is not good. The status is always there, so that a screen reader
 * hears it change; the countdown is kept from it, or it would be read every second.
 */
import { ClientState } from "../../src/client/contract.ts";
import { Close } from "../../src/wire/codes.ts";
import type { Store } from "../store.ts";

export function Connection({ store }: { store: Store }) {
  const { texts, online } = store;
  const { state, retryAt, code, lost } = store.connection;
  // The browser knows that it is offline long before the socket does.
  const isGood = online && (state === ClientState.ready || state === ClientState.idle);
  // An attempt that follows a lost connection says the same as the wait before it.
  const isFirst = !lost && (state === ClientState.connecting || state === ClientState.greeting);
  const reason = code === null ? undefined : texts.closes[code];
  const isOver = state === ClientState.closed;
  const otherwise = isFirst ? texts.connecting : isOver ? texts.broken : texts.lost;
  const sentence = online ? (reason ?? otherwise) : texts.offline;
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return (
    <div
      class={`connection${isFirst && code !== Close.goingAway ? " late" : ""}`}
      role="status"
      aria-label={texts.connection}
    >
      {!isGood && (
        <p>
          <span>{sentence}</span>
          {state === ClientState.waiting && seconds > 0 && (
            <span aria-hidden="true">{texts.retryIn(seconds)}</span>
          )}
          {(isOver || lost) && (
            <button type="button" onClick={() => store.retryNow()}>
              {isOver ? texts.reload : texts.retryNow}
            </button>
          )}
        </p>
      )}
      {(store.memoryOnly || store.notKept) && <p>{store.memoryOnly ? texts.memoryOnly : texts.notKept}</p>}
    </div>
  );
}
