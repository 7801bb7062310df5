/**
 * Texts of single records of a room, from its tail or the log; those in one block after each other are one read, which
 * the session pays for. It judges nothing: who asks says what may be read.
 */
import type { Room } from "../room/room.ts";
import type { Tail } from "../room/tail.ts";
import { BlockReader, fullNameOf } from "../wire/block.ts";
import { decodeText } from "../wire/bytes.ts";
import { kindOf } from "../wire/records/registry.ts";
import type { Connection } from "./seat.ts";

type Block = NonNullable<ReturnType<Tail["at"]>>;

export interface StoredText {
  kind: number;
  author: number;
  /** Of the author then. */
  name: string;
  time: number;
  /** Empty where it is blank, and of a kind that has none. */
  text: string;
}

export class StoredTexts {
  /** Of the log. */
  reads = 0;
  readonly #session: Connection;
  readonly #room: Room;
  #block: Block | undefined;

  constructor(session: Connection, room: Room) {
    this.#session = session;
    this.#room = room;
  }

  /** Null: there is no such record any more. */
  async read(number: number): Promise<StoredText | null> {
    const block = this.#holds(this.#block, number) ? this.#block : await this.#find(number);
    if (!this.#holds(block, number)) return null;
    this.#block = block;
    const r = new BlockReader(block.bytes);
    while (r.next() && r.seq < number);
    const { kind, author, time, body } = r;
    if (r.seq !== number) return null;
    const read: { text?: string } | undefined = kindOf(kind)?.read(body);
    return { kind, author, name: decodeText(fullNameOf(r)), time, text: read?.text ?? "" };
  }

  #holds(block: Block | undefined, number: number): block is Block {
    return block !== undefined && block.seq <= number && number < block.seq + block.count;
  }

  async #find(number: number): Promise<Block | undefined> {
    const room = this.#room;
    const held = room.tail.at(room.tail.indexOf(number));
    if (held) return held;
    this.reads++;
    const { history } = this.#session.house.rooms;
    const blocks = await history.readForward(room, number, { maxBytes: 1, maxRecords: 1 });
    const block = blocks?.[0];
    this.#session.didRead(block?.bytes.length ?? 0);
    return block;
  }
}
