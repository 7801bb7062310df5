import { expect, test } from "vitest";
import { linkify } from "../web/linkify.ts";

/** The text with each link in angle brackets. */
function marked(text: string): string {
  return linkify(text)
    .map((part) => (typeof part === "string" ? part : `<${part.label}>`))
    .join("");
}

test.each([
  ["plain words", "plain words"],
  ["see https://example.com", "see <https://example.com>"],
  ["https://example.com. Next", "<https://example.com>. Next"],
  ["https://example.com/a?b=1&c=2#d, then", "<https://example.com/a?b=1&c=2#d>, then"],
  ["(https://example.com/a)", "(<https://example.com/a>)"],
  ["https://en.wikipedia.org/wiki/Yard_(place)", "<https://en.wikipedia.org/wiki/Yard_(place)>"],
  ['"https://example.com/x"!', '"<https://example.com/x>"!'],
  ["https://example.com을 보세요", "<https://example.com>을 보세요"],
  ["https://example.com/page에서 봐요", "<https://example.com/page>에서 봐요"],
  ["https://example.com/을 봐요", "<https://example.com/>을 봐요"],
  ["https://example.com~ 좋아요", "<https://example.com>~ 좋아요"],
  ["https://example.com/r/한국어-방 여기", "<https://example.com/r/한국어-방> 여기"],
  ["https://ko.wikipedia.org/wiki/마당", "<https://ko.wikipedia.org/wiki/마당>"],
  ["https://한국.kr을", "<https://한국.kr>을"],
  ["https://도메인.한국", "<https://도메인.한국>"],
  ["http://localhost:3000/r/a", "<http://localhost:3000/r/a>"],
  ["http://192.168.0.7:3000", "<http://192.168.0.7:3000>"],
  ["http://[::1]:3000/x", "<http://[::1]:3000/x>"],
  ["https://a.com https://b.com", "<https://a.com> <https://b.com>"],
  ["https://example.com/%ED%95%9C", "<https://example.com/%ED%95%9C>"],
  ["HTTPS://EXAMPLE.COM/A", "<HTTPS://EXAMPLE.COM/A>"],
])("%s", (text, expected) => {
  expect(marked(text)).toBe(expected);
});

test.each([
  "javascript:alert(1)",
  "javascript://example.com/%0Aalert(1)",
  "data:text/html,<b>x</b>",
  "ftp://example.com",
  "//example.com",
  "https://",
  "https://@",
  "https://user:secret@example.com/",
  "https://bank.example@evil.example/",
  "xhttps://example.com",
  "<a href=x>",
])("no link in %s", (text) => {
  expect(linkify(text).filter((part) => typeof part !== "string")).toEqual([]);
});

test("the parts joined are the text", () => {
  const text = "가 https://example.com/a(b)). 나 <img src=x onerror=1> http://b.kr을\n다";
  const joined = linkify(text).map((part) => (typeof part === "string" ? part : part.label));
  expect(joined.join("")).toBe(text);
});

// Much longer than a message can be: work that grows with the square of the length would not end in time.
test("a long text of look-alike links takes time in proportion to its length", () => {
  const times = 60;
  expect(linkify("https://a.".repeat(400 * times) + "((((".repeat(200 * times)).length).toBeGreaterThan(0);
  expect(linkify(`https://${"a-".repeat(2000 * times)}`).length).toBeGreaterThan(0);
  expect(linkify(`https://example.com/${".,)".repeat(1300 * times)}`).length).toBeGreaterThan(0);
});
