/** Drafts of several tabs of one browser: each has its own, and one that is left over goes to whoever comes next. */
import { expect, test } from "vitest";
import { Drafts } from "../web/drafts.ts";

/** localStorage of one browser, as far as it is used: its keys are its own properties. */
class Shelf {
  readonly items: Record<string, string> = {};
  alive: Set<string> | null = new Set<string>();
  time = 1_000_000;

  open(tab: string): Drafts {
    this.alive?.add(tab);
    return new Drafts(tab, {
      storage: () => this.#storage(),
      now: () => this.time,
      tabs: async () => this.alive,
    });
  }

  #storage(): Storage {
    const { items } = this;
    const methods = {
      getItem: (key: string) => items[key] ?? null,
      setItem: (key: string, value: string) => {
        items[key] = value;
      },
      removeItem: (key: string) => {
        delete items[key];
      },
    };
    return new Proxy(methods, { ownKeys: () => Object.keys(items), getOwnPropertyDescriptor }) as never;
    function getOwnPropertyDescriptor(_: unknown, key: string) {
      return key in items ? { value: items[key], enumerable: true, configurable: true } : undefined;
    }
  }
}

test("a tab finds its own draft after a reload, and none that was sent", () => {
  const shelf = new Shelf();
  const before = shelf.open("a");
  before.set("yard", "half a sen");
  before.set("other/room", "there");
  before.flush();
  const after = shelf.open("a");
  expect([after.get("yard"), after.get("other/room"), after.get("third")]).toEqual([
    "half a sen",
    "there",
    "",
  ]);
  after.set("yard", "");
  expect(shelf.open("a").get("yard")).toBe("");
});

test("what a draft answers is kept with it, and goes with it to another tab", async () => {
  const shelf = new Shelf();
  const before = shelf.open("a");
  expect(before.answering("yard")).toBeNull();
  before.answer("yard", 12);
  before.set("yard", "yes");
  before.set("other", "no answer");
  before.flush();
  shelf.alive?.delete("a");
  const after = shelf.open("b");
  expect(await after.inherit("yard")).toBe("yes");
  expect([after.answering("yard"), after.answering("other")]).toEqual([12, null]);
  expect(shelf.open("b").answering("yard")).toBe(12);
  after.answer("yard", null);
  after.flush();
  expect([shelf.open("b").get("yard"), shelf.open("b").answering("yard")]).toEqual(["yes", null]);
  after.answer("yard", 13);
  after.set("yard", "");
  expect(shelf.open("b").answering("yard")).toBeNull();
});

test("two tabs that live do not write over each other, nor take each other's", async () => {
  const shelf = new Shelf();
  const [a, b] = [shelf.open("a"), shelf.open("b")];
  a.set("yard", "of a");
  a.flush();
  expect(await b.inherit("yard")).toBe("");
  b.set("yard", "of b");
  b.flush();
  expect([shelf.open("a").get("yard"), shelf.open("b").get("yard")]).toEqual(["of a", "of b"]);
});

test("the latest draft of a tab that is gone goes to one tab alone", async () => {
  const shelf = new Shelf();
  for (const tab of ["a", "b"]) {
    shelf.time++;
    const drafts = shelf.open(tab);
    drafts.set("yard", `of ${tab}`);
    drafts.flush();
    shelf.alive?.delete(tab);
  }
  expect(await shelf.open("c").inherit("yard")).toBe("of b");
  expect(await shelf.open("d").inherit("yard")).toBe("of a");
  expect(await shelf.open("e").inherit("yard")).toBe("");
  expect(shelf.open("c").get("yard")).toBe("of b");
});

test("where nobody can tell which tabs live, only one that was quiet for long is taken for gone", async () => {
  const shelf = new Shelf();
  shelf.alive = null;
  const a = shelf.open("a");
  a.set("yard", "of a");
  a.flush();
  const b = shelf.open("b");
  expect(await b.inherit("yard")).toBe("");
  shelf.time += 60_000;
  expect(await b.inherit("yard")).toBe("of a");
});

test("what one has begun to write is not replaced", async () => {
  const shelf = new Shelf();
  shelf.open("a").set("yard", "old");
  const b = shelf.open("b");
  shelf.alive?.delete("a");
  const inherited = b.inherit("yard");
  b.set("yard", "new");
  expect(await inherited).toBe("");
  expect(b.get("yard")).toBe("new");
});

test("old and many drafts are forgotten, damaged ones passed over", async () => {
  const shelf = new Shelf();
  for (let n = 0; n < 150; n++) {
    shelf.time++;
    const drafts = shelf.open(`t${n}`);
    drafts.set("yard", `${n}`);
    drafts.flush();
  }
  shelf.items["madang.draft/x/yard"] = "{";
  shelf.alive?.clear();
  expect(await shelf.open("new").inherit("yard")).toBe("149");
  expect(Object.keys(shelf.items).length).toBeLessThanOrEqual(101);
  shelf.time += 31 * 86_400_000;
  shelf.open("much later");
  expect(shelf.items).toEqual({});
});

test("without storage a draft lasts as long as the page", async () => {
  const drafts = new Drafts("a", {
    storage: () => {
      throw new DOMException("denied", "SecurityError");
    },
    now: () => 0,
    tabs: () => Promise.reject(new Error("denied")),
  });
  drafts.set("yard", "here");
  drafts.flush();
  expect(await drafts.inherit("yard")).toBe("");
  expect(drafts.get("yard")).toBe("here");
});
