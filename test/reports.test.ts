/** Messages that are reported: by person, which, how often, and how they arrive in the back room. */
import { describe, expect, test } from "vitest";
import { MAX_REPORTS_AN_HOUR } from "../src/room/ledger.ts";
import { announcementFrame } from "../src/session/operate.ts";
import { DEFAULT_ALLOWANCES, NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { edit } from "../src/wire/records/edit.ts";
import { removal } from "../src/wire/records/removal.ts";
import { MAX_REPORT_LETTERS, report } from "../src/wire/records/report.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { topic } from "../src/wire/records/topic.ts";
import { actsOf, EndingLog } from "./back-logs.ts";
import { type HouseOptions, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { ownedYard } from "./owned-yard.ts";
import { HeldLog } from "./session-logs.ts";

const HOUR = 3_600_000;

/** A room that Ada made, in which Bo wrote messages 2 and up; and how somebody reports one. */
async function yardOf(options: HouseOptions = {}, messages = 1) {
  const yard = await ownedYard(options);
  const { house, room, bo, cy } = yard;
  for (let n = 1; n <= messages; n++) send(bo.socket, room, n, `message ${n}`);
  await house.loop.settle();
  let request = 100;
  /** What is answered: a frame's kind, or the code of a refusal. */
  const reports = async (
    seq: number,
    reason: string | Uint8Array = "",
    by: FakeSocket = cy.socket,
    to = room,
  ) => {
    const asked = ++request;
    const bytes = typeof reason === "string" ? encodeText(reason) : reason;
    by.write({ kind: ClientKind.report, request: asked, room: to, seq, reason: bytes });
    await house.loop.settle();
    const answers = by.frames.filter((frame) => "request" in frame && frame.request === asked);
    expect(answers).toHaveLength(1);
    const [answer] = answers;
    if (answer?.kind === ServerKind.reported) expect(answer).toMatchObject({ room: to, seq });
    else expect(answer).toMatchObject({ kind: ServerKind.refused, refused: ClientKind.report, room: to });
    return answer?.kind === ServerKind.refused ? answer.code : "reported";
  };
  const told = async (from = house) =>
    (await actsOf(from.log, "yard/back")).filter(({ kind }) => kind === report.kind);
  return { ...yard, reports, told };
}

/** As `yardOf`, with a message that the room does not have in memory any more. */
async function beyondMemory(log: HeldLog) {
  const yard = await yardOf({ log, limits: { tailBytes: 0 } });
  send(yard.bo.socket, yard.room, 2, "newer");
  await yard.house.loop.settle();
  return yard;
}

describe("a report", () => {
  test("says who, which message of person, its text as it is now, and why; and those in the back room get it", async () => {
    const { house, room, ada, bo, cy, reports, told } = await yardOf();
    await house.enter(ada, "yard/back");
    bo.socket.write({
      kind: ClientKind.act,
      room,
      nonce: 9,
      act: edit.kind,
      body: edit.write({ to: 2, text: "worse" }),
    });
    await house.loop.settle();
    expect(await reports(2, "rude")).toBe("reported");
    const [one] = await told();
    expect(one).toMatchObject({
      ...{ author: 0, name: "Cy", by: cy.author, front: 2, person: bo.author, personName: "Bo" },
      ...{ excerpt: "worse", text: "rude" },
    });
    const back = house.rooms.loadedBack("yard")!;
    expect(ada.blocks.at(-1)).toMatchObject({ room: back.number, seq: back.head });
    // Nobody in the room itself hears of it.
    expect(bo.socket.blocks.every((block) => block.room === room)).toBe(true);
  });

  test("of a message that the room has in memory reads nothing, and waits for no read", async () => {
    const log = new HeldLog();
    const allowances = { ...NO_ALLOWANCES, identity: { bytes: { perSecond: 1, burst: 1 } } };
    const { house, room, bo, cy, reports, told } = await yardOf({ log, allowances });
    const act = { kind: ClientKind.act, room, nonce: 9, act: edit.kind } as const;
    bo.socket.write({ ...act, body: edit.write({ to: 2, text: "worse" }) });
    await house.loop.settle();
    // Whoever has read much lately.
    cy.socket.session!.didRead(1_000_000);
    log.readsHeld = true;
    expect(await reports(2, "rude")).toBe("reported");
    log.release();
    expect(await told()).toMatchObject([{ excerpt: "worse", text: "rude", personName: "Bo" }]);
  });

  test("holds a bounded excerpt, cut between letters", async () => {
    const { room, house, bo, reports, told } = await yardOf();
    send(bo.socket, room, 10, "😀".repeat(300));
    await house.loop.settle();
    expect(await reports(3)).toBe("reported");
    expect((await told())[0]!.excerpt).toBe("😀".repeat(200));
  });

  test("is taken once of one person and message, after a restart too, and of two people twice", async () => {
    const { house, ada, cy, reports, told } = await yardOf({}, 2);
    expect(await reports(2)).toBe("reported");
    expect(await reports(2, "again")).toBe(Refusal.alreadyReported);
    expect(await reports(2, "", ada)).toBe("reported");
    expect(await reports(3)).toBe("reported");
    const next = await house.restart();
    const again = next.greet({ token: Uint8Array.of(cy.author) });
    const { room } = await next.enter(again, "yard");
    again.write({ kind: ClientKind.report, request: 7, room, seq: 2, reason: new Uint8Array(0) });
    await next.loop.settle();
    expect(again.last(ServerKind.refused).code).toBe(Refusal.alreadyReported);
    expect(await told(next)).toHaveLength(3);
  });

  test("is taken once when two tabs send it at the same time", async () => {
    const { house, room, cy, told } = await yardOf();
    const tab = house.greet({ token: Uint8Array.of(cy.author) });
    await house.enter(tab, "yard");
    for (const socket of [cy.socket, tab])
      socket.write({ kind: ClientKind.report, request: 7, room, seq: 2, reason: new Uint8Array(0) });
    await house.loop.settle();
    expect(await told()).toHaveLength(1);
    const codes = [cy.socket, tab]
      .flatMap((socket) => socket.all(ServerKind.refused))
      .map(({ code }) => code);
    expect(codes).toEqual([Refusal.alreadyReported]);
  });

  test("is answered once it is stored, and not by a process that ended before", async () => {
    const log = new EndingLog(3, true);
    const { house, room, cy } = await yardOf({ log });
    cy.socket.write({ kind: ClientKind.report, request: 7, room, seq: 2, reason: new Uint8Array(0) });
    await house.loop.settle();
    expect(cy.socket.all(ServerKind.reported)).toEqual([]);
    log.revive();
    const next = await house.restart();
    const again = next.greet({ token: Uint8Array.of(cy.author) });
    await next.enter(again, "yard");
    again.write({ kind: ClientKind.report, request: 8, room, seq: 2, reason: new Uint8Array(0) });
    await next.loop.settle();
    expect(again.last(ServerKind.refused).code).toBe(Refusal.alreadyReported);
  });

  test("uses up no number of who reports: a moderator's own words in the back room are taken as before", async () => {
    const { house, ada, reports } = await yardOf();
    const { room, nonce } = await house.enter(ada, "yard/back");
    expect(await reports(2, "", ada)).toBe("reported");
    send(ada, room, nonce + 1, "mine");
    await house.loop.settle();
    expect(ada.texts(room)).toEqual(["mine"]);
  });
});

describe("is refused", () => {
  test("of what is no message of another that is there", async () => {
    const { house, bo, room, does, reports, told } = await yardOf({}, 2);
    await does(topic, { text: "cats" });
    bo.socket.write({
      kind: ClientKind.act,
      room,
      nonce: 9,
      act: removal.kind,
      body: removal.write({ to: 3 }),
    });
    await house.loop.settle();
    expect(await reports(0)).toBe(Refusal.noSuchMessage);
    expect(await reports(99)).toBe(Refusal.noSuchMessage);
    expect(await reports(1)).toBe(Refusal.notAMessage);
    expect(await reports(4)).toBe(Refusal.notAMessage);
    expect(await reports(3)).toBe(Refusal.removed);
    expect(await reports(2, "", bo.socket)).toBe(Refusal.notAllowed);
    await house.log.append({
      blocks: [],
      rooms: [],
      snapshots: [{ room, seq: 3, bytes: new Uint8Array(0) }],
    });
    const yard = (await house.rooms.open("yard"))!;
    yard.trimmed((await house.log.trim(room, Number.POSITIVE_INFINITY, 0)).first);
    expect(await reports(2)).toBe(Refusal.notKept);
    expect(await told()).toEqual([]);
  });

  test("with a reason that is none", async () => {
    const { reports, told } = await yardOf();
    expect(await reports(2, new Uint8Array([0xff]))).toBe(Refusal.badText);
    expect(await reports(2, " \u200b ")).toBe(Refusal.emptyText);
    expect(await reports(2, "가".repeat(MAX_REPORT_LETTERS + 1))).toBe(Refusal.textTooLong);
    expect(await reports(2, "가".repeat(MAX_REPORT_LETTERS))).toBe("reported");
    expect(await told()).toHaveLength(1);
  });

  test("where nobody hears it: in an open room, in a back room, and from outside", async () => {
    const { house, ada, cy, reports } = await yardOf();
    const open = await house.seated("open", "Di");
    send(open.socket, open.room, 1, "hello");
    await house.loop.settle();
    expect(await reports(1, "", cy.socket, open.room)).toBe(Refusal.notInRoom);
    await house.enter(cy.socket, "open");
    expect(await reports(1, "", cy.socket, open.room)).toBe(Refusal.openRoom);
    const { room } = await house.enter(ada, "yard/back");
    send(ada, room, 1, "hello");
    await house.loop.settle();
    expect(await reports(1, "", ada, room)).toBe(Refusal.backRoom);
  });

  test("from whoever was put out while it was looked for", async () => {
    const log = new HeldLog();
    const { house, room, cy, does, told } = await beyondMemory(log);
    log.readsHeld = true;
    cy.socket.write({ kind: ClientKind.report, request: 7, room, seq: 2, reason: new Uint8Array(0) });
    await does(sanction, { who: cy.author, what: Sanction.kick, until: 0, text: "" });
    log.readsHeld = false;
    log.release();
    await house.loop.settle();
    expect(cy.socket.last(ServerKind.refused)).toMatchObject({ request: 7, code: Refusal.notInRoom });
    expect(await told()).toEqual([]);
  });

  test("from a room that was closed while it was looked for", async () => {
    const log = new HeldLog();
    const { house, room, cy } = await beyondMemory(log);
    log.readsHeld = true;
    cy.socket.write({ kind: ClientKind.report, request: 7, room, seq: 2, reason: new Uint8Array(0) });
    await house.loop.settle();
    const closed = house.rooms.overseer.close("yard", () => announcementFrame({ at: 1, until: 0, text: "" }));
    await house.loop.settle();
    log.release();
    await house.loop.settle();
    await closed;
    expect(cy.socket.last(ServerKind.refused)).toMatchObject({ request: 7, code: Refusal.notInRoom });
  });

  test("of what was removed while it was looked for", async () => {
    const log = new HeldLog();
    const { house, room, cy, does, told } = await beyondMemory(log);
    log.readsHeld = true;
    cy.socket.write({ kind: ClientKind.report, request: 7, room, seq: 2, reason: new Uint8Array(0) });
    await does(takedown, { to: 2, text: "" });
    log.readsHeld = false;
    log.release();
    await house.loop.settle();
    expect(cy.socket.last(ServerKind.refused)).toMatchObject({ request: 7, code: Refusal.removed });
    expect(await told()).toEqual([]);
  });
});

describe("no more than so many an hour are taken", () => {
  test("of one person and of one address, with a true time", async () => {
    const allowances = {
      ...DEFAULT_ALLOWANCES,
      identity: { reports: { perSecond: 2 / 3_600, burst: 2 } },
      server: {},
    };
    const { house, cy, reports } = await yardOf({ allowances: { ...allowances, visitor: {} } }, 4);
    expect([await reports(2), await reports(3), await reports(4)]).toEqual([
      "reported",
      "reported",
      Refusal.tooFast,
    ]);
    const { retryAfterMs } = cy.socket.last(ServerKind.refused);
    expect(retryAfterMs).toBeGreaterThan(HOUR / 2 - 10_000);
    await house.loop.advance(retryAfterMs - 10);
    expect(await reports(4)).toBe(Refusal.tooFast);
    await house.loop.advance(20);
    expect(await reports(4)).toBe("reported");
    // What is refused for another reason costs nothing.
    expect(await reports(4)).toBe(Refusal.alreadyReported);
  });

  test("and one that the log has no place for is none of them", async () => {
    const allowances = { ...NO_ALLOWANCES, identity: { reports: { perSecond: 0.001, burst: 1 } } };
    const { house, reports } = await yardOf({ allowances });
    house.limits.maxLogBytes = 1;
    expect(await reports(2)).toBe(Refusal.logFull);
    house.limits.maxLogBytes = 0;
    expect(await reports(2)).toBe("reported");
  });

  test("of one room, whoever they come from, and after a restart", async () => {
    const { house, ada, reports } = await yardOf({}, MAX_REPORTS_AN_HOUR + 1);
    for (let seq = 2; seq < MAX_REPORTS_AN_HOUR + 2; seq++) {
      expect(await reports(seq)).toBe("reported");
      if (seq === 2) await house.loop.advance(60_000);
    }
    expect(await reports(MAX_REPORTS_AN_HOUR + 2, "", ada)).toBe(Refusal.tooFast);
    const next = await house.restart();
    const again = next.greet({ token: Uint8Array.of(1) });
    const { room } = await next.enter(again, "yard");
    const seq = MAX_REPORTS_AN_HOUR + 2;
    const asks = async () => {
      again.write({ kind: ClientKind.report, request: 7, room, seq, reason: new Uint8Array(0) });
      await next.loop.settle();
      return again.frames.at(-1);
    };
    expect(await asks()).toMatchObject({ code: Refusal.tooFast, retryAfterMs: HOUR - 60_000 });
    await next.loop.advance(HOUR - 60_000);
    expect(await asks()).toMatchObject({ kind: ServerKind.reported });
  });
});
