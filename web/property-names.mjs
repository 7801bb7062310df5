/**
 * Which names of properties become short in the scripts of the page: those that nobody else knows. Part of bundle.mjs.
 * Whatever the browser or JSX declares keeps its name, as do what a part exports, what is kept on the device, and all in
 * packages but Preact.
 * Invariant: a name is short in all scripts of both languages or in none, and the short one is nobody else's.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What later versions of the page read on the device, or the server writes: members of these types keep their names. */
const KEPT = {
  "src/client/contract.ts": ["Identity", "EntryRefusal", "OutboxEntry"],
  "src/wire/block.ts": ["RecordHead", "TextRecord", "ActRecord"],
  "src/wire/frames.ts": ["RoomSummary"],
  "web/components/room-search.tsx": ["RoomsAnswer"],
  "web/kept-pages.ts": ["KeptPage"],
  "web/timeline.ts": ["Gap"],
  "web/drafts.ts": ["Draft"],
};
/** What some browsers have and the types do not declare. */
const UNDECLARED = ["moveBefore", "trustedTypes", "createPolicy", "createScriptURL"];
/** What Preact finds by its name in a string. */
const FOUND = ["ref", "key", "children"];

const MEMBER =
  /^\s*(?:(?:readonly|get|set|declare|var|const|function|class|interface|namespace) )*"?([A-Za-z_$][\w$]*)"?\??\s*(?:[:(<{]|extends )/gm;
const read = (path) => readFileSync(path, "utf8");
const membersIn = (text) => [...text.matchAll(MEMBER)].map(([, name]) => name);

function keptNames(root) {
  return Object.entries(KEPT).flatMap(([path, types]) =>
    types.flatMap((type) => {
      const [, body] =
        new RegExp(`^(?:export )?interface ${type}(?: extends \\w+)? \\{\n(.*?)^\\}`, "ms").exec(
          read(join(root, path)),
        ) ?? [];
      if (!body) throw new Error(`${path} has no interface ${type}: see KEPT in web/property-names.mjs.`);
      return membersIn(body);
    }),
  );
}

/** The types of the platform, which come with the compiler for this machine. */
function platformTypes(root) {
  const scope = join(root, "node_modules/@typescript");
  for (const name of readdirSync(scope)) {
    const lib = join(scope, name, "lib");
    const files = readdirSync(lib).filter((file) => /^lib\..*\.d\.ts$/.test(file));
    if (files.includes("lib.dom.d.ts")) return files.map((file) => join(lib, file));
  }
  throw new Error("The types of the platform are not where they should be.");
}

/** What a source says of the window is known to scripts that are no part of these. */
function globalNames(root) {
  const sources = readdirSync(join(root, "web")).filter((name) => name.endsWith(".ts"));
  return sources.flatMap((name) => {
    const [, body = ""] = /^declare global \{\n(.*?)^\}/ms.exec(read(join(root, "web", name))) ?? [];
    return membersIn(body);
  });
}

/** Whoever wrote a package may ask for a name by a text. Preact does for few. */
function namesInPackages(root, inputs) {
  const packages = inputs.filter((path) => /^node_modules\/(?!preact\/)/.test(path));
  return packages.flatMap((path) => read(join(root, path)).match(/[A-Za-z_$][\w$]*/g));
}

/**
 * Names that stay, in the form of the bundler's cache, which it fills with those that it makes up.
 * @param inputs paths of all sources, from the root
 * @param exported names that scripts ask each other for
 */
export function namesThatStay(root, inputs, exported) {
  const jsx = ["jsx.d.ts", "dom.d.ts"].map((file) => join(root, "node_modules/preact/src", file));
  const declared = [...platformTypes(root), ...jsx].flatMap((path) => membersIn(read(path)));
  const asked = [...namesInPackages(root, inputs), ...globalNames(root)];
  const stay = new Set([...keptNames(root), ...UNDECLARED, ...FOUND, ...exported, ...declared, ...asked]);
  return Object.fromEntries([...stay].map((name) => [name, false]));
}
