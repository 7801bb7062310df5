/**
 * The real nginx and Caddy, each run by the file in deploy/ that operators copy: only the name's ports, the certificate
 * and where Madang listens are put in. Ended with its scope.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../bench/free-port.ts";

export const NAME = "chat.example.org";
const DEPLOY = join(import.meta.dirname, "../deploy");
const PATIENCE_MS = 20_000;

export type ProxyName = "nginx" | "Caddy";

export interface ProxyOptions {
  /** Where Madang listens. */
  target: number;
  /** Each stands in the file, and is put in its place by what stands behind it. */
  more?: readonly (readonly [string, string])[];
}

/** Puts one thing in the place of another, everywhere. @throws Error when it is not there: the file has changed. */
function put(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the file has no ${from}`);
  return text.replaceAll(from, to);
}

export class ProxyProcess implements AsyncDisposable {
  readonly port: number;
  output = "";
  #child: ChildProcess;
  #folder: string;
  #exited: Promise<unknown>;

  static async start(name: ProxyName, options: ProxyOptions): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(name, options, await freePort(), await freePort());
    const end = performance.now() + PATIENCE_MS;
    while (!(await isOpen(proxy.port))) {
      if (performance.now() > end || proxy.#child.exitCode !== null || !proxy.#child.pid) {
        await proxy[Symbol.asyncDispose]();
        throw new Error(`${name} does not start: ${proxy.output}`);
      }
      await new Promise((next) => setTimeout(next, 50));
    }
    return proxy;
  }

  private constructor(name: ProxyName, options: ProxyOptions, port: number, plainPort: number) {
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), "madang-proxy-"));
    const args = name === "nginx" ? this.#nginx(options, plainPort) : this.#caddy(options);
    // nginx is not in everybody's PATH.
    const PATH = `${process.env.PATH}:/usr/sbin`;
    const env = { ...process.env, PATH, XDG_DATA_HOME: this.#folder, XDG_CONFIG_HOME: this.#folder };
    this.#child = spawn(name.toLowerCase(), args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.once("error", (error) => {
      this.output += error.message;
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on("data", (chunk) => {
        this.output = (this.output + chunk).slice(-20_000);
      });
    this.#exited = new Promise((done) => this.#child.once("exit", done).once("error", done));
  }

  #nginx({ target, more = [] }: ProxyOptions, plainPort: number): string[] {
    const folder = this.#folder;
    const { certificate } = this;
    const key = join(folder, "key.pem");
    const subject = ["-subj", `/CN=${NAME}`, "-addext", `subjectAltName=DNS:${NAME},DNS:localhost`];
    const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...made, ...subject], { stdio: "ignore" });
    let text = readFileSync(join(DEPLOY, "nginx.conf"), "utf8");
    text = put(text, "listen [::]:80;", "");
    text = put(text, "listen [::]:443 ssl http2;", "");
    text = put(text, "listen 80;", `listen 127.0.0.1:${plainPort};`);
    text = put(text, "listen 443 ", `listen 127.0.0.1:${this.port} `);
    text = put(text, `/etc/letsencrypt/live/${NAME}/fullchain.pem`, certificate);
    text = put(text, `/etc/letsencrypt/live/${NAME}/privkey.pem`, key);
    text = put(text, "127.0.0.1:3000", `127.0.0.1:${target}`);
    for (const [from, to] of more) text = put(text, from, to);
    writeFileSync(join(folder, "madang.conf"), text);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
      .join("\n");
    const around = `daemon off;\npid ${join(folder, "pid")};\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n`;
    writeFileSync(join(folder, "nginx.conf"), `${around}include ${join(folder, "madang.conf")};\n}\n`);
    mkdirSync(join(folder, "logs"));
    return ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
  }

  /** Nobody gives a certificate for that name here, so that Caddy makes one itself, which it trusts nowhere else. */
  #caddy({ target, more = [] }: ProxyOptions): string[] {
    let text = readFileSync(join(DEPLOY, "Caddyfile"), "utf8");
    const site = `https://${NAME}:${this.port} {\n\tbind 127.0.0.1\n\ttls internal`;
    text = put(text, `${NAME} {`, site);
    text = put(text, "127.0.0.1:3000", `127.0.0.1:${target}`);
    for (const [from, to] of more) text = put(text, from, to);
    const global = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n";
    writeFileSync(join(this.#folder, "Caddyfile"), global + text);
    return ["run", "--adapter", "caddyfile", "--config", join(this.#folder, "Caddyfile")];
  }

  /** Of nginx: path of the certificate, which is its own authority. */
  get certificate(): string {
    return join(this.#folder, "certificate.pem");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await this.#exited;
    clearTimeout(timer);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1");
    const tell = (is: boolean) => () => {
      socket.destroy();
      answer(is);
    };
    socket.once("connect", tell(true)).once("error", tell(false));
  });
}
