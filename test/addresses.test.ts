import { describe, expect, test } from "vitest";
import {
  addressOf,
  clientOf,
  isWithin,
  parseAddress,
  parsePrefixes,
  visitorKey,
} from "../src/server/addresses.ts";

const address = (text: string) => parseAddress(text)!;
const bytes = (text: string) => Uint8Array.from(text.split(" ").map((pair) => Number.parseInt(pair, 16)));

describe("an address", () => {
  test("comes from the transport's bytes; IPv4 in IPv6 is IPv4", () => {
    expect(addressOf(bytes("7f 00 00 01"))?.toString()).toBe("127.0.0.1");
    const mapped = bytes("00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 01");
    expect(addressOf(mapped)?.toString()).toBe("192.0.2.1");
    expect(addressOf(new Uint8Array(0))).toBeNull();
  });

  test.each([
    "",
    "nobody",
    "1",
    "2130706433",
    "192.0.2.256",
    "192.0.2.1/24",
    "[::1]",
    "10.1",
    "0x7f.0.0.1",
    "010.0.0.1",
    "::g",
    "192.0.2.1, 192.0.2.2",
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test("of one IPv6 network is one visitor, every IPv4 address one of its own", () => {
    const key = (text: string) => visitorKey(address(text));
    expect(key("2001:db8:1:2::1")).toBe(key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    expect(key("2001:db8:1:2::1")).not.toBe(key("2001:db8:1:3::1"));
    expect(key("::ffff:192.0.2.1")).toBe(key("192.0.2.1"));
    expect(key("192.0.2.1")).not.toBe(key("192.0.2.2"));
  });
});

describe("a prefix", () => {
  test.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "::a00:1", false],
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["0.0.0.0/0", "192.0.2.1", true],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["::ffff:192.0.2.0", "192.0.2.0", true],
    ["loopback", "127.9.9.9", true],
    ["loopback", "::1", true],
    ["private", "172.31.0.1", true],
    ["private", "172.32.0.1", false],
  ])("%s and %s: %s", (prefix, text, within) => {
    expect(isWithin(address(text), parsePrefixes(prefix)!)).toBe(within);
  });

  test.each([
    "",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "::1/129",
    "everybody",
    "10.0.0.0/8 ",
  ])("%j is none", (text) => {
    expect(parsePrefixes(text)).toBeNull();
  });
});

describe("who is behind a proxy", () => {
  const trusted = parsePrefixes("10.0.0.0/8")!;
  const client = (peer: string, forwarded: string) =>
    clientOf(address(peer), forwarded, (one) => isWithin(one, trusted)).toString();

  test.each([
    ["nobody else's word counts", "192.0.2.9", "198.51.100.1", "192.0.2.9"],
    ["the last hop", "10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["what a client wrote itself is passed over", "10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"],
    ["from proxy to proxy", "10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7,10.0.0.8", "198.51.100.1"],
    ["all are trusted", "10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"],
    ["nothing is said", "10.0.0.1", "", "10.0.0.1"],
    ["what is no address ends the search", "10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"],
    ["with a port", "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["IPv6 with a port", "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"],
    ["IPv6", "10.0.0.1", "2001:db8::1", "2001:db8::1"],
    ["IPv4 in IPv6 is trusted as IPv4", "::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"],
  ])("%s", (_, peer, forwarded, who) => {
    expect(client(peer, forwarded)).toBe(who);
  });

  test("a header of any length costs a bounded time, and its end counts", () => {
    expect(client("10.0.0.1", `${"1.2.3.4,".repeat(100_000)}198.51.100.1`)).toBe("198.51.100.1");
    expect(client("10.0.0.1", `198.51.100.1,${"10.0.0.2,".repeat(100_000)}10.0.0.3`)).toBe("10.0.0.2");
    expect(client("10.0.0.1", "9".repeat(100_000))).toBe("10.0.0.1");
  });
});
