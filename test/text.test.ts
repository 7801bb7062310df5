/** Which texts show nothing: the same answer on the server's bytes and on the page's string. */
import { expect, test } from "vitest";
import { encodeText } from "../src/wire/bytes.ts";
import { isBlank } from "../src/wire/invisible.ts";
import { checkNickname } from "../src/wire/names.ts";
import { hasVisible, isText } from "../src/wire/text.ts";

const show = (text: string) => [isBlank(text), hasVisible(encodeText(text))];

const INVISIBLE = [
  ...[
    "180B",
    "180E",
    "2065",
    "1D159",
    "FFFC",
    "13441",
    "13442",
    "16FE4",
    "2800",
    "3164",
    "FFA0",
    "115F",
    "1160",
  ],
  ...[
    "34F",
    "17B4",
    "17B5",
    "200B",
    "200D",
    "200E",
    "202E",
    "2060",
    "2066",
    "206F",
    "FEFF",
    "FE0F",
    "AD",
    "61C",
  ],
  ...[
    "E0001",
    "E0041",
    "E007F",
    "E0100",
    "E01EF",
    "1BCA0",
    "1D173",
    "13430",
    "FFF9",
    "FFF0",
    "E0FFF",
    "7",
    "85",
  ],
  ...["FFFE", "FDD0", "1FFFF"],
].map((hex) => String.fromCodePoint(Number.parseInt(hex, 16)));

test.each(INVISIBLE)("%j is nothing to see, alone, many times or among spaces", (sign) => {
  for (const text of [
    sign,
    sign.repeat(40),
    ` ${sign}\n`,
    `\u3000${sign}\u00A0\t${sign}`,
    INVISIBLE.join(""),
  ]) {
    expect(show(text), encodeURIComponent(text)).toEqual([true, false]);
  }
  expect(show(`${sign}a`)).toEqual([false, true]);
  expect(show(`${sign}가${sign}`)).toEqual([false, true]);
  // No name may hide it either. Text style and joiners are right behind some other signs, not here.
  expect(checkNickname(`a${sign}b`).ok).toBe(false);
});

test.each(["", " ", "\n\t\r\n", "\u2028\u2029", "\u1680\u202F\u205F"])("%j is empty", (text) => {
  expect(show(text)).toEqual([true, false]);
});

test.each([..."a.!가ㄱ㉠あー漢ء۝؁ܭ़́⃣☐�ˑ·_�🇰", "\u2764\uFE0F", "👩🏽‍🚀", "\u06DD", "\u{110BD}", "\u200B\u0301"])(
  "%j is to be seen",
  (text) => {
    expect(show(text)).toEqual([false, true]);
  },
);

test("every character that Unicode calls ignorable, format or control is either invisible or one of the few that show", () => {
  const shown: string[] = [];
  for (let point = 1; point < 0x110000; point++) {
    if (point >= 0xd800 && point < 0xe000) continue;
    const sign = String.fromCodePoint(point);
    if (!/[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Z}]/u.test(sign)) continue;
    const [blank, visible] = show(sign);
    if (blank === visible) expect.fail(`U+${point.toString(16)}`);
    if (visible) shown.push(point.toString(16));
  }
  expect(shown).toEqual(
    ["600", "601", "602", "603", "604", "605", "6dd", "70f", "890", "891", "8e2", "110bd", "110cd"].slice(),
  );
});

test("many signs that show nothing, and then one that does, are looked at once", () => {
  for (const sign of ["\t", "\n ", "\u200b", "\u3164\t", "\ufe0f"]) {
    expect(show(`${sign.repeat(2_000)}é`)).toEqual([false, true]);
    expect(show(`${sign.repeat(2_000)}\u06DD`)).toEqual([false, true]);
    expect(show(sign.repeat(2_000))).toEqual([true, false]);
  }
});

test("a text is UTF-8 without NUL", () => {
  expect(isText(encodeText("가 a"))).toBe(true);
  expect(isText(encodeText("a\0"))).toBe(false);
  expect(isText(new Uint8Array([0xc3]))).toBe(false);
});
