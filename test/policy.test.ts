/** The whole table: what each may say, by role, in rooms of both kinds; and who enters and speaks whatever was set. */
import { expect, test } from "vitest";
import { mayEnter, maySpeak, mustWait } from "../src/room/policy.ts";
import type { Room } from "../src/room/room.ts";
import { judge } from "../src/session/judge.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { Speakers } from "../src/wire/records/settings.ts";
import { text } from "../src/wire/records/text.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { ownedYard } from "./owned-yard.ts";

const { role, topic, pin, takedown, settings, sanction, sweep } = kinds;
const { reply, edit, removal, reaction, action } = kinds;

/** In this order in each row; the operator has no role in the room. */
const WHO = ["none", "speaker", "moderator", "owner", "operator"] as const;
type Who = (typeof WHO)[number];

/** Numbers of people and of messages, of which each wrote one. */
interface Place {
  room: Room;
  of: Record<Who | "victim" | "ada", number>;
  seqs: Record<Who | "victim" | "ada", number>;
  now: number;
}

type Act = (place: Place, who: Who) => [kind: { kind: number }, body: Uint8Array];

const ORDINARY: Record<string, Act> = {
  text: () => [text, encodeText("hello")],
  reply: ({ seqs }) => [reply, reply.write({ to: seqs.victim, text: "hello" })],
  action: () => [action, action.write({ text: "waves" })],
  "an edit of one's own": ({ seqs }, who) => [edit, edit.write({ to: seqs[who], text: "other" })],
  "a removal of one's own": ({ seqs }, who) => [removal, removal.write({ to: seqs[who] })],
  reaction: ({ seqs }) => [reaction, reaction.write({ to: seqs.victim, on: true, text: "👍" })],
};

/** With the codes in an owned room, by role. 0: it may be said. */
const { notAllowed: no } = Refusal;
const RULINGS: [string, Act, number[]][] = [
  ["topic", () => [topic, topic.write({ text: "tea" })], [no, no, 0, 0, 0]],
  ["pin", ({ seqs }) => [pin, pin.write({ to: seqs.victim, on: true })], [no, no, 0, 0, 0]],
  ["settings", () => [settings, settings.write({ slowSeconds: 5 })], [no, no, 0, 0, 0]],
  ["a takedown", ({ seqs }) => [takedown, takedown.write({ to: seqs.victim, text: "" })], [no, no, 0, 0, 0]],
  [
    "a takedown of an owner's",
    ({ seqs }) => [takedown, takedown.write({ to: seqs.ada, text: "" })],
    [no, no, no, no, 0],
  ],
  [
    "a sweep",
    ({ of, now }) => [sweep, sweep.write({ who: of.victim, since: now - 1, text: "" })],
    [no, no, 0, 0, 0],
  ],
  [
    "a sweep of an owner",
    ({ of, now }) => [sweep, sweep.write({ who: of.ada, since: now - 1, text: "" })],
    [no, no, no, no, 0],
  ],
  ...Object.entries(Sanction).flatMap(([name, what]): [string, Act, number[]][] => [
    [
      name,
      ({ of }) => [sanction, sanction.write({ who: of.victim, what, until: 0, text: "" })],
      [no, no, 0, 0, 0],
    ],
    [
      `${name} an owner`,
      ({ of }) => [sanction, sanction.write({ who: of.ada, what, until: 0, text: "" })],
      [no, no, no, no, 0],
    ],
    [
      `${name} oneself`,
      ({ of }, who) => [sanction, sanction.write({ who: of[who], what, until: 0, text: "" })],
      [no, no, no, no, no],
    ],
  ]),
  ["a speaker", ({ of }) => [role, role.write({ who: of.victim, role: Role.speaker })], [no, no, 0, 0, 0]],
  [
    "a moderator",
    ({ of }) => [role, role.write({ who: of.victim, role: Role.moderator })],
    [no, no, no, 0, 0],
  ],
  ["an owner", ({ of }) => [role, role.write({ who: of.victim, role: Role.owner })], [no, no, no, 0, 0]],
  ["an owner's role", ({ of }) => [role, role.write({ who: of.ada, role: Role.none })], [no, no, no, 0, 0]],
];

