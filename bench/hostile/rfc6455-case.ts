/**
 * A question to a server that speaks RFC 6455, and the answer that the standard asks for. Where the transport is known
 * to answer otherwise, that answer and its reason stand beside it; any third one is new.
 *
 * An answer to frames is what came, in order: `pong TEXT` for a pong, `app N` for the chat's own answer to its ping N,
 * `refused N` for a refusal of its own, then how it ended: `open`, `close CODE`, `close empty`, `drop` for TCP that ends
 * without a close frame, or `silence`. An answer to a handshake is `open`, or `refused` with the version that the
 * server told, if any.
 */

/** What the transport is known to do otherwise, and what that means here. */
export const KNOWN = {
  drop: "the transport ends TCP without a close frame; a client sees 1006 and resumes",
  unmasked:
    "the transport takes a frame without a mask, and loses its place in what follows on that connection",
  longLength:
    "the transport takes lengths that are not in their shortest form; they are bounded all the same",
  interleaved:
    "the transport takes a new message within a fragmented one for its next part, which is then no frame",
  emptyClose:
    "the transport answers a code that is not allowed by an empty close, and allows none from 3000 to 3999",
  key: "a server need not decode the key (RFC 6455, 4.2.2), and the transport does not",
} as const;

export interface RfcCase {
  name: string;
  /** Pieces of a handshake, to be judged itself. Otherwise a right one and a hello come first. */
  handshake?: string[];
  /** Pieces, each written by itself. */
  frames?: Buffer[];
  expected: string;
  /** Other answers that are known, and why. */
  known?: { got: string[]; why: string };
}
