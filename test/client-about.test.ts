/** What a client asks about one message, and what it makes of the answer. */
import { expect, test } from "vitest";
import { writeEdited, writeReacted } from "../src/wire/about.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerCapability, ServerKind } from "../src/wire/frames.ts";
import { makeEnvironment, ROOM } from "./fake-client-environment.ts";

async function entered(capabilities: number) {
  const e = makeEnvironment();
  const view = e.enter();
  await e.welcome(1, {}, "Otter", capabilities);
  await e.entered({ head: 9 });
  return { e, room: view.room };
}

test("who put signs on a message, and how it read, are asked of the room and told by the answer of that request", async () => {
  const { e, room } = await entered(ServerCapability.tellsWho);
  const [who, edits] = [e.client.whoReacted(room, 7), e.client.versionsOf(room, 8)];
  const refused = e.client.versionsOf(room, 9).catch((error) => error);
  const asked = e.socket.last(ClientKind.who);
  expect(asked).toMatchObject({ room: ROOM, seq: 7 });
  const [second, third] = e.socket.of(ClientKind.edits);
  const signs = [{ sign: "👍", count: 1, own: false, people: [{ author: 3, name: "Fox" }] }];
  const edited = { room: ROOM, seq: 8, more: 1, missing: 0, versions: [{ number: 8, time: 5, text: "x" }] };
  e.socket.give({ kind: ServerKind.edited, request: second!.request, told: writeEdited(edited) });
  const reacted = writeReacted({ room: ROOM, seq: 7, signs });
  e.socket.give({ kind: ServerKind.reacted, request: asked.request, told: reacted });
  const detail = { room: ROOM, code: Refusal.removed, retryAfterMs: 0, suggestion: "" };
  e.socket.give({
    ...{ kind: ServerKind.refused, refused: ClientKind.edits, request: third!.request },
    ...detail,
  });
  expect(await who).toEqual({ room: ROOM, seq: 7, signs });
  expect(await edits).toEqual(edited);
  expect(await refused).toMatchObject({ code: Refusal.removed });
});

test("a server that does not know it, and a room that is not entered, are not asked", async () => {
  const { e, room } = await entered(ServerCapability.takesActs);
  await expect(e.client.whoReacted(room, 7)).rejects.toMatchObject({ code: Refusal.notInRoom });
  expect(e.socket.of(ClientKind.who)).toEqual([]);
  const other = await entered(ServerCapability.tellsWho);
  other.e.socket.close();
  other.e.socket.onclose?.({ code: 1006 } as never);
  await expect(other.e.client.versionsOf(other.room, 7)).rejects.toMatchObject({ code: Refusal.notInRoom });
});

test("what was asked over a connection that was lost is asked again when the room is entered, and not before", async () => {
  const { e, room } = await entered(ServerCapability.tellsWho);
  const who = e.client.whoReacted(room, 7);
  const reported = e.client.report(room, 8);
  const renamed = e.client.rename("Fox");
  e.socket.end();
  await e.clock.advance(30_000);
  await e.welcome(1, {}, "Otter", ServerCapability.tellsWho);
  // What is asked of the server as a whole does not wait for a room.
  expect(e.socket.of(ClientKind.rename)).toHaveLength(1);
  expect([e.socket.of(ClientKind.who), e.socket.of(ClientKind.report)]).toEqual([[], []]);
  await e.entered({ head: 9, room: ROOM + 1 });
  const [asked, report] = [e.socket.last(ClientKind.who), e.socket.last(ClientKind.report)];
  expect([asked, report]).toMatchObject([
    { room: ROOM + 1, seq: 7 },
    { room: ROOM + 1, seq: 8 },
  ]);
  e.socket.give({
    kind: ServerKind.reacted,
    request: asked.request,
    told: writeReacted({ room: ROOM + 1, seq: 7, signs: [] }),
  });
  e.socket.give({ kind: ServerKind.reported, request: report.request, room: ROOM + 1, seq: 8 });
  const { request } = e.socket.last(ClientKind.rename);
  e.socket.give({ kind: ServerKind.renamed, request, name: "Fox" });
  expect((await who).signs).toEqual([]);
  await Promise.all([reported, renamed]);
  expect(e.socket.of(ClientKind.who)).toHaveLength(1);
});

test("what was asked of a room that is refused afterwards is refused as the room is", async () => {
  const { e, room } = await entered(ServerCapability.tellsWho);
  const reported = e.client.report(room, 8).catch((error) => error);
  e.socket.end();
  await e.clock.advance(30_000);
  await e.welcome(1, {}, "Otter", ServerCapability.tellsWho);
  const { request } = e.socket.last(ClientKind.enter);
  e.socket.give({
    ...{ kind: ServerKind.refused, refused: ClientKind.enter, request, room: 0 },
    ...{ code: Refusal.banned, retryAfterMs: 0, suggestion: "" },
  });
  expect(await reported).toMatchObject({ code: Refusal.banned });
  expect(e.socket.of(ClientKind.report)).toEqual([]);
});
