import { describe, expect, it } from "vitest";
import { GREEK_SMALL_SHAPES } from "../src/room/confusables.ts";
import { lookAlikes } from "../src/room/look-alikes.ts";
import { nameSkeleton, suggestName } from "../src/room/names.ts";
import { checkNickname, checkRoomName, NameProblem } from "../src/wire/names.ts";

const { empty, tooLong, badCharacter } = NameProblem;

/** Numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

function nickname(raw: string): string {
  const result = checkNickname(raw);
  return result.ok ? result.name : result.code;
}

function roomName(raw: string): string {
  const result = checkRoomName(raw);
  return result.ok ? result.name : result.code;
}

/** A black flag with tags behind it. */
const flagOf = (region: string) =>
  `\u{1F3F4}${Array.from(region, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("")}\u{E007F}`;

const family = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}";

describe("checkNickname", () => {
  it.each([
    ["Korean", "다정한 수달"],
    ["Korean, compatibility jamo alone", "ㅋㅋㅋ"],
    ["English with punctuation", "O'Brien-Smith, Jr."],
    ["Latin with accents", "Renée Müller"],
    ["Vietnamese, two accents a letter", "Nguyễn Thị Hường"],
    ["Arabic", "محمد علي"],
    ["Arabic with vowel marks", "مُحَمَّد"],
    ["Persian with a non-joiner in the word", "می\u200Cخواهم"],
    ["Hebrew with points", "שָׁלוֹם"],
    ["Devanagari", "कृष्णा"],
    ["Devanagari with a joiner after the virama", "क्\u200Dष"],
    ["Sinhala, which needs the joiner", "ශ්\u200Dරී"],
    ["Bengali with a joiner before the virama", "র\u200D্যাব"],
    ["Tamil", "தமிழ்"],
    ["Thai with three marks in a row", "ที่รัก ปู่ซื้อน้ำ"],
    ["Burmese with five marks in a row", "မြွှေး"],
    ["Tibetan", "བསྒྲུབས"],
    ["Japanese", "さくら 桜 サクラ"],
    ["Chinese", "小明"],
    ["a letter beyond the BMP", "𠮷野"],
    ["numbers", "1004"],
    ["symbols", "C++ <3 $ ♥"],
    ["nothing but punctuation", "..."],
    ["an emoji", "\u{1F9A6}"],
    ["a heart with a variation selector", "\u2764\uFE0F"],
    ["text style", "\u2764\uFE0E"],
    ["a family", family],
    ["skin tone and joiner", "\u{1F469}\u{1F3FD}\u200D\u{1F680}"],
    ["a flag with a joiner", "\u{1F3F3}\uFE0F\u200D\u{1F308}"],
    ["a flag of a country", "\u{1F1F0}\u{1F1F7} 팀"],
    ["a keycap", "1\uFE0F\u20E3"],
    ["the flag of England", flagOf("gbeng")],
    ["the flag of Scotland behind letters", `앤 ${flagOf("gbsct")}`],
    ["the flag of Wales between letters", `a${flagOf("gbwls")}b`],
    ["a pirate's flag", "\u{1F3F4}\u200D\u2620\uFE0F"],
    ["two flags", `\u{1F1F0}\u{1F1F7}${flagOf("gbsct")}`],
    ["emoji between letters", "수\u{1F9A6}달"],
  ])("accepts %s unchanged", (_why, name) => {
    expect(nickname(name)).toBe(name.normalize("NFC"));
  });

  it.each([
    ["spaces around", "  수달  ", "수달"],
    ["a line feed at the end, as pasted", "수달\r\n", "수달"],
    ["runs of spaces", "a   b", "a b"],
    ["no-break and ideographic spaces", "a\u00A0\u3000b", "a b"],
    ["NFD Korean", "한국".normalize("NFD"), "한국"],
    ["NFD Latin", "Jose\u0301", "José"],
    ["the Kelvin sign", "\u212Aim", "Kim"],
  ])("cleans %s", (_why, raw, name) => {
    expect(nickname(raw)).toBe(name);
  });

  it.each([
    ["nothing", "", empty],
    ["spaces", "   \u3000", empty],
    ["a control character", "a\u0007b", badCharacter],
    ["NUL", "a\u0000", badCharacter],
    ["a line feed inside", "a\nb", badCharacter],
    ["a tab inside", "a\tb", badCharacter],
    ["a C1 control", "a\u0085b", badCharacter],
    ["a line separator inside", "a\u2028b", badCharacter],
    ["a paragraph separator inside", "a\u2029b", badCharacter],
    ["right-to-left override", "\u202Egnp.exe", badCharacter],
    ["right-to-left mark", "a\u200F", badCharacter],
    ["Arabic letter mark", "ع\u061Cع", badCharacter],
    ["a bidi isolate", "\u2066a\u2069", badCharacter],
    ["zero width space", "a\u200Bb", badCharacter],
    ["zero width space alone", "\u200B", badCharacter],
    ["word joiner", "a\u2060b", badCharacter],
    ["byte order mark inside", "a\uFEFFb", badCharacter],
    ["soft hyphen", "a\u00ADb", badCharacter],
    ["combining grapheme joiner", "a\u034Fb", badCharacter],
    ["Hangul choseong filler", "\u115F", badCharacter],
    ["Hangul jungseong filler", "\u1160", badCharacter],
    ["Hangul filler", "\u3164", badCharacter],
    ["half-width Hangul filler", "\uFFA0", badCharacter],
    ["Khmer inherent vowel, never drawn", "\u1780\u17B4", badCharacter],
    ["Mongolian vowel separator", "\u182D\u180E\u1820", badCharacter],
    ["blank Braille", "\u2800", badCharacter],
    ["null notehead", "\u{1D159}", badCharacter],
    ["Khitan filler", "\u{16FE4}", badCharacter],
    ["a tag character", "a\u{E0041}", badCharacter],
    ["tags that are no flag", flagOf("gbxyz"), badCharacter],
    ["tags behind the wrong sign", flagOf("gbsct").replace("\u{1F3F4}", "\u{1F3F3}"), badCharacter],
    ["a flag whose tags do not end", flagOf("gbsct").slice(0, -2), badCharacter],
    ["tags twice", flagOf("gbsct") + flagOf("gbsct").slice(2), badCharacter],
    ["U+180B", "a\u180B", badCharacter],
    ["U+2065", "a\u2065", badCharacter],
    ["a full blank", "a\u{13441}", badCharacter],
    ["a variation selector after a letter", "a\uFE0F", badCharacter],
    ["an ideographic variation selector", "葛\u{E0100}", badCharacter],
    ["two variation selectors", "\u2764\uFE0F\uFE0F", badCharacter],
    ["a joiner between Latin letters", "a\u200Db", badCharacter],
    ["a non-joiner between Latin letters", "a\u200Cb", badCharacter],
    ["a joiner in Korean", "수\u200D달", badCharacter],
    ["a joiner at the end", "क्\u200D", badCharacter],
    ["two non-joiners", "می\u200C\u200Cخ", badCharacter],
    ["a joiner from Devanagari to Latin", "क्\u200Da", badCharacter],
    ["a joiner after punctuation of its script", "क।\u200Dक", badCharacter],
    ["a joiner after an emoji, before a letter", "\u{1F9A6}\u200Da", badCharacter],
    ["half a flag", "\u{1F1F0}", badCharacter],
    ["a flag and a half", "\u{1F1F0}\u{1F1F7}\u{1F1F0}", badCharacter],
    ["a lone high surrogate", "a\uD83D", badCharacter],
    ["a lone low surrogate", "\uDC00a", badCharacter],
    ["private use", "\uE000", badCharacter],
    ["private use, plane 16", "\u{100000}", badCharacter],
    ["unassigned", "\u0378", badCharacter],
    ["reserved for a pictograph", "\u{1FAFF}", badCharacter],
    ["a noncharacter", "\uFFFF", badCharacter],
    ["the replacement character", "\uFFFD", badCharacter],
    ["the object replacement character", "\uFFFC", badCharacter],
    ["a mark at the beginning", "\u0301a", badCharacter],
    ["a mark on a space", "a \u0301", badCharacter],
    ["a mark on an emoji", "\u{1F9A6}\u0301", badCharacter],
    ["an enclosing mark", "a\u20DD", badCharacter],
    ["a keycap mark on a letter", "a\u20E3", badCharacter],
    ["zalgo", "q\u0310\u0311\u0312\u0313\u0314", badCharacter],
    ["zalgo with a spacing mark between", "क\u0301\u0302\u0303\u0304ा\u0301\u0302\u0303", badCharacter],
  ])("refuses %s", (_why, raw, code) => {
    expect(checkNickname(raw)).toMatchObject({ ok: false, code });
  });

  it("allows four marks in a row", () => {
    expect(checkNickname("q\u0310\u0311\u0312\u0313").ok).toBe(true);
  });

  it("measures graphemes, not code units", () => {
    expect(nickname("가".repeat(32))).toBe("가".repeat(32));
    expect(nickname("가".repeat(33))).toBe(tooLong);
    expect(nickname("a".repeat(32))).toBe("a".repeat(32));
    expect(nickname("a".repeat(33))).toBe(tooLong);
    // Two code points each, one grapheme, three bytes.
    expect(checkNickname("q\u0303".repeat(32)).ok).toBe(true);
    expect(nickname("q\u0303".repeat(33))).toBe(tooLong);
    expect(checkNickname("가".repeat(32).normalize("NFD")).ok).toBe(true);
    expect(checkNickname(`   ${"가".repeat(32)}   `).ok).toBe(true);
  });

  it("measures bytes after NFC as well", () => {
    expect(checkNickname("\u{1F9A6}".repeat(24)).ok).toBe(true);
    expect(nickname("\u{1F9A6}".repeat(25))).toBe(tooLong);
    expect(checkNickname(family.repeat(3)).ok).toBe(true);
    expect(nickname(family.repeat(4))).toBe(tooLong);
  });

  it("does not normalise what cannot be a name", () => {
    expect(nickname(`${" ".repeat(2000)}a`)).toBe(tooLong);
    expect(nickname("\u0301".repeat(1_000_000))).toBe(tooLong);
  });

  it("leaves an accepted name alone, whatever the input was", () => {
    const random = seeded(1);
    const alphabet = [
      ..."aZ é1.-'가ㅎ수ﾡ아می桜Σςİßक्ष",
      "\u0301",
      "\u200C",
      "\u200D",
      "\uFE0F",
      "\u{1F9A6}",
      "\u{1F1F0}",
      "\u3000",
      "\u1161",
      "\u11AB",
    ];
    let accepted = 0;
    for (let i = 0; i < 20_000; i++) {
      let raw = "";
      for (let n = Math.floor(random() * 8); n >= 0; n--)
        raw += alphabet[Math.floor(random() * alphabet.length)];
      for (const check of [checkNickname, checkRoomName]) {
        const result = check(raw);
        if (!result.ok) continue;
        accepted++;
        expect(check(result.name)).toEqual(result);
        expect(result.name).toBe(result.name.normalize("NFC").trim());
      }
    }
    expect(accepted).toBeGreaterThan(5_000);
  });
});

