/**
 * `madang import`: what was said elsewhere becomes a room of a stopped server, with numbers of its log. Whoever speaks
 * in it gets an identity that nobody holds. Invariant: a file that cannot be taken whole changes nothing, and a room
 * that has messages is never added to.
 */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { openLevelLog } from "../log/level/level-log.ts";
import type { AppendBlock, Log, RoomMeta } from "../log/log.ts";
import { Projections } from "../room/projections.ts";
import { BlockWriter } from "../wire/block.ts";
import { encodeText } from "../wire/bytes.ts";
import { checkRoomName } from "../wire/names.ts";
import type { RecordKind } from "../wire/records/kind.ts";
import { kinds } from "../wire/records/registry.ts";
import { type Imported, LineError, type ReadLine, readerFor } from "./import-lines.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";
import { explainFile } from "./new-file.ts";
import { amount, type Operator, Tally } from "./operator.ts";

export interface ImportCommand {
  file: string;
  room: string;
  data: string;
}

/** A block is sealed with as much: what a server under load makes of a flush. */
const BLOCK_BYTES = 16 * 1024;
const BLOCKS_AT_ONCE = 64;
/** A message with all signs that it may have takes less. */
const MAX_LINE = 1 << 20;

/** What a first reading of the file found. */
interface Survey {
  messages: number;
  passed: number;
  /** By whom a line is, with the place in the order in which they come. */
  people: Map<string, number>;
  /** Numbers, as the file has them, of what is answered or has reactions. */
  referred: Set<number>;
}

/** @throws KeepError, LogError */
export async function importRoom({ file, room, data }: ImportCommand, operator: Operator): Promise<void> {
  const tally = new Tally(operator);
  const name = checkRoomName(room);
  if (!name.ok)
    throw new KeepError(KeepErrorCode.noRoom, `${JSON.stringify(room)} cannot be the name of a room.`);
  const survey = await look(file, tally);
  if (survey.messages === 0) throw new KeepError(KeepErrorCode.badFile, `${file} has no message.`);
  if (!existsSync(join(data, "log", "CURRENT")))
    throw new KeepError(KeepErrorCode.missing, `There is no data folder at ${data}.`);
  const log = await openLevelLog(data, { report: (_event, text) => operator.say(text) });
  try {
    const meta = await newRoom(log, name.name);
    await new Writing(log, meta, survey, await log.reserveAuthors(survey.people.size), tally).all(file);
  } finally {
    await log.close();
  }
  tally.rooms = 1;
  const people = survey.people.size === 1 ? "1 person" : `${survey.people.size.toLocaleString("en")} people`;
  const passed = survey.passed > 0 ? `; ${amount(survey.passed, "line")} said nothing` : "";
  operator.say(`${JSON.stringify(name.name)} holds what ${people} said in ${file}: ${tally}${passed}.`);
}

async function newRoom(log: Log, name: string): Promise<RoomMeta> {
  const there = (await log.rooms()).find((meta) => meta.name === name);
  if (there)
    throw new KeepError(
      KeepErrorCode.exists,
      `There is a room ${JSON.stringify(name)} already, and nothing is added to it: import under another name.`,
    );
  return { room: log.nextRoom, name, createdAt: 0, flags: 0 };
}

async function* linesOf(file: string): AsyncGenerator<Imported | null> {
  let read: ReadLine | null = null;
  let number = 0;
  try {
    for await (const line of splitLines(createReadStream(file, "utf8"))) {
      number++;
      if (line.length > MAX_LINE) throw new LineError("is too long");
      if (line === "") continue;
      read ??= readerFor(line);
      if (!read)
        throw new KeepError(
          KeepErrorCode.badFile,
          `${file} is neither JSON Lines of an export nor a log of irssi or weechat.`,
        );
      yield read(line);
    }
  } catch (error) {
    if (error instanceof LineError)
      throw new KeepError(KeepErrorCode.badFile, `${file}, line ${number}: it ${error.message}.`);
    throw explainFile(file, error);
  }
}

/** By line feeds alone: a text may hold other signs that end a line. */
async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  let isFirst = true;
  for await (const chunk of chunks) {
    // A mark of the order of bytes is no text.
    const lines = (rest + (isFirst ? chunk.replace(/^\ufeff/, "") : chunk)).split("\n");
    isFirst = false;
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, "");
    if (rest.length > MAX_LINE) break;
  }
  if (rest !== "") yield rest;
}

