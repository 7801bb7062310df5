/**
 * Who operates the server just now: identities, each with the connections on which the key was shown. It looks at no key.
 * Invariant: somebody operates as long as one of these connections is there, and not a moment longer.
 */
export class Operators {
  readonly #connections = new Map<number, number>();

  has(author: number): boolean {
    return this.#connections.has(author);
  }

  /** One connection more. */
  begin(author: number): void {
    this.#connections.set(author, (this.#connections.get(author) ?? 0) + 1);
  }

  /** One that began is gone. */
  end(author: number): void {
    const left = (this.#connections.get(author) ?? 0) - 1;
    if (left > 0) this.#connections.set(author, left);
    else this.#connections.delete(author);
  }
}
