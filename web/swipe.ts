/**
 * A finger that draws a message to the right answers it. It listens to the whole page, so that the log knows nothing of
 * it.
 */

/** So far it has to be drawn, and no further than so much up or down. */
const FAR_PX = 64;
const STRAIGHT_PX = 24;
/** From the edges of the screen one goes back and forth. */
const EDGE_PX = 24;

export function listenToSwipes(answer: (seq: number) => void, signal: AbortSignal): void {
  let drawn: { message: HTMLElement; x: number; y: number; by: number } | null = null;
  const move = (by: number) => {
    if (!drawn) return;
    drawn.by = by;
    drawn.message.style.translate = by > 0 ? `${Math.min(by, FAR_PX + by / 8)}px` : "";
  };
  const options = { passive: true, signal };
  document.addEventListener(
    "touchstart",
    ({ target, touches }) => {
      move(0);
      const [touch] = touches;
      const message = (target as Element).closest<HTMLElement>(".log .message[data-seq]:not(.is-removed)");
      drawn = null;
      if (!message || !touch || touches.length > 1 || touch.clientX < EDGE_PX) return;
      drawn = { message, x: touch.clientX, y: touch.clientY, by: 0 };
    },
    options,
  );
  document.addEventListener(
    "touchmove",
    ({ touches }) => {
      const [touch] = touches;
      if (!drawn || !touch) return;
      const [by, aside] = [touch.clientX - drawn.x, Math.abs(touch.clientY - drawn.y)];
      // Whoever scrolls does not answer.
      if (aside > STRAIGHT_PX && drawn.by < STRAIGHT_PX) {
        move(0);
        drawn = null;
      } else move(by < STRAIGHT_PX / 2 ? 0 : by);
    },
    options,
  );
  for (const name of ["touchend", "touchcancel"] as const)
    document.addEventListener(
      name,
      () => {
        const { by = 0, message } = drawn ?? {};
        move(0);
        drawn = null;
        if (name === "touchend" && message && by >= FAR_PX) answer(Number(message.dataset.seq));
      },
      options,
    );
}
