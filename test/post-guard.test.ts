/** Who may post over HTTP, and how often somebody may guess. */
import { describe, expect, test } from "vitest";
import { BotTokens } from "../src/server/bot-tokens.ts";
import { PostGuard } from "../src/server/post-guard.ts";
import { exchange, request } from "./raw-http.ts";
import { runServer } from "./running-server.ts";

const TOKEN = "0123456789abcdef";
const RIGHT = `Bearer ${TOKEN}`;

function guard() {
  const clock = { now: 0 };
  const bots = new BotTokens("");
  const made = new PostGuard({ token: TOKEN, bots, now: () => clock.now, report: () => undefined });
  const judge = (authorization: string, visitor = "a") => {
    const answer = made.judge(authorization, () => visitor);
    if ("bot" in answer) return "ok";
    const retryAfter = answer.headers.find(([name]) => name === "Retry-After")?.[1];
    return retryAfter === undefined ? answer.status : `${answer.status} ${retryAfter}`;
  };
  return { clock, judge };
}

describe("the guard", () => {
  test("lets the token in, however often, and nothing else", () => {
    const { judge } = guard();
    for (let i = 0; i < 50; i++) expect(judge(RIGHT)).toBe("ok");
    for (const wrong of ["", "Bearer", "Bearer ", TOKEN, `bearer ${TOKEN}`, `${RIGHT} `, RIGHT.slice(1)]) {
      expect(judge(wrong), wrong).toBe(401);
    }
  });

  test("slows guesses down by visitor, and says until when", () => {
    const { clock, judge } = guard();
    for (let i = 0; i < 10; i++) expect(judge(`Bearer guess ${i}`)).toBe(401);
    expect(judge("Bearer guess")).toBe("429 60");
    // Else the right one would show among the wrong ones.
    expect(judge(RIGHT)).toBe("429 60");
    expect(judge(RIGHT, "b")).toBe("ok");
    clock.now = 59_000;
    expect(judge(RIGHT)).toBe("429 1");
    clock.now = 60_000;
    expect(judge(RIGHT)).toBe("ok");
    expect(judge("Bearer guess")).toBe(401);
    expect(judge("Bearer guess")).toBe("429 60");
    // An hour of silence forgets all of it.
    clock.now = 3_660_000;
    for (let i = 0; i < 10; i++) expect(judge("Bearer guess")).toBe(401);
    expect(judge("Bearer guess")).toBe("429 60");
  });

  test("remembers a bounded number of visitors, the latest", () => {
    const { judge } = guard();
    for (let i = 0; i < 10; i++) judge("Bearer guess", "old");
    for (let i = 0; i < 10; i++) judge("Bearer guess", "kept");
    for (let i = 0; i < 9_999; i++) judge("Bearer guess", `visitor ${i}`);
    expect(judge(RIGHT, "old")).toBe("ok");
    expect(judge(RIGHT, "kept")).toBe("429 60");
  });
});

test("on the wire: eleven guesses, the last one is told when to come back", { timeout: 30_000 }, async () => {
  await using server = await runServer({ postToken: TOKEN });
  const body = '{"name":"a","text":"b"}';
  const post = (token: string) => {
    const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
    const all = [...headers, `Authorization: Bearer ${token}`];
    return exchange(server.port, request("/api/rooms/yard/messages", all, "POST") + body, (text) =>
      text.endsWith("}\n"),
    );
  };
  expect((await post(TOKEN)).statuses).toEqual([201]);
  for (let i = 0; i < 10; i++) expect((await post(`guess ${i}`)).statuses).toEqual([401]);
  const { statuses, text } = await post("guess");
  expect(statuses).toEqual([429]);
  expect(text).toMatch(/Retry-After: [1-9]\d*\r\n/);
  expect(text).toContain('"error":"too_many_requests"');
  expect((await post(TOKEN)).statuses).toEqual([429]);
  // What needs no token is not touched by it.
  expect(
    (await exchange(server.port, request("/healthz"), (said) => said.endsWith("ok\n"))).statuses,
  ).toEqual([200]);
});
