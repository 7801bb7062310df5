/** Requests that are odd or ambiguous, by raw socket, each on a connection of its own, judged by the table of cases. */
import type { Arena } from "../arena.ts";
import type { Attack } from "../attack.ts";
import { httpCases } from "../http-cases.ts";

const AT_ONCE = 8;
/** Requests of one address: few, so that no budget answers in place of the protocol. */
const AN_ADDRESS = 4;
/** An answer that is not there by then is taken for silence; the transport's own timeout is 10 s. */
const ANSWER_MS = 3_000;
/** After the last answer: what still comes, or the end. */
const QUIET_MS = 300;

export const httpOddities: Attack = {
  name: "http-oddities",
  what: "HTTP requests that are odd or ambiguous",
  atLeastSeconds: 40,
  run: async (arena) => {
    const cases = httpCases();
    const open = cases.flatMap((one, at) => one.requests.map((pieces) => ({ at, pieces })));
    const got = cases.map(() => new Set<string>());
    let tried = 0;
    await arena.abreast(AT_ONCE, async () => {
      for (let next = open.shift(); next && !arena.over; next = open.shift())
        got[next.at]!.add(await ask(arena, next.pieces, Math.floor(tried++ / AN_ADDRESS)));
    });
    cases.forEach(({ name, expected, known }, at) => {
      const answers = [...got[at]!].sort().join(" | ");
      const why = known?.got.includes(answers) ? known.why : "";
      const ok = answers === expected || why !== "";
      arena.tally.checks.push({ name, expected, got: answers, known: why, ok });
    });
    arena.count("requests not tried", open.length);
  },
};

/** @returns the answer in the words of the table */
async function ask(arena: Arena, pieces: readonly Buffer[], address: number): Promise<string> {
  const socket = arena.socket(address);
  let answer = "";
  let ended = false;
  let heard = 0;
  socket.on("data", (bytes) => {
    answer += bytes.toString("latin1");
    heard = performance.now();
  });
  socket.once("close", () => {
    ended = true;
  });
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) await arena.pause(pieces.length > 10 ? 1 : 10);
    if (socket.writable) socket.write(piece);
    arena.tally.bytesOut += piece.length;
  }
  const until = performance.now() + ANSWER_MS;
  const told = () => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status!);
  // An error is to be followed by the end; behind anything else more may come.
  const patience = () => (heard > 0 && told().at(-1)! < "400" ? heard + QUIET_MS : until);
  while (!ended && !arena.over && performance.now() < patience()) await arena.pause(10);
  socket.destroy();
  const statuses = told();
  if (ended && statuses.every((status) => status >= "400") && statuses.length < 2) return "refused";
  if (statuses.length === 0) return ended ? "end" : "silence";
  return `${statuses.join(" ")}${ended ? " end" : ""}`;
}
