/**
 * How a room that belongs to somebody stands, kept up to date: what the server told on entering, and what the room's
 * records changed since. In a page it comes on demand, with such a room; the client itself only hands on the frame.
 * Invariant: a record is folded once, and only if the frame does not tell it already; what is told is another object
 * whenever it changed, and the same one until then.
 */
import type { ActRecord } from "../wire/block.ts";
import type { StandingFrame } from "../wire/frames.ts";
import type { RecordKind } from "../wire/records/kind.ts";
import { pin } from "../wire/records/pin.ts";
import { removal } from "../wire/records/removal.ts";
import { OPERATOR, Role, role } from "../wire/records/role.ts";
import { isLasting, Sanction, sanction } from "../wire/records/sanction.ts";
import { changedBy, settings } from "../wire/records/settings.ts";
import { takedown } from "../wire/records/takedown.ts";
import { topic } from "../wire/records/topic.ts";
import { decodeStanding, type SanctionHeld, type Standing } from "../wire/standing.ts";

export type { Settings } from "../wire/records/settings.ts";
export type { RoleHolder, SanctionHeld, Standing } from "../wire/standing.ts";

/** What may change how a room stands. */
const KINDS: readonly RecordKind[] = [role, topic, pin, removal, takedown, settings, sanction];

export class StandingFold {
  #now: Standing;
  /** Everything up to this number is in it. */
  #asOf: number;
  readonly #nameOf: (author: number) => string;

  /** `nameOf`: of people who are given a role; the frame tells the names of those who have one. @throws WireError */
  constructor(
    { asOf, parts }: Pick<StandingFrame, "asOf" | "parts">,
    nameOf: (author: number) => string = () => "",
  ) {
    this.#now = decodeStanding(parts);
    this.#asOf = asOf;
    this.#nameOf = nameOf;
  }

  get now(): Standing {
    return this.#now;
  }

  /**
   * Acts as `RoomListener.acted` tells them, in order, whether read or as they came. Returns whether something changed.
   */
  take(acts: readonly (ActRecord & { body?: Uint8Array })[]): boolean {
    const before = this.#now;
    for (const act of acts) {
      if (act.seq <= this.#asOf) continue;
      this.#asOf = act.seq;
      const kind = KINDS.find((one) => one.kind === act.kind);
      const change = kind && this.#change({ ...act, ...(act.body && kind.read(act.body)) });
      if (change) this.#now = { ...this.#now, ...change };
    }
    return this.#now !== before;
  }

  #change(act: ActRecord): Partial<Standing> | null {
    const { kind, to = 0, on, text = "", who = 0, role: given, what = 0, until = 0 } = act;
    const { roles, pinned } = this.#now;
    if (kind === topic.kind) return { topic: text };
    if (kind === settings.kind) return { settings: changedBy(this.#now.settings, act) };
    if (kind === role.kind) {
      // Whoever operates the server has that whatever role they have here.
      if (roles.get(who)?.role === OPERATOR) return null;
      const changed = new Map(roles);
      if (given === Role.none) changed.delete(who);
      else changed.set(who, { role: given as Role, name: roles.get(who)?.name || this.#nameOf(who) });
      return { roles: changed };
    }
    if (kind === sanction.kind) {
      if (what === Sanction.kick) return null;
      const ended = what === Sanction.unban || what === Sanction.ban ? Sanction.ban : Sanction.mute;
      const others = this.#now.sanctions.filter((one) => one.who !== who || one.what !== ended);
      const held = isLasting(what)
        ? [{ who, what: what as SanctionHeld["what"], until, name: this.#nameOf(who) }]
        : [];
      return { sanctions: [...others, ...held] };
    }
    // A removal ends a pin as well.
    if (pinned.includes(to) === (on ?? false)) return null;
    return { pinned: on ? [...pinned, to] : pinned.filter((message) => message !== to) };
  }
}
