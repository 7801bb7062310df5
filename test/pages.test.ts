/** The pages that the built client is served with: in whose language, under what name, and what for a wrong address. */
import { resolve } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { chooseLanguage } from "../src/server/language.ts";
import type { PageRequest } from "../src/server/pages.ts";
import { StaticFiles } from "../src/server/static-files.ts";

const dist = resolve(import.meta.dirname, "../dist");
const files = new StaticFiles(dist);

function visit(path: string, more: Partial<PageRequest> = {}, from = files) {
  const request = {
    path,
    query: "",
    host: "chat.example",
    scheme: "",
    cookie: "",
    acceptLanguage: "",
    acceptEncoding: "",
    ifNoneMatch: "",
    ...more,
  };
  const { status, headers, body } = from.get(request) ?? from.missing(request);
  const [, title = ""] = /<title>(.*?)<\/title>/.exec(body.toString()) ?? [];
  return { status, headers: new Map(headers), body: body.toString(), bytes: body, title };
}

describe("the language", () => {
  test.each([
    ["what the address asks for comes first", "lang=ko", "lang=en", "en", "ko"],
    ["then what was chosen", "", "a=b; lang=ko; c=d", "en", "ko"],
    ["then what the browser prefers", "", "", "de, ko;q=0.8, en;q=0.9", "en"],
    ["of equals the first", "", "", "ko-KR,ko,en-US,en", "ko"],
    ["a language of weight 0 is none", "", "", "ko;q=0, fr", "en"],
    ["English, when none is spoken here", "", "", "fr, de;q=0.5", "en"],
    ["what is not spoken here is not asked for", "lang=fr", "lang=xx", "KO", "ko"],
    ["a part of a name is not the name", "", "mylang=ko; xlang=ko", "", "en"],
    ["nonsense is passed over", "lang=%E0%A4%A", "lang", "ko;q=abc, ;;, en", "en"],
  ])("%s", (_, query, cookie, acceptLanguage, language) => {
    expect(chooseLanguage(query, cookie, acceptLanguage)).toBe(language);
  });

  test("the page is in it from the first byte, with its scripts, and says so", () => {
    for (const [acceptLanguage, language, title] of [
      ["ko", "ko", "마당"],
      ["en", "en", "Madang 마당"],
    ] as const) {
      const page = visit("/", { acceptLanguage });
      expect([page.status, page.title]).toEqual([200, title]);
      expect(page.body).toContain(`<html lang="${language}">`);
      expect(page.headers.get("Content-Language")).toBe(language);
      expect(page.headers.get("Vary")).toContain("Accept-Language, Cookie");
      expect(page.headers.has("Set-Cookie")).toBe(false);
    }
    expect(visit("/", { acceptLanguage: "ko" }).headers.get("ETag")).not.toBe(visit("/").headers.get("ETag"));
  });

  test("only who asks for a language in the address has it remembered", () => {
    expect(visit("/r/yard", { query: "lang=ko" }).headers.get("Set-Cookie")).toMatch(
      /^lang=ko; Path=\/; Max-Age=/,
    );
    expect(visit("/", { query: "lang=fr" }).headers.has("Set-Cookie")).toBe(false);
  });

  test("the page that a service worker keeps is of one language, whatever else is asked", () => {
    const page = visit("/ko.html", { cookie: "lang=en", acceptLanguage: "en" });
    expect([page.status, page.headers.get("Content-Language")]).toEqual([200, "ko"]);
  });
});

describe("what messengers show of a link", () => {
  const property = (html: string, name: string) =>
    new RegExp(`<meta (?:property|name)="${name}" content="([^"]*)"`).exec(html)?.[1];

  test("the room's name, a sentence, and a picture that is there", () => {
    const { body, title } = visit("/r/%ED%95%9C%20%EB%B0%A9/", { acceptLanguage: "ko" });
    expect([title, property(body, "og:title")]).toEqual(["한-방 · 마당", "한-방 · 마당"]);
    expect(property(body, "og:description")).toBe("가입 없이 링크만 열면 이야기할 수 있는 방이에요.");
    const image = new URL(property(body, "og:image") as string);
    expect(image.origin).toBe("http://chat.example");
    expect(visit(image.pathname).headers.get("Content-Type")).toBe("image/png");
  });

  test("under the address that the operator names", () => {
    const { body } = visit("/", {}, new StaticFiles(dist, "https://talk.example/"));
    expect(property(body, "og:image")).toMatch(/^https:\/\/talk\.example\/assets\/share-/);
  });

  test.each(['"><b>x', "a&b", "'x'", "{{origin}}", "$&$1"])("a name as it is: %s", (name) => {
    const { body, title } = visit(`/r/${encodeURIComponent(name)}`);
    const escaped = name
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;");
    expect(title).toBe(`${escaped} · 마당`);
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).not.toContain("<b>");
  });

  test.each(["a/b", "50%", "\u202egnp.exe", "a\nb", "가".repeat(90), "</title><script>"])(
    "nothing of what no room can be called: %j",
    (name) => {
      const { status, title, body } = visit(`/r/${encodeURIComponent(name)}`);
      // The page itself says what is wrong with it.
      expect([status, title]).toEqual([200, "Madang 마당"]);
      expect(body).not.toContain(name);
    },
  );

  test("under https when the proxy in front speaks it, and never under anything else", () => {
    const image = (scheme: string) => property(visit("/", { scheme }).body, "og:image");
    expect(image("https")).toMatch(/^https:\/\/chat\.example\//);
    expect(image("http")).toMatch(/^http:\/\/chat\.example\//);
    expect(image('javascript:"')).toMatch(/^http:\/\/chat\.example\//);
  });
});

test("a room's page names what a room needs, so that it comes at once", () => {
  expect(visit("/r/yard").body).toMatch(/rel="modulepreload" href="\/assets\/room-part-/);
  expect(visit("/").body).not.toContain("room-part");
});

test.each(["/nothing", "/r/", "/r", "/r/a/b", "/r/%E0%A4%A", "/r/%20", "/../etc/passwd", "//", "/fr.html"])(
  "%s is told to be nothing, with a way home",
  (path) => {
    const page = visit(path, { acceptLanguage: "ko" });
    expect([page.status, page.headers.get("Content-Language")]).toEqual([404, "ko"]);
    expect(page.body).toContain('<a href="/">첫 화면으로</a>');
    expect(page.body).not.toContain("<script");
    expect(page.body).not.toContain("{{");
  },
);

test("in the coding that the browser takes, and only once", () => {
  const plain = visit("/r/yard");
  const br = visit("/r/yard", { acceptEncoding: "gzip, br" });
  const gzip = visit("/r/yard", { acceptEncoding: "gzip" });
  expect(brotliDecompressSync(br.bytes as Uint8Array).toString()).toBe(plain.body);
  expect(gunzipSync(gzip.bytes as Uint8Array).toString()).toBe(plain.body);
  const etag = plain.headers.get("ETag") as string;
  expect(visit("/r/yard", { ifNoneMatch: `"x", W/${etag}` }).status).toBe(304);
  expect(visit("/r/other", { ifNoneMatch: etag }).status).toBe(200);
  expect(plain.body).not.toContain("{{");
});

test("strangers who make up rooms do not make it grow", () => {
  for (let i = 0; i < 1_000; i++) expect(visit(`/r/room-${i}`).title).toBe(`room-${i} · 마당`);
});
