import { describe, expect, it } from "vitest";
import { generateName, type NameLanguage } from "../src/room/generated-names.ts";
import { nameSkeleton } from "../src/room/names.ts";
import { checkNickname } from "../src/wire/names.ts";

const WORDS_PER_LIST = 64;

/** Every name of the language, by handing in chance that counts. */
function allNames(language: NameLanguage): string[] {
  const names: string[] = [];
  for (let i = 0; i < WORDS_PER_LIST; i++) {
    for (let j = 0; j < WORDS_PER_LIST; j++) {
      const draws = [i / WORDS_PER_LIST, j / WORDS_PER_LIST];
      names.push(generateName(language, () => draws.shift()!));
    }
  }
  return names;
}

describe.each(["ko", "en"] as const)("generateName in %s", (language) => {
  const names = allNames(language);

  it("makes 4,096 names, each valid as it is", () => {
    expect(new Set(names).size).toBe(WORDS_PER_LIST ** 2);
    for (const name of names) expect(checkNickname(name)).toEqual({ ok: true, name });
  });

  it("uses 64 distinct words on either side", () => {
    expect(new Set(names.map((name) => name.split(" ")[0])).size).toBe(WORDS_PER_LIST);
    expect(new Set(names.map((name) => name.split(" ")[1])).size).toBe(WORDS_PER_LIST);
  });

  it("is written in its language", () => {
    const pattern = language === "ko" ? /^[가-힣]+ [가-힣]+$/ : /^[A-Z][a-z]+ [A-Z][a-z]+$/;
    for (const name of names) expect(name).toMatch(pattern);
  });

  it("stays inside its lists at the ends of chance", () => {
    expect(generateName(language, () => 0)).toBe(names[0]);
    expect(generateName(language, () => 1 - Number.EPSILON / 2)).toBe(names.at(-1));
  });
});

describe("generated names together", () => {
  it("never look alike", () => {
    const names = [...allNames("ko"), ...allNames("en")];
    expect(new Set(names.map(nameSkeleton)).size).toBe(names.length);
  });
});

describe("Korean adjectives", () => {
  it("stand before a noun, so they end in ㄴ", () => {
    for (const name of allNames("ko")) {
      const adjective = name.split(" ")[0]!;
      expect(adjective.normalize("NFD").endsWith("\u11AB")).toBe(true);
    }
  });
});