/** Nobody's words are written before all of them can be. */
async function look(file: string, tally: Tally): Promise<Survey> {
  const survey: Survey = { messages: 0, passed: 0, people: new Map(), referred: new Set() };
  const { people } = survey;
  const meet = (who: string) => people.has(who) || people.set(who, people.size);
  const names = new Set<string>();
  for await (const line of linesOf(file)) {
    tally.step("import");
    if (!line) {
      survey.passed++;
      continue;
    }
    survey.messages++;
    meet(line.who);
    names.add(line.name);
    if (line.to !== null) survey.referred.add(line.to);
    for (const { names: signers } of line.reactions)
      for (const signer of signers) if (!names.has(signer)) meet(strangerOf(signer));
  }
  return survey;
}

/** Somebody who put a sign and has not spoken by then. */
const strangerOf = (name: string): string => `signer ${name}`;

class Writing {
  readonly #log: Log;
  readonly #meta: RoomMeta;
  readonly #survey: Survey;
  readonly #firstAuthor: number;
  readonly #tally: Tally;
  readonly #writer = new BlockWriter();
  readonly #projections = new Projections();
  readonly #nonces = new Map<number, number>();
  /** Who spoke last under a name. */
  readonly #named = new Map<string, number>();
  /** Numbers in this log of what is answered. */
  readonly #numbers = new Map<number, number>();
  #blocks: AppendBlock[] = [];
  #isFounded = false;
  #next: number;
  /** Of the first record of the block that is being made. */
  #from: number;
  #fromTime = 0;
  #time = 0;

  constructor(log: Log, meta: RoomMeta, survey: Survey, firstAuthor: number, tally: Tally) {
    this.#log = log;
    this.#meta = meta;
    this.#survey = survey;
    this.#firstAuthor = firstAuthor;
    this.#tally = tally;
    this.#next = log.firstOf(meta.name);
    this.#from = this.#next;
    this.#projections.skipTo(this.#next);
  }

  async all(file: string): Promise<void> {
    try {
      for await (const line of linesOf(file)) {
        if (!line) continue;
        this.#tally.step("import");
        this.#put(line);
        if (this.#blocks.length >= BLOCKS_AT_ONCE) await this.#append(false);
      }
      this.#seal();
      await this.#append(true);
    } catch (error) {
      // It would look like a room that somebody else began.
      if (this.#isFounded) await this.#log.drop(this.#meta.room);
      throw error;
    }
  }

  #put({ who, name, time, kind, text, seq, to, reactions }: Imported): void {
    const author = this.#authorOf(who);
    this.#named.set(name, author);
    // A clock that was set back has no say in the order.
    this.#time = Math.max(this.#time, time);
    const answered = to === null ? undefined : this.#numbers.get(to);
    const number = this.#next;
    if (kind === "reply" && answered !== undefined)
      this.#record(author, name, kinds.reply, { to: answered, text });
    else this.#record(author, name, kind === "action" ? kinds.action : kinds.text, { text });
    if (seq !== null && this.#survey.referred.has(seq)) this.#numbers.set(seq, number);
    this.#tally.messages++;
    for (const { sign, names } of reactions)
      for (const signer of names)
        this.#record(this.#named.get(signer) ?? this.#authorOf(strangerOf(signer)), signer, kinds.reaction, {
          ...{ to: number, on: true },
          text: sign,
        });
  }

  #authorOf(who: string): number {
    return this.#firstAuthor + this.#survey.people.get(who)!;
  }

  #record<Body extends object>(author: number, name: string, kind: RecordKind<Body>, body: Body): void {
    const nonce = (this.#nonces.get(author) ?? 0) + 1;
    this.#nonces.set(author, nonce);
    if (this.#writer.count === 0) this.#fromTime = this.#time;
    this.#writer.record(kind.kind, author, nonce, this.#time, encodeText(name), kind.write(body));
    this.#next++;
    if (this.#writer.bytes >= BLOCK_BYTES) this.#seal();
  }

  #seal(): void {
    const { count } = this.#writer;
    if (count === 0) return;
    const [room, seq] = [this.#meta.room, this.#from];
    const bytes = this.#writer.seal(room, seq);
    this.#projections.apply(bytes);
    this.#blocks.push({ room, seq, count, time: this.#fromTime, bytes });
    this.#tally.bytes += bytes.length;
    this.#from = this.#next;
  }

  /** With the last of it a snapshot, so that nobody who enters waits for all of it to be read. */
  async #append(isLast: boolean): Promise<void> {
    const rooms = this.#isFounded ? [] : [{ ...this.#meta, createdAt: Date.now() }];
    const blocks = this.#blocks;
    await this.#log.append({ blocks, rooms, snapshots: [] });
    this.#isFounded = true;
    this.#blocks = [];
    if (!isLast) return;
    const snapshot = { room: this.#meta.room, seq: this.#next - 1, bytes: this.#projections.encode() };
    await this.#log.append({ blocks: [], rooms: [], snapshots: [snapshot] });
  }
}
