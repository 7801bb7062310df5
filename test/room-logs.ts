/** People who speak in rooms, and a log in memory that is damaged below a number. */
import { LogError, LogErrorCode, type ReadOptions } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { Member } from "../src/room/presence.ts";
import type { Room } from "../src/room/room.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { type FakeHouse, fakeTab } from "./fake-house.ts";

/** Somebody in a room who can say something. */
export function seat(house: FakeHouse, name: string, author = 1) {
  const room = house.rooms.open(name) as Room;
  const tab = fakeTab();
  const person = house.rooms.people.connect(author, `guest ${author}`, tab);
  const member = house.rooms.seating.enter(room, person, person.name);
  return { room, person, member, tab };
}

export async function say(
  house: FakeHouse,
  room: Room,
  member: Member,
  nonce: number,
  text = "hi",
): Promise<number> {
  const { seq } = room.accept(member, nonce, encodeText(text), house.loop.now());
  house.rooms.pending(room);
  await house.loop.settle();
  return seq;
}

export async function opened(house: FakeHouse, name: string): Promise<Room> {
  const room = await house.rooms.open(name);
  if (!room) throw new Error(`${name} did not open`);
  return room;
}

/** A log whose blocks below `floor` are damaged. */
export class DamagedLog extends MemoryLog {
  floor = 0;
  reads = 0;

  override async readForward(room: number, from: number, options: ReadOptions) {
    this.#check(room, from);
    return super.readForward(room, from, options);
  }

  override async readBackward(room: number, before: number, options: ReadOptions) {
    this.#check(room, before - 1);
    return super.readBackward(room, before, options);
  }

  override async trim(room: number, olderThan: number, keepRecords: number) {
    this.#check(room, 1);
    return super.trim(room, olderThan, keepRecords);
  }

  #check(room: number, seq: number): void {
    this.reads++;
    if (seq <= this.floor && room === 1)
      throw new LogError(LogErrorCode.damaged, `room ${room} is damaged at ${seq}`, { at: { room, seq } });
  }
}
