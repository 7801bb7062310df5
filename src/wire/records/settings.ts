/**
 * Those who look after a room set how it is used, from here on. A record sets some fields and leaves the others. Its
 * body: fields in ascending order to the end, each u8 field, then its value as counted bytes. A reader that meets a field
 * it does not know passes over that and all behind it.
 *
 *   1   slowSeconds: varint     2   speakers: u8     3   locked: flag     4   title: text     5   keepHours: varint
 */
import { decodeText, encodeText, Reader, WireError, Writer } from "../bytes.ts";
import { type RecordKind, readFlag } from "./kind.ts";

/** Who may write. */
export const Speakers = { all: 0, named: 1 } as const;
export type Speakers = (typeof Speakers)[keyof typeof Speakers];

/** A day would be as good as silence. */
export const MAX_SLOW_SECONDS = 6 * 60 * 60;

/** Ten years. Who wants more wants for ever. */
export const MAX_KEEP_HOURS = 10 * 365 * 24;

export interface Settings {
  /** Seconds between two messages of one person; 0: none. */
  readonly slowSeconds: number;
  readonly speakers: Speakers;
  /** Nobody new enters. */
  readonly locked: boolean;
  /** Shown in place of the room's name; empty: the name is. */
  readonly title: string;
  /** Hours after which messages go; 0: as the server has it. */
  readonly keepHours: number;
}

/** As long as nobody set anything. */
export const DEFAULT_SETTINGS: Settings = {
  slowSeconds: 0,
  speakers: Speakers.all,
  locked: false,
  title: "",
  keepHours: 0,
};

export interface SettingsBody extends Partial<Settings> {
  /** What a later version set. */
  more?: Uint8Array;
}

export const settings: RecordKind<SettingsBody> = {
  kind: 13,
  name: "settings",
  isMessage: false,
  read(body) {
    const read: { -readonly [Field in keyof SettingsBody]: SettingsBody[Field] } = {};
    const r = new Reader(body);
    for (let last = 0; r.left > 0; ) {
      const at = r.offset;
      const field = r.u8();
      const value = new Reader(r.bytes8());
      if (field <= last) throw new WireError("fields do not rise");
      last = field;
      if (field === 1) read.slowSeconds = value.varint();
      else if (field === 2) read.speakers = value.u8() as Speakers;
      else if (field === 3) read.locked = readFlag(value);
      else if (field === 4) read.title = decodeText(value.rest());
      else if (field === 5) read.keepHours = value.varint();
      else {
        read.more = body.subarray(at);
        break;
      }
      value.end();
    }
    return read;
  },
  write({ slowSeconds, speakers, locked, title, keepHours, more }) {
    const w = new Writer();
    if (slowSeconds !== undefined) w.u8(1).bytes8(new Writer(8).varint(slowSeconds).view());
    if (speakers !== undefined) w.u8(2).u8(1).u8(speakers);
    if (locked !== undefined)
      w.u8(3)
        .u8(1)
        .u8(locked ? 1 : 0);
    if (title !== undefined) w.u8(4).bytes8(encodeText(title));
    if (keepHours !== undefined) w.u8(5).bytes8(new Writer(8).varint(keepHours).view());
    return w.bytes(more ?? new Uint8Array(0)).take();
  },
  fits: ({ more, ...set }) =>
    !more &&
    Object.keys(set).length > 0 &&
    (set.slowSeconds ?? 0) <= MAX_SLOW_SECONDS &&
    (set.speakers ?? 0) <= Speakers.named &&
    (set.keepHours ?? 0) <= MAX_KEEP_HOURS,
};

/** What holds after such a record. */
export function changedBy(now: Settings, set: Partial<Settings>): Settings {
  const { slowSeconds = now.slowSeconds, speakers = now.speakers } = set;
  const { locked = now.locked, title = now.title, keepHours = now.keepHours } = set;
  return { slowSeconds, speakers, locked, title, keepHours };
}
