/**
 * The first record of a room that belongs to somebody: its author made the room and is its first owner. The server says
 * it, and nobody by an ACT. Its body: flag unlisted.
 */
import { Reader, Writer } from "../bytes.ts";
import { type RecordKind, readFlag } from "./kind.ts";

export interface Founding {
  /** The room stands in no list: who does not know its name does not find it. */
  unlisted: boolean;
}

export const founding: RecordKind<Founding> = {
  kind: 8,
  name: "founding",
  isMessage: false,
  isServers: true,
  read(body) {
    const r = new Reader(body);
    const unlisted = readFlag(r);
    r.end();
    return { unlisted };
  },
  write: ({ unlisted }) => new Writer().u8(unlisted ? 1 : 0).take(),
};
