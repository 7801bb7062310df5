/**
 * As much of an npm registry as installing needs, on 127.0.0.1: it has what is installed beside the tests, packed anew.
 * So npm itself installs, to the last step, on a machine without a network.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

interface Locked {
  /** Where a package is installed under another name than its own. */
  name?: string;
  dev?: boolean;
}

/** Binaries for other systems and versions of Node stay out: the transport has 250 MB of them. */
function othersIn(folder: string): string[] {
  const { platform, arch, versions } = process;
  const own = `uws_${platform}_${arch}_${versions.modules}.node`;
  return readdirSync(folder).filter((name) => /^uws_.*\.node$/.test(name) && name !== own);
}

function pack(folder: string): Buffer {
  const without = othersIn(folder).map((name) => `--exclude=./${name}`);
  const args = ["-cz", "-C", folder, ...without, "--transform", "s,^\\.,package,", "."];
  const tar = spawnSync("tar", args, { maxBuffer: 2 ** 28 });
  if (tar.status !== 0) throw new Error(`tar could not pack ${folder}: ${tar.stderr}`);
  return tar.stdout;
}

/** Serves the packages that `root` needs to run, as its lock file has them. */
export async function openRegistry(root: string): Promise<AsyncDisposable & { url: string }> {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const packages = new Map<string, { folder: string; tarball: Buffer }>();
  for (const [path, { name, dev }] of Object.entries<Locked>(lock.packages)) {
    if (path === "" || dev) continue;
    const folder = join(root, path);
    packages.set(name ?? path.slice("node_modules/".length), { folder, tarball: pack(folder) });
  }
  const server = createServer(({ url = "" }, response) => {
    const [, name = "", isTarball] = /^\/(.+?)(\/-\/tarball)?$/.exec(decodeURIComponent(url)) ?? [];
    const found = packages.get(name);
    if (!found) response.writeHead(404).end("{}");
    else if (isTarball) response.end(found.tarball);
    else {
      const own = JSON.parse(readFileSync(join(found.folder, "package.json"), "utf8"));
      const integrity = `sha512-${createHash("sha512").update(found.tarball).digest("base64")}`;
      const dist = { tarball: `${address}/${name}/-/tarball`, integrity };
      const { version } = own;
      const versions = { [version]: { ...own, dist } };
      response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
    }
  });
  await new Promise<void>((open) => server.listen(0, "127.0.0.1", open));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: address, [Symbol.asyncDispose]: async () => void server.close() };
}
