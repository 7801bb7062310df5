/** What the doctor found, one sentence each, and how it is shown. */

export const Grade = { good: "ok", unsure: "warn", bad: "fail" } as const;
export type Grade = (typeof Grade)[keyof typeof Grade];

export interface Finding {
  grade: Grade;
  /** What was looked at, one word. */
  about: string;
  /** What was found and, if it is not good, what to do: whole sentences. */
  says: string;
}

/** One line of a report. */
export function lineOf({ grade, about, says }: Finding): string {
  return `${grade.padEnd(5)} ${about.padEnd(9)} ${says}`;
}

/** What an error of the system says, for people. */
export const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
};

export const codeOf = (error: unknown): string => {
  const { code, cause } = error as NodeJS.ErrnoException;
  return code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
};
