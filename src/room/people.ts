/**
 * Everyone on the server: an identity with at least one connection, or within its grace in some room. One person,
 * however many tabs. Invariant: a person without connections is a member of some room, or is forgotten.
 */
import type { Room } from "./room.ts";

export interface PersonHere {
  readonly author: number;
  /** The general name; in a room where it was taken the member has another. */
  name: string;
  connections: number;
  /** Rooms in which this person is a member. */
  rooms: Room[];
}

export class People {
  #byAuthor = new Map<number, PersonHere>();

  /** Identities on the server. */
  get count(): number {
    return this.#byAuthor.size;
  }

  get(author: number): PersonHere | undefined {
    return this.#byAuthor.get(author);
  }

  /** One more connection of an identity. Somebody who is here already keeps the name in use. */
  connect(author: number, name: string): PersonHere {
    let person = this.#byAuthor.get(author);
    if (!person) {
      person = { author, name, connections: 0, rooms: [] };
      this.#byAuthor.set(author, person);
    } else if (person.connections === 0) person.name = name;
    person.connections++;
    return person;
  }

  disconnect(person: PersonHere): void {
    person.connections--;
    this.forgetIfGone(person);
  }

  forgetIfGone(person: PersonHere): void {
    if (person.connections === 0 && person.rooms.length === 0) this.#byAuthor.delete(person.author);
  }
}