async function place(isOwned: boolean): Promise<Place> {
  const { house, room: number, ada, does } = await ownedYard();
  const name = isOwned ? "yard" : "open";
  const of = { ada: 1 } as Place["of"];
  const seqs = {} as Place["seqs"];
  for (const who of ["victim", ...WHO] as const) {
    const { socket, author, room } = await house.seated(name, who);
    of[who] = author;
    send(socket, room, 1, who);
    await house.loop.settle();
    seqs[who] = house.transport.published.length;
    const wanted = Role[who as keyof typeof Role];
    if (isOwned && wanted) expect(await does(role, { who: author, role: wanted })).toBeNull();
  }
  const at = isOwned ? number : (await house.enter(ada, name)).room;
  send(ada, at, 99, "mine");
  await house.loop.settle();
  const room = (await house.rooms.open(name)) as Room;
  for (const who of ["victim", "ada", ...WHO] as const) seqs[who] = room.authors.get(of[who])!.seq;
  house.rooms.operation.operators.begin(of.operator);
  return { room, of, seqs, now: house.loop.now() };
}

function codeOf(here: Place, who: Who, act: Act): number {
  const [kind, body] = act(here, who);
  const judged = judge(here.room, here.of[who], kind.kind, body, 4_000);
  if (judged === null) return 0;
  return typeof judged === "number" ? judged : ((judged as { code?: number }).code ?? -1);
}

test("what is no ruling everybody may say, in rooms of both kinds", async () => {
  for (const here of [await place(true), await place(false)])
    for (const [name, act] of Object.entries(ORDINARY))
      expect([name, ...WHO.map((who) => codeOf(here, who, act))]).toEqual([name, 0, 0, 0, 0, 0]);
});

test("in a room that belongs to somebody each ruling needs its role, and the operator has them all and above", async () => {
  const here = await place(true);
  for (const [name, act, codes] of RULINGS)
    expect([name, ...WHO.map((who) => codeOf(here, who, act))]).toEqual([name, ...codes]);
});

test("the last owner's role is taken by nobody but the operator", async () => {
  const here = await place(true);
  const { of, room } = here;
  const gives: Act = () => [role, role.write({ who: of.ada, role: Role.none })];
  // The other owner is none any more.
  room.projections.roles!.decode(Uint8Array.of(1, 1, of.owner, Role.none));
  const [kind, body] = gives(here, "none");
  expect(judge(room, of.ada, kind.kind, body, 4_000)).toBe(Refusal.lastOwner);
  expect(codeOf(here, "operator", gives)).toBe(0);
});

test("an open room has no rulings but the operator's", async () => {
  const here = await place(false);
  const { openRoom } = Refusal;
  for (const [name, act] of RULINGS) {
    const codes = WHO.map((who) => codeOf(here, who, act));
    expect([name, ...codes]).toEqual([name, openRoom, openRoom, openRoom, openRoom, 0]);
  }
});

test("no ban, lock, mute, slow mode or choice of speakers holds the operator, and all of them hold others", async () => {
  const { house, room: number, does } = await ownedYard();
  const { author: other } = await house.seated("yard", "Dee");
  const operator = 77;
  for (const who of [other, operator]) {
    for (const what of [Sanction.ban, Sanction.mute])
      expect(await does(sanction, { who, what, until: 0, text: "" })).toBeNull();
  }
  await does(settings, { locked: true, speakers: Speakers.named, slowSeconds: 60 });
  const room = (await house.rooms.open("yard")) as Room;
  for (const who of [other, operator]) room.projections.settings!.give(text.kind, who, house.loop.now());
  const held = (who: number) => [
    mayEnter(room, who)?.code,
    maySpeak(room, who, text.kind)?.code,
    mustWait(room, who, text.kind) > 0,
  ];
  expect(room.number).toBe(number);
  expect(held(operator)).toEqual([Refusal.banned, Refusal.muted, true]);
  house.rooms.operation.operators.begin(operator);
  expect(held(operator)).toEqual([undefined, undefined, false]);
  expect(held(other)).toEqual([Refusal.banned, Refusal.muted, true]);
  house.rooms.operation.operators.end(operator);
  expect(held(operator)).toEqual([Refusal.banned, Refusal.muted, true]);
  await does(sanction, { who: operator, what: Sanction.unban, until: 0, text: "" });
  expect(mayEnter(room, operator)?.code).toBe(Refusal.locked);
  house.rooms.operation.operators.begin(operator);
  expect(mayEnter(room, operator)).toBeNull();
});

test("one operates as long as one of the connections is there on which the key was shown", () => {
  const { operators } = new FakeHouse().rooms.operation;
  operators.begin(7);
  operators.begin(7);
  operators.end(7);
  expect([operators.has(7), operators.has(8)]).toEqual([true, false]);
  operators.end(7);
  expect(operators.has(7)).toBe(false);
});
