/**
 * `madang token create`, `list` and `revoke`: the tokens of programs, in a data folder on which a server may run.
 * Invariant: a token is told once, to whoever makes it, and nothing else goes to the standard output of `create`.
 */
import { type BotScope, BotTokens } from "./server/bot-tokens.ts";

export type TokenOrder =
  | { do: "create"; scope: BotScope }
  | { do: "list" }
  /** `id`: of a token. */
  | { do: "revoke"; id: string };

/**
 * `out` gets what programs read, `say` sentences.
 * @returns whether it was done
 * @throws BotTokenError
 */
export function orderToken(
  order: TokenOrder,
  data: string,
  out: (line: string) => void,
  say: (sentence: string) => void,
): boolean {
  const tokens = new BotTokens(data);
  if (order.do === "create") {
    const { token, bot } = tokens.make(order.scope, Date.now());
    out(token);
    say(`It is shown only now. "madang token revoke ${bot.id}" ends it, also while the server runs.`);
    return true;
  }
  if (order.do === "list") {
    const bots = tokens.list();
    for (const { id, name, rooms, may, madeAt } of bots)
      out([id, new Date(madeAt).toISOString(), may.join(","), rooms.join(","), name].join("\t"));
    if (bots.length === 0) say("There are no tokens of programs.");
    return true;
  }
  if (tokens.revoke(order.id)) {
    say(`The token ${order.id} is good for nothing any more.`);
    return true;
  }
  say(`There is no token ${order.id}; "madang token list" names those there are.`);
  return false;
}
