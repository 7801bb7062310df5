/**
 * Who comes from where in 127.0.0.0/8. Invariant: good ones, newcomers and attackers never share an address, and no
 * two attacks do, so that what one of them used up is not held against another.
 */

const inBlock = (block: number, n: number) => `127.${block}.${(n >> 8) & 255}.${n & 255}`;

export const goodAddress = (n: number) => inBlock(1, n + 1);
/** 65,000 newcomers are more than a run has. */
export const newcomerAddress = (n: number) => inBlock(2, n + 1);
export const preparerAddress = inBlock(3, 1);

/** `attack`: its place in the table; there are fewer than 120. */
export const attackerAddress = (attack: number, n: number) => inBlock(128 + attack, n + 1);
