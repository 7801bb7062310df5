/** A connection from its greeting to its end: every frame in every state, and a socket that is over its limit. */
import { describe, expect, test } from "vitest";
import { SessionState } from "../src/session/session.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Close } from "../src/wire/codes.ts";
import { encodeClientFrame } from "../src/wire/encode.ts";
import { type ClientFrame, ClientKind, Direction, Language, ServerKind } from "../src/wire/frames.ts";
import { ENTER, FakeHouse, HELLO, send } from "./fake-house.ts";

const text = encodeText("hi");

const FRAMES: Record<string, ClientFrame> = {
  hello: HELLO,
  enter: ENTER,
  leave: { kind: ClientKind.leave, room: 1 },
  send: { kind: ClientKind.send, room: 1, nonce: 1, text },
  history: { kind: ClientKind.history, request: 1, room: 1, direction: Direction.after, seq: 0, limit: 10 },
  rename: { kind: ClientKind.rename, request: 1, name: "Bea" },
  watchRooms: { kind: ClientKind.watchRooms, on: true },
  typing: { kind: ClientKind.typing, room: 1, on: true },
  ping: { kind: ClientKind.ping, token: 5 },
  work: { kind: ClientKind.work, answer: 1 },
  act: { kind: ClientKind.act, room: 1, nonce: 1, act: 1, body: text },
};

describe("every frame in every state", () => {
  test("before hello everything else ends the connection", () => {
    for (const [name, frame] of Object.entries(FRAMES)) {
      const house = new FakeHouse();
      const socket = house.connect();
      socket.write(frame);
      if (name === "hello") expect(socket.session.state).toBe(SessionState.ready);
      else expect(socket.closedWith, name).toBe(Close.unexpectedFrame);
    }
  });

  test("after hello a second one ends the connection, everything else is answered or harmless", async () => {
    const answers: Record<string, number | null> = {
      enter: ServerKind.entered,
      leave: null,
      send: ServerKind.refused,
      act: ServerKind.refused,
      history: ServerKind.refused,
      rename: ServerKind.renamed,
      watchRooms: ServerKind.rooms,
      typing: null,
      ping: ServerKind.pong,
    };
    for (const [name, frame] of Object.entries(FRAMES)) {
      const house = new FakeHouse();
      const socket = house.greet();
      const before = socket.frames.length;
      socket.write(frame);
      await house.loop.settle();
      if (name === "hello" || name === "work") {
        expect(socket.closedWith).toBe(Close.unexpectedFrame);
        continue;
      }
      expect(socket.closedWith, name).toBeNull();
      const answer = socket.frames[before];
      expect(answer?.kind ?? null, name).toBe(answers[name]);
    }
  });

  test("after the end nothing does anything", async () => {
    for (const [name, frame] of Object.entries(FRAMES)) {
      const house = new FakeHouse();
      const { socket } = await house.seated("yard");
      const { length } = socket.frames;
      socket.session.close(Close.internal);
      socket.write(frame);
      socket.session.receive(Uint8Array.of(255));
      socket.session.drained();
      socket.session.lapsed(1, 1);
      socket.session.closed();
      socket.session.close(Close.flood);
      await house.loop.advance(60_000);
      expect([socket.closedWith, socket.frames.length], name).toEqual([Close.internal, length]);
    }
  });

  test("bad frames end the connection and nothing else", async () => {
    const good = encodeClientFrame(FRAMES.history!).slice();
    const bad = [
      new Uint8Array(0),
      Uint8Array.of(0),
      Uint8Array.of(0x0a),
      Uint8Array.of(0x42, 1),
      Uint8Array.of(0x81, 1),
      Uint8Array.of(ClientKind.send),
      Uint8Array.of(ClientKind.send, 1),
      Uint8Array.of(ClientKind.send, 1, 0, 65),
      Uint8Array.of(ClientKind.send, 0x80, 0, 1, 65),
      Uint8Array.of(ClientKind.typing, 1, 2),
      Uint8Array.of(ClientKind.rename, 1, 1, 0xff),
      Uint8Array.of(ClientKind.enter, 1, 4, 1, 65, 0),
      Uint8Array.of(...good, 0),
      ...Array.from({ length: good.length - 1 }, (_, i) => good.slice(0, i + 1)),
    ];
    const house = new FakeHouse();
    const { socket: other, room } = await house.seated("yard");
    for (const bytes of bad) {
      for (const socket of [house.connect(), house.greet()]) {
        socket.session.receive(bytes);
        expect(socket.closedWith, `[${bytes}]`).toBe(Close.badFrame);
      }
    }
    send(other, room, 1);
    await house.loop.settle();
    expect(other.texts(room)).toEqual(["message 1"]);
  });
});

