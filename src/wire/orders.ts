/**
 * What whoever operates the server wants of all of it: the body of OPERATE, and what OPERATING tells of the names that
 * are reserved. Here are the bytes, and nothing of what is done. Invariant: bytes that are not wholly an order are a
 * WireError.
 *
 *   order      u8 what, then
 *     1 close      flag reserve, str8 room, reason to the end
 *     2 reserve    u8 sort, str8 name
 *     3 free       u8 sort, str8 name
 *     4 announce   u48 until, text to the end
 *     5 list       nothing
 *   reserved   to the end: u8 sort, str8 name
 */
import { decodeText, encodeText, Reader, WireError, Writer } from "./bytes.ts";
import { readFlag } from "./records/kind.ts";

export const Order = { close: 1, reserve: 2, free: 3, announce: 4, list: 5 } as const;
export type Order = (typeof Order)[keyof typeof Order];

/** What a name that is reserved is of. `closed`: of a room that was closed; nobody says that by an order. */
export const Sort = { room: 0, nickname: 1, closed: 2 } as const;
export type Sort = (typeof Sort)[keyof typeof Sort];

/** Longest text that is announced, and longest reason: what a string of REFUSED holds. Bytes of UTF-8. */
export const MAX_ANNOUNCED_BYTES = 2_000;
export const MAX_REASON_BYTES = 255;

export interface ReservedName {
  sort: Sort;
  name: string;
}

export type OrderBody =
  /** Puts everybody out of a room, and drops it with all that was said; or keeps its name besides. */
  | { what: typeof Order.close; reserve: boolean; room: string; reason: string }
  | ({ what: typeof Order.reserve | typeof Order.free } & ReservedName)
  /** `until`: 0: without an end. An empty text withdraws what was announced. */
  | { what: typeof Order.announce; until: number; text: string }
  | { what: typeof Order.list };

export function encodeOrder(order: OrderBody): Uint8Array {
  const w = new Writer(64).u8(order.what);
  switch (order.what) {
    case Order.close:
      w.u8(order.reserve ? 1 : 0).str8(order.room);
      return w.bytes(encodeText(order.reason)).take();
    case Order.reserve:
    case Order.free:
      return w.u8(order.sort).str8(order.name).take();
    case Order.announce:
      return w.u48(order.until).bytes(encodeText(order.text)).take();
    case Order.list:
      return w.take();
  }
}

/** @throws WireError */
export function decodeOrder(bytes: Uint8Array): OrderBody {
  const r = new Reader(bytes);
  const what = r.u8();
  switch (what) {
    case Order.close:
      return { what, reserve: readFlag(r), room: r.str8(), reason: decodeText(r.rest()) };
    case Order.reserve:
    case Order.free: {
      const order = { what, sort: readFlag(r) ? Sort.nickname : Sort.room, name: r.str8() };
      r.end();
      return order;
    }
    case Order.announce:
      return { what, until: r.u48(), text: decodeText(r.rest()) };
    case Order.list:
      r.end();
      return { what };
    default:
      throw new WireError(`unknown order ${what}`);
  }
}

export function encodeReserved(names: Iterable<ReservedName>): Uint8Array {
  const w = new Writer(64);
  for (const { sort, name } of names) w.u8(sort).str8(name);
  return w.take();
}

/** @throws WireError */
export function decodeReserved(bytes: Uint8Array): ReservedName[] {
  const names: ReservedName[] = [];
  const r = new Reader(bytes);
  while (r.left > 0) {
    const sort = r.u8() as Sort;
    const name = r.str8();
    if (sort <= Sort.closed) names.push({ sort, name });
  }
  return names;
}
