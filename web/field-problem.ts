/** What is wrong with a name that was written into a field; empty when nothing is. */
export function fieldProblem(kind: "nickname" | "room", raw: string): Promise<string> {
  return (
    import("./name-problems.ts")
      .then(({ problemOf }) => problemOf(kind, raw))
      // Neither file nor network, or an older engine than the rules are written for: the server says what it thinks of
      // it.
      .catch(() => "")
  );
}
