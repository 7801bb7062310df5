import { expect, test } from "vitest";
import { type Link, linkify } from "../web/linkify.ts";

/** The text with each link in angle brackets. */
function marked(text: string): string {
  return linkify(text)
    .map((part) => (typeof part === "string" ? part : `<${part.label}>`))
    .join("");
}

const linksOf = (text: string): Link[] => linkify(text).filter((part) => typeof part !== "string");

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

// What stands alone in a message is the address, with every sign of it.
test.each([
  "https://bücher.example/straße?größe=xl#größe",
  "http://señor.example",
  "http://sen\u0303or.example/n\u0303",
  "https://ko.example.org/wiki/배_(과일)",
  "https://ja.example.org/wiki/橋_(曖昧)",
  "https://zh.example.org/wiki/春（电影）",
  "https://zh.example.org/wiki/春_（电影）",
  "https://почта.рус/ящик",
  "https://例子.中国/",
  "https://ドメイン.みんな/あいさつ",
  "https://उदाहरण.भारत/क्षेत्र",
  "https://مثال.مصر/صفحة",
  "https://ไทย.คอม/ที่",
  "https://example.org/k/Ab9_",
  "https://example.org/~",
  "https://example.org/~ann/",
  "https://example.org/a*",
  "https://example.org/t?id={0A-1F}&x=a|b",
  "https://example.org/Rhein–Main",
  "https://example.org/a—b−c",
  "https://example.org/🍙",
  "https://example.org/👩🏽‍🚀/x",
  "https://example.org./x",
  "https://example.org/Tシャツ",
  "https://example.org/スター・ウォーズ",
  "https://example.org/it’s",
  "https://example.org/it's",
  "https://example.org/a^b`c",
  "https://example.org/a[1]=2",
  "https://example.org/@name/1",
  "https://example.org?a@b",
  "https://example.org:8080/#/r/a!b",
  "https://example.org/a%E0%B8",
  "https://example.org/a;b=1,2/c.d",
  "https://example.org/a/../b//c",
  "https://example.org/میخواهم\u200cها",
  "https://xn--bcher-kva.example/",
  "https://a.b-c.d_e.example.org/",
  "http://[2001:db8::1]/",
])("%s is a link as a whole, and in a sentence too", (address) => {
  const { href } = new URL(address);
  for (const text of [
    address,
    `a ${address} b`,
    `(${address})`,
    `“${address}” x`,
    `「${address}」`,
    `${address}, b`,
    `가 ${address}\n나`,
  ])
    expect(linksOf(text), text).toEqual([{ href, label: address, leads: "" }]);
});

test.each([
  ["(https://ja.example.org/wiki/橋_(曖昧))", "(<https://ja.example.org/wiki/橋_(曖昧)>)"],
  ["지도는 https://example.org/r/집에서 봐요", "지도는 <https://example.org/r/집>에서 봐요"],
  ["https://example.org에서", "<https://example.org>에서"],
  ["https://example.org/a를", "<https://example.org/a>를"],
  ["https://example.org/a에서는 x", "<https://example.org/a>에서는 x"],
  ["(https://example.org/a)를 x", "(<https://example.org/a>)를 x"],
  ["“https://example.org/a”라고", "“<https://example.org/a>”라고"],
  ["https://example.org/r/회의", "<https://example.org/r/회의>"],
  ["https://example.org/K팝", "<https://example.org/K팝>"],
  ["https://example.org:8080에서", "<https://example.org:8080>에서"],
  ["https://도메인.한국에서", "<https://도메인.한국>에서"],
  ["http://localhost에서", "<http://localhost>에서"],
  ["https://example.orgを見て", "<https://example.org>を見て"],
  ["https://example.org맛집!추천", "<https://example.org>맛집!추천"],
  ["请看https://example.org/a，谢谢", "请看<https://example.org/a>，谢谢"],
  ["https://example.org/a（备用）", "<https://example.org/a>（备用）"],
  ["https://example.org/桥。", "<https://example.org/桥>。"],
  [
    "see https://example.org/a, https://example.org/b.",
    "see <https://example.org/a>, <https://example.org/b>.",
  ],
  ["[a](https://example.org/b_(c))", "[a](<https://example.org/b_(c)>)"],
  ["[https://a.example](https://b.example/x)", "[<https://a.example>](<https://b.example/x>)"],
  ["(https://a.example, https://b.example/x)는", "(<https://a.example>, <https://b.example/x>)는"],
  ["*https://example.org/a*", "*<https://example.org/a>*"],
  ["~~https://example.org/a~~", "~~<https://example.org/a>~~"],
  ["`https://example.org/a`", "`<https://example.org/a>`"],
  ["'https://example.org/a'", "'<https://example.org/a>'"],
  ['<a href="https://example.org/a">x</a>', '<a href="<https://example.org/a>">x</a>'],
  ["https://example.org/a…", "<https://example.org/a>…"],
  ["https://example.org/a?!", "<https://example.org/a>?!"],
  ["https://example.org👍", "<https://example.org>👍"],
  ["https://example.org/a\u200b b", "<https://example.org/a>\u200b b"],
  ["https://a.example,https://b.example", "<https://a.example>,<https://b.example>"],
])("in %s only the address", (text, expected) => {
  expect(marked(text)).toBe(expected);
});