describe("hello", () => {
  test("no hello in time ends the connection; one in time leaves no timer", async () => {
    const house = new FakeHouse({ limits: { helloTimeoutMs: 5000 } });
    const silent = house.connect();
    const polite = house.connect();
    await house.loop.advance(4999);
    polite.write(HELLO);
    await house.loop.advance(1);
    expect([silent.closedWith, polite.closedWith]).toEqual([Close.helloTimeout, null]);
    const gone = house.connect();
    gone.cut();
    expect(house.loop.pendingTimers).toBe(0);
  });

  test("another version is told so", () => {
    const house = new FakeHouse();
    const socket = house.connect();
    socket.write({ ...HELLO, version: 2 });
    expect(socket.closedWith).toBe(Close.badVersion);
  });

  test("welcome says who one is, and what is in force", () => {
    const house = new FakeHouse({ limits: { maxTextBytes: 99 } });
    const socket = house.greet({ language: Language.ko });
    const welcome = socket.last(ServerKind.welcome);
    expect(welcome).toMatchObject({ author: 1, epoch: house.log.epoch, version: 1, time: house.loop.now() });
    expect(welcome.limits.maxTextBytes).toBe(99);
    expect(welcome.name).toMatch(/^\p{Script=Hangul}+ \p{Script=Hangul}+/u);
    expect([...welcome.token]).toEqual([1]);
  });

  test("a token proves an identity, one that does not gives a new one", () => {
    const house = new FakeHouse();
    const first = house.greet({ name: "Ada" });
    const { token } = first.last(ServerKind.welcome);
    const again = house.greet({ token: token.slice() }).last(ServerKind.welcome);
    expect([again.author, again.name]).toEqual([1, "Ada"]);
    expect(house.greet({ token: Uint8Array.of(99) }).last(ServerKind.welcome).author).toBe(2);
  });

  test("a name that is not allowed is replaced", () => {
    const house = new FakeHouse();
    const { name } = house.greet({ name: "a\u202eb" }).last(ServerKind.welcome);
    expect(name).not.toBe("");
    expect(name).not.toContain("\u202e");
  });

  test("while numbers are reserved a newcomer waits, and may leave", async () => {
    const house = new FakeHouse();
    house.identities.isReady = false;
    const patient = house.greet({ name: "Ada" });
    const gone = house.greet();
    const twice = house.greet();
    twice.write(HELLO);
    expect(twice.closedWith).toBe(Close.unexpectedFrame);
    gone.cut();
    await house.loop.settle();
    expect(patient.frames).toEqual([]);
    house.identities.becomeReady();
    await house.loop.settle();
    expect(patient.last(ServerKind.welcome).name).toBe("Ada");
    expect([gone.frames, twice.frames, house.rooms.people.count]).toEqual([[], [], 1]);
  });
});

describe("a socket over its limit", () => {
  test("what is sent to it is held, in order, and sent when it drained", async () => {
    const house = new FakeHouse({ limits: { maxBackpressureBytes: 600, framesPerSecond: 0 } });
    const { socket, room } = await house.seated("yard");
    socket.stalled = true;
    for (let i = 0; i < 100; i++) socket.write({ kind: ClientKind.ping, token: i });
    expect(socket.buffered).toBeLessThan(630);
    send(socket, room, 1);
    await house.loop.settle();
    socket.stalled = false;
    for (let i = 0; i < 20; i++) {
      socket.read();
      await house.loop.settle();
    }
    expect(socket.all(ServerKind.pong).map(({ token }) => token)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(socket.texts(room)).toEqual(["message 1"]);
    expect(socket.topics.has(room)).toBe(true);
  });

  test("one that asks on without reading is closed", () => {
    const house = new FakeHouse({ limits: { maxBackpressureBytes: 100, framesPerSecond: 0 } });
    const socket = house.greet();
    socket.stalled = true;
    for (let i = 0; i < 500; i++) socket.write({ kind: ClientKind.ping, token: i });
    expect(socket.closedWith).toBe(Close.stalled);
  });

  test("many rooms read at once fill it no further than a page or two", async () => {
    const house = new FakeHouse({
      limits: { messagesPerSecond: 0, framesPerSecond: 0, tailBytes: 0, maxBackpressureBytes: 256 * 1024 },
    });
    const writer = house.greet();
    for (let i = 0; i < 20; i++) {
      const { room } = await house.enter(writer, `room ${i}`);
      for (let nonce = 1; nonce <= 300; nonce++) {
        send(writer, room, nonce, `${nonce} ${"x".repeat(200)}`);
        await house.loop.settle();
      }
    }
    const reader = house.greet({ name: "reader" });
    reader.stalled = true;
    const position = { epoch: house.log.epoch, seq: 0 };
    for (let i = 0; i < 20; i++) reader.write({ ...ENTER, room: `room ${i}`, position });
    await house.loop.settle();
    expect(reader.closedWith).toBeNull();
    expect(reader.mostBuffered).toBeLessThan(140 * 1024);
    for (let i = 0; i < 300; i++) {
      reader.read(20_000);
      await house.loop.settle();
    }
    expect(reader.closedWith).toBeNull();
    for (let room = 1; room <= 20; room++) expect(new Set(reader.texts(room)).size).toBe(300);
    expect(reader.topics.size).toBe(20);
  });
});
