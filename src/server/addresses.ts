/**
 * Addresses as bytes and as text: normal forms, prefixes, and what a proxy says of the address behind it. It keeps
 * nothing. IPv4 in IPv6 (RFC 4291, section 2.5.5.2) is IPv4; of an IPv6 address the first 64 bits are one visitor,
 * because whoever has one has all of them.
 */
import ipaddr from "ipaddr.js";

/** An address, parsed. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** A prefix: an address and how many of its bits count. */
export type Prefix = [Address, number];

/** Longest part of a forwarded header that is looked at, characters: the last hops stand at its end. */
const MAX_FORWARDED = 512;

/** The address in the 4 or 16 bytes that the transport gives; null when there are others. */
export function addressOf(bytes: Uint8Array): Address | null {
  if (bytes.length !== 4 && bytes.length !== 16) return null;
  return normal(ipaddr.fromByteArray([...bytes]));
}

/** @returns null for what is no address. */
export function parseAddress(text: string): Address | null {
  // Shorter and octal writings of IPv4 are read otherwise elsewhere.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return isAddress ? normal(ipaddr.parse(text)) : null;
}

/** `10.0.0.0/8`, `::1`, or a name of a range: loopback, private. @returns null for what is none of these. */
export function parsePrefixes(text: string): Prefix[] | null {
  const named = NAMED[text];
  if (named) return named.flatMap((one) => parsePrefixes(one)!);
  const [base = "", bits, ...more] = text.split("/");
  const address = parseAddress(base);
  if (!address || more.length > 0) return null;
  const most = address.kind() === "ipv4" ? 32 : 128;
  if (bits === undefined) return [[address, most]];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? [[address, Number(bits)]] : null;
}

const NAMED: Record<string, string[]> = {
  loopback: ["127.0.0.0/8", "::1"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

export function isWithin(address: Address, prefixes: readonly Prefix[]): boolean {
  return prefixes.some(
    ([base, bits]) => base.kind() === address.kind() && address.match(base as never, bits),
  );
}

/** What one visitor is known by: an IPv4 address, or the first half of an IPv6 one. */
export function visitorKey(address: Address): string {
  const bytes = address.toByteArray();
  return String.fromCharCode(...(bytes.length === 4 ? bytes : bytes.slice(0, 8)));
}

/** The network of an address, of which it is one of many: /24 of IPv4, /48 of IPv6. */
export function networkOf(address: Address): string {
  const [bytes, bits] = address.kind() === "ipv4" ? [3, 24] : [6, 48];
  const network = address.toByteArray().map((byte, at) => (at < bytes ? byte : 0));
  return `${ipaddr.fromByteArray(network).toString()}/${bits}`;
}

/**
 * Who asked: from the last hop backwards the first one that is not trusted, or the outermost when all are. What is no
 * address ends the search: nothing before it can be believed.
 */
export function clientOf(
  peer: Address,
  forwardedFor: string,
  isTrusted: (address: Address) => boolean,
): Address {
  let client = peer;
  const hops = forwardedFor.slice(-MAX_FORWARDED).split(",");
  if (forwardedFor.length > MAX_FORWARDED) hops.shift();
  while (isTrusted(client)) {
    const hop = hops.pop()?.trim();
    const next = hop ? parseAddress(withoutPort(hop)) : null;
    if (!next) break;
    client = next;
  }
  return client;
}

/** `192.0.2.1:4711` and `[2001:db8::1]:4711` without the port; some proxies write it. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d+)?$/.exec(hop)?.[1];
  return bracketed ?? (/^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] || hop);
}

function normal(address: Address): Address {
  if (address.kind() === "ipv4") return address;
  const six = address as ipaddr.IPv6;
  return six.isIPv4MappedAddress() ? six.toIPv4Address() : six;
}
