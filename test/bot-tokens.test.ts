/** Tokens of programs: what they are for, who makes and ends them, and what a server lets each of them do. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, readCommand } from "../src/config.ts";
import { type BotScope, BotTokens } from "../src/server/bot-tokens.ts";
import { ask } from "./http-client.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type TestServer } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

/** A data folder as far as tokens need one. */
function dataFolder() {
  const folder = makeFolder();
  writeFileSync(join(folder.path, "format"), "madang 3\n");
  return folder;
}

const SCOPE: BotScope = { name: "Build", rooms: ["yard"], may: ["post"] };
const OPERATOR = "0123456789abcdef";

function post(server: TestServer, token: string, room: string, body: object, headers = {}) {
  const all = { "Content-Type": "application/json", Authorization: `Bearer ${token}`, ...headers };
  const path = `/api/rooms/${room}/messages`;
  return ask(server, path, { method: "POST", headers: all, body: JSON.stringify(body) }).then(
    ({ status, json }) => {
      const { seq, error } = json as { seq?: number; error?: string };
      return [status, seq ?? error];
    },
  );
}

describe("the files", () => {
  test("a token is kept as a hash alone, its owner's, and found until it is revoked", () => {
    using folder = dataFolder();
    const tokens = new BotTokens(folder.path);
    const { token, bot } = tokens.make(SCOPE, 17);
    expect(token).toMatch(/^madang_[0-9a-f]{12}_[\w-]{43}$/);
    expect(tokens.find(token)).toEqual({ id: bot.id, ...SCOPE, madeAt: 17 });
    const path = join(folder.path, "tokens", bot.id);
    expect(readFileSync(path, "utf8")).not.toContain(token.slice(20));
    expect([statSync(path).mode & 0o777, statSync(join(folder.path, "tokens")).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    const other = tokens.make(SCOPE, 16);
    expect(tokens.list().map(({ id }) => id)).toEqual([other.bot.id, bot.id]);
    for (const wrong of [
      `${token.slice(0, -2)}xx`,
      token.replace(/.{12}_/, `${other.bot.id}_`),
      `${token}x`,
      token.replace(/_.{12}_/, "_../../form_"),
      "",
    ])
      expect(tokens.find(wrong), wrong).toBeNull();
    expect([tokens.revoke("../format"), tokens.revoke(bot.id), tokens.revoke(bot.id)]).toEqual([
      false,
      true,
      false,
    ]);
    expect([tokens.find(token), tokens.has(bot.id), tokens.find(other.token)?.id]).toEqual([
      null,
      false,
      other.bot.id,
    ]);
    expect(readdirSync(folder.path).sort()).toEqual(["format", "tokens"]);
  });

  test("no folder of Madang, and a file that holds something else, are told", () => {
    using folder = makeFolder();
    expect(() => new BotTokens(folder.path).make(SCOPE, 1)).toThrow("is no data folder of Madang");
    expect(() => new BotTokens(folder.path).list()).toThrow("is no data folder of Madang");
    using data = dataFolder();
    const tokens = new BotTokens(data.path);
    const { token, bot } = tokens.make(SCOPE, 1);
    writeFileSync(join(data.path, "tokens", bot.id), "{}");
    expect(() => tokens.find(token)).toThrow("holds no token");
  });
});

describe("the command line", () => {
  const read = (...args: string[]) => readCommand(["token", ...args], { MADANG_DATA: "/srv/there" });

  test("says what a token is for", () => {
    expect(
      read("create", "--name", " Build  bot", "--rooms=Yard, a b", "--may", "post,read", "--data", "d"),
    ).toEqual({
      do: "bot-token",
      data: "d",
      order: { do: "create", scope: { name: "Build bot", rooms: ["yard", "a-b"], may: ["post", "read"] } },
    });
    expect(read("create", "--name", "B", "--rooms", "*", "--may", "read")).toMatchObject({
      data: "/srv/there",
      order: { scope: { rooms: ["*"] } },
    });
    expect(read("list")).toEqual({ do: "bot-token", data: "/srv/there", order: { do: "list" } });
    expect(read("revoke", "0123456789ab")).toMatchObject({ order: { do: "revoke", id: "0123456789ab" } });
    expect(read("create", "--help").do).toBe("help");
  });

  test.each([
    ["create", "--name", "B", "--rooms", "a"],
    ["create", "--name", "", "--rooms", "a", "--may", "post"],
    ["create", "--name", "\u200b", "--rooms", "a", "--may", "post"],
    ["create", "--name", "B", "--rooms", "a/b", "--may", "post"],
    ["create", "--name", "B", "--rooms", "a,*", "--may", "post"],
    ["create", "--name", "B", "--rooms", ",", "--may", "post"],
    ["create", "--name", "B", "--rooms", "a", "--may", "post,delete"],
    ["create", "--name", "B", "--rooms", "a", "--may", ","],
    ["list", "--name", "B"],
    ["revoke"],
    ["revoke", "../x"],
    ["revoke", "0123456789ab", "0123456789ab"],
  ])("refuses with a sentence: %s %s %s %s %s %s %s", (...args) => {
    expect(() => read(...args)).toThrow(ConfigError);
  });

  test("makes, lists and ends tokens beside a running server, which follows at once", async () => {
    using folder = makeFolder();
    const at = ["--data", folder.path];
    const early = await ServerProcess.run(["token", "list", ...at]);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("is no data folder of Madang")]);
    await using server = await ServerProcess.start(["--port", "0", ...at]);
    const made = await ServerProcess.run([
      ...["token", "create", "--name", "Build", "--rooms", "yard", "--may", "post", ...at],
    ]);
    expect(made.code).toBe(0);
    const token = made.stdout.trim();
    const say = async () => {
      const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
      const url = `${server.url}/api/rooms/yard/messages`;
      return (await fetch(url, { method: "POST", headers, body: '{"text":"green"}' })).status;
    };
    expect(await say()).toBe(201);
    const listed = await ServerProcess.run(["token", "list", ...at]);
    const [, id] = /^([0-9a-f]{12})\t\d{4}-[^\t]+Z\tpost\tyard\tBuild\n$/.exec(listed.stdout) ?? [];
    expect(id).toBeDefined();
    const ended = await ServerProcess.run(["token", "revoke", id!, ...at]);
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining("good for nothing")]);
    expect(await say()).toBe(401);
    expect((await ServerProcess.run(["token", "revoke", id!, ...at])).code).toBe(1);
  });
});