describe("checkRoomName", () => {
  it.each([
    ["한국어 방", "한국어-방"],
    ["  General   Chat ", "general-chat"],
    ["a\u3000b", "a-b"],
    ["한국어 방".normalize("NFD"), "한국어-방"],
    ["İstanbul", "i\u0307stanbul"],
    ["ΟΔΟΣ", "οδος"],
    ["C++", "c++"],
    ["v1.0", "v1.0"],
    ["...", "..."],
    ["می\u200Cخواهم", "می\u200Cخواهم"],
    ["\u{1F9A6}", "\u{1F9A6}"],
    ["가".repeat(64), "가".repeat(64)],
  ])("%s becomes %s", (raw, name) => {
    expect(roomName(raw)).toBe(name);
    expect(roomName(name)).toBe(name);
  });

  it.each([
    ["", empty],
    [" \u3000 ", empty],
    [".", badCharacter],
    ["..", badCharacter],
    [" .. ", badCharacter],
    ["a/b", badCharacter],
    ["a\\b", badCharacter],
    ["what?", badCharacter],
    ["c#", badCharacter],
    ["100%", badCharacter],
    ["a\nb", badCharacter],
    ["a\u200Bb", badCharacter],
    ["\u202Ea", badCharacter],
    ["\uD800", badCharacter],
    ["가".repeat(65), tooLong],
    ["\u{1F9A6}".repeat(49), tooLong],
    ["a".repeat(65), tooLong],
  ])("refuses %j", (raw, code) => {
    expect(checkRoomName(raw)).toMatchObject({ ok: false, code });
  });

  it("is a fixed point for every single letter", () => {
    for (let point = 0; point < 0x20000; point++) {
      const result = checkRoomName(String.fromCodePoint(point));
      if (result.ok && roomName(result.name) !== result.name) expect.fail(`U+${point.toString(16)}`);
    }
  });

  it("survives a link there and back", () => {
    const name = roomName("한국어 방 ♥ & co: 50+");
    const link = new URL(`/r/${encodeURIComponent(name)}`, "https://example.org");
    expect(decodeURIComponent(link.pathname.slice("/r/".length))).toBe(name);
  });
});

