/** Names of people and rooms on their way from the client to the server. */
import { expect, test } from "vitest";
import { ClientState, type Identity } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { makeEnvironment, settle } from "./fake-client-environment.ts";

test("a rename is answered with the name or a refusal", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const good = e.client.rename("Heron");
  const bad = e.client.rename("Admin");
  const [first, second] = e.socket.of(ClientKind.rename);
  e.socket.give({
    kind: ServerKind.refused,
    refused: ClientKind.rename,
    request: second!.request,
    room: 0,
    code: Refusal.nameTaken,
    retryAfterMs: 0,
    suggestion: "Admin 2",
  });
  e.socket.give({ kind: ServerKind.renamed, request: first!.request, name: "Heron" });
  expect(await good).toBe("Heron");
  const error = await bad.catch((reason) => reason);
  expect(error).toBeInstanceOf(RefusedError);
  expect(error).toMatchObject({ code: Refusal.nameTaken, suggestion: "Admin 2", retryAfterMs: 0 });
  expect(e.client.me?.name).toBe("Heron");
  expect((await e.storage.identity())?.name).toBe("Heron");
  expect(e.told.at(-1)).toBe("me 1 Heron");
});

test("a room that is made is answered with its name or a refusal, on the next connection if need be", async () => {
  const e = makeEnvironment();
  const good = e.client.makeRoom("", true);
  const bad = e.client.makeRoom("yard", false).catch((reason) => reason);
  await expect(e.client.makeRoom("x".repeat(9_000), false)).rejects.toMatchObject({
    code: Refusal.badRoomName,
  });
  await e.welcome();
  const [first, second] = e.socket.of(ClientKind.makeRoom);
  expect([first, second]).toMatchObject([
    { unlisted: true, room: "" },
    { unlisted: false, room: "yard" },
  ]);
  const frame = { refused: ClientKind.makeRoom, request: second!.request, room: 0, suggestion: "" };
  e.socket.give({ kind: ServerKind.refused, ...frame, code: Refusal.roomExists, retryAfterMs: 0 });
  e.socket.give({ kind: ServerKind.made, request: first!.request, room: "~abc" });
  expect(await good).toBe("~abc");
  expect(await bad).toMatchObject({ code: Refusal.roomExists });
});

test("a password goes with each ENTER, with the room that is made, and is set by name", async () => {
  const e = makeEnvironment();
  const password = encodeText("sesame");
  const room = e.client.enter("yard", { listener: {}, password });
  const made = e.client.makeRoom("yard", false, "sesame");
  const set = e.client.setPassword("yard", "other");
  await e.welcome();
  await e.clock.advance(100);
  expect(e.socket.last(ClientKind.enter)).toMatchObject({ room: "yard", password });
  const makes = e.socket.last(ClientKind.makeRoom);
  const sets = e.socket.last(ClientKind.setPassword);
  expect([makes.password, sets]).toMatchObject([password, { room: "yard", password: encodeText("other") }]);
  e.socket.give({ kind: ServerKind.made, request: makes.request, room: "yard" });
  e.socket.give({ kind: ServerKind.passwordSet, request: sets.request, on: true });
  expect([await made, await set]).toEqual(["yard", true]);
  await expect(e.client.makeRoom("yard", false, "x".repeat(1_025))).rejects.toMatchObject({
    code: Refusal.textTooLong,
  });
  await expect(e.client.setPassword("yard", "x".repeat(9_000))).rejects.toMatchObject({
    code: Refusal.textTooLong,
  });
  e.socket.onclose?.({ code: 1006 } as never);
  await e.clock.advance(60_000);
  await e.welcome();
  await e.clock.advance(100);
  expect(e.socket.last(ClientKind.enter).password).toEqual(password);
  expect(room.state).toBe("entering");
  const without = makeEnvironment();
  without.client.enter("yard", { listener: {} });
  await without.welcome();
  await without.clock.advance(100);
  expect(without.socket.last(ClientKind.enter).password).toBeUndefined();
});

