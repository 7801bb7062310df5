/**
 * What stood here is lost on the server's disk. The one kind that nobody said: it has author 0, nonce 0, no name and no
 * body, so that there is nothing to read.
 */
export const LOST = 2;
