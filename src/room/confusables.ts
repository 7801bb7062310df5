/**
 * Which characters look like which, as far as the data of UTS #39 (look-alikes.ts) does not say it: without regard to
 * case, with common fonts in mind, and for characters that are newer than that data. Data, no rules of its own.
 * Compatibility decomposition (NFKD) comes before it: full width, mathematical alphabets, circled letters, Roman
 * numerals, compatibility jamo need no row.
 * Invariant: a prototype is a fixed point, no character of one is mapped again, and no character stands in two rows.
 *
 * A row is a prototype and the code points (hexadecimal, since the characters themselves cannot be told apart in an
 * editor) that are drawn like it in some common font, in either case. Letters have one row for both cases, because
 * case does not tell names apart. Where the two cases resemble different letters, the capital's likeness stands here,
 * since capitals are usually identical to the pixel, and `GREEK_SMALL_SHAPES` holds the other.
 */
const ROWS = `
a   251 3B1 430 1D00 13AA 15C5 237A 2C80 A4EE 102A0
ae  E6 4D5
b   185 3B2 432 44C 299 13CF 13F4 1472 15F7 2C82 A4D0 10282 102A1 10301 16EB6
bl  44B
c   441 1D04 13DF 1455 2CA4 A4DA 10302 10415 1004 105A
d   501 1D05 13A0 13E7 146F 15DE 15EA A4D3
e   25B 3B5 435 454 1D07 13AC 212E 2D39 A4F0 AB32
f   192 3DD 15B4 A4DD A730
g   18D 261 262 50D 581 13C0 13F3 1D83 A4D6
h   29C 3B7 43D 4BB 570 13BB 13C2 157C 2C8E A4E7
j   237 3F3 458 575 148D 13AB 1D0A A4D9
k   138 3BA 43A 13E6 16D5 1D0B 2C94 A4D7
l   31 69 7C 131 1C0 269 26A 29F 3B9 456 4CF 53C 5D5 5DF 627 661 6F1 1175 13A5 13DE 14AA 16C1 2223 2502 2758
l   2C92 2CD0 2D4F 4E28 A4E1 A4F2 1028A 10309 10320 582 11DDA 11DE1 16EAA
ll  1C1 2225
n   274 3BD 578 2C9A A4E0
o   30 3BF 3C3 2211 43E 585 5E1 647 665 6BE 6C1 6D5 6F5 966 9E6 A66 AE6 B20 B66 BE6 C66 CE6 D20 D66 E50 ED0 101D 1040
o   10FF 110B 11BC 12D0 17E0 1D0F 25CB 25EF 2C9E 2D54 3007 A4F3 10292 102AB 10404 114C 11F0 3ED 11DE0
oe  153
oo  A74F
p   3C1 440 13E2 146D 1D18 1D29 2374 2CA2 A4D1 10295 2CCF FE 1BF 3F8
q   51B 566
r   280 3B3 433 13A1 13D2 1587 1D26 2C84 A4E3
rn  6D 3BC 43C 13B7 15F0 16D6 1D0D 2C98 A4DF
ss  A7D6
s   455 54F 13D5 13DA A4E2 A731 10296 D1F
t   3C4 442 13A2 1D1B 22A4 2CA6 A4D4 10297 102B1 10315
u   28B 57D 1200 144C 1D1C 222A 22C3 A4F4 104CE
v   475 667 6F7 13D9 142F 1D20 2228 22C1 2D38 A4E6
vv  77 461 51D 13B3 13D4 1D21 A4EA 448 2CBD
x   D7 3C7 445 1541 157D 166D 16B7 2573 2A2F 2CAC 2D5D A4EB 10290 102B4
y   263 28F 3C5 443 4AF 10E7 13A9 13BD 1D8C 1EFF 2CA8 A4EC
z   3B6 13C3 1D22 A4DC 102F5
2   1A8 3E9
3   21D 25C 292 437 4E1 2CCC A76B 2CC5
4   447 13CE
5   1BD
6   431 13EE 2CD2
8   223 9EA A6A
9   9ED 2CCA A76F
a\u0338 2C65
b\u0335 180
c\u0338 23C
d\u0335 F0 111 256
e\u0338 247
g\u0335 1E5
h\u0335 127 45B
j\u0335 249
k\u0335 49F
l\u0335 19A 268
l\u0338 142
o\u0335 275 3B8 473 4E9
o\u0338 F8
p\u0335 1D7D
r\u0335 24D
t\u0335 167
u\u0335 289
y\u0335 24F 4B1
z\u0335 1B6
\u01C2 256A
\u0293 2C9D
\u2C6C 2C8D
\u0259 1DD 4D9
\u03B4 2206 2C86 2CDD
\u03BB 28C 43B 1D27 2C96 A7DA
\u03BE 46F
\u03C0 43F 1D28 2CA0
\u03C6 278 444 2CAA 2CE1
\u03C8 471 2CAE
\u03C9 2375 2CB0
\u0303 342
\u0304 305
\u0306 30C
\u0327 326
\u0643 6A9 6AA
\u064A 649 6CC
\u0660 6F0
\u0662 6F2
\u0663 6F3
\u0664 6F4
\u0666 6F6
\u0668 6F8
\u0669 6F9
\u1100 11A8
\u1101 11A9
\u1102 11AB
\u1103 11AE
\u1105 11AF
\u1107 11B8
\u1109 11BA 113C 113E
\u110A 11BB 113D 113F
\u110C 11BD 114E 1150
\u110D 114F 1151
\u110E 11BE 1154 1155
\u110F 11BF
\u1110 11C0
\u1111 11C1
\u1112 11C2 1159 11F9
\u30D8 3078
\u30EA 308A
\u30FC 1173 4E00
\u4E8C 30CB
\u4E3F 30CE
\u516B 30CF
\u529B 30AB
\u535C 30C8
\u53E3 1106 11B7 30ED 56D7
\u5915 30BF
\u5DE5 30A8
`;

