/**
 * What one message costs on the wire beside the same thing as JSON with whole words: every byte that a subscriber is
 * sent, WebSocket header included, but the text and the name themselves. Computed, not timed.
 */
import { BlockWriter } from "../../src/wire/block.ts";
import { encodeText } from "../../src/wire/bytes.ts";
import type { Scenario } from "../bench.ts";
import type { Contender } from "../contenders.ts";

/** Sizes as in a large place: numbers of three bytes, a nickname of ten. */
const PLACE = { room: 1_234, seq: 123_456, time: 1_767_225_600_000, name: "Calm Otter" };
const TEXT = "see you at the gate in ten minutes, then we go to the market all";

const json: Pick<Contender, "id" | "name"> = { id: "json", name: "JSON" };

export const wire: Scenario = {
  name: "wire",
  what: "bytes around one message beside JSON",
  async run(bench) {
    for (const count of [1, 10, 100]) {
      const what = count === 1 ? "1 message in a block" : `${count} in a block`;
      const rows = [
        { contender: bench.madang, value: (blockBytes(count) - payload(count)) / count },
        { contender: { ...bench.madang, ...json }, value: (jsonBytes(count) - payload(count)) / count },
      ];
      for (const { contender, value } of rows) {
        const common = { case: what, unit: "bytes", better: "lower", generatorBound: false } as const;
        bench.record(contender, { ...common, metric: "overhead", value });
        bench.say(contender, what, [[value, "bytes", "around each message"]]);
      }
    }
  },
};

const bytesOf = (text: string) => encodeText(text).length;
const payload = (count: number) => count * (bytesOf(PLACE.name) + bytesOf(TEXT));
/** RFC 6455, section 5.2, from a server. */
const framed = (bytes: number) => bytes + (bytes <= 125 ? 2 : bytes <= 65_535 ? 4 : 10);
const author = (i: number) => ({ author: 100_000 + i, nonce: 1_000 + i, time: PLACE.time + i });

function blockBytes(count: number): number {
  const writer = new BlockWriter();
  for (let i = 0; i < count; i++) {
    const { author: who, nonce, time } = author(i);
    writer.text(who, nonce, time, encodeText(PLACE.name), encodeText(TEXT));
  }
  return framed(writer.seal(PLACE.room, PLACE.seq).length);
}

/** A frame for each message. */
function jsonBytes(count: number): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const { author: who, nonce, time } = author(i);
    const { room, seq, name } = PLACE;
    const message = { type: "message", room, seq: seq + i, id: nonce, author: who, name, time, text: TEXT };
    bytes += framed(bytesOf(JSON.stringify(message)));
  }
  return bytes;
}
