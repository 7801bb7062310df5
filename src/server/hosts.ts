/**
 * Which names this server answers to, and which pages may connect to it. A page of another site can make its own name
 * lead to this machine (DNS rebinding), and the browser would then take the two for one site: so a name has to be
 * known here. Invariant: whatever is compared was brought into one form before (small letters, no dot at the end, no
 * port that the scheme has by itself), and nothing long is looked at.
 */
import { isIP, isIPv4 } from "node:net";

/** No host and no origin of a browser needs more. */
const MAX_LENGTH = 300;
const DEFAULT_PORT: Record<string, string> = { "http:": "80", "https:": "443" };

export interface HostOptions {
  /** The address listened on. */
  listening: string;
  /** The whole address under which people find the server, or empty. */
  publicUrl: string;
  /** More names, or `*` for any. */
  allowedHosts: readonly string[];
  /** Other sites whose pages may connect, or `*` for any. */
  allowedOrigins: readonly string[];
  /** Whether the server itself speaks TLS: its own pages come by https then. */
  speaksTls?: boolean;
  /** What the machine is called in its own network. */
  machineName: string;
}

export interface HostAndPort {
  name: string;
  /** Empty: the one of the scheme. */
  port: string;
}

/** A Host header in its one form; null when it is none. */
export function parseHost(header: string): HostAndPort | null {
  if (header === "" || header.length > MAX_LENGTH) return null;
  const bracketed = /^\[([0-9a-f:.]+)\](?::(\d{0,5}))?$/i.exec(header);
  if (bracketed) {
    const [, address = "", port = ""] = bracketed;
    return isIP(address) === 6 ? { name: canonicalName(`[${address}]`), port } : null;
  }
  const [, name = "", port = ""] = /^([a-z0-9._-]+)(?::(\d{0,5}))?$/i.exec(header) ?? [];
  const canonical = canonicalName(name);
  return canonical === "" ? null : { name: canonical, port };
}

function canonicalName(name: string): string {
  if (name.startsWith("[")) return new URL(`http://${name}`).hostname;
  return name.toLowerCase().replace(/\.$/, "");
}

/** Whether an address leads to this machine only. */
export function isLoopback(address: string): boolean {
  return isLocalName(address) || address === "::1" || (isIPv4(address) && address.startsWith("127."));
}

function isLocalName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

function isAddress(name: string): boolean {
  return name.startsWith("[") || isIPv4(name);
}

/** A name as an operator writes it: with letters of any script, with or without a port. */
function nameOf(written: string): string {
  const url = URL.canParse(`http://${written}`) ? new URL(`http://${written}`).hostname : written;
  return canonicalName(url);
}

export class Hosts {
  #names = new Set<string>();
  #any: boolean;
  /** Names without a dot: no page of the internet has one. */
  #short: boolean;
  #anyOrigin: boolean;
  #speaksTls: boolean;
  #origins = new Set<string>();
  /** The header that was looked at last: nearly all are the same. */
  #lastHost = "";

  constructor(options: HostOptions) {
    const { publicUrl, allowedHosts, allowedOrigins, machineName } = options;
    this.#speaksTls = options.speaksTls === true;
    this.#any = allowedHosts.includes("*");
    for (const host of allowedHosts) this.#names.add(nameOf(host));
    if (publicUrl !== "") {
      this.#names.add(canonicalName(new URL(publicUrl).hostname));
      this.#origins.add(canonicalOrigin(publicUrl)!);
    }
    // Whoever said no name at all and is open to the local network is found there by the names that it knows.
    this.#short = publicUrl === "" && allowedHosts.length === 0 && !isLoopback(options.listening);
    if (this.#short && machineName !== "") {
      this.#names.add(nameOf(machineName)).add(nameOf(`${machineName.replace(/\.local$/i, "")}.local`));
    }
    this.#anyOrigin = allowedOrigins.includes("*");
    for (const origin of allowedOrigins) this.#origins.add(canonicalOrigin(origin) ?? origin);
  }

  /** Whether a request with this Host header is for this server. */
  allows(header: string): boolean {
    if (header === this.#lastHost && header !== "") return true;
    const host = parseHost(header);
    if (host === null) return false;
    const { name } = host;
    const allowed =
      this.#any ||
      isLocalName(name) ||
      isAddress(name) ||
      this.#names.has(name) ||
      (this.#short && !name.includes("."));
    if (allowed) this.#lastHost = header;
    return allowed;
  }

  /** Programs send no Origin; a page may connect to the host it came from, or where the operator allowed it. */
  allowsOrigin(origin: string, hostHeader: string): boolean {
    if (origin === "" || this.#anyOrigin) return true;
    const from = canonicalOrigin(origin);
    if (from === null) return false;
    if (this.#origins.has(from)) return true;
    const host = parseHost(hostHeader);
    const page = new URL(from);
    if (this.#speaksTls && page.protocol !== "https:") return false;
    // A host without a port has the one of the scheme, whichever that is: a proxy may speak TLS for this server.
    return (
      host !== null &&
      host.name === page.hostname &&
      (host.port || DEFAULT_PORT[page.protocol]) === portOf(page)
    );
  }
}

function portOf(url: URL): string | undefined {
  return url.port || DEFAULT_PORT[url.protocol];
}

/** An origin in its one form; null when it is none of a web page. */
function canonicalOrigin(origin: string): string | null {
  if (origin.length > MAX_LENGTH || !URL.canParse(origin)) return null;
  const url = new URL(origin);
  if (!(url.protocol in DEFAULT_PORT)) return null;
  url.hostname = canonicalName(url.hostname);
  return url.origin;
}
