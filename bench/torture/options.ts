/** The flags of the torture. Invariant: what is refused here is refused with one sentence and exit code 2. */

import { FAULTS } from "./faults.ts";

export interface Options {
  seed: number;
  seconds: number;
  clients: number;
  rooms: number;
  faults: string[];
  control: string;
  data: string;
  json: string;
  /** Damages of a byte or a torn end that are tried. */
  damages: number;
  proveSync: boolean;
  crowd: number;
}

export class OptionsError extends Error {
  override name = "OptionsError";
}

/** With which faults a broken guarantee has to show. */
export const CONTROLS: Record<string, string[]> = {
  "publish-before-commit": ["kill"],
  "ack-before-sync": ["kill"],
  "dedupe-off": ["repeat"],
  "gap-check-off": ["lose"],
  "publish-shuffled": ["reload"],
  "apply-on-append": ["kill"],
  "bans-off": ["kill"],
};

const DAMAGES = ["torn", "flip"];
const SHORT_SECONDS = 30;
const LONG_MINUTES = 10;

export const HELP = `madang torture: breaks a server of its own and checks that nothing was lost

  --short            a run of less than 90 s
  --minutes NUMBER   how long to go on [${LONG_MINUTES}]
  --seconds NUMBER   the same in seconds
  --seed NUMBER      chooses the same faults again
  --fault LIST       only these: ${[...Object.keys(FAULTS), ...DAMAGES].join(", ")}
  --control NAME     breaks a guarantee on purpose, so that the result must be red:
                     ${Object.keys(CONTROLS).join(", ")}
  --clients NUMBER   people [16]
  --rooms NUMBER     rooms [4]
  --data FOLDER      where the temporary folder is made, to try a disk [the system's]
  --json FILE        writes the figures
  --prove-sync       shows, by strace, that nothing leaves the server before it is synced; nothing else is run
  --restart-crowd [NUMBER]   restarts a server with so many connections [5000]; nothing else is run
  --help             this text

Exit codes: 0 when all that must be 0 is 0, 1 when not, 2 for a wrong flag.
`;

/** @throws OptionsError */
export function readOptions(args: readonly string[]): Options | null {
  const options: Options = {
    seed: Math.floor(Math.random() * 1e9),
    seconds: LONG_MINUTES * 60,
    clients: 16,
    rooms: 4,
    faults: [],
    control: "",
    data: "",
    json: "",
    damages: 40,
    proveSync: false,
    crowd: 0,
  };
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = args[i]!.split("=", 2) as [string, string | undefined];
    const value = (): string => {
      const given = inline ?? args[++i];
      if (given === undefined) throw new OptionsError(`${flag} needs a value.`);
      return given;
    };
    const number = (least: number): number => {
      const given = value();
      if (!/^\d+$/.test(given) || Number(given) < least)
        throw new OptionsError(`${flag} takes a whole number from ${least} on, not "${given}".`);
      return Number(given);
    };
    if (flag === "--help" || flag === "-h") return null;
    if (flag === "--short") Object.assign(options, { seconds: SHORT_SECONDS, damages: 8 });
    else if (flag === "--minutes") options.seconds = number(1) * 60;
    else if (flag === "--seconds") options.seconds = number(1);
    else if (flag === "--seed") options.seed = number(0);
    else if (flag === "--clients") options.clients = number(2);
    else if (flag === "--rooms") options.rooms = number(1);
    else if (flag === "--data") options.data = value();
    else if (flag === "--json") options.json = value();
    else if (flag === "--fault") options.faults = names(flag, value(), [...Object.keys(FAULTS), ...DAMAGES]);
    else if (flag === "--control") options.control = names(flag, value(), Object.keys(CONTROLS))[0]!;
    else if (flag === "--prove-sync") options.proveSync = true;
    else if (flag === "--restart-crowd") {
      const next = inline ?? (/^\d+$/.test(args[i + 1] ?? "") ? args[++i] : "5000");
      options.crowd = Number(next);
    } else throw new OptionsError(`There is no flag ${flag}; --help lists those there are.`);
  }
  if (options.faults.length === 0)
    options.faults = options.control ? CONTROLS[options.control]! : [...Object.keys(FAULTS), ...DAMAGES];
  return options;
}

function names(flag: string, given: string, known: readonly string[]): string[] {
  const list = given.split(",").map((name) => name.trim());
  for (const name of list)
    if (!known.includes(name)) throw new OptionsError(`${flag} takes ${known.join(", ")}; not "${name}".`);
  return list;
}
