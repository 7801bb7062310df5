/**
 * A data folder with a past: a room with megabytes of history, and authors whose two messages lie at its two ends, so
 * that whoever looks for something between them has to read all of it. Written once, by a server without limits.
 */
import { encodeText } from "../../src/wire/bytes.ts";
import { ClientKind } from "../../src/wire/frames.ts";
import { preparerAddress } from "./addresses.ts";
import { noBudgets } from "./no-budgets.ts";
import { Peer } from "./peer.ts";
import { ServerProcess, serverHelp } from "./server-process.ts";
import { emptyTally } from "./tally.ts";

export interface Archive {
  room: string;
  epoch: string;
  /** Of authors who wrote with `lowNonce` and with `highNonce` there, and nothing between. Base64. */
  tokens: string[];
  lowNonce: number;
  highNonce: number;
}

const ROOM = "archive";
const MESSAGES = 20_000;
const BATCH = 250;
const TEXT_BYTES = 400;
const AUTHORS = 4;
const LOW_NONCE = 10;
const HIGH_NONCE = 1_000;
/** What messages begin with, so that they can be counted. */
const MARK = "archived";

export async function prepare(data: string): Promise<Archive> {
  const server = await ServerProcess.start(data, noBudgets(serverHelp()));
  try {
    const tally = emptyTally();
    const come = async (counts = "") => {
      const peer = new Peer({ port: server.port, address: preparerAddress, tally, counts });
      const welcome = (await peer.opened) ? await peer.greet() : null;
      const entered = await peer.enter(ROOM);
      if (!welcome || !entered) throw new Error("the preparation was not let in");
      return { peer, welcome, entered };
    };
    const writer = await come(MARK);
    const authors: Awaited<ReturnType<typeof come>>[] = [];
    for (let i = 0; i < AUTHORS; i++) authors.push(await come());
    const text = encodeText(`${MARK} `.padEnd(TEXT_BYTES, "a"));
    const say = ({ peer, entered }: (typeof authors)[0], ...nonces: number[]) =>
      peer.send(
        ...nonces.map((nonce) => ({ kind: ClientKind.send, room: entered.room, nonce, text }) as const),
      );
    const stored = async (many: number) => {
      const end = performance.now() + 30_000;
      while (tally.stored < many && performance.now() < end && writer.peer.isOpen)
        await new Promise((next) => setTimeout(next, 2));
      if (tally.stored < many) throw new Error(`the preparation was held up at message ${tally.stored}`);
    };
    for (const author of authors) say(author, LOW_NONCE);
    await stored(AUTHORS);
    for (let nonce = 1; nonce <= MESSAGES; nonce += BATCH) {
      say(writer, ...Array.from({ length: BATCH }, (_, i) => nonce + i));
      await stored(AUTHORS + nonce + BATCH - 1);
    }
    for (const author of authors) say(author, HIGH_NONCE);
    await stored(MESSAGES + 2 * AUTHORS);
    const tokens = authors.map(({ welcome }) => Buffer.from(welcome.token).toString("base64"));
    const { epoch } = writer.entered;
    return { room: ROOM, epoch, tokens, lowNonce: LOW_NONCE, highNonce: HIGH_NONCE };
  } finally {
    await server.stop();
  }
}
