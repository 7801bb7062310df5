import { expect, test } from "vitest";
import { crc32c, crc32cEnds, unmask } from "../src/log/level/crc32c.ts";
import { encodeText } from "../src/wire/bytes.ts";

test("fits the published vectors", () => {
  expect(crc32c(encodeText("123456789"))).toBe(0xe3069283);
  // RFC 3720, appendix B.4.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

const mask = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

test("finds where what a checksum follows ends", () => {
  const body = encodeText("a block of a table");
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(mask(crc32c(body)));
  const file = Buffer.concat([encodeText("??"), body, trailer, encodeText("and more")]);
  expect(crc32cEnds(file, 2)).toBe(2 + body.length);
  expect(crc32cEnds(file, 1)).toBeNull();
  expect(crc32cEnds(file.subarray(0, 2 + body.length + 3), 2)).toBeNull();
});

test("unmask undoes LevelDB's mask", () => {
  for (const crc of [0, 1, 0xe3069283, 0xffffffff]) expect(unmask(mask(crc))).toBe(crc);
});
