/** What the people of a room that belongs to somebody write down, and the newcomer who reads its log. */
import type { CourtRow, CourtStanding } from "./court-state.ts";

export type CourtEvent =
  /** The whole log, and which numbers stand in one block. */
  | {
      do: "court-log";
      room: string;
      head: number;
      rows: CourtRow[];
      blocks: { seq: number; count: number }[];
    }
  /** Who this is. */
  | { do: "court-me"; room: string; author: number }
  /** The server let this person in, when the room was at that number; `at` by the clock of the machine. */
  | { do: "court-entered"; room: string; head: number; at: number }
  /** Numbers that came over the wire, whatever the client made of them. */
  | { do: "court-got"; room: string; from: number }
  /** What the client told of them. */
  | { do: "court-took"; room: string; rows: CourtRow[] }
  /** How the room stands, as the server told it; and what it came to at the end by that and the records since. */
  | { do: "court-told" | "court-end"; room: string; asOf: number; at: number; told: CourtStanding }
  /** What became of what was said: by nonce, which what was refused leaves free, or by its text. */
  | { do: "court-stored"; room: string; author: number; nonce: number }
  | { do: "court-declined"; room: string; text: string; code: number };

/** Journals of these people have such names. */
export const COURT_PREFIX = "court-";
