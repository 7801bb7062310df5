import { describe, expect, test } from "vitest";
import { Outlet } from "../src/session/outlet.ts";
import type { SessionSocket } from "../src/session/socket.ts";

/** A socket that takes what it is told to. */
class Pipe implements SessionSocket {
  buffered = 0;
  limit = 1_000;
  readonly sent: number[] = [];

  send(frame: Uint8Array): boolean {
    if (this.buffered > this.limit) return false;
    this.sent.push(frame[0]!);
    this.buffered += frame.length;
    return true;
  }

  subscribe(): void {
    throw new Error("not here");
  }
  unsubscribe(): void {
    throw new Error("not here");
  }
  watchRooms(): void {
    throw new Error("not here");
  }
  end(): void {
    throw new Error("not here");
  }
  cork(sends: () => void): void {
    sends();
  }
}

const frame = (mark: number, length = 100) => new Uint8Array(length).fill(mark);
const soon = () => new Promise<void>((next) => setImmediate(next));

describe("the outlet", () => {
  test("holds in order what the socket does not take, up to a bound in bytes", () => {
    const pipe = new Pipe();
    const outlet = new Outlet(pipe, 500);
    pipe.buffered = 2_000;
    for (let mark = 1; mark <= 5; mark++) expect(outlet.send(frame(mark))).toBe(true);
    expect(outlet.buffered).toBe(Number.POSITIVE_INFINITY);
    expect(outlet.send(frame(6))).toBe(false);
    pipe.buffered = 0;
    expect(outlet.drained()).toBe(true);
    expect(pipe.sent).toEqual([1, 2, 3, 4, 5, 6]);
    pipe.limit = 0;
    outlet.send(frame(7));
    expect(pipe.sent).not.toContain(7);
  });

  test("lets large answers be made one at a time, each when there is place", async () => {
    const pipe = new Pipe();
    pipe.limit = 1_000_000;
    const outlet = new Outlet(pipe, 500);
    const made: number[] = [];
    const answers = [1, 2, 3].map((mark) =>
      outlet.turn(async () => {
        made.push(mark);
        await soon();
        outlet.send(frame(mark, 100_000));
      }),
    );
    for (let n = 0; n < 10; n++) await soon();
    expect(made).toEqual([1]);
    for (const already of [2, 3]) {
      pipe.buffered = 0;
      outlet.drained();
      for (let n = 0; n < 10; n++) await soon();
      expect(made).toHaveLength(already);
    }
    await Promise.all(answers);
    expect(pipe.sent).toEqual([1, 2, 3]);
  });

  test("an answer that fails does not hold up the next", async () => {
    const outlet = new Outlet(new Pipe(), 500);
    const failed = outlet.turn(async () => {
      throw new Error("no such page");
    });
    const next = outlet.turn(async () => undefined);
    await expect(failed).rejects.toThrow("no such page");
    await next;
  });

  test("once it is closed nobody waits any more", async () => {
    const pipe = new Pipe();
    pipe.buffered = 1_000_000;
    const outlet = new Outlet(pipe, 500);
    let ran = 0;
    const waiting = [1, 2].map(() =>
      outlet.turn(async () => {
        ran++;
      }),
    );
    await soon();
    expect(ran).toBe(0);
    outlet.close();
    await Promise.all(waiting);
    expect(ran).toBe(2);
  });
});
