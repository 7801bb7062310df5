/** What is to be said beside the state of the connection: what is not kept, and that there is a newer page. */
import type { Store } from "../store.ts";

export function Remarks({ store }: { store: Store }) {
  const { texts } = store;
  return (
    <>
      {(store.memoryOnly || store.notKept) && <p>{store.memoryOnly ? texts.memoryOnly : texts.notKept}</p>}
      {store.isOld && (
        <p>
          <span>{texts.newer}</span>
          <button type="button" onClick={() => store.reload()}>
            {texts.reload}
          </button>
        </p>
      )}
    </>
  );
}
