/**
 * The certificate and the key with which this server speaks TLS itself, read from two files and looked at again while it
 * runs. Invariant: a pair that cannot be used changes nothing; at the start it is an error. A pair is taken only when
 * both files stayed as they are between two looks: whoever renews them writes one after the other.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { Tell } from "../telling/events.ts";

export interface CertificateFiles {
  cert: string;
  key: string;
}

const LOOK_EVERY_MS = 1_000;
/** Longest file, bytes: a chain is some thousands. */
const MAX_BYTES = 256 * 1024;

/** The pair cannot be used. The message is one plain sentence. */
export class CertificateError extends Error {
  override name = "CertificateError";
}

interface Pair {
  text: { cert: string; key: string };
  x509: X509Certificate;
}

export interface CertificateWatch {
  /** Reads the files at once, as whoever changed them asks. */
  look(): void;
  stop(): void;
}

export class Certificate {
  readonly files: CertificateFiles;
  #pair: Pair;
  /** Of the files when they were read last, and when they were looked at last. */
  #read: string;
  #seen: string;

  /** @throws CertificateError when the two files hold no pair. */
  constructor(files: CertificateFiles) {
    this.files = files;
    this.#read = stampOf(files);
    this.#seen = this.#read;
    this.#pair = readPair(files);
  }

  /** The pair in force as text: secret. */
  get text(): { cert: string; key: string } {
    return this.#pair.text;
  }

  /** The certificate in force; of a chain the first. */
  get x509(): X509Certificate {
    return this.#pair.x509;
  }

  /**
   * Looks at the files now and then. `renew` puts what they hold in force for new connections and may throw a
   * CertificateError, as it may be that the transport does not take it.
   */
  watch(
    after: (ms: number, run: () => void) => () => void,
    renew: () => void,
    report: Tell,
  ): CertificateWatch {
    let cancel: () => void;
    const take = (): boolean => {
      const stamp = stampOf(this.files);
      this.#read = stamp;
      this.#seen = stamp;
      try {
        const pair = readPair(this.files);
        if (pair.text.cert === this.text.cert && pair.text.key === this.text.key) return false;
        renew();
        this.#pair = pair;
        report(
          "certificate_renewed",
          `The certificate in ${this.files.cert} is in force for new connections, ${validity(pair.x509)}.`,
        );
      } catch (error) {
        if (!(error instanceof CertificateError)) throw error;
        report("certificate_refused", `${error.message} The certificate before it stays in force.`);
      }
      return true;
    };
    const next = (): void => {
      cancel = after(LOOK_EVERY_MS, () => {
        const stamp = stampOf(this.files);
        const isSettled = stamp === this.#seen;
        this.#seen = stamp;
        if (isSettled && stamp !== this.#read) take();
        next();
      });
    };
    next();
    return {
      look: () => {
        if (!take())
          report(
            "certificate_renewed",
            `The certificate in ${this.files.cert} is the one in force, ${validity(this.x509)}.`,
          );
      },
      stop: () => cancel(),
    };
  }
}

function validity({ validTo }: X509Certificate): string {
  return `valid until ${new Date(validTo).toISOString().slice(0, 10)}`;
}

/** Differs when a file was written or put in place of another, be it behind a link. */
function stampOf({ cert, key }: CertificateFiles): string {
  const stamps = [cert, key].map((path) => {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stat ? `${stat.dev} ${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.size}` : "";
  });
  return stamps.join("; ");
}

function readPair({ cert, key }: CertificateFiles): Pair {
  const text = { cert: readText("cert", cert), key: readText("key", key) };
  let x509: X509Certificate;
  let secret: KeyObject;
  try {
    x509 = new X509Certificate(text.cert);
  } catch {
    throw new CertificateError(`--tls-cert: ${cert} holds no certificate in PEM.`);
  }
  try {
    secret = createPrivateKey(text.key);
  } catch {
    throw new CertificateError(
      `--tls-key: ${key} holds no key in PEM that can be read without a passphrase.`,
    );
  }
  if (!x509.checkPrivateKey(secret))
    throw new CertificateError(`The key in ${key} does not belong to the certificate in ${cert}.`);
  return { text, x509 };
}

function readText(flag: "cert" | "key", path: string): string {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES} bytes`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new CertificateError(`--tls-${flag} cannot be read: ${(error as Error).message}.`);
  }
  return text;
}