describe("nameSkeleton", () => {
  it.each([
    ["case", "Anna", "aNNA"],
    ["spaces", "다정한 수달", "다정한수달"],
    ["punctuation", "an_na.-", "Anna"],
    ["a modifier apostrophe", "O\u02BCBrien", "O'Brien"],
    ["a spacing accent", "Anna\u00B4", "Anna"],
    ["tatweel", "محـمد", "محمد"],
    ["full width", "Ａｎｎａ", "Anna"],
    ["mathematical letters", "𝐀𝓃𝕟𝚊", "Anna"],
    ["circled letters", "Ⓐⓝⓝⓐ", "Anna"],
    ["negative squared letters", "🅰🅽🅽🅰", "Anna"],
    ["negative circled digits", "❶❷❸", "123"],
    ["small capitals", "ᴀɴɴᴀ", "Anna"],
    ["Roman numerals", "Ⅷ", "VIII"],
    ["NFC and NFD", "José", "Jose\u0301"],
    ["NFC and NFD, Korean", "한국", "한국".normalize("NFD")],
    ["Cyrillic а in Latin", "Аnnа", "Anna"],
    ["Cyrillic throughout", "Сосо", "Coco"],
    ["Latin in Cyrillic", "Папа", "Пaпa"],
    ["Greek capital Nu", "Νick", "Nick"],
    ["Greek small nu", "Iνan", "Ivan"],
    ["Greek small upsilon", "Paυl", "Paul"],
    ["lunate sigma", "\u03F9o\u03F2o", "Coco"],
    ["Greek case", "Νίκος", "νίκοσ"],
    ["Greek capitals, no accents", "ΝΙΚΟΣ", "νικος"],
    ["Latin o in Greek", "Νίκος", "Nίκoς"],
    ["Armenian", "օսհոg", "ouhng"],
    ["Cherokee", "ᏢᎪᎢᎬᎡ", "PATER"],
    ["Cherokee, small letters", "Ꮲꭺꭲꭼꭱ", "pater"],
    ["Coptic", "ⲘⲀⲔ", "MAK"],
    ["Lisu", "ꓮꓠꓠꓮ", "ANNA"],
    ["zero and o", "B0b", "Bob"],
    ["one, l, capital i, bar", "1lI|", "llll"],
    ["Persian and Arabic digits", "۱۲۳", "١٢٣"],
    ["Persian and Arabic yeh and kaf", "علی کریم", "علي كريم"],
    ["an invisible non-joiner", "می\u200Cخواهم", "میخواهم"],
    ["rn and m", "Arnold", "Amold"],
    ["vv and w", "VVendy", "Wendy"],
    ["a sharp s", "Weiß", "WEISS"],
    ["dotted and dotless i", "Işıl", "işil"],
    ["i with its dot as a mark", "i\u0307an", "Ian"],
    ["caron and breve", "ǎ", "ă"],
    ["comma and cedilla", "ș", "ş"],
    ["ligatures", "Ægir", "Aegir"],
    ["fi as one character", "ﬁn", "fin"],
    ["stroke as a mark", "Łukasz", "L\u0338ukasz"],
    ["compatibility and conjoining jamo", "ㅎㅏㄴ", "한"],
    ["half-width jamo", "ﾡ", "ㄱ"],
    ["a final consonant by itself", "\u11AB", "ㄴ"],
    ["ieung and o", "ㅇㅇ", "oo"],
    ["katakana and Han", "エロ", "工口"],
    ["an emoji in text style", "\u2764\uFE0E", "\u2764\uFE0F"],
    ["an emoji with skin tone", "\u{1F44D}\u{1F3FD}", "\u{1F44D}"],
    ["a keycap", "1\uFE0F\u20E3", "1"],
    ["dots, one or three characters", "…", "..."],
  ])("does not tell apart: %s", (_why, one, other) => {
    expect(nameSkeleton(one)).toBe(nameSkeleton(other));
  });

  it.each([
    ["한국", "한극"],
    ["하나", "한아"],
    ["각가", "가까"],
    ["수달", "해달"],
    ["수달", "수달 2"],
    ["수달 2", "수달 3"],
    ["수달 2", "수달 22"],
    ["Anna", "Hanna"],
    ["Anna", "Ana"],
    ["José", "Jose"],
    ["Nina", "Vina"],
    ["Hana", "Nana"],
    ["Lukasz", "Łukasz"],
    ["Jorg", "Jørg"],
    ["Иван", "Ivan"],
    ["Маша", "Миша"],
    ["кров", "кровь"],
    ["Νίκος", "Νίκη"],
    ["محمد", "محمود"],
    ["राम", "राज"],
    ["小明", "小名"],
    ["か", "が"],
    ["C", "C++"],
    ["!", "?"],
    ["\u{1F9A6}", "\u{1F43F}"],
    ["\u{1F1F0}\u{1F1F7}", "\u{1F1EF}\u{1F1F5}"],
    [flagOf("gbsct"), flagOf("gbwls")],
    [flagOf("gbsct"), "\u{1F3F4}"],
  ])("tells %s from %s", (one, other) => {
    expect(nameSkeleton(one)).not.toBe(nameSkeleton(other));
  });

  it("never equates two Korean names of two modern syllables", () => {
    const syllables: string[] = [];
    for (let point = 0xac00; point <= 0xd7a3; point += 97) syllables.push(String.fromCodePoint(point));
    const seen = new Map<string, string>();
    for (const one of syllables) {
      for (const other of syllables) {
        const skeleton = nameSkeleton(one + other);
        if (seen.has(skeleton)) expect.fail(`${seen.get(skeleton)} and ${one + other}`);
        seen.set(skeleton, one + other);
      }
    }
  });

  it("is never empty for a valid name of one character, and ignores case", () => {
    for (let point = 0x21; point < 0x20000; point++) {
      const result = checkNickname(String.fromCodePoint(point));
      if (!result.ok) continue;
      const skeleton = nameSkeleton(result.name);
      if (skeleton === "") expect.fail(`U+${point.toString(16)} is empty`);
      // These Greek letters stand alone here, where the drawn shape counts, and so do those that are seen as a whole.
      if (GREEK_SMALL_SHAPES.has(result.name.toLowerCase().normalize("NFKD")[0]!)) continue;
      const { whole } = lookAlikes();
      if (whole.has(result.name) || whole.has(result.name.toUpperCase())) continue;
      if (nameSkeleton(result.name.toUpperCase()) !== skeleton)
        expect.fail(`U+${point.toString(16)} has case`);
    }
  });
});

