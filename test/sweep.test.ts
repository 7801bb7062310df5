/**
 * All that somebody wrote in the last hour is taken down by one act: which messages, by whom, and what is left of them.
 */
import { expect, test } from "vitest";
import { MAX_SWEPT } from "../src/session/sweep.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { action } from "../src/wire/records/action.ts";
import { pin } from "../src/wire/records/pin.ts";
import { reply } from "../src/wire/records/reply.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { type Sweep, sweep } from "../src/wire/records/sweep.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { type HouseOptions, send } from "./fake-house.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { ownedYard } from "./owned-yard.ts";
import { HeldLog } from "./session-logs.ts";

const HOUR = 3_600_000;

/** A room that Ada made, with Bo and Cy in it, who said nothing. */
async function owned(options: HouseOptions = {}) {
  const yard = await ownedYard(options);
  const { house, room, ada, bo, does, nextNonce } = yard;
  const says = async (socket: typeof ada, text: string) => {
    send(socket, room, nextNonce(), text);
    await house.loop.settle();
  };
  const sweeps = (more: Partial<Sweep> = {}, by = ada, settle = true) =>
    does(sweep, { who: bo.author, since: house.loop.now() - HOUR, text: "spam", ...more }, by, settle);
  const records = async () => {
    await house.rooms.blanking.drained();
    const blocks = await house.log.readForward(room, 1, EVERYTHING);
    const all = blocks.map(({ bytes }) => decodeBlock(bytes));
    return {
      texts: all.flatMap(({ records }) => records).map(({ text }) => text),
      acts: all.flatMap(({ acts }) => acts),
    };
  };
  return { ...yard, says, sweeps, records };
}

test("takes down what one wrote in the last hour, in order, under the name of who says it, and nothing else", async () => {
  const { house, room, bo, cy, does, says, sweeps, records } = await owned();
  await says(bo.socket, "long ago");
  await house.loop.advance(2 * HOUR);
  await says(bo.socket, "one");
  await says(cy.socket, "mine");
  await does(reply, { to: 3, text: "two" }, bo.socket);
  await does(action, { text: "three" }, bo.socket);
  await does(pin, { to: 3, on: true });
  // All in one block.
  send(bo.socket, room, 100, "four");
  void sweeps({}, undefined, false);
  send(bo.socket, room, 101, "behind it");
  await house.loop.settle();
  const { texts, acts } = await records();
  expect(texts).toEqual(["long ago", "", "mine", "", "", "", "behind it"]);
  const taken = acts.filter(({ kind }) => kind === takedown.kind);
  expect(taken.map(({ to }) => to)).toEqual([3, 5, 6, 8]);
  for (const one of taken) expect(one).toMatchObject({ author: 0, name: "Ada", text: "spam" });
  expect((await house.rooms.open("yard"))!.projections.notices!.pinned.size).toBe(0);
  // Once more, and nothing is left to be taken down but what came since.
  expect(await sweeps()).toBeNull();
  expect((await records()).texts).toEqual(["long ago", "", "mine", "", "", "", ""]);
  expect((await records()).acts.filter(({ kind }) => kind === takedown.kind)).toHaveLength(5);
});

test("is said by those who look after the room, of nobody whose role is as high but themselves", async () => {
  const { ada, bo, cy, does, says, sweeps, records } = await owned();
  await says(ada, "hers");
  await says(bo.socket, "his");
  expect(await sweeps({ who: cy.author }, bo.socket)).toBe(Refusal.notAllowed);
  await does(role, { who: bo.author, role: Role.moderator });
  expect(await sweeps({ who: bo.author }, bo.socket)).toBeNull();
  expect(await sweeps({ who: 1 }, bo.socket)).toBe(Refusal.notAllowed);
  expect(await sweeps({ who: 1 })).toBeNull();
  expect((await records()).texts).toEqual(["", ""]);
});

test.each([
  ["a time too far back", { since: -2 * HOUR }, Refusal.badTime],
  ["a time ahead", { since: 1 }, Refusal.badTime],
  ["nobody", { who: 0 }, Refusal.badBody],
])("is refused with %s", async (_, { since, ...more }: { since?: number; who?: number }, code) => {
  const { house, sweeps } = await owned();
  expect(await sweeps({ ...more, since: house.loop.now() + (since ?? 0) })).toBe(code);
});

test("goes as far as a thousand messages", async () => {
  const { house, room, bo, sweeps, records } = await owned();
  for (let nonce = 1_000; nonce < 1_000 + MAX_SWEPT + 5; nonce++) {
    send(bo.socket, room, nonce, "flood");
    if (nonce % 100 === 0) await house.loop.settle();
  }
  await house.loop.settle();
  await sweeps();
  await house.loop.advance(1_000);
  expect((await records()).texts.filter((text) => text !== "")).toHaveLength(5);
  await sweeps();
  await house.loop.advance(1_000);
  expect((await records()).texts.filter((text) => text !== "")).toEqual([]);
});

test("takes down once what two say at the same time", async () => {
  const log = new HeldLog();
  const { house, bo, says, sweeps, records } = await owned({ log, limits: { tailBytes: 1 } });
  for (const text of ["one", "two", "three"]) await says(bo.socket, text);
  log.readsHeld = true;
  await sweeps();
  await sweeps();
  log.readsHeld = false;
  log.release();
  await house.loop.advance(1_000);
  const { acts } = await records();
  expect(acts.filter(({ kind }) => kind === takedown.kind).map(({ to }) => to)).toEqual([2, 3, 4]);
});
