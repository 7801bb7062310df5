import { describe, expect, test } from "vitest";
import { Presence } from "../src/room/presence.ts";
import { Presence as Change } from "../src/wire/codes.ts";
import { decodeServerFrame } from "../src/wire/decode.ts";
import { type PeopleFrame, type PresenceFrame, type ServerFrame, ServerKind } from "../src/wire/frames.ts";

const { enter, leave, rename } = Change;
const NOW = 1_000_000;

function flush(presence: Presence, now = NOW): ServerFrame[] {
  return presence.flush(now).map((frame) => decodeServerFrame(frame));
}

/** The events of a flush as short lines, and the count told with them. */
function events(presence: Presence): string[] {
  return flush(presence).flatMap((frame) => {
    if (frame.kind !== ServerKind.presence) throw new Error(`frame of kind ${frame.kind}`);
    return frame.events.map(({ change, author, name }) => `${change} ${author} ${name} of ${frame.count}`);
  });
}

function people(presence: Presence): PeopleFrame {
  return decodeServerFrame(presence.people()) as PeopleFrame;
}

function crowd(presence: Presence, from: number, to: number): void {
  for (let author = from; author <= to; author++) presence.enter(author, `guest ${author}`);
}

describe("what is told of the people in a room", () => {
  test("nothing when nothing changed", () => {
    const presence = new Presence(1, 200);
    expect(flush(presence)).toEqual([]);
    presence.enter(1, "Ada");
    expect(events(presence)).toEqual([`${enter} 1 Ada of 1`]);
    expect(flush(presence)).toEqual([]);
  });

  test("whoever came and went between two flushes was not there", () => {
    const presence = new Presence(1, 200);
    presence.enter(1, "Ada");
    presence.leave(1);
    expect(flush(presence)).toEqual([]);
    presence.enter(2, "Bo");
    flush(presence);
    presence.leave(2);
    presence.enter(2, "Bo");
    expect(flush(presence)).toEqual([]);
  });

  test("a chain of names is one change, and none when it ends where it began", () => {
    const presence = new Presence(1, 200);
    const ada = presence.enter(1, "Ada");
    flush(presence);
    for (const name of ["Bea", "Cleo", "Dora"]) presence.rename(ada, name);
    expect(events(presence)).toEqual([`${rename} 1 Dora of 1`]);
    for (const name of ["Eve", "Dora"]) presence.rename(ada, name);
    expect(flush(presence)).toEqual([]);
    presence.leave(1);
    presence.enter(1, "Eve");
    expect(events(presence)).toEqual([`${rename} 1 Eve of 1`]);
  });

  test("entering and renaming at once is entering under the last name", () => {
    const presence = new Presence(1, 200);
    presence.rename(presence.enter(1, "Ada"), "Bea");
    expect(events(presence)).toEqual([`${enter} 1 Bea of 1`]);
    presence.rename(presence.get(1)!, "Cleo");
    presence.leave(1);
    expect(events(presence)).toEqual([`${leave} 1  of 0`]);
  });

  test("many changes are one frame", () => {
    const presence = new Presence(1, 200);
    crowd(presence, 1, 150);
    const frames = flush(presence);
    expect(frames).toHaveLength(1);
    expect((frames[0] as PresenceFrame).events).toHaveLength(150);
  });

  test("at any moment of a storm the count is the number of distinct members", () => {
    const presence = new Presence(1, 20);
    const here = new Set<number>();
    let random = 42;
    const next = (below: number) => {
      random = (random * 1103515245 + 12345) % 2 ** 31;
      return random % below;
    };
    let told = 0;
    for (let step = 0; step < 5000; step++) {
      const author = 1 + next(40);
      if (here.delete(author)) presence.leave(author);
      else {
        here.add(author);
        presence.enter(author, `guest ${author}`);
      }
      if (next(4) > 0) continue;
      for (const frame of flush(presence)) if ("count" in frame) told = frame.count;
      expect(told).toBe(here.size);
      const list = people(presence);
      expect(list.count).toBe(here.size);
      if (list.listed) expect(new Set(list.people.map((each) => each.author))).toEqual(here);
    }
  });
});