describe("a server", () => {
  test("lets each token do what it is for, and nothing else", async () => {
    using folder = dataFolder();
    const tokens = new BotTokens(folder.path);
    const make = (rooms: string[], may: BotScope["may"]) =>
      tokens.make({ name: "Build", rooms, may }, 1).token;
    const one = make(["yard"], ["post"]);
    const both = make(["yard", "a-b"], ["post", "read"]);
    const every = make(["*"], ["post"]);
    const reader = make(["*"], ["read"]);
    await using server = await runServer({ botTokens: folder.path, postToken: OPERATOR });
    const posted = async (token: string, room: string) =>
      (await post(server, token, room, { text: "hi" }))[1];
    const matrix = [];
    for (const token of [one, both, every, reader, OPERATOR])
      for (const room of ["yard", "A%20b", "other"]) matrix.push(await posted(token, room));
    const out = "room_out_of_scope";
    expect(matrix).toEqual([
      ...[1, out, out],
      ...[2, 1, out],
      ...[3, 2, 1],
      ...["act_out_of_scope", "act_out_of_scope", "act_out_of_scope"],
      ...["bad_body", "bad_body", "bad_body"],
    ]);
    const got = async (token: string, room: string) => {
      const headers = { Authorization: `Bearer ${token}` };
      return (await ask(server, `/api/rooms/${room}/messages`, { headers })).status;
    };
    expect([await got(reader, "yard"), await got(both, "yard"), await got(both, "other")]).toEqual([
      200, 200, 403,
    ]);
    expect([await got(one, "yard"), await got(`${one.slice(0, -4)}AAAA`, "yard")]).toEqual([403, 401]);
    // Words for a proxy in front are none for the server.
    const basic = await ask(server, "/api/rooms/yard/messages", { headers: { Authorization: "Basic eA==" } });
    expect(basic.status).toBe(200);
  });

  test("has a program speak under the name of its token", async () => {
    using folder = dataFolder();
    const { token } = new BotTokens(folder.path).make(SCOPE, 1);
    await using server = await runServer({ botTokens: folder.path });
    expect(await post(server, token, "yard", { text: "a" })).toEqual([201, 1]);
    expect(await post(server, token, "yard", { name: "Build", text: "b" })).toEqual([201, 2]);
    expect(await post(server, token, "yard", { name: "Ada", text: "c" })).toEqual([403, "name_out_of_scope"]);
    expect(await post(server, token, "yard", { name: "Build" })).toEqual([400, "bad_body"]);
    const { json } = await ask(server, "/api/rooms/yard/messages");
    expect(json).toMatchObject({ head: 2, messages: [{ name: "Build", text: "a" }, { name: "Build" }] });
  });

  test("tells keys of one token from those of another", async () => {
    using folder = dataFolder();
    const tokens = new BotTokens(folder.path);
    const [a, b] = [tokens.make(SCOPE, 1).token, tokens.make(SCOPE, 2).token];
    await using server = await runServer({ botTokens: folder.path, postToken: OPERATOR });
    const key = { "Idempotency-Key": "build 4711" };
    const say = (token: string, body: object) => post(server, token, "yard", body, key);
    expect(await say(a, { text: "a" })).toEqual([201, 1]);
    expect(await say(b, { text: "b" })).toEqual([201, 2]);
    expect(await say(OPERATOR, { name: "c", text: "c" })).toEqual([201, 3]);
    expect([await say(a, { text: "a" }), await say(b, { text: "b" })]).toEqual([
      [201, 1],
      [201, 2],
    ]);
  });

  test("slows guesses down, knows revoked ones no more, and says when a file is not to be read", async () => {
    using folder = dataFolder();
    const tokens = new BotTokens(folder.path);
    const { token } = tokens.make(SCOPE, 1);
    const revoked = tokens.make(SCOPE, 1);
    const broken = tokens.make(SCOPE, 1);
    tokens.revoke(revoked.bot.id);
    writeFileSync(join(folder.path, "tokens", broken.bot.id), "{");
    await using server = await runServer({ botTokens: folder.path });
    const say = (shown: string) => post(server, shown, "yard", { text: "hi" });
    expect(await say(broken.token)).toEqual([500, "token_unreadable"]);
    expect(await say(broken.token)).toEqual([500, "token_unreadable"]);
    expect(server.reports.filter((line) => line.includes("holds no token"))).toHaveLength(1);
    expect(await say("something")).toEqual([403, "posting_is_off"]);
    expect(await say(token)).toEqual([201, 1]);
    for (let i = 0; i < 10; i++) expect(await say(revoked.token)).toEqual([401, "bad_token"]);
    expect(await say(token)).toEqual([429, "too_many_requests"]);
  });

  test("tells of a room with a password to a token that names it, and to no other", async () => {
    using folder = dataFolder();
    const tokens = new BotTokens(folder.path);
    const named = tokens.make({ name: "B", rooms: ["yard"], may: ["read"] }, 1).token;
    const every = tokens.make({ name: "B", rooms: ["*"], may: ["read"] }, 1).token;
    await using server = await runServer({ botTokens: folder.path });
    const client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("yard");
    client.say(room, 1, "hello");
    await client.until(() => client.records.length === 1, "the message");
    const about = server.house.rooms.about("yard")!;
    about.flags |= 8;
    const got = async (token: string) => {
      const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
      return (await ask(server, "/api/rooms/yard/messages", { headers })).status;
    };
    expect([await got(""), await got(every), await got(named)]).toEqual([404, 404, 200]);
    client[Symbol.dispose]();
  });
});
