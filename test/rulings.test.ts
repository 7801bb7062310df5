/**
 * What those who look after a room do, as its conversation says it: each sentence in both languages, and where it
 * stands.
 */
import { describe, expect, test } from "vitest";
import { kinds as records } from "../src/client/client.ts";
import { RoomState } from "../src/client/contract.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { Presence } from "../src/wire/codes.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { operated } from "../src/wire/records/operated.ts";
import { Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { Speakers } from "../src/wire/records/settings.ts";
import type { KeptPage } from "../web/kept-pages.ts";
import { RoomView } from "../web/room-view.ts";
import { rulingText } from "../web/rulings.ts";
import { rulings as en } from "../web/texts/en-rulings.ts";
import { rulings as ko } from "../web/texts/ko-rulings.ts";
import type { Row } from "../web/timeline.ts";
import { FakeRoom, holdDay, liveRoom, ME, NOON, record, viewLater } from "./fake-room.ts";

holdDay();

/** As a room's part leaves it, said by number 2. */
function act<Body extends object>(seq: number, kind: RecordKind<Body>, body: Body, time = NOON): ActRecord {
  const head = { seq, author: 2, nonce: seq, time, name: "다정한 수달" };
  return { ...head, kind: kind.kind, body: kind.write(body) } as ActRecord;
}

const timeOf = (ms: number) => `<${ms}>`;
/** What a row says, without the marks around names. */
const said = (row: Row, texts = en) =>
  row.kind === "ruling" ? rulingText(row.act, texts, String, timeOf).replace(/[\u2066-\u2069]/g, "") : "";
const lines = (view: RoomView, texts = en) =>
  view.rows().flatMap((row) => (row.kind === "ruling" ? [said(row, texts)] : []));
const places = (view: RoomView) =>
  view.rows().map((row) => {
    if (row.kind === "message") return row.text;
    return row.kind === "ruling" ? `r${row.act.seq}` : row.kind;
  });
const tell = (view: RoomView, ...acts: ActRecord[]) => view.listener.acted?.(acts, new Map());

describe("each has its sentence", () => {
  const { topic, pin, role, settings, sanction, sweep } = records;
  const who = 7;
  const lasting = { who, until: 5, text: "too loud" };
  test.each<[string, ActRecord, string, string]>([
    [
      "topic",
      act(1, topic, { text: "Tea\nat\u2068 five" }),
      "X set the topic: Tea at five",
      "X님이 주제를 정했어요: Tea at five",
    ],
    ["no topic", act(1, topic, { text: "" }), "X removed the topic", "X님이 주제를 없앴어요"],
    ["pin", act(1, pin, { to: 1, on: true }), "X pinned a message", "X님이 메시지를 고정했어요"],
    ["no pin", act(1, pin, { to: 1, on: false }), "X unpinned a message", "X님이 메시지 고정을 풀었어요"],
    [
      "owner",
      act(1, role, { who, role: Role.owner }),
      "X made Bo an owner",
      "X님이 Bo님을 주인으로 정했어요",
    ],
    [
      "moderator",
      act(1, role, { who, role: Role.moderator }),
      "X made Bo a moderator",
      "X님이 Bo님을 관리자로 정했어요",
    ],
    [
      "speaker",
      act(1, role, { who, role: Role.speaker }),
      "X made Bo a speaker",
      "X님이 Bo님을 발언자로 정했어요",
    ],
    ["no role", act(1, role, { who, role: Role.none }), "X took Bo's role", "X님이 Bo님의 역할을 거뒀어요"],
    [
      "no own role",
      act(1, role, { who: 2, role: Role.none }),
      "X gave up their role",
      "X님이 역할을 내려놓았어요",
    ],
    [
      "slow",
      act(1, settings, { slowSeconds: 30 }),
      "X turned on slow mode: 30 seconds",
      "X님이 천천히 이야기하기를 켰어요: 30초",
    ],
    [
      "slower",
      act(1, settings, { slowSeconds: 60 }),
      "X turned on slow mode: 1 minute",
      "X님이 천천히 이야기하기를 켰어요: 1분",
    ],
    [
      "not slow",
      act(1, settings, { slowSeconds: 0 }),
      "X turned off slow mode",
      "X님이 천천히 이야기하기를 껐어요",
    ],
    [
      "few",
      act(1, settings, { speakers: Speakers.named }),
      "X lets only people with a role write",
      "X님이 역할이 있는 사람만 쓰게 했어요",
    ],
    [
      "all",
      act(1, settings, { speakers: Speakers.all }),
      "X lets everybody write",
      "X님이 누구나 쓰게 했어요",
    ],
    [
      "locked",
      act(1, settings, { locked: true }),
      "X locked the room: nobody new may enter",
      "X님이 방을 잠갔어요: 새로 들어올 수 없어요",
    ],
    [
      "two at once",
      act(1, settings, { locked: false, title: "Tea" }),
      "X unlocked the room · X set the title: Tea",
      "X님이 방을 다시 열었어요 · X님이 제목을 정했어요: Tea",
    ],
    ...(
      [
        [1, "an hour", "1시간"],
        [36, "36 hours", "36시간"],
        [24, "a day", "하루"],
        [168, "a week", "일주일"],
        [720, "30 days", "30일"],
      ] as const
    ).map(([keepHours, en, ko]): [string, ActRecord, string, string] => [
      `kept for ${en}`,
      act(1, settings, { keepHours }),
      `X lets messages disappear after ${en}`,
      `X님이 메시지가 ${ko} 뒤에 사라지게 했어요`,
    ]),
    [
      "kept",
      act(1, settings, { keepHours: 0 }),
      "X lets messages stay as long as the server keeps them",
      "X님이 메시지를 서버가 두는 동안 남게 했어요",
    ],
    ["no title", act(1, settings, { title: "" }), "X removed the title", "X님이 제목을 없앴어요"],
    [
      "kick",
      act(1, sanction, { ...lasting, what: Sanction.kick, until: 0 }),
      "X put Bo out: too loud",
      "X님이 Bo님을 내보냈어요: too loud",
    ],
    [
      "ban",
      act(1, sanction, { ...lasting, what: Sanction.ban }),
      "X banned Bo until <5>: too loud",
      "X님이 Bo님을 <5>까지 못 들어오게 했어요: too loud",
    ],
    [
      "ban for good",
      act(1, sanction, { what: Sanction.ban, who, until: 0, text: "" }),
      "X banned Bo",
      "X님이 Bo님을 못 들어오게 했어요",
    ],
    [
      "ban with the address",
      act(1, sanction, { what: Sanction.ban, who, until: 0, text: "", address: true }),
      "X banned Bo (newcomers from the same address too)",
      "X님이 Bo님을 못 들어오게 했어요 (같은 주소에서 새로 들어오는 사람도)",
    ],
    [
      "mute",
      act(1, sanction, { ...lasting, what: Sanction.mute }),
      "X muted Bo until <5>: too loud",
      "X님이 Bo님을 <5>까지 말 못 하게 했어요: too loud",
    ],
    [
      "unban",
      act(1, sanction, { who, what: Sanction.unban, until: 0, text: "" }),
      "X lifted the ban on Bo",
      "X님이 Bo님을 다시 들어올 수 있게 했어요",
    ],
    [
      "unmute",
      act(1, sanction, { who, what: Sanction.unmute, until: 0, text: "" }),
      "X let Bo speak again",
      "X님이 Bo님을 다시 말할 수 있게 했어요",
    ],
    [
      "sweep",
      act(1, sweep, { who, since: 4, text: "spam" }),
      "X took down what Bo wrote since <4>: spam",
      "X님이 Bo님이 <4>부터 쓴 메시지를 모두 내렸어요: spam",
    ],
  ])("%s", (_, told, english, korean) => {
    const view = liveRoom(0);
    view.listener.people?.([{ author: who, name: "Bo" }], 1, true);
    tell(view, told);
    expect(lines(view)).toEqual([english.replaceAll("X", "다정한 수달")]);
    expect(lines(view, ko)).toEqual([korean.replaceAll("X", "다정한 수달")]);
  });

  test("names stand apart from the words around them, and nobody is called 님 twice", () => {
    const view = liveRoom(0);
    view.listener.people?.([{ author: who, name: "손님" }], 1, true);
    tell(view, act(1, sanction, { who, what: Sanction.kick, until: 0, text: "יש\u2069!" }));
    const [row] = view.rows().filter(({ kind }) => kind === "ruling") as [Row & { kind: "ruling" }];
    expect(rulingText(row.act, ko, String, timeOf)).toBe(
      "\u2068다정한 수달\u2069님이 \u2068손님\u2069을 내보냈어요: \u2068יש !\u2069",
    );
  });

  test("a long topic is cut, and not within a letter", () => {
    const view = liveRoom(0);
    tell(view, act(1, topic, { text: "🍵".repeat(125) }));
    expect(lines(view)).toEqual([`다정한 수달 set the topic: ${"🍵".repeat(120)}…`]);
  });

  test("what a later version says that this one has no words for has no line", () => {
    const view = liveRoom(0);
    tell(
      view,
      act(1, role, { who, role: 9 as Role }),
      act(2, sanction, { who, what: 9 as Sanction, until: 0, text: "" }),
      act(3, settings, { more: Uint8Array.of(9, 0) }),
      act(4, settings, { locked: true, more: Uint8Array.of(9, 0) }),
    );
    expect(places(view)).toEqual(["day", "r4"]);
  });
});

describe("whom it is about", () => {
  const out = (seq: number, who: number) =>
    act(seq, records.sanction, { who, what: Sanction.kick, until: 0, text: "" });

  test("is called as when it was first known, also once they have gone", () => {
    const view = liveRoom(0);
    view.listener.people?.([{ author: 7, name: "Bo" }], 1, true);
    view.listener.presence?.([{ change: Presence.leave, author: 7, name: "" }], 0);
    tell(view, out(1, 7));
    expect(lines(view)).toEqual(["다정한 수달 put Bo out"]);
    view.listener.people?.([{ author: 7, name: "Bobby" }], 1, true);
    tell(view, out(1, 7), out(2, 7));
    expect(lines(view)).toEqual(["다정한 수달 put Bo out", "다정한 수달 put Bobby out"]);
  });

  test("is told by the room's standing, and by their tag where nobody knows a name", () => {
    const view = liveRoom(0);
    const roles = new Map([[7, { role: Role.owner, name: "Cho" }]]);
    const sanctions = [{ who: 8, what: Sanction.ban, until: 0, name: "Dee" }];
    tell(view, out(1, 7), out(2, 8), out(3, 9));
    expect(lines(view)[0]).toBe("다정한 수달 put a guest tagged 7 out");
    view.standing = { roles, sanctions } as unknown as NonNullable<RoomView["standing"]>;
    view.retell();
    expect(lines(view)).toEqual([
      "다정한 수달 put Cho out",
      "다정한 수달 put Dee out",
      "다정한 수달 put a guest tagged 9 out",
    ]);
    expect(lines(view, ko)[2]).toBe("다정한 수달님이 표식 9인 손님을 내보냈어요");
  });
});

describe("what the operator did", () => {
  const topic = (seq: number) => act(seq, records.topic, { text: `about ${seq}` });
  const mark = (seq: number) => ({ ...act(seq, operated, {}), author: 0 });

  test("says so, also where its mark comes later, and nobody else's does", () => {
    const view = liveRoom(0);
    tell(view, mark(4), topic(5), topic(6), topic(8));
    tell(view, mark(7));
    expect(lines(view)).toEqual([
      "The operator (다정한 수달) set the topic: about 5",
      "다정한 수달 set the topic: about 6",
      "The operator (다정한 수달) set the topic: about 8",
    ]);
    expect(lines(view, ko)[0]).toBe("운영자 다정한 수달님이 주제를 정했어요: about 5");
    expect(places(view)).not.toContain("r4");
  });

  test("is kept on the device with its mark, and says so again from there", () => {
    const view = liveRoom(0);
    tell(view, mark(4), topic(5));
    expect(lines(view)).toHaveLength(1);
    const kept = view.happenings!.kept(1);
    expect(kept).toMatchObject([{ seq: 4 }, { seq: 5 }]);
    const later = liveRoom(0);
    tell(later, ...(structuredClone(kept) as ActRecord[]));
    expect(lines(later)[0]).toMatch(/^The operator/);
  });
});

describe("where they stand", () => {
  const topic = (seq: number, time = NOON) => act(seq, records.topic, { text: `about ${seq}` }, time);

  test("at their own numbers, once, among messages and whoever comes, and they are not unread", () => {
    const view = liveRoom(1);
    view.room = Object.assign(new FakeRoom(), { position: { epoch: "0", seq: 1 } });
    const come = (author: number) =>
      view.listener.presence?.([{ change: Presence.enter, author, name: `n${author}` }], author);
    view.setWatched(false);
    come(7);
    tell(view, topic(2));
    Object.assign(view.room, { position: { epoch: "0", seq: 2 } });
    come(8);
    tell(view, topic(2), topic(3));
    expect(view.unread).toBe(0);
    view.listener.appended?.([record(4)], new Map());
    tell(view, topic(5));
    expect(places(view)).toEqual(["day", "t1", "event", "r2", "event", "r3", "unread", "t4", "r5"]);
    expect(view.unread).toBe(1);
    expect(view.rows()).toBe(view.rows());
  });

  test("a day begins with one of them as with a message, and not twice", () => {
    const view = liveRoom(1);
    const next = NOON + 24 * 3600_000;
    tell(view, topic(2, next));
    view.listener.appended?.([record(3, 2, next)], new Map());
    expect(places(view)).toEqual(["day", "t1", "day", "r2", "t3"]);
  });

  test("in pages of history as well, and none of what lies between islands or below the page", async () => {
    const view = liveRoom(0);
    view.listener.appended?.([record(100)], new Map());
    tell(view, topic(101));
    const pages = [
      { from: 48, to: 49, more: true, records: [record(49)], acts: [topic(48)] },
      { from: 50, to: 52, more: true, records: [record(50), record(52)], acts: [topic(51)] },
      { from: 98, to: 99, more: true, records: [record(99)], acts: [topic(98)] },
    ];
    view.room = Object.assign(new FakeRoom(), { oldest: 100, page: async () => pages.shift() });
    await view.showMessage(50);
    expect(places(view)).toEqual(["day", "r48", "t49", "t50", "r51", "t52"]);
    view.jumpToNewest();
    expect(places(view)).toEqual(["day", "t100", "r101"]);
    await view.showOlder();
    expect(places(view)).toEqual(["day", "r98", "t99", "t100", "r101"]);
  });

  test("they wait until it is known how to tell them, and are there at the next visit, from this device", () => {
    let isThere = false;
    const nothing = () => undefined;
    const make = () => new RoomView("yard", nothing, nothing, () => (isThere ? viewLater() : null));
    const view = make();
    view.room = Object.assign(new FakeRoom(), { position: { epoch: "0", seq: 4 } });
    view.setMe(ME);
    view.listener.state?.(RoomState.live);
    view.listener.people?.([{ author: 7, name: "Bo" }], 1, true);
    view.listener.appended?.([record(1, ME.author), record(3, ME.author)], new Map());
    tell(view, topic(2), act(4, records.role, { who: 7, role: Role.moderator }));
    expect(places(view)).toEqual(["day", "t1", "t3"]);
    expect(view.toKeep()?.acts).toHaveLength(2);
    isThere = true;
    expect(places(view)).toEqual(["day", "t1", "r2", "t3", "r4"]);
    const again = make();
    again.restore(structuredClone(view.toKeep()) as KeptPage);
    expect(places(again)).toEqual(["day", "t1", "r2", "t3", "r4"]);
    expect(lines(again)[1]).toBe("다정한 수달 made Bo a moderator");
    // It is kept again as it was kept.
    again.room = view.room;
    again.listener.state?.(RoomState.live);
    expect(again.toKeep()?.acts).toEqual(view.toKeep()?.acts);
  });

  test("another life of the log has none of them", () => {
    const view = liveRoom(1);
    tell(view, topic(2));
    expect(places(view)).toEqual(["day", "t1", "r2"]);
    view.listener.reset?.();
    view.listener.appended?.([record(1)], new Map());
    expect(places(view)).toEqual(["day", "t1"]);
  });
});
