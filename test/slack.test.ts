/** The webhook in Slack's shape: payloads as programs send them to Slack, and the words they get. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type BotScope, BotTokens } from "../src/server/bot-tokens.ts";
import { slackText } from "../src/server/slack.ts";
import { ask } from "./http-client.ts";
import { runServer, type ServerSetting } from "./running-server.ts";
import { makeFolder } from "./server-process.ts";

async function hooks(setting: ServerSetting = {}) {
  const folder = makeFolder();
  writeFileSync(join(folder.path, "format"), "madang 3\n");
  const tokens = new BotTokens(folder.path);
  const server = await runServer({ botTokens: folder.path, ...setting });
  const make = (rooms = ["yard"], may: BotScope["may"] = ["post"]) =>
    tokens.make({ name: "Build", rooms, may }, 1);
  const post = async (token: string, body: string, type = "application/json") => {
    const headers = { "Content-Type": type };
    const answer = await ask(server, `/api/hooks/${token}`, { method: "POST", headers, body });
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    return [answer.status, answer.body];
  };
  return {
    ...{ server, tokens, make, post },
    async [Symbol.asyncDispose]() {
      await server.stop();
      expect(server.errors).toEqual([]);
      folder[Symbol.dispose]();
    },
  };
}

test("JSON, and a form with JSON in it, are said in the room under the token's name", async () => {
  await using run = await hooks();
  const { token } = run.make();
  expect(await run.post(token, JSON.stringify({ text: "green", username: "Ada" }))).toEqual([200, "ok"]);
  const payload = JSON.stringify({ text: "초록 & more", channel: "#other", icon_emoji: ":ghost:" });
  const form = new URLSearchParams({ payload }).toString();
  expect(await run.post(token, form, "application/x-www-form-urlencoded")).toEqual([200, "ok"]);
  // As curl sends it when nobody says what it is of.
  expect(await run.post(token, '{"text":"third"}', "text/plain")).toEqual([200, "ok"]);
  const { json } = await ask(run.server, "/api/rooms/yard/messages");
  const { messages } = json as { messages: { name: string; text: string }[] };
  expect(messages.map(({ name, text }) => `${name}: ${text}`)).toEqual([
    "Build: green",
    "Build: 초록 & more",
    "Build: third",
  ]);
});

test("what is wrong is told in a word", async () => {
  await using run = await hooks();
  const { token, bot } = run.make();
  for (const bad of ["", "x", "[]", "null", '"text"', '{"text":"\\ud800"}'])
    expect(await run.post(token, bad), bad).toEqual([400, "invalid_payload"]);
  for (const empty of ["{}", '{"text":""}', '{"text":" \\n"}', '{"text":1}', '{"blocks":[null,1,{}]}'])
    expect(await run.post(token, empty), empty).toEqual([400, "no_text"]);
  const form = "application/x-www-form-urlencoded";
  expect(await run.post(token, "text=hi", form)).toEqual([400, "invalid_payload"]);
  expect(await run.post(token, JSON.stringify({ text: "x".repeat(8_000) }))).toEqual([413, "msg_too_long"]);
  expect(await run.post(token, "x".repeat(70_000))).toEqual([413, "payload_too_large"]);
  const good = '{"text":"hi"}';
  expect(await run.post("T000", good)).toEqual([404, "no_service"]);
  for (const other of [run.make(["*"]), run.make(["a", "b"]), run.make(["yard"], ["read"])])
    expect(await run.post(other.token, good)).toEqual([403, "action_prohibited"]);
  run.tokens.revoke(bot.id);
  for (let i = 0; i < 10; i++) expect(await run.post(token, good)).toEqual([403, "invalid_token"]);
  expect(await run.post(token, good)).toEqual([429, "rate_limited"]);
  expect(run.server.house.rooms.has("yard")).toBe(false);
});

test.each([
  [{ text: "a &lt;b&gt; &amp;amp; c" }, "a <b> &amp; c"],
  [
    { text: "see <https://example.org/a?b=1&amp;c=2|the build>" },
    "see the build (https://example.org/a?b=1&c=2)",
  ],
  [
    { text: "<https://example.org> <mailto:a@example.org|a@example.org>" },
    "https://example.org a@example.org",
  ],
  [{ text: "<!here> <!channel> <@U024BE7LH> <#C024BE7LR|general>" }, "@all @all @U024BE7LH #general"],
  [{ text: "*bold* `code` :tada:" }, "*bold* `code` :tada:"],
  [
    { attachments: [{ fallback: "short", pretext: "New", title: "Ticket", text: "It is down." }] },
    "New\nTicket\nIt is down.",
  ],
  [{ attachments: [{ fallback: "only this", color: "#36a64f" }] }, "only this"],
  [
    {
      blocks: [
        { type: "header", text: { type: "plain_text", text: "Deploy" } },
        { type: "divider" },
        { type: "section", text: { type: "mrkdwn", text: "by <@U1>" } },
      ],
    },
    "Deploy\nby @U1",
  ],
  [{ text: "fallback", blocks: [{ type: "section", text: { type: "mrkdwn", text: "x" } }] }, "fallback"],
])("%j reads as people read it", (payload, text) => {
  expect(slackText(payload)).toBe(text);
});
