/** The browsers of `npm run test:engines`: what belongs to each, where it is, and how it comes onto this machine. */
import { chromium, findProgram, installPackages, machine } from "../programs.mjs";

/** Each is driven with all of its programs; `packages` are those of Debian. */
export const engines = {
  chromium: {
    title: "Chromium",
    programs: { browser: chromium },
    packages: ["chromium"],
  },
  firefox: {
    title: "Firefox",
    programs: { browser: { variable: "FIREFOX_PATH", names: ["firefox-esr", "firefox"] } },
    packages: ["firefox-esr"],
  },
  webkit: {
    title: "WebKitGTK",
    programs: {
      driver: { variable: "WEBKIT_DRIVER_PATH", names: ["WebKitWebDriver"], hasVersion: false },
      browser: {
        variable: "MINIBROWSER_PATH",
        names: ["MiniBrowser"],
        places: ["/usr/lib/*/webkit2gtk-4.*/MiniBrowser", "/usr/libexec/webkit2gtk-4.*/MiniBrowser"],
        hasVersion: false,
      },
      screen: { variable: "XVFB_PATH", names: ["Xvfb"], hasVersion: false },
    },
    packages: ["webkit2gtk-driver", "xvfb"],
  },
};

/** Paths of what is there, and what is not. */
function look(names, env) {
  const found = {};
  const missing = [];
  for (const name of names) {
    const { title, programs, packages } = engines[name];
    const paths = {};
    const lacking = [];
    for (const [kind, program] of Object.entries(programs)) {
      const path = findProgram(program, env);
      if (path) paths[kind] = path;
      else lacking.push(program.names[0] ?? kind);
    }
    if (lacking.length === 0) found[name] = paths;
    else
      missing.push({
        name,
        title,
        lacking,
        packages,
        variables: Object.values(programs).map((p) => p.variable),
      });
  }
  return { found, missing };
}

/** One sentence for each engine that is missing: what of it, and what to do. */
export function howToInstall({ title, lacking, packages, variables }) {
  return (
    `${title} is missing (${lacking.join(", ")}). On Debian: apt-get install ${packages.join(" ")}, or run this ` +
    `again with --install; elsewhere install it and set ${variables.join(", ")}.`
  );
}

/** @returns paths of the engines that are there, and sentences about those that are not, which nothing may pass over */
export function findEngines(names, { install = false, env = process.env, on = machine } = {}) {
  const { missing } = look(names, env);
  // Each by itself: where a system lacks one of them, the others come all the same.
  for (const { title, packages, lacking } of install ? missing : []) {
    const why = `${title} is missing for the tests in three engines (${lacking.join(", ")}).`;
    if (!on.isRoot || !on.isDebian) on.say(`${why} Only root on Debian or Ubuntu can have it installed.`);
    else if (!installPackages(packages, { why, instead: "To install it yourself, stop this." }, on))
      on.say("That went wrong; see above.");
  }
  const now = look(names, env);
  return { found: now.found, missing: now.missing.map(howToInstall) };
}
