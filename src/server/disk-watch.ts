/**
 * How full the disk is on which the log lies, looked at now and then, also while nobody says anything: others write
 * there too. Invariant: each step up is said once, and once more only after the disk had room again.
 */
import type { House } from "../session/session.ts";
import type { Tell } from "../telling/events.ts";
import type { Loop } from "./loop.ts";

const LOOK_EVERY_MS = 2_000;
/** Used parts of the disk at which somebody should look after it, percent. */
const STEPS = [80, 90] as const;
/** So far below a step it is left again: a disk at the edge is not to be told of again and again. */
const BACK = 2;

export interface Disk {
  /** As `df` has it, of what this process's user may have, rounded up; null where it cannot be known. */
  usedPercent: number | null;
  freeBytes: number;
  /** The step that it is at: 80 or 90; 0: there is room. */
  warning: number;
  /** Messages are refused, as there is no place for them. */
  isFull: boolean;
}

type Quota = Pick<House["rooms"]["quota"], "space" | "look" | "isFull">;

export class DiskWatch {
  readonly #quota: Quota;
  readonly #tell: Tell;
  #warning = 0;
  #wasFull = false;
  #cancel: () => void = () => undefined;

  constructor(quota: Quota, loop: Pick<Loop, "after">, tell: Tell) {
    this.#quota = quota;
    this.#tell = tell;
    const again = (): void => {
      this.#cancel = loop.after(LOOK_EVERY_MS, () => {
        again();
        void quota.look().then(() => this.#judge());
      });
    };
    again();
    this.#judge();
  }

  get disk(): Disk {
    const { freeBytes, diskBytes } = this.#quota.space;
    const usedPercent = diskBytes > 0 ? Math.ceil(100 * (1 - freeBytes / diskBytes)) : null;
    return { usedPercent, freeBytes, warning: this.#warning, isFull: this.#quota.isFull };
  }

  stop(): void {
    this.#cancel();
  }

  #judge(): void {
    const { usedPercent, freeBytes, isFull } = this.disk;
    const used = usedPercent ?? 0;
    const before = this.#warning;
    this.#warning = STEPS.findLast((step) => used >= step - (before >= step ? BACK : 0)) ?? 0;
    const told = { usedPercent: used, freeBytes };
    const left = `${used} % of the disk are used, ${Math.floor(freeBytes / 2 ** 20)} MiB are left.`;
    if (this.#warning > before)
      this.#tell("disk_filling", `${left} --keep-days and --keep-messages remove old messages.`, told);
    if (isFull && !this.#wasFull)
      this.#tell(
        "disk_full",
        `${left} There is no place for messages: they are refused until there is.`,
        told,
      );
    if ((this.#wasFull && !isFull) || this.#warning < before)
      this.#tell(
        "disk_roomy",
        `${left} ${isFull ? "Messages are still refused." : "Messages are taken."}`,
        told,
      );
    this.#wasFull = isFull;
  }
}