describe("what is told when a newcomer was told in between", () => {
  test("whoever left before it and came back after it is told to have come", () => {
    const presence = new Presence(1, 200);
    presence.enter(3, "Cho");
    flush(presence);
    presence.leave(3);
    presence.enter(2, "Bob");
    expect(people(presence).people).toEqual([{ author: 2, name: "Bob" }]);
    presence.enter(3, "Cho");
    expect(events(presence).sort()).toEqual([`${enter} 2 Bob of 2`, `${enter} 3 Cho of 2`]);
    expect(flush(presence)).toEqual([]);
  });

  test("whoever came before it and left after it is told to have left", () => {
    const presence = new Presence(1, 200);
    presence.enter(3, "Cho");
    presence.enter(2, "Bob");
    people(presence);
    presence.leave(3);
    expect(events(presence).sort()).toEqual([`${enter} 2 Bob of 1`, `${leave} 3  of 1`]);
  });

  test("a name that was another one for a moment is told again", () => {
    const presence = new Presence(1, 200);
    const cho = presence.enter(3, "Cho");
    flush(presence);
    presence.rename(cho, "Bea");
    people(presence);
    presence.rename(cho, "Cho");
    expect(events(presence)).toEqual([`${enter} 3 Cho of 1`]);
  });

  test("a count that was another one for a moment is told again, in a large room too", () => {
    for (const maxListed of [200, 2]) {
      const presence = new Presence(1, maxListed);
      crowd(presence, 1, 3);
      flush(presence);
      presence.enter(4, "guest 4");
      expect(people(presence).count).toBe(4);
      presence.leave(4);
      expect(flush(presence)).toMatchObject([{ kind: ServerKind.presence, count: 3 }]);
    }
  });

  test("in any storm everyone believes the same after a flush, whenever they came", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const presence = new Presence(1, seed % 2 ? 200 : 12);
      let random = seed;
      const next = (below: number) => {
        random = (random * 1103515245 + 12345) % 2 ** 31;
        return Math.floor((random / 2 ** 31) * below);
      };
      const views: { listed: boolean; count: number; people: Map<number, string> }[] = [];
      for (let step = 0; step < 200; step++) {
        const author = 1 + next(16);
        const member = presence.get(author);
        if (!member) presence.enter(author, `p${author} ${next(3)}`);
        else if (next(2)) presence.leave(author);
        else presence.rename(member, `p${author} ${next(3)}`);
        if (next(3) === 0) {
          const { listed, count, people: list } = people(presence);
          views.push({ listed, count, people: new Map(list.map(({ author, name }) => [author, name])) });
        }
        if (next(5) > 0) continue;
        for (const frame of flush(presence)) {
          for (const view of views) {
            if (frame.kind === ServerKind.people)
              view.people = new Map(frame.people.map(({ author, name }) => [author, name]));
            if (frame.kind === ServerKind.people) view.listed = frame.listed;
            if ("count" in frame) view.count = frame.count;
            if (frame.kind !== ServerKind.presence) continue;
            for (const { change, author, name } of frame.events) {
              if (change === leave) view.people.delete(author);
              else view.people.set(author, name);
            }
          }
        }
        const { listed, count, people: list } = people(presence);
        const names = list.map(({ author, name }) => `${author} ${name}`).sort();
        const differing = views.filter(
          (view) =>
            view.listed !== listed ||
            view.count !== count ||
            (listed &&
              [...view.people]
                .map(([author, name]) => `${author} ${name}`)
                .sort()
                .join() !== names.join()),
        );
        expect(differing).toEqual([]);
      }
    }
  });
});

describe("a large room", () => {
  test("gives way to counts above the bound, and comes back with some distance", () => {
    const presence = new Presence(1, 100);
    crowd(presence, 1, 100);
    flush(presence);
    presence.enter(101, "guest 101");
    expect(flush(presence)).toEqual([
      { kind: ServerKind.people, room: 1, count: 101, listed: false, people: [] },
    ]);
    presence.enter(102, "guest 102");
    expect(flush(presence)).toEqual([{ kind: ServerKind.presence, room: 1, count: 102, events: [] }]);
    for (let author = 102; author > 91; author--) presence.leave(author);
    expect(presence.count).toBe(91);
    expect(flush(presence)).toEqual([{ kind: ServerKind.presence, room: 1, count: 91, events: [] }]);
    presence.leave(91);
    const [frame, ...more] = flush(presence) as PeopleFrame[];
    expect(more).toEqual([]);
    expect([frame!.listed, frame!.count, frame!.people.length]).toEqual([true, 90, 90]);
    presence.leave(90);
    expect(events(presence)).toEqual([`${leave} 90  of 89`]);
  });

  // 250 silent visitors made any room one in which nobody is listed.
  test("lists those who wrote lately, however many are silent, the last one first", () => {
    let newest = 0;
    const around = { skeletonOf: (name: string) => name, now: () => 0, monotonic: () => 0 };
    const presence = new Presence(1, 200, { ...around, newestSeq: () => newest });
    const write = (author: number) => {
      presence.get(author)!.wroteSeq = ++newest;
    };
    crowd(presence, 1, 5);
    for (const author of [1, 3, 2]) write(author);
    crowd(presence, 6, 255);
    expect(flush(presence)).toMatchObject([{ kind: ServerKind.people, listed: false, count: 255 }]);
    const listed = () => people(presence).people.map(({ author }) => author);
    expect(listed()).toEqual([2, 3, 1]);
    presence.leave(3);
    expect(listed()).toEqual([2, 1]);
    // Another life of a writer has not written.
    presence.enter(3, "guest 3");
    expect(listed()).toEqual([2, 1]);
    write(1);
    flush(presence);
    expect(listed()).toEqual([1, 2]);
    for (let author = 100; author < 250; author++) write(author);
    flush(presence);
    presence.leave(4);
    expect(listed()).toEqual(Array.from({ length: 100 }, (_, i) => 249 - i));
    for (let i = 0; i < 500; i++) write(7);
    flush(presence);
    presence.leave(5);
    expect(listed()).toEqual([7]);
  });

  test("whoever comes and goes without changing the count is not told", () => {
    const presence = new Presence(1, 10);
    crowd(presence, 1, 20);
    flush(presence);
    presence.leave(1);
    presence.enter(21, "guest 21");
    presence.rename(presence.get(2)!, "another");
    expect(flush(presence)).toEqual([]);
  });

  test("a crowd that comes between two flushes costs bytes in proportion to people, not to their square", () => {
    const presence = new Presence(1, 200);
    let bytes = 0;
    for (let author = 1; author <= 1000; author++) {
      presence.enter(author, `guest ${author}`);
      bytes += presence.people().length;
    }
    for (const frame of presence.flush(NOW)) bytes += frame.length * 1000;
    expect(bytes / 1000).toBeLessThan(600);
  });

  test("a newcomer who was told of a large room that is none any more is told again", () => {
    const presence = new Presence(1, 10);
    crowd(presence, 1, 10);
    flush(presence);
    presence.enter(11, "guest 11");
    expect(people(presence).listed).toBe(false);
    for (const author of [11, 10]) presence.leave(author);
    const frames = flush(presence) as PeopleFrame[];
    expect(frames).toHaveLength(1);
    expect([frames[0]!.kind, frames[0]!.listed, frames[0]!.count]).toEqual([ServerKind.people, true, 9]);
  });
});