test("a rename that came too fast is told with its time", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const renamed = e.client.rename("Heron").catch((error) => error);
  const { request } = e.socket.last(ClientKind.rename);
  const frame = { refused: ClientKind.rename, request, room: 0, suggestion: "" };
  e.socket.give({ kind: ServerKind.refused, ...frame, code: Refusal.tooFast, retryAfterMs: 4_000 });
  expect(await renamed).toMatchObject({ code: Refusal.tooFast, retryAfterMs: 4_000 });
  await e.clock.advance(5_000);
  expect(e.socket.of(ClientKind.rename)).toHaveLength(1);
});

/** One of 270 bytes made the client throw at every connection, for ever. */
test("a name too long for the wire is refused before it is sent, also without a connection", async () => {
  const e = makeEnvironment();
  const early = e.client.rename("가".repeat(90)).catch((error) => error);
  expect(await early).toBeInstanceOf(RefusedError);
  await e.welcome();
  expect(await e.client.rename("가".repeat(33)).catch((error) => error.code)).toBe(Refusal.badName);
  expect(e.socket.of(ClientKind.rename)).toEqual([]);
  // Longer than a frame allows as it was typed, but not as it is meant.
  void e.client.rename("   각".normalize("NFD").repeat(23)).catch(() => undefined);
  expect(e.socket.last(ClientKind.rename).name).toBe(Array(23).fill("각").join(" "));
  expect([e.client.state, e.errors]).toEqual([ClientState.ready, []]);
});

test("a room name too long for the wire is refused here; the others are entered", async () => {
  const e = makeEnvironment();
  const long = e.enter("가".repeat(90));
  const fine = e.enter("yard");
  expect(long.told).toEqual(["refused"]);
  for (let n = 0; n < 2; n++) {
    await e.welcome();
    await e.entered();
    expect(long.room.state).toBe("refused");
    expect(long.room.refusal).toMatchObject({ code: Refusal.badRoomName, retryAfterMs: 0 });
    expect(fine.room.state).toBe("catchingUp");
    expect(e.socket.of(ClientKind.enter).map(({ room }) => room)).toEqual(["yard"]);
    e.socket.end();
    await e.clock.advance(1_000);
  }
  long.room.send("x");
  await settle();
  expect(e.errors).toEqual([]);
});

test.each<[string, unknown, string]>([
  ["a name of 10 kB", { token: new Uint8Array([5]), author: 5, name: "x".repeat(10_000) }, "5"],
  ["a name of another type", { token: new Uint8Array([5]), author: 5, name: { evil: 1 } }, "5"],
  ["no name", { token: new Uint8Array([5]), author: 5 }, "5"],
  ["a token of another type", { token: "secret", author: 5, name: "Otter" }, ""],
  ["a token too long", { token: new Uint8Array(300), author: 5, name: "Otter" }, ""],
  ["an author that is no number", { token: new Uint8Array([5]), author: "5", name: "Otter" }, ""],
  ["a text", "garbage", ""],
])("a stored identity with %s is survived and made good", async (_, stored, token) => {
  const storage = new MemoryStorage();
  await storage.saveIdentity(stored as Identity);
  const e = makeEnvironment(storage);
  e.socket.open();
  await settle();
  const hello = e.socket.last(ClientKind.hello);
  expect([[...hello.token].join(), hello.name]).toEqual([token, ""]);
  await e.welcome(5, {}, "Heron");
  expect(e.client.me).toEqual({ author: 5, name: "Heron" });
  expect(await storage.identity()).toEqual({ token: new Uint8Array([5, 1, 2]), author: 5, name: "Heron" });
  expect([e.sockets.length, e.errors]).toEqual([1, []]);
});

test("a rename survives a lost connection and ends with stop", async () => {
  const e = makeEnvironment();
  const early = e.client.rename("Heron");
  await e.welcome();
  e.socket.end();
  await e.clock.advance(250);
  await e.welcome();
  const { request } = e.socket.last(ClientKind.rename);
  e.socket.give({ kind: ServerKind.renamed, request, name: "Heron" });
  expect(await early).toBe("Heron");
  const late = e.client.rename("Crane").catch((error) => error.message);
  e.client.stop();
  expect(await late).toBe("stopped");
});
