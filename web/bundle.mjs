/**
 * Makes the scripts of the page in one language: one with all that the page imports at once, and one for each part
 * that it imports later. Part of build.mjs, which hands in how a bundle is made and checked.
 * Invariants: what the page's script uses is there alone, and the others import it from there; no part imports another.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { minify } from "terser";
import { namesThatStay } from "./property-names.mjs";

const MAIN = "main";
/** Of a property; others have to be quoted, and stay. */
const NAME = /^[A-Za-z_$][\w$]*$/;

/** The page of a language is made with its words alone: they stand in files of the same exports. */
const wordsOf = (root, language) => ({
  name: "words",
  setup(build) {
    build.onResolve({ filter: /[\\/]texts[\\/]en(-\w+)?\.ts$/ }, ({ path }) => ({
      path: join(root, "web/texts", basename(path).replace(/^en/, language)),
    }));
  },
});

const madeEnums = new Set();
const TABLE = /^(export )?const (\w+) = \{([^{}]*)\} as const;$/gm;
const MEMBER = /^\s*(\w+): ("[^"]*"|[\d_x a-f*]+)$/;
/** What stands in a table by its name, since a smaller script needs it alone. */
const [SUBPROTOCOL] = /"[^"]+"/.exec(
  readFileSync(new URL("../src/wire/subprotocol.ts", import.meta.url), "utf8"),
);
/** They are asked for all of their members. An enum has further ones. */
const usedWhole = ["LimitId"];

/**
 * A table of codes is an object, and keeps all of its names in the bundle. Of an enum the bundler puts the values where
 * they are used and leaves the rest out. An enum has further members, so nobody may use one as an object:
 * `refuseWholeUse` sees to that.
 */
