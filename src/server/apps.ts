/**
 * The transport's app, and behind it those before it. The transport cannot exchange the certificate of an app, so a new
 * one brings an app of its own with the same handlers, which listens in place of the one before, while that keeps the
 * connections it has until they end. Invariants: exactly one app listens, and what is published reaches the connections
 * of all.
 */
import uWS, { type HttpResponse, type TemplatedApp, type WebSocketBehavior } from "uWebSockets.js";
import { type Certificate, CertificateError } from "./certificate.ts";
import { type Listening, listen } from "./listen.ts";

/** All with forward secrecy; TLS 1.3 has its own, and the transport takes nothing below 1.2. */
const CIPHERS = ["ECDSA", "RSA"]
  .flatMap((kind) =>
    ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].map((one) => `ECDHE-${kind}-${one}`),
  )
  .join(":");

/** The published type says that it is given a count alone. */
type Filter = (res: HttpResponse, change: number) => void;

interface Held {
  app: TemplatedApp;
  /** Open ones, plain and upgraded. */
  sockets: number;
}

export class Apps {
  #certificate: Certificate | null;
  /** What is put on every app, in order. */
  #parts: ((held: Held) => void)[] = [];
  #current: Held;
  /** The present one, and those before it that have sockets. Replaced, not changed: it may be walked through. */
  #all: readonly Held[];
  #listening: (Listening & { host: string }) | null = null;

  /** @throws CertificateError when the transport does not take it. */
  constructor(certificate: Certificate | null) {
    this.#certificate = certificate;
    this.#current = this.#make();
    this.#all = [this.#current];
  }

  /** Apps that are kept. */
  get count(): number {
    return this.#all.length;
  }

  filter(filter: Filter): void {
    this.#add((held) => {
      const counted: Filter = (res, change) => {
        this.#changed(held, change);
        filter(res, change);
      };
      held.app.filter(counted as unknown as Parameters<TemplatedApp["filter"]>[0]);
    });
  }

  ws<UserData>(path: string, behavior: WebSocketBehavior<UserData>): void {
    this.#add((held) => {
      held.app.ws<UserData>(path, {
        ...behavior,
        // The transport does not tell its filter when a socket closes that was upgraded.
        close: (ws, code, message) => {
          this.#changed(held, -1);
          behavior.close?.(ws, code, message);
        },
      });
    });
  }

  any(path: string, handler: Parameters<TemplatedApp["any"]>[1]): void {
    this.#add(({ app }) => app.any(path, handler));
  }

  publish(topic: string, frame: Uint8Array, isBinary: boolean): void {
    for (const { app } of this.#all) app.publish(topic, frame, isBinary);
  }

  numSubscribers(topic: string): number {
    let count = 0;
    for (const { app } of this.#all) count += app.numSubscribers(topic);
    return count;
  }

  /** @returns the port. @throws ListenError */
  listen(host: string, port: number): number {
    let listening = listen(this.#current.app, host, port);
    if (port === 0 && this.#certificate) {
      // A port that the system chose cannot be listened on again while connections are open (the transport sets
      // SO_REUSEADDR for ports that were named alone), as a new certificate does: so it is named.
      uWS.us_listen_socket_close(listening.socket);
      listening = listen(this.#current.app, host, listening.port);
    }
    this.#listening = { ...listening, host };
    return listening.port;
  }

  /**
   * Makes what takes the certificate as its files hold it now. @returns the way to put it in place for whoever connects
   * from then on, for a turn of its own: whoever is still waiting to be accepted then is cut off, and fewest are when the
   * loop has just accepted all. It throws a ListenError when somebody else took the port in between.
   * @throws CertificateError when the transport does not take it, and then nothing has changed
   */
  renew(): () => void {
    const next = this.#make();
    for (const part of this.#parts) part(next);
    return () => {
      if (this.#listening === null) return;
      const { host, port } = this.#listening;
      this.#current = next;
      this.#all = [...this.#all.filter(({ sockets }) => sockets > 0), next];
      this.stopListening();
      this.#listening = { ...listen(next.app, host, port), host };
    };
  }

  stopListening(): void {
    if (this.#listening) uWS.us_listen_socket_close(this.#listening.socket);
    this.#listening = null;
  }

  close(): void {
    for (const { app } of this.#all) app.close();
  }

  #make(): Held {
    if (this.#certificate === null) return { app: uWS.App(), sockets: 0 };
    const { cert, key } = this.#certificate.files;
    try {
      const options = { cert_file_name: cert, key_file_name: key, ssl_ciphers: CIPHERS };
      return { app: uWS.SSLApp(options), sockets: 0 };
    } catch {
      throw new CertificateError(
        `The transport does not take the certificate in ${cert} with the key in ${key}.`,
      );
    }
  }

  #add(part: (held: Held) => void): void {
    this.#parts.push(part);
    part(this.#current);
  }

  #changed(held: Held, change: number): void {
    held.sockets += change;
    if (held.sockets === 0 && held !== this.#current) this.#all = this.#all.filter((one) => one !== held);
  }
}
