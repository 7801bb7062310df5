/** The bytes of orders and of reserved names: both ways, cut everywhere, at random, and by an independent writer. */
import { expect, test } from "vitest";
import { WireError } from "../src/wire/bytes.ts";
import {
  decodeOrder,
  decodeReserved,
  encodeOrder,
  encodeReserved,
  Order,
  type OrderBody,
  Sort,
} from "../src/wire/orders.ts";
import { Dice } from "./dice.ts";
import { hex, utf8 } from "./independent-numbers.ts";

const until = 1_767_229_200_000;
/** With their bytes, written by hand. */
const ORDERS: [OrderBody, string][] = [
  [{ what: Order.close, reserve: true, room: "yard", reason: "spam" }, "01 01 04 79617264 7370616d"],
  [{ what: Order.close, reserve: false, room: "가", reason: "" }, "01 00 03 eab080"],
  [{ what: Order.reserve, sort: Sort.room, name: "lobby" }, "02 00 05 6c6f626279"],
  [{ what: Order.free, sort: Sort.nickname, name: "Bo" }, "03 01 02 426f"],
  [{ what: Order.announce, until, text: "hi" }, "04 019b77119680 6869"],
  [{ what: Order.announce, until: 0, text: "" }, "04 000000000000"],
  [{ what: Order.list }, "05"],
];
const bytesOf = (digits: string) => Uint8Array.from(hex(digits.replaceAll(" ", "")));

test.each(ORDERS)("%j is written and read as it stands there", (order, digits) => {
  expect([...encodeOrder(order)]).toEqual([...bytesOf(digits)]);
  expect(decodeOrder(bytesOf(digits))).toEqual(order);
});

test("every cut is refused, or a shorter text; one byte more too", () => {
  for (const [order, digits] of ORDERS) {
    const bytes = bytesOf(digits);
    for (let length = 0; length <= bytes.length + 1; length++) {
      const cut = length > bytes.length ? Uint8Array.from([...bytes, 0x80]) : bytes.subarray(0, length);
      let read: OrderBody | null = null;
      try {
        read = decodeOrder(cut);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
      if (read) expect(encodeOrder(read)).toEqual(cut);
      if (length < bytes.length && read) expect(["reason", "text"].some((end) => end in order)).toBe(true);
    }
  }
});

test("bytes at random are an order in its only writing, or a WireError", () => {
  const dice = new Dice(14);
  for (let n = 0; n < 5_000; n++) {
    const bytes = dice.bytes(dice.int(0, 30));
    if (bytes.length > 0) bytes[0] = dice.int(0, 7);
    try {
      expect(encodeOrder(decodeOrder(bytes))).toEqual(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
    }
  }
});

test("reserved names are told one behind the other, and one of a later sort is passed over", () => {
  const names = [
    { sort: Sort.room, name: "lobby" },
    { sort: Sort.nickname, name: "운영자" },
    { sort: Sort.closed, name: "yard" },
  ];
  const bytes = names.flatMap(({ sort, name }) => [sort, utf8(name).length, ...utf8(name)]);
  expect([...encodeReserved(names)]).toEqual(bytes);
  expect(decodeReserved(Uint8Array.from([9, 1, 0x61, ...bytes]))).toEqual(names);
  expect(() => decodeReserved(Uint8Array.from(bytes.slice(0, -1)))).toThrow(WireError);
});
