/** What README.md and PROTOCOL.md point at is there: files, headings, and commands of package.json. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const withoutExamples = (text: string) => text.replaceAll(/^```.*?^```/gms, "");

/** The anchors that GitHub gives to headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutExamples(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\- ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe.each(["README.md", "PROTOCOL.md"])("what %s points at", (document) => {
  const text = withoutExamples(read(document));

  test("as a link leads to a file and a heading that are there", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    expect(links.length).toBeGreaterThan(5);
    const dead = links.filter(([, file, anchor]) => {
      if (file && !existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(read(file || document)).has(anchor);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  });

  test("as a file of the repository is there", () => {
    const paths = [...text.matchAll(/`((?:src|web|bench|test|deploy)\/[\w./-]+)`/g)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("as a command is one of package.json", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const commands = [...read(document).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  });
});
