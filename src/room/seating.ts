/**
 * Who sits where, and under which name: people enter rooms, leave them at once or after their grace, and are renamed
 * wherever they are. It opens no room and does not ask whether somebody may. Invariant: a person's list of rooms and the
 * members of these rooms say the same, and whoever may see a change is told of it.
 */
import type { Loop } from "./loop.ts";
import { suggestName } from "./names.ts";
import type { People, PersonHere } from "./people.ts";
import type { Member } from "./presence.ts";
import type { Room } from "./room.ts";

/** What it needs of the rooms. */
export interface SeatedRooms {
  /** Somebody comes to sit in it: it is not to be let go of. */
  occupied(room: Room): void;
  /** Another number of people is in it. */
  peopleChanged(room: Room): void;
  /** Somebody is called otherwise in it. */
  renamed(room: Room): void;
  /** Lets go of it if nobody is in it. */
  release(room: Room): void;
}

export class Seating {
  #rooms: SeatedRooms;
  #people: People;
  #loop: Pick<Loop, "after">;
  #graceMs: number;
  #skeletonOf: (name: string) => string;

  constructor(options: {
    rooms: SeatedRooms;
    people: People;
    loop: Pick<Loop, "after">;
    /** How long somebody whose connection dropped stays a member. */
    graceMs: number;
    skeletonOf: (name: string) => string;
  }) {
    this.#rooms = options.rooms;
    this.#people = options.people;
    this.#loop = options.loop;
    this.#graceMs = options.graceMs;
    this.#skeletonOf = options.skeletonOf;
  }

  /** Seats one connection of a person under a name that is free there. */
  enter(room: Room, person: PersonHere, name: string): Member {
    this.#rooms.occupied(room);
    const { presence } = room;
    const before = presence.count;
    const member = presence.enter(person.author, name);
    // A list of exactly one where it is one, as for most: a push would make place for seventeen.
    if (person.rooms.length === 0) person.rooms = [room];
    else if (!person.rooms.includes(room)) person.rooms.push(room);
    if (presence.count !== before) this.#rooms.peopleChanged(room);
    else if (member.connections === 1 && member.name !== name && presence.isFree(name, member.author)) {
      // Back within the grace, under another name.
      presence.rename(member, name);
      this.#rooms.renamed(room);
    }
    return member;
  }

  /** One connection of a member goes: `now` true by the person's wish, false because the connection dropped. */
  leave(room: Room, person: PersonHere, member: Member, now: boolean): void {
    if (!room.presence.disconnect(member)) return;
    if (now || this.#graceMs === 0) {
      this.#gone(room, person);
      return;
    }
    const { grace } = member;
    this.#loop.after(this.#graceMs, () => {
      if (member.grace === grace && room.presence.get(member.author) === member) this.#gone(room, person);
    });
  }

  /** Puts a person out of a room at once, with all connections, which are told by this frame. */
  putOut(room: Room, person: PersonHere, frame: Uint8Array): void {
    for (const connection of person.connections) connection.putOut(room, frame);
    // One whose connection dropped is a member still, for the grace.
    if (room.presence.get(person.author)) this.#gone(room, person);
  }

  /** Gives a person another name wherever the person is. @returns a free name to suggest when it is taken somewhere. */
  rename(person: PersonHere, name: string): { suggestion: string } | null {
    const skeleton = this.#skeletonOf(name);
    if (person.rooms.some(({ presence }) => !presence.isFreeSkeleton(skeleton, person.author)))
      return { suggestion: this.suggest(person, name) };
    person.name = name;
    for (const room of person.rooms) {
      const member = room.presence.get(person.author);
      if (!member || member.name === name) continue;
      room.presence.rename(member, name);
      this.#rooms.renamed(room);
    }
    return null;
  }

  /** A name close to `name` that is free wherever the person is, and in `room` as well. */
  suggest(person: PersonHere, name: string, room?: Room): string {
    const rooms = room ? [room, ...person.rooms] : person.rooms;
    return suggestName(name, (skeleton) =>
      rooms.some(({ presence }) => !presence.isFreeSkeleton(skeleton, person.author)),
    );
  }

  #gone(room: Room, person: PersonHere): void {
    room.presence.leave(person.author);
    person.rooms = person.rooms.filter((other) => other !== room);
    this.#people.forgetIfGone(person);
    this.#rooms.peopleChanged(room);
    this.#rooms.release(room);
  }
}
