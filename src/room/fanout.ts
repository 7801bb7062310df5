/** What the room layer needs of the transport: a way to everyone who is live in a room. */

export interface Fanout {
  /** Sends one frame to every connection that is live in the room. Copies the bytes before it returns. */
  publish(room: number, frame: Uint8Array): void;
  /** Connections that are live in the room. */
  subscribers(room: number): number;
}
