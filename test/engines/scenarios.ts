/**
 * What people do, in each engine that `MADANG_ENGINES` names. Where an engine cannot be driven to do something, the
 * table of limits says what is done instead.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ServerProcess } from "../browser-page.ts";
import { RawClient } from "../raw-client.ts";
import { startChromium } from "./chromium.ts";
import { type Device, type Engine, sizes } from "./driver.ts";
import { startFirefox } from "./firefox.ts";
import { can, type EngineName } from "./limits.ts";
import { Person } from "./person.ts";
import { startWebKit } from "./webkit.ts";

const paths = JSON.parse(process.env.MADANG_ENGINES ?? "{}");

const starters: Record<EngineName, () => Promise<Engine>> = {
  chromium: () => startChromium(paths.chromium.browser),
  firefox: () => startFirefox(paths.firefox.browser),
  webkit: () => startWebKit(paths.webkit),
};

/** Several pages of history, all of one day. */
const MANY = 450;

describe.each(Object.keys(paths) as EngineName[])("%s", (name) => {
  let engine: Engine;
  let server: ServerProcess;
  let persons: Person[] = [];

  beforeAll(async () => {
    engine = await starters[name]();
    console.log(engine.title);
  });
  afterAll(() => engine?.close());
  beforeEach(async () => {
    server = new ServerProcess(["--no-budgets"]);
    await server.start();
  });
  afterEach(async () => {
    const complaints = (await Promise.all(persons.map((person) => person.tab.complaints()))).flat();
    persons = [];
    await engine.clear();
    await server.close();
    expect(complaints).toEqual([]);
  });

  async function come(path: string, device: Device = "desk"): Promise<Person> {
    const person = new Person(await engine.newPerson(device), device);
    persons.push(person);
    await person.tab.open(`${server.url}${path}`);
    return person;
  }

  async function fill(room: string, count: number): Promise<void> {
    using author = await RawClient.greeted(server.url.replace("http", "ws").concat("/ws"), "Author");
    const entered = await author.enter(room);
    for (let nonce = 1; nonce <= count; nonce++) author.say(entered.room, nonce, `message ${nonce}`);
    await expect.poll(() => author.records.length, { timeout: 30_000 }).toBe(count);
  }

  test("a first visit: a name is there, a room is opened, what is said stands there", async () => {
    const ada = await come("/");
    await ada.name();
    await ada.enterRoom("마당");
    await ada.say("안녕, hello");
    await ada.sees(["안녕, hello"]);
    await ada.hears("");
    const path = await ada.inPage(() => decodeURIComponent(location.pathname));
    expect(path).toBe("/r/마당");
  });

  test("two people talk, and both see the same", async () => {
    const ada = await come("/r/talk");
    const ben = await come("/r/talk");
    await ada.isAmong(2);
    await ben.isAmong(2);
    const said: string[] = [];
    for (let i = 1; i <= 3; i++) {
      for (const [person, who] of [
        [ada, "Ada"],
        [ben, "Ben"],
      ] as const) {
        const text = `${who} ${i} 하나`;
        said.push(text);
        await person.say(text);
        await ada.sees(said);
        await ben.sees(said);
      }
    }
  });

  test("a reload keeps the name, the messages and what is being written", async () => {
    const ada = await come("/r/reload");
    const ben = await come("/r/reload");
    await ada.say("before");
    await ben.sees(["before"]);
    const named = await ada.name();
    await ada.write("Message", "half");
    await ada.holds("half");
    await ada.tab.reload();
    await ada.sees(["before"]);
    await ada.holds("half");
    expect(await ada.name()).toBe(named);
    await ada.isAmong(2);
    await ada.say("after");
    await ada.sees(["before", "after"]);
    await ben.sees(["before", "after"]);
  });

  test("the server is killed and comes back: what was written meanwhile arrives once", async () => {
    const ada = await come("/r/kill");
    const ben = await come("/r/kill");
    await ada.say("one");
    let before = ["one"];
    await ada.sees(before);
    await ben.sees(before);
    for (const round of [1, 2]) {
      await server.kill();
      await ada.hears("lost");
      await ben.hears("lost");
      await ada.say(`while away ${round}`);
      await ada.sees([...before, `is-pending while away ${round}`]);
      await server.start();
      await ada.returns();
      await ben.returns();
      const after = [...before, `while away ${round}`];
      await ada.sees(after);
      await ben.sees(after);
      await ben.say(`back ${round}`);
      before = [...after, `back ${round}`];
      await ada.sees(before);
      await ben.sees(before);
    }
  });

  test("Korean is composed: Enter ends the syllable first and sends then; the button sends it as it stands", async () => {
    const ada = await come("/r/compose");
    const ben = await come("/r/compose");
    await ada.write("Message", "좋은 ");
    await ada.tab.compose("한");
    const shown = (syllable: string) =>
      can(name, "hangul") ? syllable : `u${syllable.charCodeAt(0).toString(16)}`;
    await ada.holds(`좋은 ${shown("한")}`);
    await ada.tab.settle();
    await ada.holds("좋은 한");
    await ada.sees([]);
    await ada.press("Enter");
    await ada.holds("");
    await ada.sees(["좋은 한"]);

    await ada.tab.compose("글");
    await ada.holds(shown("글"));
    await ada.click("button", "Send");
    await ada.sees(["좋은 한", shown("글")]);
    await ada.holds("");
    await ada.say("끝");
    await ben.sees(["좋은 한", shown("글"), "끝"]);
    await ada.sees(["좋은 한", shown("글"), "끝"]);
  });

  test("a phone: a link opens a room, one talks above the keyboard, and people and menu are at hand", async () => {
    await fill("phone", 40);
    const ben = await come("/r/phone");
    const ada = await come("/r/phone", "phone");
    await ada.hasNewestInSight("message 40");
    await ada.fits();
    const said = "한 손으로 https://example.com/an/address/that/is/wider/than/the/screen/of/any/phone";
    await ada.say(said);
    await ada.hasNewestInSight(said);
    await ben.hasNewestInSight(said);
    await ada.fits();

    // The keyboard opens, and closes again.
    for (const height of [400, sizes.phone.height]) {
      await ada.tab.resize({ width: sizes.phone.width, height });
      await ada.hasNewestInSight(said);
      await ada.fits();
    }
    await ada.tab.resize({ width: sizes.phone.width, height: 400 });
    await ada.say("above it");
    await ada.hasNewestInSight("above it");
    await ben.say("answered");
    await ada.hasNewestInSight("answered");
    await ada.tab.resize(sizes.phone);
    await ada.hasNewestInSight("answered");

    for (const [opens, shows] of [
      ["Show people: 2", null],
      ["Room menu", "Leave"],
    ] as const) {
      await ada.click("button", opens);
      if (shows) await ada.shows("button", shows);
      else await ada.isAmong(2);
      await ada.fits();
      await ada.click("button", "Close");
    }
    await ada.say("and on");
    await ben.hasNewestInSight("and on");
  });

  test("reading back with the wheel through several pages skips nothing, and one comes back to the newest", async () => {
    await fill("wheel", MANY);
    const ada = await come("/r/wheel");
    const log = await ada.isAtNewest(MANY);
    const seen = new Set<number>();
    let now = await ada.inSight();
    for (const number of now.numbers) seen.add(number);
    while (!seen.has(1)) {
      now = await ada.goUp(now, () => ada.tab.wheel(log.x, log.y, -Math.round(log.height * 0.7)));
      for (const number of now.numbers) seen.add(number);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: MANY }, (_, i) => i + 1));
    await ada.click("button", "Jump to latest");
    await ada.isAtNewest(MANY);
  });

  test("reading back with the keys reaches the first message", async () => {
    await fill("keys", MANY);
    const ada = await come("/r/keys");
    const log = await ada.isAtNewest(MANY);
    await ada.tab.click(log.x, log.y);
    let now = await ada.inSight();
    for (let i = 0; !now.numbers.includes(1); i++)
      now = await ada.goUp(now, () => ada.press(i % 2 ? "Home" : "PageUp"));
  });

  test("a page that was opened once opens without a server, and sends what is written then", async () => {
    const ada = await come("/r/offline");
    const ben = await come("/r/offline");
    await ada.say("kept");
    await ben.say("kept too");
    await ada.sees(["kept", "kept too"]);
    await ada.isKept();
    await ada.isStored("kept too");
    await server.kill();
    await ada.tab.reload();
    await ada.sees(["kept", "kept too"]);
    await ada.say("written alone");
    await ada.sees(["kept", "kept too", "is-pending written alone"]);
    await ada.tab.reload();
    await ada.sees(["kept", "kept too", "is-pending written alone"]);
    await server.start();
    await ada.returns();
    await ben.returns();
    await ada.sees(["kept", "kept too", "written alone"]);
    await ben.sees(["kept", "kept too", "written alone"]);
  });

  test("going offline is said, and what is written then goes out once", async () => {
    const ada = await come("/r/network");
    const ben = await come("/r/network");
    await ada.say("before");
    await ada.sees(["before"]);
    await ben.sees(["before"]);
    const isTold = can(name, "offline");
    if (isTold) await ada.tab.setOffline(true);
    else await server.kill();
    await ada.hears(isTold ? "You are offline." : "lost");
    await ada.say("meanwhile");
    if (!isTold) await ada.sees(["before", "is-pending meanwhile"]);
    if (isTold) await ada.tab.setOffline(false);
    else await server.start();
    await ada.returns();
    await ben.returns();
    await ada.sees(["before", "meanwhile"]);
    await ben.sees(["before", "meanwhile"]);
  });
});
