/** What is to be said beside the state of the connection: what the operator announces, what is not kept, a newer page. */
import type { Store } from "../store.ts";
import { Announcement } from "./announcement.tsx";

export function Remarks({ store }: { store: Store }) {
  const { texts } = store;
  return (
    <>
      <Announcement store={store} />
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
