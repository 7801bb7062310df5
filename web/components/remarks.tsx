/** What is to be said beside the state of the connection: what the operator announces, what is not kept, a newer page. */
import { Close } from "../../src/wire/codes.ts";
import type { Store } from "../store.ts";
import { Announcement } from "./announcement.tsx";
import { Ended } from "./ended.tsx";

export function Remarks({ store }: { store: Store }) {
  const { texts, connection } = store;
  return (
    <>
      <Announcement store={store} />
      {(store.memoryOnly || store.notKept) && <p>{store.memoryOnly ? texts.memoryOnly : texts.notKept}</p>}
      {connection.code === Close.tokenEnded && <Ended store={store} />}
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
