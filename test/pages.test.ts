/** The pages that the built client is served with: in whose language, under what name, and what for a wrong address. */
import { createHash } from "node:crypto";
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
  const { status, headers, body, policy } = from.get(request) ?? from.missing(request);
  const [, title = ""] = /<title>(.*?)<\/title>/.exec(body.toString()) ?? [];
  return { status, headers: new Map(headers), body: body.toString(), bytes: body, title, policy };
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

  test("of an unlisted room what people call it; the whole name is there for the script alone", () => {
    const { body, title } = visit("/r/club~abcdefghijklm");
    expect([title, property(body, "og:title")]).toEqual(["club · 마당", "club · 마당"]);
    expect(body).toContain(">club<span hidden>~abcdefghijklm</span></h1>");
    expect(visit("/r/~abcdefghijklm").title).toBe("~abcdefghijklm · 마당");
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
    expect(body).toContain(`<h1 class="title" dir="auto" tabindex="-1">${escaped}</h1>`);
    expect(body.match(/<script/g)).toHaveLength(2);
    expect(body).not.toContain("<b>");
  });

  test.each(["a/b", "49.5%", "\u202egnp.exe", "a\nb", "가".repeat(90), "</title><script>"])(
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

test("a room's page names what a room needs, and what that imports, so that all of it comes at once", () => {
  const { body } = visit("/r/yard");
  const preloaded = [...body.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, path]) => path!);
  expect(preloaded[0]).toMatch(/^\/assets\/room-part-/);
  const { body: part } = visit(preloaded[0]!);
  const imported = [...part.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, name]) => `/assets/${name}`);
  const [, script] = /<script type="module" src="([^"]+)"/.exec(body)!;
  expect(new Set(preloaded.slice(1))).toEqual(new Set(imported.filter((path) => path !== script)));
  expect(visit("/").body).not.toContain("room-part");
});

test("what stands in a page itself is allowed by its hash, and nothing else of the kind", () => {
  for (const [path, scripts, styles] of [
    ["/", 0, 1],
    ["/r/yard", 1, 2],
    ["/en-kept.html", 1, 2],
    ["/nothing", 0, 0],
  ] as const) {
    const { body, policy = "" } = visit(path);
    const inside = (tag: string) =>
      [...body.matchAll(new RegExp(`<${tag}(?: id="[^"]*")?>(.+?)</${tag}>`, "gs"))].map(
        ([, text]) => `'sha256-${createHash("sha256").update(text!).digest("base64")}'`,
      );
    expect([inside("script").length, inside("style").length]).toEqual([scripts, styles]);
    expect(policy.split("; ")).toContain(["script-src 'self'", ...inside("script")].join(" "));
    expect(policy.split("; ")).toContain(["style-src 'self'", ...inside("style")].join(" "));
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  }
});

test("the page of a room that a service worker keeps is that of no room yet", () => {
  const { status, body, title } = visit("/ko-kept.html", { cookie: "lang=en" });
  expect([status, title]).toEqual([200, "마당"]);
  expect(body).toContain('<h1 class="title" dir="auto" tabindex="-1"></h1>');
  expect(body).toContain('aria-label="메시지"');
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
