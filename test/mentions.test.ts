/** Who is meant in a text, in the scripts that people write their names in. */
import { describe, expect, test } from "vitest";
import { Roster } from "../web/mentions.ts";

const roster = new Roster([
  "지민",
  "지민이네",
  "다정한 수달",
  "Tom",
  "Tom Cat",
  "山田",
  "🦦",
  "방문자1",
  "Ana-María",
]);

/** What is marked of a text, with `*` for everybody. */
const meant = (text: string, names = roster) =>
  names.mentionsIn(text).map(({ from, to, key }) => text.slice(from, to) + (key === "" ? "*" : ""));

describe("a mention", () => {
  test.each([
    ["@지민 왔어?", ["@지민"]],
    ["안녕@지민, @Tom!", ["@지민", "@Tom"]],
    ["@다정한 수달 뭐 해", ["@다정한 수달"]],
    ["(@tom cat)", ["@tom cat"]],
    ["@Tom\n@山田さん", ["@Tom", "@山田"]],
    ["＠Ana-María: hi", ["＠Ana-María"]],
    ["@🦦안녕", ["@🦦"]],
  ])("is found with a name of any script, and of several words: %s", (text, found) => {
    expect(meant(text)).toEqual(found);
  });

  test.each(["@지민님", "@지민아", "@지민이는 어디", "@지민님한테서만", "@지민씨, 봐요", "@지민선배!"])(
    "may have Korean particles right behind it: %s",
    (text) => {
      expect(meant(text)).toEqual(["@지민"]);
    },
  );

  test("of another script may have any Korean behind it", () => {
    expect(meant("@Tom이랑 @방문자1님")).toEqual(["@Tom", "@방문자1"]);
  });

  test.each(["@지민정 왔어?", "@지민아리", "@Tommy", "@Tom2", "@Tom_", "@방문자12", "@🦦‍❄️"])(
    "is not the beginning of a longer word: %s",
    (text) => {
      expect(meant(text)).toEqual([]);
    },
  );

  test.each(["mail tom@Tom", "a/@Tom", "https://example.org/?q=@Tom", "Tom", "@ Tom", "@"])(
    "is no part of an address, and needs its sign: %s",
    (text) => {
      expect(meant(text)).toEqual([]);
    },
  );

  test("is the longest name that is known", () => {
    expect(meant("@지민이네 @Tom Cat")).toEqual(["@지민이네", "@Tom Cat"]);
    // 네 is no particle: where nobody is called so, nobody is meant.
    expect(meant("@지민이네", new Roster(["지민"]))).toEqual([]);
    expect(meant("@Tom Cats")).toEqual(["@Tom"]);
  });

  test("is everybody's by a word of either language, unless somebody is called so", () => {
    expect(meant("@all @모두 @everyone @여러분께 @allow @모두가")).toEqual([
      "@all*",
      "@모두*",
      "@everyone*",
      "@여러분*",
      "@모두*",
    ]);
    expect(meant("@All @모두", new Roster(["All"]))).toEqual(["@All", "@모두*"]);
  });
});
