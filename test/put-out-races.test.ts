/**
 * Somebody is put out of a room while asking to come in, in every order of what happens: the last word of the server is
 * what holds. Whoever was told that they are out, or not let in, is not there and is sent nothing more.
 */
import { expect, test } from "vitest";
import { BLOCK, decodeBlock } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { ENTER, send } from "./fake-house.ts";
import { ownedYard } from "./owned-yard.ts";
import { HeldLog, heldCommits } from "./session-logs.ts";

function* orders<T>(list: readonly T[]): Iterable<T[]> {
  if (list.length === 0) yield [];
  for (const [i, one] of list.entries())
    for (const rest of orders([...list.slice(0, i), ...list.slice(i + 1)])) yield [one, ...rest];
}

/** A room that is asked to come into from the disk, at once, and in which something is written or read. */
const STEPS = ["enter from disk", "enter at once", "leave", "put out", "reads", "commits"] as const;
type Step = (typeof STEPS)[number];

async function run(steps: readonly Step[], what: Sanction, isIn: boolean, settles: boolean) {
  const { faults, gate } = heldCommits();
  const log = new HeldLog({ faults });
  const yard = await ownedYard({ log, limits: { graceMs: 0, tailBytes: 0, framesPerSecond: 0 } });
  const { house, room, ada, bo, cy, does } = yard;
  cy.socket.cut();
  for (let n = 1; n <= 3; n++) {
    send(ada, room, yard.nextNonce(), `text ${n}`);
    await house.loop.advance(50);
  }
  const socket = bo.socket;
  if (!isIn) {
    socket.write({ kind: ClientKind.leave, room });
    await house.loop.settle();
  }
  const { head } = await house.log.bounds(room);
  const heard: number[] = [];
  let asked = 0;
  let answered = 0;
  let isThere = isIn;
  socket.heard = (bytes) => {
    if (bytes[0] === BLOCK) {
      const { seq, count } = decodeBlock(bytes);
      // What stands in one block with the word goes out with it.
      if (!isThere) heard.push(seq + count - 1);
    }
    if (bytes[0] === ServerKind.entered || bytes[0] === ServerKind.refused) answered++;
    if (bytes[0] === ServerKind.entered) isThere = true;
    if (bytes[0] === ServerKind.putOut) isThere = false;
  };
  log.readsHeld = true;
  gate.held = true;
  let puts = 0;
  let askedSince = false;
  for (const step of steps) {
    if (step === "enter from disk" || step === "enter at once") {
      const position = step === "enter at once" ? { epoch: house.log.epoch, seq: head } : null;
      socket.write({ ...ENTER, request: ++asked, history: 100, position });
      askedSince = true;
    } else if (step === "leave") {
      socket.write({ kind: ClientKind.leave, room });
      isThere = false;
    } else if (step === "put out") {
      await does(kinds.sanction, { who: bo.author, what, until: 0, text: "" }, ada, false);
      puts++;
      if (!gate.held) {
        await house.loop.settle();
        askedSince = false;
      }
    } else if (step === "reads") log.release();
    else {
      gate.release();
      await house.loop.settle();
      if (puts > 0) askedSince = false;
    }
    if (settles) await house.loop.settle();
  }
  log.release();
  gate.release();
  await house.loop.settle();
  send(ada, room, yard.nextNonce(), "at the end");
  await house.loop.advance(100);
  const isPresent = (await house.rooms.open("yard"))!.presence.get(bo.author) !== undefined;
  const last = heard.at(-1) ?? 0;
  return { asked, answered, isThere, isPresent, last, isAtEnd: last > head, askedSince, house };
}

test.each([
  ["kick", Sanction.kick],
  ["ban", Sanction.ban],
] as const)("a %s", { timeout: 60_000 }, async (_, what) => {
  let tried = 0;
  for (const steps of orders(STEPS))
    for (const isIn of [true, false]) {
      // Each order one way or the other, since all of both take twice as long.
      const settles = tried++ % 4 < 2;
      const told = `${steps.join(", ")}${isIn ? ", was in" : ""}${settles ? "" : ", at one moment"}`;
      const end = await run(steps, what, isIn, settles);
      expect(end.house.fatals, told).toEqual([]);
      // Every request has one answer.
      expect(end.answered, told).toBe(end.asked);
      // Nobody is there who does not know it, or the other way round.
      expect(end.isPresent, told).toBe(end.isThere);
      expect(end.isAtEnd, told).toBe(false);
      if (what === Sanction.ban) expect(end.isThere, told).toBe(false);
      // Whoever asked before they were put out has to ask again.
      else if (settles && !end.askedSince) expect(end.isThere, told).toBe(false);
    }
  expect(tried).toBe(720 * 2);
});

test("while the room is loaded for both: whoever waits with the one who bans is let in, and put out again", async () => {
  for (const isOwnerFirst of [true, false]) {
    const log = new HeldLog();
    const { house, room, ada, bo } = await ownedYard({ log, limits: { graceMs: 0 } });
    send(bo.socket, room, 1, "hello");
    await house.loop.settle();
    const next = await house.restart();
    const [owner, guest] = [ada.last(ServerKind.welcome).author, bo.author].map((author) =>
      next.greet({ token: Uint8Array.of(author) }),
    );
    log.readsHeld = true;
    for (const socket of isOwnerFirst ? [owner!, guest!] : [guest!, owner!])
      socket.write({ ...ENTER, anyName: true });
    const ban = { who: bo.author, what: Sanction.ban, until: 0, text: "" };
    const says = () =>
      owner!.write({ kind: ClientKind.act, room, nonce: 9, act: 14, body: kinds.sanction.write(ban) });
    await next.loop.settle();
    // Nobody is in a room that is not there yet.
    says();
    expect(owner!.last(ServerKind.refused).code).toBe(Refusal.notInRoom);
    log.release();
    owner!.heard = (bytes) => bytes[0] === ServerKind.entered && queueMicrotask(says);
    await next.loop.settle();
    const presence = (await next.rooms.open("yard"))!.presence;
    const isOut = guest!.all(ServerKind.putOut).length > 0 || guest!.all(ServerKind.refused).length > 0;
    expect([presence.get(bo.author), isOut, presence.count]).toEqual([undefined, true, 1]);
    guest!.write({ ...ENTER, request: 2 });
    await next.loop.settle();
    expect(guest!.last(ServerKind.refused)).toMatchObject({ request: 2, code: Refusal.banned });
  }
});
