/**
 * How a room that belongs to somebody stands: what its records about itself come to, so that whoever enters need not
 * read them all. Here are its bytes, the parts of a STANDING frame, and nothing of how they come to be. A part has the
 * number of the kind of record that it comes from; 19 comes from none, and no kind has it. Invariant: a part that is
 * left out says what holds in a room in which nobody ever said anything of that kind, and one that is not known is
 * passed over.
 *
 *   parts   to the end: u8 part, varint length, bytes
 *     8     flag unlisted
 *     9     varint n, n times: varint author, u8 role, str8 name
 *    10     the topic, to the end
 *    11     numbers of pinned messages to the end, in the order in which they were pinned
 *    13     fields as in a record of settings
 *    14     bans and mutes in force, to the end: varint author, u8 what, varint until
 *    19     hours for which the operator keeps messages: varint; left out: for ever
 *   150     flag hasPassword: no record says it, and its number is none of a kind
 */
import { decodeText, encodeText, Reader, Writer } from "./bytes.ts";
import { founding } from "./records/founding.ts";
import { readFlag } from "./records/kind.ts";
import { pin } from "./records/pin.ts";
import { type Role, role } from "./records/role.ts";
import { type Sanction, sanction } from "./records/sanction.ts";
import { changedBy, DEFAULT_SETTINGS, type Settings, settings } from "./records/settings.ts";
import { topic } from "./records/topic.ts";

/** Above the numbers that kinds of records have. */
const PASSWORD = 150;

export interface RoleHolder {
  role: Role;
  /** As they are called in the room, or were when they wrote last; empty when that is not known. */
  name: string;
}

/** A ban or a mute. */
export interface SanctionHeld {
  who: number;
  what: typeof Sanction.ban | typeof Sanction.mute;
  /** 0: without an end. */
  until: number;
  /** As they were called when it was said; empty when that is not known: the frame does not tell it. */
  name: string;
}

export interface Standing {
  readonly unlisted: boolean;
  /** Whoever has no role enters with a password. */
  readonly hasPassword: boolean;
  /** Of everybody who has one above none. */
  readonly roles: ReadonlyMap<number, RoleHolder>;
  /** Empty: there is none. */
  readonly topic: string;
  /** Numbers of messages, in the order in which they were pinned. */
  readonly pinned: readonly number[];
  /** In force when it was told, the oldest first; the newest ones where there are many. */
  readonly sanctions: readonly SanctionHeld[];
  readonly settings: Settings;
  /** Hours for which the operator keeps messages at most; left out: for ever. */
  readonly keepsAtMost?: number;
}

const KEEPS_AT_MOST = 19;

/** Hours after which messages go from a room: the shorter of what its settings and the operator say; 0: never. */
export function hoursKept({ settings: { keepHours }, keepsAtMost = 0 }: Standing): number {
  return keepHours && keepsAtMost ? Math.min(keepHours, keepsAtMost) : keepHours || keepsAtMost;
}

/** The parts; the caller owns them. */
export function encodeStanding(standing: Standing): Uint8Array {
  const { unlisted, hasPassword, roles, topic: text, pinned, sanctions } = standing;
  const { settings: set, keepsAtMost = 0 } = standing;
  const w = new Writer(64);
  const part = (kind: number, body: Uint8Array) => w.u8(kind).varint(body.length).bytes(body);
  if (unlisted) part(founding.kind, founding.write({ unlisted }));
  const holders = new Writer(64).varint(roles.size);
  for (const [author, { role, name }] of roles) holders.varint(author).u8(role).str8(name);
  part(role.kind, holders.view());
  if (text) part(topic.kind, encodeText(text));
  const numbers = new Writer(16);
  for (const message of pinned) numbers.varint(message);
  if (pinned.length > 0) part(pin.kind, numbers.view());
  const own = Object.entries(set).filter(
    ([field, value]) => value !== DEFAULT_SETTINGS[field as keyof Settings],
  );
  if (own.length > 0) part(settings.kind, settings.write(Object.fromEntries(own)));
  const held = new Writer(16);
  for (const { who, what, until } of sanctions) held.varint(who).u8(what).varint(until);
  if (sanctions.length > 0) part(sanction.kind, held.view());
  if (keepsAtMost > 0) part(KEEPS_AT_MOST, new Writer(8).varint(keepsAtMost).view());
  if (hasPassword) part(PASSWORD, Uint8Array.of(1));
  return w.take();
}

interface Gathered {
  roles: Map<number, RoleHolder>;
  pinned: number[];
  sanctions: SanctionHeld[];
}

/** @throws WireError */
export function decodeStanding(parts: Uint8Array): Standing {
  const standing: { -readonly [Part in keyof Standing]: Standing[Part] } & Gathered = {
    unlisted: false,
    hasPassword: false,
    roles: new Map(),
    topic: "",
    pinned: [],
    settings: DEFAULT_SETTINGS,
    sanctions: [],
  };
  const all = new Reader(parts);
  while (all.left > 0) {
    const kind = all.u8();
    const body = all.bytes(all.varint());
    const r = new Reader(body);
    if (kind === founding.kind) standing.unlisted = founding.read(body).unlisted;
    else if (kind === PASSWORD) standing.hasPassword = readFlag(r);
    else if (kind === topic.kind) standing.topic = decodeText(body);
    else if (kind === pin.kind) while (r.left > 0) standing.pinned.push(r.varint());
    else if (kind === settings.kind) standing.settings = changedBy(DEFAULT_SETTINGS, settings.read(body));
    else if (kind === KEEPS_AT_MOST) standing.keepsAtMost = r.varint();
    else if (kind === sanction.kind)
      while (r.left > 0)
        standing.sanctions.push({
          who: r.varint(),
          what: r.u8() as SanctionHeld["what"],
          until: r.varint(),
          name: "",
        });
    else if (kind === role.kind) {
      for (let n = r.varint(); n > 0; n--) {
        const author = r.varint();
        standing.roles.set(author, { role: r.u8() as Role, name: r.str8() });
      }
      r.end();
    }
  }
  return standing;
}
