/** Beside one's name: how Enter is taken, and the ways to have one's identity in another browser, or here. */
import type { Store } from "../store.ts";

export function Self({ store }: { store: Store }) {
  const { texts, current, later } = store;
  const { EnterChoice } = later ?? {};
  const movingOut = () => import("./move-out.tsx");
  const movingIn = () => import("./move-in.tsx");
  return (
    <>
      {current && EnterChoice && <EnterChoice store={store} />}
      <p class="self">
        <button
          type="button"
          class="plain"
          onClick={() => void store.withPart(movingOut(), ({ showMoveOut }) => showMoveOut(store))}
        >
          {texts.moveOut}
        </button>
        <button
          type="button"
          class="plain"
          onClick={() => void store.withPart(movingIn(), ({ showMoveIn }) => showMoveIn(store, ""))}
        >
          {texts.moveIn}
        </button>
      </p>
    </>
  );
}
