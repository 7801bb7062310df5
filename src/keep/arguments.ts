/** What the commands of this folder are given on the command line. @throws ConfigError for what cannot be */
import { ConfigError, type KeepName } from "../config.ts";

export const FORMS = ["jsonl", "text", "html"] as const;
export type Form = (typeof FORMS)[number];

export type KeepCommand =
  | { do: "backup"; data: string; target: string }
  | { do: "restore"; backup: string; data: string }
  /** Of a folder or of a backup. */
  | { do: "verify"; path: string }
  /** `target`: empty: to the output. */
  | { do: "export"; room: string; path: string; form: Form; target: string }
  | { do: "import"; file: string; room: string; data: string };

const USAGE: Record<KeepName, string> = {
  backup: "madang backup [--data FOLDER] FILE",
  restore: "madang restore FILE --data FOLDER",
  verify: "madang verify [--data FOLDER | FILE]",
  export: `madang export ROOM [--data FOLDER|BACKUP] [--as ${FORMS.join("|")}] [--to FILE]`,
  import: "madang import FILE --room NAME [--data FOLDER]",
};
/** Flags beside --data. */
const FLAGS: Record<KeepName, readonly string[]> = {
  backup: [],
  restore: [],
  verify: [],
  export: ["as", "to"],
  import: ["room"],
};

/** `data`: where it is when nothing says so; empty: nobody said it at all. */
export function readKeep(name: KeepName, args: readonly string[], data: string): KeepCommand {
  const wrong = (what: string) => new ConfigError(`"madang ${name}" ${what}: ${USAGE[name]}`);
  const flags = new Map<string, string>();
  const places: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const [, flag, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!arg.startsWith("-") || arg === "") places.push(arg);
    else if (flag !== undefined && (flag === "data" || FLAGS[name].includes(flag))) {
      const value = inline ?? args[++i];
      if (!value) throw wrong(`needs a value for --${flag}`);
      if (flags.has(flag)) throw wrong(`takes --${flag} once`);
      flags.set(flag, value);
    } else throw wrong(`has no flag ${arg}`);
  }
  if (places.includes("")) throw wrong("takes no empty name");
  const folder = flags.get("data") ?? data;
  const only = (what: string) => {
    if (places.length !== 1) throw wrong(`takes ${what}`);
    return places[0]!;
  };
  if (name === "backup") return { do: name, data: folder || "./data", target: only("the file to make") };
  if (name === "restore") {
    const backup = only("a backup");
    // Nothing is put where nobody said.
    if (!folder) throw wrong("needs --data");
    return { do: name, backup, data: folder };
  }
  if (name === "export") {
    const room = only("the name of a room");
    const form = FORMS.find((one) => one === (flags.get("as") ?? "jsonl"));
    if (!form) throw wrong(`takes ${FORMS.join(", ")} with --as, not "${flags.get("as")}"`);
    return { do: name, room, path: folder || "./data", form, target: flags.get("to") ?? "" };
  }
  if (name === "import") {
    const file = only("a file");
    const room = flags.get("room");
    if (!room) throw wrong("needs --room");
    return { do: name, file, room, data: folder || "./data" };
  }
  if (places.length > (flags.has("data") ? 0 : 1)) throw wrong("takes one folder or backup");
  return { do: name, path: places[0] ?? (folder || "./data") };
}
