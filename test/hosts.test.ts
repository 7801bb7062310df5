/** Names this server answers to: a page of another site must not reach it under a name of its own. */
import { describe, expect, test } from "vitest";
import { type HostOptions, Hosts, parseHost } from "../src/server/hosts.ts";
import { exchange, handshake, request } from "./raw-http.ts";
import { runServer } from "./running-server.ts";

const LOOPBACK: HostOptions = {
  listening: "127.0.0.1",
  publicUrl: "",
  allowedHosts: [],
  allowedOrigins: [],
  machineName: "Pine",
};
const hosts = (options: Partial<HostOptions> = {}) => new Hosts({ ...LOOPBACK, ...options });
const allowed = (these: Hosts, names: string[]) => names.filter((name) => these.allows(name));

const OWN = ["localhost", "LOCALHOST:3000", "a.b.localhost", "127.0.0.1", "127.0.0.1:3000", "localhost."];
const ADDRESSES = ["192.168.1.7:3000", "[::1]:3000", "[fe80::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:10.0.0.1]:1"];
const FOREIGN = [
  "evil.example",
  "evil.example:3000",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.1.nip.example",
  "0x7f.1",
  "notlocalhost.example",
];
const NONE = [
  "",
  " ",
  "a b",
  "user@localhost",
  "localhost:port",
  "localhost:123456",
  "[::1",
  "[localhost]",
  "[::1]x",
  "localhost/",
  ".",
  "local,host",
  "x".repeat(301),
  `${"a.".repeat(30_000)}localhost`,
];

describe("a host", () => {
  test("on a loopback address: this machine's names and addresses, nothing else", () => {
    const these = hosts();
    expect(allowed(these, [...OWN, ...ADDRESSES])).toEqual([...OWN, ...ADDRESSES]);
    expect(allowed(these, [...FOREIGN, ...NONE, "pine", "pine.local"])).toEqual([]);
  });

  test("open to the network without a name: the machine's own and short names too", () => {
    const these = hosts({ listening: "0.0.0.0" });
    const own = ["pine", "PINE:3000", "pine.local", "Pine.Local.:3000", "madang", "nas:3000"];
    expect(allowed(these, [...OWN, ...ADDRESSES, ...own])).toEqual([...OWN, ...ADDRESSES, ...own]);
    expect(allowed(these, [...FOREIGN, ...NONE, "other.local"])).toEqual([]);
    expect(
      allowed(hosts({ listening: "0.0.0.0", machineName: "pine.local" }), ["pine.local", "pine"]),
    ).toEqual(["pine.local", "pine"]);
  });

  test("with a name given: that one, in every way it is written", () => {
    const same = ["chat.example", "chat.example:443", "Chat.Example", "chat.example.", "CHAT.example.:8443"];
    for (const these of [
      hosts({ publicUrl: "https://chat.example", listening: "0.0.0.0" }),
      hosts({ allowedHosts: ["Chat.Example."], listening: "0.0.0.0" }),
      hosts({ allowedHosts: ["chat.example:8080", "other.example"] }),
    ]) {
      expect(allowed(these, same)).toEqual(same);
      expect(allowed(these, ["pine", "pine.local", "xchat.example", "chat.example.evil.example"])).toEqual(
        [],
      );
      expect(allowed(these, [...OWN, ...ADDRESSES])).toEqual([...OWN, ...ADDRESSES]);
    }
    expect(hosts({ allowedHosts: ["bücher.example"] }).allows("xn--bcher-kva.example")).toBe(true);
  });

  test("any name when that is said, but it has to be one", () => {
    const these = hosts({ allowedHosts: ["*"] });
    expect(allowed(these, FOREIGN)).toEqual(FOREIGN);
    expect(allowed(these, NONE)).toEqual([]);
  });

  test("has one form", () => {
    expect(parseHost("Chat.Example.:8443")).toEqual({ name: "chat.example", port: "8443" });
    expect(parseHost("[::0:1]:80")).toEqual({ name: "[::1]", port: "80" });
    expect(parseHost("chat.example:")).toEqual({ name: "chat.example", port: "" });
  });
});

