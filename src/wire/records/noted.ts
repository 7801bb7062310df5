/**
 * What somebody did to look after a room, as it stands in the room's back room: who, what, whom, and what was said with
 * it. The server says it, and nobody by an ACT; its own name is that of who did it. Its body: varint front, u8 act,
 * varint by, u48 at, varint person, str8 personName, then the body that it has in the room to the end. With act 0 that
 * says how many acts are lost, up to that number: varint n. With front 0 it is what whoever operates the server wanted
 * of all of it: `act` is the order's number, and `said` all of the order (orders.ts).
 */
import { Reader, Writer } from "../bytes.ts";
import type { RecordKind } from "./kind.ts";

/** No kind of record: what was done is not known any more. */
export const LOST_ACTS = 0;

export interface Noted {
  /** Its number in the room that is looked after; 0: it is an order. */
  front: number;
  /** Number of its kind there, or of the order. */
  act: number;
  /** Number of who did it. */
  by: number;
  /** When it was said there, milliseconds since 1970. */
  at: number;
  /** Number and name of the person that it is about; 0 and empty: nobody, or not known. */
  person: number;
  personName: string;
  /** The body that it has there. */
  said: Uint8Array;
}

export const noted: RecordKind<Noted> = {
  kind: 16,
  name: "noted",
  isMessage: false,
  isServers: true,
  read(body) {
    const r = new Reader(body);
    const front = r.varint();
    const act = r.u8();
    // A copy: whoever keeps it is not to keep the whole block.
    const by = r.varint();
    return { front, act, by, at: r.u48(), person: r.varint(), personName: r.str8(), said: r.rest().slice() };
  },
  write({ front, act, by, at, person, personName, said }) {
    const w = new Writer(64).varint(front).u8(act).varint(by).u48(at);
    return w.varint(person).str8(personName).bytes(said).take();
  },
};
