/** Somebody who was never there: loads the page, enters, reads what was said before, writes, and sees it. */
import { RoomState } from "../../src/client/contract.ts";
import { Direction } from "../../src/wire/frames.ts";
import { newcomerAddress } from "./addresses.ts";
import { newcomerText } from "./good-text.ts";
import { loadPage, visitor } from "./visitor.ts";

/** Longer, and somebody would have gone. */
const PATIENCE_MS = 6_000;
const HISTORY = 20;

/** @returns where it ended, or null when everything was as it should */
export async function bringNewcomer(port: number, number: number, room: string): Promise<string | null> {
  const address = newcomerAddress(number);
  const status = await loadPage(port, address, "/", PATIENCE_MS);
  if (status !== 200) return status === 0 ? "no page" : `a page with status ${status}`;
  let stage = "no connection";
  let code: number | null = null;
  return new Promise((done) => {
    const end = (result: string | null) => {
      clearTimeout(timer);
      client.stop();
      done(result);
    };
    const timer = setTimeout(() => end(code ? `${stage}, close code ${code}` : stage), PATIENCE_MS);
    const client = visitor(port, address, {
      state: (_, detail) => {
        code = detail.code ?? code;
      },
      identity: () => {
        stage = "not let in";
      },
    });
    const seat = client.enter(room, {
      history: HISTORY,
      anyName: true,
      listener: {
        state: (state) => {
          if (state !== RoomState.live || stage !== "not let in") return;
          stage = "no page of history";
          seat
            .page(Direction.before, seat.oldest, HISTORY)
            .then(() => {
              stage = "own message not seen";
              seat.send(newcomerText(number));
            })
            .catch((error: Error) => end(`${stage}: ${error.message}`));
        },
        appended: (_, own) => {
          if (own.size > 0) end(null);
        },
      },
    });
    client.start();
  });
}
