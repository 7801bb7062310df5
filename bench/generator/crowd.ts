/**
 * All people of a measurement: brings them into their rooms, and knows what each should have received. How messages
 * are timed is load.ts.
 */

import { Arena } from "./arena.ts";
import type { Faults, OpenCommand, OpenResult } from "./commands.ts";
import { startGauge } from "./gauge.ts";
import { MadangPerson } from "./madang-person.ts";
import { Outbox } from "./outbox.ts";
import type { Common, CrowdRoom, Person } from "./person.ts";
import { PlainPerson } from "./plain-person.ts";
import { SocketIoPerson } from "./socket-io-person.ts";
import { Tally } from "./tally.ts";

const KINDS = { madang: MadangPerson, plain: PlainPerson, "socket.io": SocketIoPerson } as const;
/** So many receivers, spread evenly, look into messages. */
const SAMPLED = 64;
/** A source address has some 28,000 ports, and those used a moment ago rest for a while. */
const SOURCES = 16;

export class Crowd {
  readonly people: Person[] = [];
  readonly rooms: CrowdRoom[];
  readonly tally = new Tally();
  readonly pid: number;
  readonly port: number;
  #command: OpenCommand;

  constructor(command: OpenCommand) {
    this.#command = command;
    this.pid = command.pid;
    this.port = command.port;
    const { port, people, history } = command;
    const common: Common = {
      host: "127.0.0.1",
      port,
      people,
      history,
      arena: new Arena(),
      outbox: new Outbox(),
      tally: this.tally,
    };
    this.rooms = Array.from({ length: command.rooms }, (_, i) => ({ name: `yard${i}`, expected: 0 }));
    const stride = Math.max(1, Math.floor(people / SAMPLED));
    for (let i = 0; i < people; i++) {
      const person = new KINDS[command.protocol](common, i, this.rooms[i % command.rooms]!);
      person.sampled = i % stride === 0;
      this.people.push(person);
    }
  }

  /** Brings everybody in. @throws Error when somebody cannot get in. */
  async open(): Promise<OpenResult> {
    const read = startGauge(this.tally, this.pid);
    const waiting = this.people.values();
    const bringIn = async () => {
      for (const person of waiting) await person.connect(sourceOf(person.index));
    };
    await Promise.all(Array.from({ length: this.#command.atOnce }, bringIn));
    const { seconds, generatorCpu, serverCpuMs } = read();
    return { seconds, generatorCpu, serverCpuMs, ...this.faults() };
  }

  /** Deliveries that are due and have not come. */
  get missing(): number {
    return this.people.reduce((sum, person) => sum + Math.abs(person.room.expected - person.received), 0);
  }

  get isComplete(): boolean {
    return this.people.every((person) => person.isComplete);
  }

  faults(): Faults {
    const { gaps, repeats, troubles } = this.tally;
    return { missing: this.missing, gaps, repeats, troubles };
  }

  /**
   * Resolves when everything has arrived, or when nothing more has come for `quietMs`.
   * @returns false when something still came after `mostMs`
   */
  async drain(quietMs: number, mostMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    let { delivered } = this.tally;
    const start = performance.now();
    let since = start;
    while (!this.isComplete && performance.now() - since < quietMs) {
      if (performance.now() - start > mostMs) return false;
      await new Promise((done) => setTimeout(done, 5));
      if (this.tally.delivered !== delivered) since = performance.now();
      delivered = this.tally.delivered;
    }
    return true;
  }

  close(): void {
    for (const person of this.people) person.leave();
  }
}

/** Only Linux gives every address of 127.0.0.0/8 to the loopback without being told. */
function sourceOf(index: number): string | undefined {
  return process.platform === "linux" ? `127.0.0.${2 + (index % SOURCES)}` : undefined;
}
