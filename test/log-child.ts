/**
 * A process that appends to a log without an end and says on stdout what was committed, to be killed at any
 * moment; with "hold", only keeps the log open; with "priorities", writes enough for a compaction and tells the
 * priorities of its threads. Tests bundle and start it.
 */
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { openLevelLog } from "../src/log/level/level-log.ts";
import { LogError } from "../src/log/log.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { EVERYTHING, fill, makeBlock } from "./log-blocks.ts";

const [folder, what] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
try {
  const log = await openLevelLog(folder!);
  say(`open ${log.epoch}`);
  if (what === "verify") {
    let lost = 0;
    for (let room = 1; room <= 3; room++) {
      const { head } = await log.bounds(room);
      const blocks = await log.readForward(room, 1, EVERYTHING);
      let next = 1;
      for (const { seq, count, bytes } of blocks) {
        const isLost = decodeBlock(bytes).lost.length > 0;
        if (isLost) lost += count;
        const same = isLost || Buffer.from(makeBlock(room, seq, 20).bytes).equals(bytes);
        if (!same || seq !== next) say(`wrong bytes in room ${room}`);
        next += count;
      }
      if (next !== 61 || head !== 60) say(`room ${room} is not whole`);
    }
    say(lost === 0 ? "whole" : `lost ${lost}`);
    await log.close();
  } else if (what === "priorities") {
    await fill(log, 1, ...Array.from({ length: 400 }, () => 1_000));
    say(`priorities ${threadPriorities().join(" ")}`);
    await log.close();
  } else if (what === "hold") setInterval(() => undefined, 1000);
  else {
    await fill(log, 1, 1);
    for (let { head } = await log.bounds(1); ; ) {
      const author = log.reserveAuthors(1);
      const blocks = [makeBlock(1, head + 1, 1 + (head % 40)), makeBlock(1, head + 2 + (head % 40))];
      await log.append({ blocks, rooms: [], snapshots: [] });
      head = blocks[1]!.seq;
      say(`head ${head}`);
      say(`author ${await author}`);
    }
  }
} catch (error) {
  say(error instanceof LogError ? error.code : String(error));
}

/** Priorities of all threads of this process, from high to low. */
function threadPriorities(): number[] {
  const folder = "/proc/self/task";
  const stats = readdirSync(folder).map((id) => readFileSync(`${folder}/${id}/stat`, "latin1"));
  // Behind the name, which may hold anything, the nice value is the seventeenth.
  const nices = stats.map((stat) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]));
  return nices.sort((a, b) => a - b);
}
