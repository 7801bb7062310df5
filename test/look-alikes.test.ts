/** Letters of all scripts that look alike, by the data of UTS #39: none passes for another name. */
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { readRows } from "../src/room/confusables.ts";
import { lookAlikes } from "../src/room/look-alikes.ts";
import { nameSkeleton } from "../src/room/names.ts";

const data = createRequire(import.meta.url)("unhomoglyph/data.json") as Record<string, string>;
const ofLatin = Object.entries(data).filter(([, to]) => /^\p{Script=Latin}$/u.test(to));

describe("look-alikes of Latin letters", () => {
  it("are many", () => {
    expect(ofLatin.length).toBeGreaterThan(1_400);
  });

  it.each([
    ["alone", (letter: string) => letter],
    ["within a name", (letter: string) => `J${letter}hn`],
    ["behind Korean", (letter: string) => `수달${letter}`],
    ["behind a letter with an accent", (letter: string) => `é${letter}a`],
  ])("none passes %s", (_where, nameOf) => {
    const passing = ofLatin.filter(([from, to]) => nameSkeleton(nameOf(from)) !== nameSkeleton(nameOf(to)));
    expect(passing).toEqual([]);
  });

  it.each([
    ["newer than the data", "\u{16EB6}ob", "Bob"],
    ["newer than the data", "\u0448endy", "Wendy"],
    ["newer than the data", "J\u03EDhn", "John"],
    ["a capital sharp s", "WEI\u1E9E", "Weiß"],
    ["beta for a sharp s", "Weiβ", "Weiß"],
    ["sigma for o", "Jσhn", "John"],
    ["abkhasian che", "\u04BDlla", "ella"],
    ["yesieung", "\u114C\u1175", "이"],
    ["yesieung at the end", "\u110B\u1161\u11F0", "앙"],
    ["old jamo, decomposed", "\u110B\u1175", "이"],
    ["sios of two kinds", "\u113C\u1161", "사"],
  ])("%s: %s and %s", (_why, one, other) => {
    expect(nameSkeleton(one)).toBe(nameSkeleton(other));
  });
});

describe("names that differ", () => {
  it("stay apart: Korean", () => {
    const names =
      "김민준 김민중 김민지 김민자 이서연 이서윤 이서은 이수연 박지우 박지후 박지호 최유진 최유신 최우진 정하은 정하윤 정하온 강도윤 강도운 조은서 조은사 윤채원 윤재원 임소율 임소을 한지민 한지만 오세훈 오세흔 서하준 서하진 신아영 신아연 권나은 권나운 황시우 황시후 안예린 안애린 송다인 송다안 류하나 류한아 홍가까 홍각가 빵 방 땅 당 쌀 살 짜다 자다 까치 가치 의사 이사 외가 왜가 개 게 네 내".split(
        " ",
      );
    expect(new Set(names.map(nameSkeleton)).size).toBe(names.length);
  });

  it("stay apart: English and its neighbours", () => {
    const names =
      "Ann Anna Hannah Hana Nana Nina Vina Tina Dina Gina Ben Ken Len Jen Jan Jon John Joan Jean Dan Don Dom Tom Tim Jim Kim Sam Pam Cam Max Mex Alex Alec Eric Erik Mark Marc Maria Marie Mary Gary Cary Carl Karl Earl Kurt Curt Bert Bart Burt Rob Bob Ted Ned Fred José Jose Renée Renee Zoë Zoe Łukasz Lukasz Jørg Jorg Núñez Nunez Åsa Asa Øystein Oystein Çelik Celik Ștefan Stefan".split(
        " ",
      );
    expect(new Set(names.map(nameSkeleton)).size).toBe(names.length);
  });

  it("stay apart: Cyrillic, Greek, Japanese, Chinese, Arabic, Hebrew, Devanagari", () => {
    const names =
      "Анна Инна Алла Элла Олег Ольга Иван Ирина Марина Мария Маша Миша Саша Паша Даша Юля Юлия Пётр Николай Νίκος Νίκη Μαρία Μάριος Γιώργος Ελένη さくら ゆい ゆき あおい アオイ 桜 小明 小名 王伟 王芳 李娜 محمد محمود أحمد فاطمة علي دوד דנה דן רונה राम राज सीता गीता".split(
        " ",
      );
    const seen = new Map(names.map((name) => [nameSkeleton(name), name]));
    expect([...seen.values()].length).toBe(names.length);
  });

  it("stay apart: letters and digits of ASCII, but for those that a row says are the same", () => {
    const rows = readRows();
    const plain = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (const one of plain) {
      expect(lookAlikes().prototypes.get(one)).toBe(rows.get(one));
      for (const other of plain) {
        const isSame = (rows.get(one) ?? one) === (rows.get(other) ?? other);
        expect(nameSkeleton(one) === nameSkeleton(other), one + other).toBe(isSame);
      }
    }
  });
});

describe("the tables", () => {
  it("are fixed points", () => {
    const { prototypes } = lookAlikes();
    expect(prototypes.size).toBeGreaterThan(2_000);
    for (const [from, to] of prototypes)
      for (const part of to) expect(prototypes.get(part) ?? part, `${from} to ${to}`).toBe(part);
  });
});
