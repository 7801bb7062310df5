/**
 * A constant that is made when it is first asked for. The tables and expressions that judge names would otherwise cost
 * every start more than opening the log does.
 */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