describe("the table of look-alikes", () => {
  it("maps to characters that are not mapped again", () => {
    for (const [from, prototype] of lookAlikes().prototypes) {
      for (const character of prototype) {
        const again = lookAlikes().prototypes.get(character);
        if (again !== undefined && again !== character) expect.fail(`${from} to ${prototype} to ${again}`);
      }
    }
  });

  it("holds only characters that are still there after folding and decomposition", () => {
    for (const from of lookAlikes().prototypes.keys()) {
      expect([...from]).toHaveLength(1);
      expect(from.toUpperCase().toLowerCase().normalize("NFKD")).toBe(from);
    }
    expect(lookAlikes().prototypes.size).toBeGreaterThan(400);
  });
});

describe("suggestName", () => {
  it("asks for the very skeleton of what it suggests, whatever the name is made of", () => {
    const names = [
      "Ada",
      "수달",
      "...",
      "⟨⟩!",
      "Νίκος",
      "ΣΟΦΟΣ",
      "ος",
      "ai\u0307",
      "İi",
      "J\u0303",
      "ﬃ",
      "ß",
      "①Ⓐ",
      "à la",
    ];
    names.push(
      "Ж".repeat(32),
      "👩🏽‍🚀".repeat(4),
      "ç\u0323".repeat(16),
      "a'b’c",
      "x 7",
      "- 99999",
      "کتاب\u200cها",
      "ü".repeat(31),
    );
    for (const name of names) {
      for (const numbers of [1, 8, 9, 97, 98, 99, 998]) {
        let asked = 0;
        const heard = new Set<string>();
        const suggestion = suggestName(name, (skeleton) => {
          heard.add(skeleton);
          return ++asked <= Math.log2(numbers);
        });
        expect(heard, suggestion).toContain(nameSkeleton(suggestion));
        expect(checkNickname(suggestion)).toEqual({ ok: true, name: suggestion });
      }
    }
  });

  /** Takes `count` suggestions one after the other, as that many guests would. */
  function guests(name: string, count: number): string[] {
    const taken = new Set([nameSkeleton(name)]);
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      const suggestion = suggestName(name, (skeleton) => taken.has(skeleton));
      expect(checkNickname(suggestion)).toEqual({ ok: true, name: suggestion });
      expect(taken).not.toContain(nameSkeleton(suggestion));
      taken.add(nameSkeleton(suggestion));
      names.push(suggestion);
    }
    return names;
  }

  it("counts from two", () => {
    expect(guests("수달", 4)).toEqual(["수달 2", "수달 3", "수달 4", "수달 5"]);
  });

  it("counts on from a number that is there", () => {
    expect(guests("수달 2", 2)).toEqual(["수달 3", "수달 4"]);
    expect(guests("Agent 007", 1)).toEqual(["Agent 007 2"]);
  });

  it.each([
    ["32 syllables, 96 bytes", "가".repeat(32)],
    ["32 letters", "a".repeat(32)],
    ["32 letters that end in a number", `${"a".repeat(30)} 9`],
    ["a space where the cut falls", `${"a".repeat(29)} ${"b".repeat(2)}`],
    ["24 otters, 96 bytes", "\u{1F9A6}".repeat(24)],
    ["three families", family.repeat(3)],
    ["flags", "\u{1F1F0}\u{1F1F7}".repeat(12)],
    ["Persian with non-joiners everywhere", "ی\u200C".repeat(18).slice(0, -1)],
    ["Sinhala with joiners", "ශ්\u200Dරී".repeat(5)],
    ["marks", "q\u0303".repeat(32)],
    ["one character", "a"],
    ["a number", "2"],
    ["punctuation", "..."],
    ["one grapheme that is all a name may hold", [..."👩".repeat(13)].join("\u200D")],
  ])("is valid and free: %s", (_why, name) => {
    expect(checkNickname(name).ok).toBe(true);
    expect(new Set(guests(name, 120)).size).toBe(120);
  });

  it("is valid even for a name that is not", () => {
    for (const name of ["", "   ", "\u200B", "a".repeat(500)]) guests(name, 12);
  });

  it("finds a free name with gaps in the numbers", () => {
    const random = seeded(7);
    for (let round = 0; round < 100; round++) {
      const taken = new Set([nameSkeleton("수달")]);
      for (let n = 2; n < 60; n++) if (random() < 0.7) taken.add(nameSkeleton(`수달 ${n}`));
      expect(taken).not.toContain(nameSkeleton(suggestName("수달", (skeleton) => taken.has(skeleton))));
    }
  });

  it("asks few times in a crowd", () => {
    const taken = new Set<string>();
    for (let n = 2; n < 20_000; n++) taken.add(nameSkeleton(`수달 ${n}`));
    let asked = 0;
    const suggestion = suggestName("수달", (skeleton) => {
      asked++;
      return taken.has(skeleton);
    });
    expect(suggestion).toBe("수달 20000");
    expect(asked).toBeLessThan(40);
  });

  it("throws rather than search for ever", () => {
    expect(() => suggestName("수달", () => true)).toThrow();
  });
});
