/**
 * What a kind of record is: a number, and how its body is read and written. A body is what stands behind the author's
 * name, and the same bytes in an ACT, in the log and in every block. Invariant: a number once given keeps its meaning,
 * `read` throws WireError for bytes that are not wholly of this kind, and `write` gives back what `read` was given.
 */
import { decodeText, encodeText, Reader, WireError, Writer } from "../bytes.ts";

/** Whose message a record may refer to. */
export const Whose = { own: 1, anyones: 2 } as const;
export type Whose = (typeof Whose)[keyof typeof Whose];

export interface RecordKind<Body extends object = object> {
  /** 1 to 0x7f: said or done by somebody, whose name stands before the body. */
  readonly kind: number;
  readonly name: string;
  /** Whether it stands in the conversation by itself, as a text, and can be referred to. */
  readonly isMessage: boolean;
  /** Set when its body has a number, `to`: of a message that must be there, of such a person. */
  readonly refersTo?: Whose;
  /** Most bytes of its `text`, where that is less than those of a message. */
  readonly maxTextBytes?: number;
  /** Whether its text may be empty when it is said. */
  readonly mayBeEmpty?: true;
  /** The server says it by itself; nobody else may. */
  readonly isServers?: true;
  read(body: Uint8Array): Body;
  write(body: Body): Uint8Array;
  /** Whether a well-formed body says something that this kind may say. Without it: all with a visible text. */
  fits?(body: Body): boolean;
}

export interface Text {
  text: string;
}

export interface Referring extends Text {
  /** Number of the message that it is about. */
  to: number;
}

export const readText = (body: Uint8Array): Text => ({ text: decodeText(body) });

export const writeText = ({ text }: Text): Uint8Array => encodeText(text);

export function readReferring(body: Uint8Array): Referring {
  const r = new Reader(body);
  return { to: r.varint(), text: decodeText(r.rest()) };
}

export const writeReferring = ({ to, text }: Referring): Uint8Array =>
  new Writer().varint(to).bytes(encodeText(text)).take();

/** One byte, 0 or 1. @throws WireError */
export function readFlag(r: Reader): boolean {
  const flag = r.u8();
  if (flag > 1) throw new WireError("field has a value that is not allowed");
  return flag === 1;
}
