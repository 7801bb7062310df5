/** The flags of the hostile suite. Invariant: what is refused here is refused with one sentence and exit code 2. */
import { ATTACKS, SHORT } from "./attacks.ts";

export interface Options {
  do: "attack" | "list" | "help";
  seed: number;
  /** How long each attack goes on. */
  seconds: number;
  /** How long memory has to come back. */
  afterSeconds: number;
  /** Names of attacks, in the order of the table. */
  only: string[];
  /** Connections an attack may open in all where it is about their number. */
  connections: number;
  /** Frames that are changed at random. */
  mutations: number;
  /** Whether the time that good ones wait decides too: not where other programs share the machine. */
  judgesTime: boolean;
  /** What is switched off on purpose, or empty. */
  control: string;
  markdown: boolean;
  json: string;
  data: string;
}

export class OptionsError extends Error {
  override name = "OptionsError";
}

export const CONTROLS = ["no-budgets"];

const SHORT_RUN: Partial<Options> = {
  seconds: 1,
  afterSeconds: 5,
  mutations: 20_000,
  connections: 1_200,
  judgesTime: false,
};

export const HELP = `madang hostile: attacks a server of its own and looks at what its good visitors notice

  --list              the attacks
  --only LIST         only these
  --seconds NUMBER    how long each goes on [3]
  --seed NUMBER       chooses the same bytes again
  --full              20,000 connections instead of 2,000
  --short             a handful of attacks, a second each, without a judgement on time
  --control NAME      switches a protection off, so that the result must be red: ${CONTROLS.join(", ")}
  --markdown          the table in Markdown
  --json FILE         writes the figures
  --data FOLDER       where the temporary folder is made [the system's]
  --help              this text

It needs Linux: addresses of 127.0.0.0/8 and /proc.
Exit codes: 0 when every line is green, 1 when not, 2 for a wrong flag.
`;

/** @throws OptionsError */
export function readOptions(args: readonly string[]): Options {
  const options: Options = {
    do: "attack",
    seed: Math.floor(Math.random() * 1e9),
    seconds: 3,
    afterSeconds: 10,
    only: [],
    connections: 2_000,
    mutations: 200_000,
    judgesTime: true,
    control: "",
    markdown: false,
    json: "",
    data: "",
  };
  let short = false;
  // What a short run is stands first, wherever the flag does: the others have the last word.
  if (args.includes("--short")) Object.assign(options, SHORT_RUN);
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = args[i]!.split("=", 2) as [string, string | undefined];
    const value = (): string => {
      const given = inline ?? args[++i];
      if (given === undefined) throw new OptionsError(`${flag} needs a value.`);
      return given;
    };
    const number = (least: number, most: number): number => {
      const given = value();
      if (!/^\d+$/.test(given) || Number(given) < least || Number(given) > most)
        throw new OptionsError(`${flag} takes a whole number from ${least} to ${most}, not "${given}".`);
      return Number(given);
    };
    if (flag === "--help" || flag === "-h") options.do = "help";
    else if (flag === "--list") options.do = "list";
    else if (flag === "--only")
      options.only = names(
        flag,
        value(),
        ATTACKS.map(({ name }) => name),
      );
    else if (flag === "--seconds") options.seconds = number(1, 600);
    else if (flag === "--seed") options.seed = number(0, Number.MAX_SAFE_INTEGER);
    else if (flag === "--full") options.connections = 20_000;
    else if (flag === "--short") short = true;
    else if (flag === "--control") options.control = names(flag, value(), CONTROLS)[0]!;
    else if (flag === "--markdown") options.markdown = true;
    else if (flag === "--json") options.json = value();
    else if (flag === "--data") options.data = value();
    else throw new OptionsError(`There is no flag ${flag}; --help lists those there are.`);
  }
  if (options.only.length === 0) options.only = short ? [...SHORT] : ATTACKS.map(({ name }) => name);
  return options;
}

function names(flag: string, given: string, known: readonly string[]): string[] {
  const list = given.split(",").map((name) => name.trim());
  for (const name of list)
    if (!known.includes(name)) throw new OptionsError(`${flag} takes ${known.join(", ")}; not "${name}".`);
  return known.filter((name) => list.includes(name));
}
