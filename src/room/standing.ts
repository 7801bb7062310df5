/**
 * What a room that belongs to somebody tells whoever enters: how it stands, by what its records came to. Who is here has
 * the name they have here. It keeps nothing.
 */
import { encodeServerFrame } from "../wire/encode.ts";
import { ServerKind } from "../wire/frames.ts";
import { OPERATOR } from "../wire/records/role.ts";
import { DEFAULT_SETTINGS } from "../wire/records/settings.ts";
import { encodeStanding, type RoleHolder } from "../wire/standing.ts";
import type { Room } from "./room.ts";
import { isBack, needsPassword, RoomFlag } from "./room-flags.ts";

/** Bans and mutes that are told at once. */
const MAX_TOLD_SANCTIONS = 500;

/**
 * As of the room's head, for one person: whoever operates the server is told that of themselves, and nobody else is.
 * Null in an open room, which has nothing to tell to others; `isAnew`: the reader may have been told otherwise. A back
 * room has the title of its room, where it has one, and keeps what is said there as long. `keepsAtMost`: hours, by the operator's own setting.
 */
export function standingOf(
  about: Room,
  reader: number,
  keepsAtMost: number,
  isAnew = false,
): Uint8Array | null {
  const { number: room, head, flags, presence, projections, now, front } = about;
  if (isBack(flags)) {
    const { title, keepHours } = front?.projections.settings?.now ?? DEFAULT_SETTINGS;
    const nothing = { roles: new Map(), topic: "", pinned: [], sanctions: [] };
    const parts = encodeStanding({
      unlisted: true,
      hasPassword: false,
      ...nothing,
      settings: { ...DEFAULT_SETTINGS, title, keepHours },
      keepsAtMost,
    });
    return encodeServerFrame({ kind: ServerKind.standing, room, asOf: head, parts });
  }
  const { roles: held, notices, settings, sanctions } = projections;
  const isOperator = about.isOperator(reader);
  if (!held && !isOperator && !isAnew) return null;
  const roles = new Map<number, RoleHolder>();
  for (const [author, { role, name }] of held?.holders ?? [])
    roles.set(author, { role, name: presence.get(author)?.name ?? name });
  if (isOperator) roles.set(reader, { role: OPERATOR, name: presence.get(reader)?.name ?? "" });
  const { topic = "", pinned = [] } = notices ?? {};
  const unlisted = (flags & RoomFlag.unlisted) !== 0;
  const parts = encodeStanding({
    ...{ unlisted, hasPassword: needsPassword(flags), roles, topic, pinned: [...pinned] },
    ...{ settings: settings?.now ?? DEFAULT_SETTINGS, keepsAtMost },
    sanctions: sanctions?.held(now, MAX_TOLD_SANCTIONS) ?? [],
  });
  return encodeServerFrame({ kind: ServerKind.standing, room, asOf: head, parts });
}
