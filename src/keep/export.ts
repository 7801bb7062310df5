/**
 * `madang export`: a room of a data folder or a backup as JSON Lines, text or HTML, into a new file or to whoever reads
 * what the program says. Invariant: nothing of the folder or the backup changes.
 */
import { basename } from "node:path";
import { BackupFile } from "./backup-file.ts";
import type { Entries } from "./entries.ts";
import { type FormWriter, jsonLines, plainText } from "./forms.ts";
import { html } from "./html.ts";
import { writeNewFile } from "./new-file.ts";
import { amount, type Operator, Tally } from "./operator.ts";
import { Story } from "./story.ts";
import { isFile, openStopped } from "./verify.ts";

export interface ExportCommand {
  room: string;
  /** A data folder or a backup. */
  path: string;
  form: "jsonl" | "text" | "html";
  /** Empty: to the program's own output. */
  target: string;
}

const WRITE_CHARACTERS = 1 << 16;

/** @returns whether all of the room could be read. @throws KeepError, LogError */
export async function exportRoom(command: ExportCommand, operator: Operator): Promise<boolean> {
  const { path, target } = command;
  const tally = new Tally(operator);
  const entries = isFile(path)
    ? await BackupFile.open(path, () => tally.step("export"))
    : await openStopped(path);
  let damaged: number;
  try {
    damaged = target
      ? await writeNewFile(target, (file) =>
          write(command, entries, tally, async (text) => void (await file.writeFile(text))),
        )
      : await write(command, entries, tally, (text) => operator.write(text));
  } finally {
    await entries.close();
  }
  const left = damaged > 0 ? `; ${amount(damaged, "message")} could not be read` : "";
  const where = target ? basename(target) : "the output";
  operator.aside(`${JSON.stringify(command.room)} went to ${where}: ${tally}${left}.`);
  return damaged === 0;
}

/** @returns how many messages could not be read */
async function write(
  { room, form }: ExportCommand,
  entries: Entries,
  tally: Tally,
  out: (text: string) => Promise<void>,
): Promise<number> {
  const story = await Story.read(entries, room, () => tally.step("export"));
  const writer = writerOf(form);
  let damaged = 0;
  let text = writer.begin(story);
  const flush = async () => {
    tally.bytes += Buffer.byteLength(text);
    if (text !== "") await out(text);
    text = "";
  };
  for await (const told of story.tell()) {
    tally.step("export");
    if ("seq" in told) {
      text += writer.told(told);
      tally.messages++;
    } else {
      text += writer.missing(told);
      if (told.isDamaged) damaged += told.to - told.from + 1;
    }
    if (text.length >= WRITE_CHARACTERS) await flush();
  }
  text += writer.end();
  await flush();
  return damaged;
}

function writerOf(form: ExportCommand["form"]): FormWriter {
  if (form === "html") return html(Date.now());
  return form === "text" ? plainText() : jsonLines();
}
