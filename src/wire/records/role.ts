/** Somebody has another role in the room from here on. Its body: varint who, u8 role. */
import { Reader, Writer } from "../bytes.ts";
import type { RecordKind } from "./kind.ts";

/** Each may do what those below it may. */
export const Role = { none: 0, speaker: 1, moderator: 2, owner: 3 } as const;
/**
 * Of whoever operates the server, above all others: in what STANDING tells them of themselves, and in nothing that is
 * stored.
 */
export const OPERATOR = 4 as Role;
export type Role = (typeof Role)[keyof typeof Role];

export interface RoleChange {
  /** Number of an identity. */
  who: number;
  role: Role;
}

export const role: RecordKind<RoleChange> = {
  kind: 9,
  name: "role",
  isMessage: false,
  read(body) {
    const r = new Reader(body);
    const who = r.varint();
    const role = r.u8() as Role;
    r.end();
    return { who, role };
  },
  write: ({ who, role }) => new Writer().varint(who).u8(role).take(),
  fits: ({ who, role }) => who > 0 && role <= Role.owner,
};
