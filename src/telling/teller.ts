/**
 * The operator's log: one line for each thing that is told, on stderr, at once. `pino` makes it JSON; on a terminal the
 * same line is written for people. Invariant: a log that cannot be written, on a full disk or to a pipe that nobody
 * reads, loses lines and nothing else.
 */
import { pino } from "pino";
import { EVENTS, type Level, type Tell } from "./events.ts";
import { readable, safe } from "./lines.ts";

export interface TellerOptions {
  /** Null: for people where stderr is a terminal, for machines elsewhere. */
  format: "json" | "text" | null;
  /** Nothing below it is told. */
  level: Level;
}

/** Tells on stderr. */
export function openTeller({ format, level }: TellerOptions): Tell {
  const { stderr } = process;
  // A broken pipe, a full disk: without a listener their error would end the process.
  stderr.on("error", () => undefined);
  const write = (line: string) => void stderr.write(line);
  return makeTeller({ format: format ?? (stderr.isTTY ? "text" : "json"), level, write });
}

/** `write` takes a whole line with its end. */
export function makeTeller({
  format,
  level,
  write,
}: TellerOptions & { write: (line: string) => void }): Tell {
  const toLine = format === "text" ? readable : (line: string) => `${safe(line.trimEnd())}\n`;
  const logger = pino(
    {
      level,
      // Neither the process's number nor the machine's name: whoever gathers logs knows them, and adds them.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(toLine(line)) },
  );
  return (event, sentence, fields = {}) => logger[EVENTS[event]]({ event, ...fields }, sentence);
}