describe("names", () => {
  test("nobody can look like somebody who is here", () => {
    const presence = new Presence(1, 200);
    presence.enter(1, "Ada");
    for (const name of ["Ada", "ada", "ADA", "Аda", "Ａｄａ"]) {
      expect(presence.isFree(name, 2), name).toBe(false);
      expect(presence.isFree(name, 1), name).toBe(true);
    }
    expect(presence.isFree("Ada 2", 2)).toBe(true);
  });

  test("a name is free again when its owner left or has another", () => {
    const presence = new Presence(1, 200);
    const ada = presence.enter(1, "Ada");
    presence.rename(ada, "Bea");
    expect([presence.isFree("Ada", 2), presence.isFree("Bea", 2)]).toEqual([true, false]);
    presence.rename(ada, "BEA");
    expect(presence.isFree("bea", 2)).toBe(false);
    presence.leave(1);
    expect(presence.isFree("Bea", 2)).toBe(true);
  });
});

describe("connections", () => {
  test("a person is there as long as one connection is, and then a grace begins that a new one ends", () => {
    const presence = new Presence(1, 200);
    const ada = presence.enter(1, "Ada");
    expect(presence.enter(1, "whatever")).toBe(ada);
    expect([ada.connections, presence.count, ada.name]).toEqual([2, 1, "Ada"]);
    expect(presence.disconnect(ada)).toBe(false);
    expect(presence.disconnect(ada)).toBe(true);
    const { grace } = ada;
    presence.enter(1, "Ada");
    expect(ada.grace).not.toBe(grace);
    expect(presence.count).toBe(1);
  });

  test("leaving twice is leaving once", () => {
    const presence = new Presence(1, 200);
    presence.enter(1, "Ada");
    flush(presence);
    presence.leave(1);
    presence.leave(1);
    expect(events(presence)).toEqual([`${leave} 1  of 0`]);
  });
});

describe("writing marks", () => {
  function typing(presence: Presence, now: number): number[][] {
    return flush(presence, now).flatMap((frame) => (frame.kind === ServerKind.typing ? [frame.authors] : []));
  }

  test("are told when they change, and end by themselves", () => {
    const presence = new Presence(1, 200);
    crowd(presence, 1, 3);
    flush(presence);
    expect(presence.typing(1, true, NOW)).toBe(true);
    expect(presence.typing(2, true, NOW + 1000)).toBe(true);
    expect(typing(presence, NOW + 1000)).toEqual([[1, 2]]);
    expect(presence.nextTypingEnd).toBe(NOW + 6000);
    expect(presence.typing(1, true, NOW + 3000)).toBe(false);
    expect(typing(presence, NOW + 3000)).toEqual([]);
    expect(presence.nextTypingEnd).toBe(NOW + 7000);
    expect(typing(presence, NOW + 7000)).toEqual([[1]]);
    expect(presence.typing(1, false, NOW + 7500)).toBe(true);
    expect(typing(presence, NOW + 7500)).toEqual([[]]);
    expect(presence.nextTypingEnd).toBe(0);
  });

  test("end with whoever leaves", () => {
    const presence = new Presence(1, 200);
    crowd(presence, 1, 2);
    presence.typing(1, true, NOW);
    expect(typing(presence, NOW)).toEqual([[1]]);
    presence.leave(1);
    expect(typing(presence, NOW)).toEqual([[]]);
  });

  test("are not told in rooms with many people", () => {
    const presence = new Presence(1, 200);
    crowd(presence, 1, 51);
    flush(presence);
    expect(presence.typing(1, true, NOW)).toBe(false);
    expect(typing(presence, NOW)).toEqual([]);
  });
});