const codesInPlace = {
  name: "codes-in-place",
  setup(build) {
    build.onLoad(
      { filter: /[\\/](codes|contract|frames|block|limits|reading-place|tab-turns)\.ts$/ },
      ({ path }) => ({
        contents: readFileSync(path, "utf8").replaceAll(TABLE, (whole, exported = "", name, body) => {
          const members = body
            .replace(/\/\*\*.*?\*\//gs, "")
            .replace("SUBPROTOCOL", SUBPROTOCOL)
            .replace("Number.MAX_SAFE_INTEGER", String(Number.MAX_SAFE_INTEGER))
            .split(",")
            .filter((member) => member.trim() !== "")
            .map((member) => MEMBER.exec(member));
          if (usedWhole.includes(name) || members.includes(null)) return whole;
          madeEnums.add(name);
          // States are words for whoever debugs a client. The page, which neither shows nor keeps them, has numbers.
          const isState = name.endsWith("State");
          const values = members.map(([, key, value], at) => `${key} = ${isState ? at + 1 : value}`);
          return `${exported}enum ${name} {${values}}`;
        }),
        loader: "ts",
      }),
    );
  },
};

/** Which error it is, and where, its class and its place say; its sentence is for whoever writes a client. */
const SENTENCE = /\bnew (\w*Error)\((?:"[^"\\\n]*"|`[^`\\$]*(?:\$\{[\w.]+\}[^`\\$]*)*`)\)/g;
const withoutSentences = (text) => text.replace(SENTENCE, "new $1()");

/** @param inputs paths of all sources of a bundle, from the root. */
function refuseWholeUse(root, inputs) {
  const names = [...madeEnums].join("|");
  const whole = new RegExp(
    `(?:\\bObject\\.\\w+\\(\\s*|\\.\\.\\.|\\bin )(?:${names})\\b|\\b(?:${names})\\[[^\\]]`,
  );
  for (const path of inputs.filter((one) => !one.startsWith("node_modules"))) {
    const [found] = whole.exec(readFileSync(join(root, path), "utf8")) ?? [];
    if (found) throw new Error(`${path}: "${found}" uses a table of codes as an object; see codesInPlace.`);
  }
}

const nameOf = (path) => basename(path, ".js");
const hashOf = (text) => createHash("sha256").update(text).digest("base64url").slice(0, 8);

/** Smaller than what the bundler's own minifier leaves, by 2 % of what is sent. */
async function shrink(text) {
  const compress = {
    passes: 3,
    unsafe: true,
    unsafe_arrows: true,
    pure_getters: true,
    keep_fargs: false,
    // What these make shorter is more once it is compressed.
    sequences: false,
    if_return: false,
    lhs_constants: false,
  };
  return (await minify(text, { module: true, ecma: 2020, compress, format: { ecma: 2020 } })).code;
}

/** Each piece of a part asks the script for its own: together they are shorter. */
const IMPORT = new RegExp(`import\\{([^}]*)\\}from"\\./${MAIN}\\.js";`, "g");

function importAtOnce(text) {
  const asked = [...text.matchAll(IMPORT)].map(([, names]) => names).filter((names) => names !== "");
  const rest = text.replace(IMPORT, "");
  return asked.length === 0 ? rest : `import{${asked}}from"./${MAIN}.js";${rest}`;
}

/**
 * `bundle` takes an entry and more options of the bundler, `transform` a script. `names`: an object that is the same
 * for all languages.
 * @returns {Promise<{name: string, text: string, hash: string, isFirst: boolean, entry?: string}[]>}
 */
export async function bundlePage(bundle, transform, { root, language, define, quick, names }) {
  const { outputFiles, metafile } = await bundle("web/main.tsx", {
    define,
    splitting: true,
    metafile: true,
    minify: false,
    minifySyntax: true,
    // All of our targets have them: no need to make them of strings.
    supported: { "regexp-unicode-property-escapes": true },
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    plugins: [codesInPlace, wordsOf(root, language)],
  });
  refuseWholeUse(root, Object.keys(metafile.inputs));
  const sources = new Map(outputFiles.map(({ path, text }) => [nameOf(path), withoutSentences(text)]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, one]) => [nameOf(path), one]));
  const first = new Set([MAIN]);
  for (const one of first) {
    for (const { path, kind } of outputs.get(one).imports)
      if (kind === "import-statement") first.add(nameOf(path));
  }

  // What several parts have in common and the script has not is in each of them: another request would cost more.
  const isCommon = (one) => !first.has(one) && !outputs.get(one).entryPoint;
  const exported = [...outputs.values()].flatMap(({ entryPoint, exports }) => (entryPoint ? exports : []));
  names.cache ??= namesThatStay(root, Object.keys(metafile.inputs), exported);
  // Those of the page's script come first, and get the shortest names.
  for (const one of [...first, ...[...sources.keys()].filter((name) => !first.has(name))]) {
    const options = { mangleProps: NAME, mangleCache: names.cache };
    const { code, mangleCache } = await transform(sources.get(one), options);
    sources.set(one, code);
    names.cache = mangleCache;
    for (const [, asked] of code.matchAll(/"(\w+)" in /g))
      if (names.cache[asked]) throw new Error(`"${asked}" is looked for by a name that it does not keep.`);
  }

  // Each value that a piece of the page's script exports has a name of its own there.
  const keys = new Map();
  for (const one of first)
    for (const value of outputs.get(one).exports) keys.set(`${one} ${value}`, `_${keys.size.toString(36)}`);
  const valuesOf = (one) => outputs.get(one).exports.map((value) => [value, keys.get(`${one} ${value}`)]);
  /** Bundles once more, with the pieces of the page's script as `load` has them and all else left outside. */
  const joined = async (one, contents, load) => {
    const isScript = one === MAIN;
    const pieces = {
      name: "pieces",
      setup(build) {
        build.onResolve({ filter: /^\.\// }, ({ path, kind, namespace }) => {
          const one = nameOf(path);
          if (kind === "dynamic-import") return { path, external: true };
          if (isCommon(one)) return { path: one, namespace: "common" };
          const isHere = first.has(one) && (isScript || namespace !== "pieces");
          return isHere ? { path: one, namespace: "pieces" } : { path, external: true };
        });
        build.onLoad({ filter: /./, namespace: "pieces" }, ({ path }) => ({
          contents: load(path),
          resolveDir: root,
        }));
        build.onLoad({ filter: /./, namespace: "common" }, ({ path }) => ({
          contents: sources.get(path),
          resolveDir: root,
        }));
      },
    };
    const stdin = { contents, resolveDir: root, loader: "js" };
    const { outputFiles } = await bundle(one, { entryPoints: [], stdin, plugins: [pieces] });
    return outputFiles[0].text;
  };

  const texts = new Map();
  const fromScript = (one) =>
    `export {${valuesOf(one).map(([value, key]) => `${key} as ${value}`)}} from "./${MAIN}.js";`;
  for (const [one, source] of sources)
    if (!first.has(one) && !isCommon(one)) texts.set(one, await joined(one, source, fromScript));
  const used = new Set([...texts.values()].join().match(/\b_[\da-z]+\b/g));
  const exports = [...first].map((one) => {
    const values = valuesOf(one).filter(([, key]) => used.has(key));
    return `export {${values.map(([value, key]) => `${value} as ${key}`)}} from "./${one}.js";`;
  });
  const script = [`import "./${MAIN}.js";`, ...exports].join("\n");
  texts.set(MAIN, await joined(MAIN, script, (one) => sources.get(one)));
  if (!quick) for (const [one, text] of texts) texts.set(one, importAtOnce(await shrink(text)));
  return named(texts, outputs);
}

/**
 * A name carries the hash of the content and of all that the content names. The page's script and its parts name each
 * other: they have one hash in common. What names nothing has its own, and is the same file in both languages.
 */
function named(texts, outputs) {
  const mentioned = (text) => [...texts.keys()].filter((one) => text.includes(`"./${one}.js"`));
  const common = hashOf(JSON.stringify([...texts]));
  const files = new Map(
    [...texts].map(([one, text]) => {
      const { entryPoint: entry } = outputs.get(one);
      const hash = mentioned(text).length > 0 ? common : hashOf(text);
      const stem = one === MAIN ? "app" : basename(entry, extname(entry));
      return [one, { name: `${stem}-${hash}.js`, hash, entry, isFirst: one === MAIN }];
    }),
  );
  return [...texts].map(([one, text]) => ({
    ...files.get(one),
    text: mentioned(text).reduce(
      (done, other) => done.replaceAll(`"./${other}.js"`, `"./${files.get(other).name}"`),
      text,
    ),
  }));
}