describe("an origin", () => {
  const pairs = (these: Hosts, all: [string, string][]) => all.filter(([a, b]) => these.allowsOrigin(a, b));

  test("is the same site whatever way the two are written", () => {
    const same: [string, string][] = [
      ["", "chat.example"],
      ["https://chat.example", "chat.example:443"],
      ["https://chat.example", "chat.example"],
      ["https://chat.example:443", "chat.example"],
      ["https://chat.example", "Chat.Example"],
      ["https://chat.example", "chat.example."],
      ["https://chat.example.", "chat.example"],
      ["http://chat.example", "chat.example:80"],
      ["http://chat.example:3000", "chat.example:3000"],
      ["http://[::1]:3000", "[0:0:0:0:0:0:0:1]:3000"],
    ];
    expect(pairs(hosts(), same)).toEqual(same);
  });

  test("of another site is not", () => {
    const other: [string, string][] = [
      ["null", "chat.example"],
      ["https://chat.example", "chat.example:80"],
      ["http://chat.example", "chat.example:443"],
      ["http://chat.example:3000", "chat.example:3001"],
      ["http://chat.example:3000", "chat.example"],
      ["https://chat.example.evil.example", "chat.example"],
      ["https://evil.example", "chat.example"],
      ["file://chat.example", "chat.example"],
      ["chat.example", "chat.example"],
      [`https://${"a".repeat(60_000)}`, "chat.example"],
    ];
    expect(pairs(hosts(), other)).toEqual([]);
  });

  test("is welcome where the operator says so", () => {
    const these = hosts({
      allowedOrigins: ["https://Friend.example:443/"],
      publicUrl: "https://chat.example",
    });
    expect(these.allowsOrigin("https://friend.example", "x")).toBe(true);
    expect(these.allowsOrigin("http://friend.example", "x")).toBe(false);
    // A proxy may put another Host.
    expect(these.allowsOrigin("https://chat.example", "127.0.0.1:3000")).toBe(true);
    expect(hosts({ allowedOrigins: ["*"] }).allowsOrigin("null", "x")).toBe(true);
  });
});

describe("a server", () => {
  test("answers no foreign name, plain or upgrade, names the flag, and tells its operator once", {
    timeout: 30_000,
  }, async () => {
    await using server = await runServer();
    for (const host of ["evil.example", "evil.example:3000", "EVIL.example."]) {
      for (const bytes of [request("/healthz", [`Host: ${host}`]), handshake({ Host: host })]) {
        const { text, statuses, ended } = await exchange(server.port, bytes);
        expect([statuses, ended], host).toEqual([[421], true]);
        expect(text).toContain("--allow-host evil.example");
        expect(text).toContain("--public-url");
        expect(text).toContain("X-Content-Type-Options: nosniff");
      }
    }
    expect(server.reports).toHaveLength(1);
    expect(server.reports[0]).toContain("--allow-host evil.example");
    for (const host of ["", "a b", "x:y", "<b>.example", "a@b"]) {
      expect((await exchange(server.port, request("/healthz", [`Host: ${host}`]))).statuses, host).toEqual([
        400,
      ]);
    }
    const two = request("/healthz", ["Host: localhost", "Host: evil.example"]);
    expect((await exchange(server.port, two)).statuses).toEqual([400]);
    expect((await exchange(server.port, "GET /healthz HTTP/1.1\r\nA: b\r\n\r\n")).statuses).toEqual([400]);
    expect(server.errors).toEqual([]);
  });

  test("answers the names it has", { timeout: 30_000 }, async () => {
    await using server = await runServer({ hosts: { publicUrl: "https://chat.example" } });
    const opens = (text: string) => text.includes("\r\n\r\n");
    for (const Host of ["chat.example", "chat.example:443", "Chat.Example", "chat.example.", "localhost:1"]) {
      const origins = Host.startsWith("local") ? [null] : [null, "https://chat.example"];
      for (const Origin of origins) {
        const { statuses } = await exchange(server.port, handshake({ Host, Origin }), opens);
        expect(statuses, `${Host} ${Origin}`).toEqual([101]);
      }
      const { statuses } = await exchange(server.port, request("/healthz", [`Host: ${Host}`]), opens);
      expect(statuses, Host).toEqual([200]);
    }
    const foreign = handshake({ Host: "chat.example", Origin: "https://evil.example" });
    expect((await exchange(server.port, foreign)).statuses).toEqual([403]);
    expect(server.reports).toEqual([]);
  });
});
