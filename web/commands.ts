/**
 * The commands: what each does in a room, for whom it is there, and what is wrong with one that cannot be done. Pure but
 * for the act it asks for. Invariant: one that says what is wrong has done nothing.
 */
import { RoomState } from "../src/client/contract.ts";
import { action } from "../src/wire/records/action.ts";
import { Role } from "../src/wire/records/role.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { MAX_KEEP_HOURS, MAX_SLOW_SECONDS, settings } from "../src/wire/records/settings.ts";
import { topic } from "../src/wire/records/topic.ts";
import { keyOf } from "./mentions.ts";
import type { RoomView } from "./room-view.ts";

const MINUTE_MS = 60_000;

type Act = NonNullable<RoomView["room"]>["act"];

interface Command {
  /** Whom it is for, in a room that belongs to somebody; null: for everybody, in open rooms as well. */
  role: Role | null;
  /** False: what stands behind it is not what it needs. `now`: by the server's clock. */
  run(act: Act, rest: string, view: RoomView, now: number): boolean;
}

/**
 * Somebody who is here or said something of what is at hand, by the beginning of what was written, the longest name
 * first; and what stands behind it.
 */
function whoIn(rest: string, { people, newest }: RoomView): { who: number; rest: string } | null {
  const text = rest.replace(/^[@＠]/, "").normalize("NFC");
  const isMeant = ([, name]: readonly [number, string]) => keyOf(`${text} `).startsWith(keyOf(`${name} `));
  const spoke = newest.toReversed().map(({ author, name }) => [author, name] as const);
  const named = [...people, ...spoke].filter(isMeant);
  const [found] = named.sort(([, a], [, b]) => b.length - a.length);
  return found ? { who: found[0], rest: text.slice(found[1].length).trim() } : null;
}

/** "Bo 10 spam": for ten minutes, and why. Without a number it has no end. */
const puts =
  (what: Sanction): Command["run"] =>
  (act, rest, view, now) => {
    const found = whoIn(rest, view);
    if (!found) return false;
    const [, minutes = "", reason] = /^(?:(\d{1,6})(?:\s+|$))?([\s\S]*)$/.exec(found.rest) as RegExpExecArray;
    const isFor = what !== Sanction.kick && Number(minutes) > 0;
    const until = isFor ? now + Number(minutes) * MINUTE_MS : 0;
    const text = (what === Sanction.kick ? found.rest : reason) ?? "";
    act(sanction, { who: found.who, what, until, text });
    return true;
  };

const looked = (run: Command["run"]): Command => ({ role: Role.moderator, run });

/** A map, since the build gives what is named as a property a shorter name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["me", { role: null, run: (act, text) => text !== "" && !!act(action, { text }) }],
  ["topic", looked((act, text) => !!act(topic, { text }))],
  [
    "slow",
    looked((act, rest) => {
      const slowSeconds = rest === "off" ? 0 : /^\d{1,5}$/.test(rest) ? Number(rest) : Number.NaN;
      return slowSeconds <= MAX_SLOW_SECONDS && !!act(settings, { slowSeconds });
    }),
  ],
  ["lock", looked((act, rest) => /^(?:off)?$/.test(rest) && !!act(settings, { locked: rest === "" }))],
  [
    "keep",
    looked((act, rest) => {
      const [, number = "", unit] = /^(\d{1,5})\s*([hd시일]?)(?:간|ours?|ays?)?$/.exec(rest) ?? [];
      const hours = Number(number) * (unit === "d" || unit === "일" ? 24 : 1);
      const keepHours = rest === "off" ? 0 : hours || Number.NaN;
      return keepHours <= MAX_KEEP_HOURS && !!act(settings, { keepHours });
    }),
  ],
  ["kick", looked(puts(Sanction.kick))],
  ["ban", looked(puts(Sanction.ban))],
  ["mute", looked(puts(Sanction.mute))],
  ["help", { role: null, run: () => true }],
]);

/** Names of the commands that one has in this room. */
export function offered({ standing }: RoomView, me: number | undefined): string[] {
  const own = standing?.roles.get(me ?? 0)?.role ?? Role.none;
  return [...COMMANDS.keys()].filter((name) => {
    const role = COMMANDS.get(name)?.role ?? null;
    return role === null || (standing && own >= role);
  });
}

export const partsOf = (text: string) => /^\/(\S+)\s*([\s\S]*)$/.exec(text.trim()) ?? [];

/** Whether it can be told by now if there is such a command here, and for whom it is. */
export function isReady({ room, standing, told, state }: RoomView, text: string): boolean {
  const [, name = ""] = partsOf(text);
  const isForRoles = COMMANDS.get(name)?.role ?? null;
  return !!room && (isForRoles === null || !!standing || (state === RoomState.live && !told?.length));
}

/**
 * Does what a text commands. Null: done; else which command is meant, and whether there is such a one here. `now`:
 * milliseconds since 1970 by the server's clock, by which ends are judged.
 */
export function run(
  view: RoomView,
  me: number | undefined,
  text: string,
  now: number,
): { name: string; isKnown: boolean } | null {
  const [, name = "", rest = ""] = partsOf(text);
  const isKnown = offered(view, me).includes(name);
  const { room } = view;
  if (isKnown && room && COMMANDS.get(name)?.run((kind, body) => room.act(kind, body), rest, view, now))
    return null;
  return { name, isKnown };
}
