/**
 * The back room of a room that belongs to somebody: numbered, kept and read like any other, and looked after by nothing
 * of its own. Who may be in it follows from the room that it belongs to. Invariant: while it is in memory that one is
 * too, as the same object.
 */
import { Room } from "./room.ts";

export class BackRoom extends Room {
  readonly #front: Room;

  constructor(front: Room, ...room: ConstructorParameters<typeof Room>) {
    super(...room);
    this.#front = front;
  }

  override get front(): Room {
    return this.#front;
  }
}
