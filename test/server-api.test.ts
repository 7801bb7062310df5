/** The interface for people with curl. */
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { ask } from "./http-client.ts";
import { RawClient } from "./raw-client.ts";
import { runServer } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

describe("the interface for people with curl", () => {
  async function yard(setting = {}) {
    const server = await runServer(setting);
    const client = await RawClient.greeted(server.socketUrl, "Ada");
    const { room } = await client.enter("마당");
    for (let nonce = 1; nonce <= 20; nonce++) client.say(room, nonce, `message ${nonce}`);
    await client.until(() => client.records.length === 20, "twenty messages");
    const path = `/api/rooms/${encodeURIComponent("마당")}/messages`;
    return {
      server,
      client,
      path,
      async [Symbol.asyncDispose]() {
        client[Symbol.dispose]();
        await server.stop();
      },
    };
  }

  test("stats and rooms", async () => {
    await using run = await yard();
    const stats = await ask(run.server, "/api/stats");
    expect(stats.json).toEqual({ rooms: 1, people: 1, messages: 20, uptimeSeconds: expect.any(Number) });
    expect(stats.headers["cache-control"]).toBe("no-store");
    const { json } = await ask(run.server, "/api/rooms");
    expect(json).toEqual({ roomCount: 1, peopleCount: 1, rooms: [{ name: "마당", people: 1 }] });
  });

  test("messages of a room are told, too, where none are shown on entering", async () => {
    await using run = await yard({ limits: { pageRecords: 0 } });
    expect((await ask(run.server, run.path)).json).toMatchObject({ messages: [{ text: "message 20" }] });
    expect((await ask(run.server, `${run.path}?limit=0`)).status).toBe(400);
  });

  test("messages of a room", async () => {
    await using run = await yard();
    const seqs = async (query: string) => {
      const { json, status } = await ask(run.server, run.path + query);
      if (status !== 200) return status;
      return (json as { messages: { seq: number }[] }).messages.map(({ seq }) => seq);
    };
    expect(await seqs("")).toHaveLength(20);
    expect(await seqs("?limit=2")).toEqual([19, 20]);
    expect(await seqs("?after=3&limit=2")).toEqual([4, 5]);
    expect(await seqs("?before=3")).toEqual([1, 2]);
    expect(await seqs("?after=20")).toEqual([]);
    expect(await seqs("?after=3&before=7")).toEqual([4, 5, 6]);
    expect(await seqs("?after=3&before=7&limit=2")).toEqual([4, 5]);
    expect(await seqs("?before=3&after=7")).toEqual([]);
    expect(await seqs("?limit=99999999")).toHaveLength(20);
    expect(await seqs("?after=&limit=1")).toEqual([20]);
    for (const bad of [
      "?after=x",
      "?after=-1",
      "?before=1.5",
      "?limit=0",
      "?limit=1e3",
      "?after=99999999999999999",
    ]) {
      expect(await seqs(bad), bad).toBe(400);
    }
    expect((await ask(run.server, "/api/rooms/nobody/messages")).status).toBe(404);
    expect((await ask(run.server, "/api/rooms/%ff/messages")).status).toBe(400);
    expect((await ask(run.server, "/api/rooms/%2F/messages")).status).toBe(400);
    const { json } = await ask(run.server, `${run.path}?limit=1`);
    expect(json).toMatchObject({
      room: "마당",
      first: 1,
      head: 20,
      messages: [{ name: "Ada", text: "message 20" }],
    });
  });

  test("posting needs the token that the operator set, and reaches the room", async () => {
    await using run = await yard({ postToken: "s3cret-s3cret-s3cret" });
    const type = { "Content-Type": "application/json" };
    const good = { ...type, Authorization: "Bearer s3cret-s3cret-s3cret" };
    const body = JSON.stringify({ name: "Build", text: "초록" });
    const posted = await ask(run.server, run.path, { method: "POST", headers: good, body });
    expect([posted.status, posted.json]).toEqual([201, { room: "마당", seq: 21 }]);
    await run.client.until(() => run.client.records.length === 21, "the posted message");
    expect(run.client.records[20]).toMatchObject({ author: 0, name: "Build", text: "초록" });
    const chunked = await ask(run.server, run.path, { method: "POST", headers: good, body: [...body] });
    expect(chunked.status).toBe(201);

    const refused = async (headers: Record<string, string>, text: string | string[] = body) =>
      (await ask(run.server, run.path, { method: "POST", headers, body: text })).status;
    expect(await refused(type)).toBe(401);
    for (const token of [
      "",
      "Bearer",
      "Bearer s3cret-s3cret-s3cre",
      "Bearer s3cret-s3cret-s3cret2",
      "Bearer S3cret",
      "s3cret-s3cret-s3cret",
      "Basic s3cret-s3cret-s3cret",
    ]) {
      expect(await refused({ ...type, Authorization: token }), token).toBe(401);
    }
    expect(await refused({ Authorization: "Bearer s3cret-s3cret-s3cret" })).toBe(415);
    for (const bad of ["", "x", "[]", "null", '{"name":"a"}', '{"name":1,"text":"a"}', "{}"]) {
      expect(await refused(good, bad), bad).toBe(400);
    }
    expect(await refused(good, JSON.stringify({ name: "Build", text: "x".repeat(5000) }))).toBe(413);
    expect(await refused(good, "x".repeat(70_000))).toBe(413);
    expect(await refused(good, Array(100).fill("x".repeat(1000)))).toBe(413);
    expect((await run.server.log.bounds(1)).head).toBe(22);
    expect(run.server.errors).toEqual([]);
  });

  test("a post is stored as it was written or not at all", async () => {
    await using run = await yard({ postToken: "s3cret-s3cret-s3cret" });
    const headers = {
      "Content-Type": "application/json",
      Authorization: "Bearer s3cret-s3cret-s3cret",
    };
    const post = (body: string | Uint8Array<ArrayBuffer>) =>
      fetch(run.server.url + run.path, { method: "POST", headers, body }).then(async (answer) => {
        return [answer.status, ((await answer.json()) as { error?: string }).error];
      });
    const broken = (bytes: number[]) =>
      Uint8Array.from([...Buffer.from('{"name":"a","text":"'), ...bytes, ...Buffer.from('"}')]);
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xea, 0xb0],
    ]) {
      expect(await post(broken(bytes)), bytes.join()).toEqual([400, "bad_utf8"]);
    }
    expect(await post('{"name":"a","text":"\\ud800"}')).toEqual([400, "bad_utf8"]);
    expect(await post('{"name":"a\\udc00","text":"b"}')).toEqual([400, "bad_utf8"]);
    expect(await post('\ufeff{"name":"a","text":"b"}')).toEqual([400, "bad_body"]);
    expect(await post('{"name":"a","text":"\\ud83c\\udf59 \u{1f359}"}')).toEqual([201, undefined]);
    await run.client.until(() => run.client.records.length === 21, "the posted message");
    expect(run.client.records[20]?.text).toBe("\u{1f359} \u{1f359}");
  });

  test("a repeat with its key is answered with the number it has, also by the next server", {
    timeout: 30_000,
  }, async () => {
    using folder = makeFolder();
    const token = "s3cret-s3cret-s3cret";
    const environment = { MADANG_POST_TOKEN: token };
    const args = ["--port", "0", "--data", folder.path];
    const post = async (server: ServerProcess, key: string | null, text: string, room = "yard") => {
      const headers: Record<string, string> = {
        "Content-Type": "application/json",
        Authorization: `Bearer ${token}`,
      };
      if (key !== null) headers["Idempotency-Key"] = key;
      const body = JSON.stringify({ name: "Build", text });
      const url = `${server.url}/api/rooms/${room}/messages`;
      const answer = await fetch(url, { method: "POST", headers, body });
      const { seq, error } = (await answer.json()) as { seq?: number; error?: string };
      return [answer.status, seq ?? error];
    };
    await using server = await ServerProcess.start(args, environment);
    expect(await post(server, "build 4711: green", "green")).toEqual([201, 1]);
    expect(await post(server, null, "by hand")).toEqual([201, 2]);
    expect(await post(server, "build 4711: green", "green")).toEqual([201, 1]);
    expect(await post(server, "build 4711: green", "green", "other")).toEqual([201, 1]);
    expect(await post(server, "x".repeat(128), "long")).toEqual([201, 3]);
    for (const bad of ["", "1234567", "x".repeat(129), "x".repeat(5_000), "caf\u00e9 caf\u00e9"]) {
      expect(await post(server, bad, "no"), bad).toEqual([400, "bad_idempotency_key"]);
    }
    await server.kill("SIGKILL");
    await using next = await ServerProcess.start(args, environment);
    expect(await post(next, "build 4711: green", "green")).toEqual([201, 1]);
    expect(await post(next, "x".repeat(128), "long")).toEqual([201, 3]);
    expect(await post(next, "build 4712: green", "green")).toEqual([201, 4]);
    expect(await post(next, null, "by hand")).toEqual([201, 5]);
    const page = (await (await fetch(`${next.url}/api/rooms/yard/messages`)).json()) as {
      messages: { text: string }[];
    };
    expect(page.messages.map(({ text }) => text)).toEqual(["green", "by hand", "long", "green", "by hand"]);
  });

  test("without a token set nobody can post, even with none", async () => {
    await using run = await yard();
    for (const Authorization of ["", "Bearer ", "Bearer"]) {
      const headers = { "Content-Type": "application/json", Authorization };
      const { status } = await ask(run.server, run.path, {
        method: "POST",
        headers,
        body: '{"name":"a","text":"b"}',
      });
      expect(status).toBe(403);
    }
  });

  test("a client that goes away in the middle of anything harms nothing", async () => {
    await using run = await yard({ postToken: "s3cret-s3cret-s3cret" });
    const head = `POST ${run.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nAuthorization: Bearer s3cret-s3cret-s3cret\r\n\r\n`;
    for (const bytes of [head, `${head}{"name"`, `GET ${run.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`]) {
      await new Promise<void>((done) => {
        const socket = connect(run.server.port, "127.0.0.1", () => {
          socket.write(bytes, () => {
            socket.destroy();
            done();
          });
        });
      });
    }
    expect((await ask(run.server, "/healthz")).status).toBe(200);
    expect(run.server.errors).toEqual([]);
  });
});
