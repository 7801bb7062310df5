/**
 * Everyone on the server: an identity with at least one connection, or within its grace in some room. One person,
 * however many tabs. Invariant: a person without connections is a member of some room, or is forgotten.
 */
import type { Close } from "../wire/codes.ts";
import type { Room } from "./room.ts";

/** One connection of a person, as far as rooms know it. */
export interface PersonConnection {
  /** It is in the room no more, and is told so by this frame; nothing where it is not in it. */
  putOut(room: Room, frame: Uint8Array): void;
  /** Ends it, and says why and, if that is not for good, when to come back. */
  sendAway(code: Close, retryAfterMs: number): void;
  /** It is told anew how the room stands, or each that it is in; nothing where it is in none. */
  stand(room?: Room): void;
  send(frame: Uint8Array): void;
}

export interface PersonHere {
  readonly author: number;
  /** The general name; in a room where it was taken the member has another. */
  name: string;
  connections: PersonConnection[];
  /** Rooms in which this person is a member. */
  rooms: Room[];
}

export class People {
  #byAuthor = new Map<number, PersonHere>();

  /** Identities on the server. */
  get count(): number {
    return this.#byAuthor.size;
  }

  all(): Iterable<PersonHere> {
    return this.#byAuthor.values();
  }

  get(author: number): PersonHere | undefined {
    return this.#byAuthor.get(author);
  }

  /** One more connection of an identity. Somebody who is here already keeps the name in use. */
  connect(author: number, name: string, connection: PersonConnection): PersonHere {
    let person = this.#byAuthor.get(author);
    if (!person) {
      // A list of exactly one, as for most: a push would make place for seventeen.
      person = { author, name, connections: [connection], rooms: [] };
      this.#byAuthor.set(author, person);
      return person;
    }
    if (person.connections.length === 0) person.name = name;
    person.connections = [...person.connections, connection];
    return person;
  }

  disconnect(person: PersonHere, connection: PersonConnection): void {
    person.connections = person.connections.filter((other) => other !== connection);
    this.forgetIfGone(person);
  }

  forgetIfGone(person: PersonHere): void {
    if (person.connections.length === 0 && person.rooms.length === 0) this.#byAuthor.delete(person.author);
  }
}
