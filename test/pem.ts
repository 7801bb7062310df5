/** Certificates for tests, made by openssl: what they are called says which one a server shows. */
import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

export interface Pem {
  cert: string;
  key: string;
}

const SUBJECT = "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:chat.example";

/** Files in that folder. `kind`: of the key. */
export function makePem(folder: string, name: string, kind: "ec" | "rsa" = "ec", days = 90): Pem {
  const pem = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const key = kind === "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] : ["rsa:2048"];
  const what = ["-days", String(days), "-subj", `/CN=${name}`, "-addext", SUBJECT];
  const where = ["-keyout", pem.key, "-out", pem.cert];
  execFileSync("openssl", ["req", "-x509", "-nodes", "-newkey", ...key, ...where, ...what], {
    stdio: "ignore",
  });
  return pem;
}

/** The two places that a server is started with, as links, which is how certbot does it. */
export function linkPem(folder: string, to: Pem): Pem {
  const pem = { cert: join(folder, "live.crt"), key: join(folder, "live.key") };
  relink(pem.cert, to.cert);
  relink(pem.key, to.key);
  return pem;
}

/** Another file behind a link, in one step. */
export function relink(link: string, to: string): void {
  symlinkSync(to, `${link}.new`);
  renameSync(`${link}.new`, link);
}

/** Written over, in place. */
export function overwrite({ cert, key }: Pem, by: Pem): void {
  copyFileSync(by.cert, cert);
  copyFileSync(by.key, key);
}

export const flagsOf = ({ cert, key }: Pem) => ["--tls-cert", cert, "--tls-key", key];

/** A connection whose handshake is done. */
export function connectTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((done, fail) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }, () =>
      done(socket),
    );
    socket.on("error", fail);
  });
}

/** What the certificate is called that the server shows now. */
export async function shownBy(port: number): Promise<string> {
  const socket = await connectTls(port);
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return String(name);
}
