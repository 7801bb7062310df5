/**
 * The state of the connection, seen only while it is not good. It lies over the page and moves nothing of it; at a
 * retry nothing in it moves either. The status is always there, so that a screen reader hears the sentence change;
 * the countdown and the buttons are kept from it, or they would be read with each of them. That the connection is
 * there again needs no place to be seen, but has to be heard.
 */
import { ClientState } from "../../src/client/contract.ts";
import { Close } from "../../src/wire/codes.ts";
import type { Store } from "../store.ts";

export function Connection({ store }: { store: Store }) {
  const { texts, online, current: view, Remarks } = store;
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
    <>
      <div
        class={`connection${isFirst && code !== Close.goingAway ? " late" : ""}`}
        role="status"
        aria-label={texts.connection}
        aria-atomic="false"
      >
        {!isGood && (
          <p class="bar">
            <span>{sentence}</span>
            {view?.fromDevice && <span>{texts.fromDevice}</span>}
            <span class="retry" aria-live="off">
              {lost && !isOver && (
                <span class="countdown" aria-hidden="true" hidden={seconds === 0}>
                  {texts.retryIn(seconds)}
                </span>
              )}
              {(isOver || lost) && (
                <button type="button" onClick={() => (isOver ? store.reload() : store.retryNow())}>
                  {isOver ? texts.reload : texts.retryNow}
                </button>
              )}
            </span>
          </p>
        )}
        {store.isLacking && <p>{texts.refused}</p>}
        {Remarks && <Remarks store={store} />}
      </div>
      <p class="unseen" aria-live="polite">
        {isGood && store.hasReturned && texts.connected}
      </p>
    </>
  );
}