test.each([
  ["https://аррle.example/", null],
  ["https://аррӏе.example/", null],
  ["https://сора.рус/", null],
  ["https://paypaı.example", null],
  ["https://gооgle.com/x", null],
  ["https://ɑpple.com", null],
  ["https://ｅｘａｍｐｌｅ.org/", "example.org"],
  ["https://ex%61mple.org/", "example.org"],
  ["https://0x7f.1/", "127.0.0.1"],
  ["https://2130706433/", "127.0.0.1"],
  ["https://0177.0.0.1/", "127.0.0.1"],
  ["http://127.1:3000/x", "127.0.0.1"],
  ["http://[::ffff:1.2.3.4]/", "[::ffff:102:304]"],
  ["https://οσον.example", null],
  ["https://한국-example한.kr/", null],
])("%s shows where it leads", (text, leads) => {
  const [link] = linksOf(text);
  expect(link?.label).toBe(text);
  expect(link?.leads).toBe(leads ?? new URL(text).hostname);
  expect(link?.leads).not.toBe("");
});

test.each(["http://192.168.0.7:3000/", "HTTPS://EXAMPLE.ORG/", "http://[::1]/", "https://москва.example/"])(
  "%s needs nothing beside it",
  (text) => {
    expect(linksOf(text)[0]?.leads).toBe("");
  },
);

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
  "https://name@other.example/",
  "https://user:123@other.example/",
  "https://example.org\u2215@other.example/",
  "https://exa$mple.org/",
  "https://i❤.ws/",
  "https://example.org⁄x.evil.example/",
  "https://example.org\u202Egpj.exe/x",
  "https://exam\u00ADple.org/",
  "https://example.org/\u2066x\u2069y",
  "https://example.org\u200B.evil.example/",
  "https:///example.org",
  "https:example.org",
  "https:\\\\example.org",
  "https://example.org:99999/",
  "https://zh.example.org/wiki/春，夏",
  "https://example.org/（备用）x",
  "https://example.orgを/見て",
  "git+https://example.org/x",
  "mailto:ann@example.org",
  "www.example.org",
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
  for (const piece of [
    "가",
    "에서",
    "\t",
    "(",
    "（",
    "，",
    "'",
    "a.",
    "é",
    "\u0301",
    "\u200d",
    "%",
    "https://@",
    "https://a，",
  ]) {
    expect(linkify(`https://a.example/${piece.repeat(4_000)}에서`).length).toBeGreaterThan(0);
    expect(linkify(`https://${piece.repeat(4_000)}에서`).length).toBeGreaterThan(0);
  }
  expect(linkify(`https://${"a-".repeat(2000 * times)}`).length).toBeGreaterThan(0);
  expect(linkify(`https://example.com/${".,)".repeat(1300 * times)}`).length).toBeGreaterThan(0);
});

/** Numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

test("whatever stands around and in an address: a link leads to what it shows, begins and ends where it may, and nothing is lost", () => {
  const random = seeded(8);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const pieces = [
    ..."aZ0-._~:/?#[]@!$&'()*+,;=%|{}^\\`<>\"é가을에ㅎあ橋рßاש़́ı漢。，）（「」“”’…·–🍙👩🏽🇰 \n\t\u200b\u200d\u202e\u00ad\ufe0f",
    ...[
      "http://",
      "https://",
      "HTTPS://",
      "example",
      "에서",
      "org",
      "xn--",
      "//",
      "@",
      "127.1",
      "[::1]",
      "한국",
      "%zz",
    ],
  ];
  let links = 0;
  for (let round = 0; round < 60_000; round++) {
    let text = random() < 0.8 ? "https://a.example" : "";
    for (let n = Math.floor(random() * 12); n > 0; n--) text += pick(pieces);
    const parts = linkify(text);
    expect(parts.map((part) => (typeof part === "string" ? part : part.label)).join("")).toBe(text);
    let end = 0;
    for (const part of parts) {
      end += (typeof part === "string" ? part : part.label).length;
      if (typeof part === "string") continue;
      links++;
      const url = new URL(part.label);
      expect(part.href).toBe(url.href);
      expect(["http:", "https:"]).toContain(url.protocol);
      expect(url.username + url.password).toBe("");
      expect(part.label).not.toMatch(/[\s<>"\u202e\u200b\u00ad]/u);
      // Its host is never the beginning of another one that was written.
      const behind = text.slice(end);
      if (!/[/?#\\]/.test(part.label.slice(8)))
        expect(behind, text).not.toMatch(/^[a-z0-9éрßاשı-]|^[^\s<>"]?@|^\.[a-z0-9]/iu);
    }
  }
  expect(links).toBeGreaterThan(20_000);
});
