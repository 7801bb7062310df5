/** What good ones write: who, the how-manieth, and as many letters as people use. */

const FILL = " · the kettle is on and somebody brought persimmons";

export function goodText(sender: number, n: number): string {
  return `good ${sender} ${n}${FILL}`;
}

/** @returns null when it is nothing a good one wrote */
export function readGoodText(text: string): { sender: number; n: number } | null {
  const [, sender, n] = /^good (\d+) (\d+) /.exec(text) ?? [];
  return sender === undefined ? null : { sender: Number(sender), n: Number(n) };
}

export const newcomerText = (n: number) => `hello, newcomer ${n}`;
