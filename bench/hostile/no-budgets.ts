/** Which flags switch off whatever limits what a visitor may do. They are read from the server's own help. */

/** Budgets that take `off`. */
const BUDGET = /^--(?:visitor|identity|server)-/;
/** What the help says of a limit that 0 switches off. */
const ZERO_IS_NONE = /\b0 sets no limit\b/;

/** @param help the text of `--help`: a flag, what it takes, what it means, a line each */
export function noBudgets(help: string): string[] {
  const flags = [...help.matchAll(/^ {2}(--[a-z-]+) [A-Z]\S*\s+(.+)$/gm)].flatMap(([, flag, meaning]) => {
    if (BUDGET.test(flag!)) return [flag!, "off"];
    return ZERO_IS_NONE.test(meaning!) ? [flag!, "0"] : [];
  });
  return help.includes("--no-budgets ") ? ["--no-budgets", ...flags] : flags;
}
