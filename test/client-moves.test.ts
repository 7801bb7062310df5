/** Clients of a running server that move one identity between them, over connections that break at each step. */
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { Client, MoveWords } from "../src/client/client.ts";
import { type ClientSocket, ClientState } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { ClientKind, Language, ServerKind } from "../src/wire/frames.ts";
import { runServer } from "./running-server.ts";

const clock = {
  now: Date.now,
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, Math.min(ms, 20));
    return () => clearTimeout(timer);
  },
};

/**
 * A client whose connection breaks when a frame of this kind is about to go out, or has come and is not told. Once,
 * after `before` others.
 */
function person(url: string, storage = new MemoryStorage(), cutAt = 0, before = 0) {
  let isCut = false;
  let seen = 0;
  const states: [ClientState, number | null][] = [];
  const open = (address: string, protocol: string): ClientSocket => {
    const socket = new WebSocket(address, protocol, { perMessageDeflate: false });
    const outer: ClientSocket = {
      ...{
        binaryType: "arraybuffer",
        bufferedAmount: 0,
        onopen: null,
        onmessage: null,
        onclose: null,
        onerror: null,
      },
      send: (bytes) => {
        if (bytes[0] === cutAt && !isCut && seen++ === before) {
          isCut = true;
          socket.terminate();
        } else socket.send(bytes);
      },
      close: () => socket.close(),
    };
    socket.binaryType = "arraybuffer";
    socket.on("open", () => outer.onopen?.({} as never));
    socket.on("close", (code) => outer.onclose?.({ code } as never));
    socket.on("error", () => undefined);
    socket.on("message", (data: ArrayBuffer) => {
      if (new Uint8Array(data)[0] === cutAt && !isCut && seen++ === before) {
        isCut = true;
        socket.terminate();
      } else outer.onmessage?.({ data } as never);
    });
    return outer;
  };
  const client = new Client({
    ...{ url, open, clock, storage, random: Math.random, language: Language.en },
    listener: { state: (state, { code }) => states.push([state, code]) },
  });
  client.start();
  return { client, states, storage, wasCut: () => isCut };
}

const texts = (said: string[]) => ({
  listener: { appended: (records: { text: string }[]) => void said.push(...records.map(({ text }) => text)) },
});

test.each([
  ["nothing", 0],
  ["MOVE_IN", ClientKind.moveIn],
  ["MOVED", ServerKind.moved],
])("cut at %s, the one who moves in gets there, and the one who was it is told so", async (_, cutAt) => {
  await using server = await runServer();
  const ada = person(server.socketUrl);
  const [hers, his]: string[][] = [[], []];
  const yard = ada.client.enter("yard", texts(hers!));
  yard.send("from the old one");
  await expect.poll(() => hers).toEqual(["from the old one"]);
  const { author } = ada.client.me!;
  const { phrase } = await ada.client.moveOut(MoveWords.ko, encodeText("rooms"));
  const guest = person(server.socketUrl, new MemoryStorage(), cutAt);
  const moved = await guest.client.moveIn(`  ${phrase}  `);
  expect([moved.author, moved.baggage, guest.wasCut()]).toEqual([author, encodeText("rooms"), cutAt > 0]);
  await expect.poll(() => guest.client.state).toBe(ClientState.ready);
  expect(guest.client.me).toEqual(ada.client.me);
  await expect.poll(() => ada.states.at(-1)).toEqual([ClientState.closed, Close.tokenEnded]);
  guest.client.enter("yard", texts(his!)).send("from the new one");
  await expect.poll(() => his).toEqual(["from the old one", "from the new one"]);
  // And after a restart of either.
  const again = person(server.socketUrl, guest.storage);
  await expect.poll(() => again.client.me?.author).toBe(author);
  const old = person(server.socketUrl, ada.storage);
  await expect.poll(() => old.states.at(-1)).toEqual([ClientState.closed, Close.tokenEnded]);
  for (const { client } of [ada, guest, again, old]) client.stop();
});

test.each([
  ["its hello", ClientKind.hello],
  ["its welcome", ServerKind.welcome],
])("cut at %s, the new one gets in by the next connection", async (_, cutAt) => {
  await using server = await runServer();
  const ada = person(server.socketUrl);
  const { phrase } = await ada.client.moveOut(MoveWords.en);
  // The first one was the guest's.
  const guest = person(server.socketUrl, new MemoryStorage(), cutAt, 1);
  await guest.client.moveIn(phrase);
  await expect.poll(() => [guest.client.state, guest.wasCut()]).toEqual([ClientState.ready, true]);
  expect(guest.client.me).toEqual(ada.client.me);
  await expect.poll(() => ada.states.at(-1)).toEqual([ClientState.closed, Close.tokenEnded]);
  for (const { client } of [ada, guest]) client.stop();
});

test("a wrong phrase changes nothing, and too long a one is not even sent", async () => {
  await using server = await runServer();
  const { client } = person(server.socketUrl);
  await expect(client.moveIn("acorn acorn")).rejects.toMatchObject({ code: Refusal.badPhrase });
  await expect(client.moveIn("a".repeat(256))).rejects.toMatchObject({ code: Refusal.badPhrase });
  expect(client.state).toBe(ClientState.ready);
  client.stop();
});

test("who renews goes on with what was under way, and a client on a copy of the storage ends", async () => {
  await using server = await runServer();
  const ada = person(server.socketUrl);
  const said: string[] = [];
  const yard = ada.client.enter("yard", texts(said));
  yard.send("one");
  await expect.poll(() => said).toEqual(["one"]);
  const copy = new MemoryStorage();
  await copy.saveIdentity((await ada.storage.identity())!);
  const thief = person(server.socketUrl, copy);
  await expect.poll(() => thief.client.state).toBe(ClientState.ready);
  yard.send("two");
  await ada.client.renew();
  await expect.poll(() => said).toEqual(["one", "two"]);
  await expect.poll(() => thief.states.at(-1)).toEqual([ClientState.closed, Close.tokenEnded]);
  expect((await ada.storage.identity())!.token).not.toEqual((await copy.identity())!.token);
  for (const { client } of [ada, thief]) client.stop();
});
