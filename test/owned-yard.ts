/** A room that belongs to somebody, with its owner and two guests in it, who said nothing, and what is done in it. */
import type { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { FakeHouse, type HouseOptions } from "./fake-house.ts";

/** `does`: an act, by Ada unless said otherwise; gives the code with which it was refused, or null. */
export async function ownedYard(options: HouseOptions = {}) {
  const house = new FakeHouse({ ...options, limits: { messagesPerSecond: 0, ...options.limits } });
  const ada = house.greet({ name: "Ada" });
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "yard" });
  await house.loop.settle();
  const { room } = await house.enter(ada, "yard");
  const bo = await house.seated("yard", "Bo");
  const cy = await house.seated("yard", "Cy");
  let nonce = 1;
  const nextNonce = () => ++nonce;
  const does = async <Body extends object>(
    kind: RecordKind<Body>,
    body: Body,
    socket = ada,
    settle = true,
  ) => {
    const before = socket.frames.length;
    socket.write({ kind: ClientKind.act, room, nonce: nextNonce(), act: kind.kind, body: kind.write(body) });
    if (settle) await house.loop.settle();
    const refused = socket.frames.slice(before).find((frame) => frame.kind === ServerKind.refused);
    return refused ? (refused as { code: Refusal }).code : null;
  };
  return { house, room, ada, bo, cy, does, nextNonce };
}
