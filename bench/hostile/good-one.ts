/**
 * Somebody who talks in a room, at even times, and notes what is heard. Invariant: what is written gets a number of its
 * own.
 */
import type { Client } from "../../src/client/client.ts";
import type { ClientRoom } from "../../src/client/client-room.ts";
import { ClientState, RoomState } from "../../src/client/contract.ts";
import { goodAddress } from "./addresses.ts";
import { goodText, readGoodText } from "./good-text.ts";
import type { Ledger } from "./ledger.ts";
import { visitor } from "./visitor.ts";

const EVERY_MS = 800;

export class GoodOne {
  /** Times that the connection was lost, and messages that the server refused for good. */
  disconnections = 0;
  refused = 0;
  /** Whether people of the room are told by name. */
  listed = true;
  readonly number: number;
  #client: Client;
  #room: ClientRoom;
  #ledger: Ledger;
  #roomName: string;
  #written = 0;
  #wasReady = false;
  #refusedIds = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(port: number, number: number, roomName: string, ledger: Ledger) {
    this.number = number;
    this.#ledger = ledger;
    this.#roomName = roomName;
    this.#client = visitor(port, goodAddress(number), {
      state: (state) => {
        if (this.#wasReady && state !== ClientState.ready) this.disconnections++;
        this.#wasReady = state === ClientState.ready;
      },
    });
    this.#room = this.#client.enter(roomName, {
      history: 0,
      anyName: true,
      listener: {
        appended: (records) => {
          const now = performance.now();
          for (const { text } of records) {
            const message = readGoodText(text);
            if (message) ledger.received({ ...message, room: roomName }, number, now);
          }
        },
        people: (_people, _count, listed) => {
          this.listed = listed;
        },
        pending: (entries) => {
          for (const { id, refused } of entries) if (refused) this.#refusedIds.add(id);
          this.refused = this.#refusedIds.size;
        },
      },
    });
    this.#client.start();
  }

  get isLive(): boolean {
    return this.#room.state === RoomState.live;
  }

  /** Begins to talk, a part of the time between two messages later than the first of all. */
  talk(share: number): void {
    this.#timer = setTimeout(() => {
      this.#say();
      this.#timer = setInterval(() => this.#say(), EVERY_MS);
    }, share * EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#wasReady = false;
    this.#client.stop();
  }

  #say(): void {
    const n = ++this.#written;
    this.#ledger.sent({ room: this.#roomName, sender: this.number, n }, performance.now());
    this.#room.send(goodText(this.number, n));
  }
}