/** Enclosed letters and digits that have no compatibility decomposition: first code point, prototype, how many. */
const RANGES: readonly (readonly [first: number, prototype: string, count: number])[] = [
  [0x1f150, "a", 26],
  [0x1f170, "a", 26],
  [0x24ff, "0", 1],
  [0x24f5, "1", 9],
  [0x2776, "1", 9],
  [0x2780, "1", 9],
  [0x278a, "1", 9],
];

/**
 * Case folding without locale: by way of capitals, so that ß and ẞ are ss and the dotless ı is i. The final sigma is
 * undone, because lower-casing writes it by position.
 */
export function foldCase(text: string): string {
  return text
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(/\u03C2/g, "\u03C3");
}

/** From a case-folded character to its prototype, as far as the rows here go. */
export function readRows(): Map<string, string> {
  const prototypes = new Map<string, string>();
  for (const row of ROWS.trim().split("\n")) {
    const [prototype, ...members] = row.split(/ +/);
    for (const hex of members)
      prototypes.set(foldCase(String.fromCodePoint(Number.parseInt(hex, 16))), prototype!);
  }
  for (const [first, prototype, count] of RANGES) {
    for (let i = 0; i < count; i++) {
      const plain = String.fromCodePoint(prototype.codePointAt(0)! + i);
      prototypes.set(foldCase(String.fromCodePoint(first + i)), prototypes.get(plain) ?? plain);
    }
  }
  return prototypes;
}

/** Greek small letters that resemble another Latin letter than their capital does: ν is v, but Ν is N. */
export const GREEK_SMALL_SHAPES: ReadonlyMap<string, string> = new Map([
  ["\u03B2", "ß"],
  ["\u03B3", "y"],
  ["\u03B7", "n"],
  ["\u03BD", "v"],
  ["\u03C5", "u"],
]);
