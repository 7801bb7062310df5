/** Who is offered behind an @. */
import { describe, expect, test } from "vitest";
import { candidates, MOST_CANDIDATES, queryAt } from "../web/candidates.ts";

const people = ["다정한 수달", "지민", "김지민", "과일", "Anna", "Hannah", "박 Joanna", "İnci"].map(
  (name, at) => ({
    author: at + 1,
    name,
  }),
);
const offered = (query: string) => candidates(people, query).map(({ name }) => name);

describe("candidates", () => {
  test("come by any part of the name, those that begin so first", () => {
    expect(offered("ann")).toEqual(["Anna", "Hannah", "박 Joanna"]);
    expect(offered("jo")).toEqual(["박 Joanna"]);
    expect(offered("수달")).toEqual(["다정한 수달"]);
    expect(offered("한 수")).toEqual(["다정한 수달"]);
    expect(offered("지민")).toEqual(["지민", "김지민"]);
    expect(offered("inci")).toEqual([]);
    expect(offered("İnci")).toEqual(["İnci"]);
    expect(offered("nobody")).toEqual([]);
  });

  test("come with each key of a syllable that is being composed", () => {
    for (const typed of ["지", "짐", "지미", "지민"])
      expect(offered(typed), typed).toEqual(["지민", "김지민"]);
    for (const typed of ["고", "과", "과이", "과일"]) expect(offered(typed), typed).toEqual(["과일"]);
    // The letters of a syllable are not looked for within others.
    expect(offered("ㅏ")).toEqual([]);
    expect(offered("인")).toEqual([]);
  });

  test("come by the first consonants of their syllables", () => {
    expect(offered("ㅈㅁ")).toEqual(["지민", "김지민"]);
    expect(offered("ㅅㄷ")).toEqual(["다정한 수달"]);
    expect(offered("ㅎㅅ")).toEqual([]);
  });

  test("are everybody in the order they are given where nothing is typed, and never too many", () => {
    expect(offered("")).toEqual(people.map(({ name }) => name).slice(0, MOST_CANDIDATES));
    const crowd = Array.from({ length: 50 }, (_, at) => ({ author: at, name: `a${at}` }));
    expect(candidates(crowd, "a")).toHaveLength(MOST_CANDIDATES);
  });
});

describe("what stands behind the @", () => {
  test.each([
    ["@|", 0, ""],
    ["hi @an|", 3, "an"],
    ["hi @an| there", 3, "an"],
    ["안녕@지|", 2, "지"],
    ["@다정한 수|", 0, "다정한 수"],
    ["@a and @b|", 7, "b"],
  ])("is what is before the caret: %s", (marked, from, query) => {
    expect(queryAt(marked.replace("|", ""), marked.indexOf("|"))).toEqual({ from, query });
  });

  test.each(["me@an|", "@ an|", "@an\nna|", "an|", `@${"a".repeat(65)}|`, "path/@an|"])(
    "is nothing here: %s",
    (marked) => {
      expect(queryAt(marked.replace("|", ""), marked.indexOf("|"))).toBeNull();
    },
  );
});
