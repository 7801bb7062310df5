/**
 * The way from people to the server: the port, and behind it the public address with what a proxy makes of a request.
 * While the server does not run, the doctor listens in its place for a moment and asks itself through the public
 * address: so it sees what arrives. Beside a running server it sees only what comes back.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  request as plainRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer, request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import { isWithin, type Prefix, parseAddress } from "../server/addresses.ts";
import { SUBPROTOCOL } from "../wire/subprotocol.ts";
import { codeOf, type Finding, Grade, reasonOf } from "./finding.ts";

export interface Way {
  host: string;
  port: number;
  /** Empty: none was named. */
  publicUrl: string;
  trustedProxies: readonly Prefix[];
  /** With which the server speaks TLS itself; null: it does not. */
  tls: { cert: string; key: string } | null;
}

const ANSWER_MS = 10_000;
/** More of an answer is not looked at. */
const MOST_BODY = 1_000;
/** An address that is nobody's (RFC 5737): sent as if somebody lied about where they come from. */
const LIE = "203.0.113.77";
/** RFC 6455, section 1.3. */
const WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface Answer {
  status: number;
  date: number | null;
  upgraded: boolean;
  body: string;
}

/** Its `close` cuts off whoever is still connected. */
interface Listener {
  close(): void;
}

/** What arrived at the doctor's own listener. */
interface Arrived {
  path: string;
  peer: string;
  host: string;
  forwardedFor: string;
  upgrade: boolean;
}

export interface Reached {
  findings: Finding[];
  /** What the public address says the time is, milliseconds since 1970; null: nothing. */
  date: number | null;
}

export async function lookAtWay(way: Way): Promise<Reached> {
  const { host, port } = way;
  const arrived: Arrived[] = [];
  const about = "port";
  let listener: Listener | null = null;
  const findings: Finding[] = [];
  try {
    listener = await listen(way, arrived);
    findings.push({
      grade: Grade.good,
      about,
      says: `Nobody listens on ${host}:${port} yet, and this user may.`,
    });
  } catch (error) {
    findings.push(await whyNot(error, way));
  }
  try {
    if (way.publicUrl === "") {
      const says =
        "No --public-url: people come by the address of this machine, and only names of it are answered.";
      return { findings: [...findings, { grade: Grade.good, about: "address", says }], date: null };
    }
    const isRunning = listener === null && findings[0]?.grade === Grade.good;
    if (listener === null && !isRunning) return { findings, date: null };
    const reached = await lookAtAddress(way, listener ? arrived : null);
    return { findings: [...findings, ...reached.findings], date: reached.date };
  } finally {
    listener?.close();
  }
}

async function whyNot(error: unknown, { host, port, tls }: Way): Promise<Finding> {
  const about = "port";
  const code = codeOf(error);
  if (code === "EACCES")
    return {
      grade: Grade.bad,
      about,
      says: `This user may not listen on port ${port}. Take one above 1023 and put a proxy in front.`,
    };
  if (code === "EADDRNOTAVAIL")
    return {
      grade: Grade.bad,
      about,
      says: `This machine has no address ${host}. --host takes one of its own, or 0.0.0.0.`,
    };
  if (code !== "EADDRINUSE")
    return { grade: Grade.bad, about, says: `Nobody can listen on ${host}:${port}: ${reasonOf(error)}.` };
  const local =
    host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  const health = await ask(`${tls ? "https" : "http"}://${local}:${port}/healthz`, {}, true).catch(
    () => null,
  );
  if (health?.status === 200)
    return { grade: Grade.good, about, says: `A server runs on ${host}:${port} and is well.` };
  if (health?.status === 503 && health.body.includes('"commits_hang"'))
    return {
      grade: Grade.bad,
      about,
      says: `A server runs on ${host}:${port} and is not well: ${health.body}`,
    };
  return {
    grade: Grade.bad,
    about,
    says: `Something else listens on ${host}:${port}. End it, or take another with --port.`,
  };
}

/** `arrived`: where the doctor writes down what comes to it; null: another server answers. */
async function lookAtAddress(way: Way, arrived: Arrived[] | null): Promise<Reached> {
  const { publicUrl } = way;
  const about = "address";
  const secret = randomBytes(9).toString("base64url");
  const path = arrived ? `/doctor-${secret}` : "/healthz";
  let answer: Answer;
  try {
    answer = await ask(new URL(path, publicUrl).href, { "X-Forwarded-For": LIE });
  } catch (error) {
    return {
      findings: [
        { grade: Grade.bad, about, says: `${publicUrl} is not reached from here: ${explain(error)}` },
      ],
      date: null,
    };
  }
  const { date } = answer;
  const came = arrived?.find((one) => one.path === path);
  if (arrived ? !came : answer.status !== 200) {
    const says = `${publicUrl} leads somewhere else: what was asked there got ${answer.status} and did not come here. Look at where the proxy passes it on to.`;
    return { findings: [{ grade: Grade.bad, about, says }], date };
  }
  const findings: Finding[] = [{ grade: Grade.good, about, says: `${publicUrl} leads here.` }];
  if (came) findings.push(...lookAtHeaders(came, way));
  findings.push(await lookAtWebSocket(way, arrived, secret));
  return { findings, date };
}

function lookAtHeaders({ peer, host, forwardedFor }: Arrived, { publicUrl, trustedProxies }: Way): Finding[] {
  const about = "proxy";
  const found: Finding[] = [];
  const wanted = new URL(publicUrl).host;
  if (host.toLowerCase() !== wanted && host.toLowerCase() !== new URL(publicUrl).hostname)
    found.push({
      grade: Grade.bad,
      about,
      says: `It changes the Host header to "${host}", so pages may not connect. Pass on the one that came: proxy_set_header Host $http_host in nginx.`,
    });
  const address = parseAddress(peer);
  const isTrusted = address !== null && isWithin(address, trustedProxies);
  const last = forwardedFor.split(",").at(-1)!.trim();
  if (forwardedFor === LIE && !isTrusted) {
    found.push({
      grade: Grade.good,
      about,
      says: "None changes what is sent: people come straight to this port.",
    });
  } else if (!isTrusted) {
    const says =
      forwardedFor === ""
        ? `One at ${peer} sends no X-Forwarded-For, and is not trusted: everybody behind it would be one visitor. Let it send the header, and start with --trust-proxy ${peer}.`
        : `One at ${peer} says for whom it asks, and is not trusted: everybody behind it would be one visitor. Start with --trust-proxy ${peer}.`;
    found.push({ grade: Grade.bad, about, says });
  } else if (forwardedFor === "") {
    found.push({
      grade: Grade.bad,
      about,
      says: `The trusted one at ${peer} does not say for whom it asks: everybody would be one visitor. Let it send X-Forwarded-For.`,
    });
  } else if (last === LIE) {
    found.push({
      grade: Grade.bad,
      about,
      says: `The trusted one at ${peer} passes X-Forwarded-For on as it came: anybody could take anybody's address. Let it put the visitor's own there.`,
    });
  } else
    found.push({
      grade: Grade.good,
      about,
      says: `The trusted one at ${peer} says for whom it asks, whatever visitors say themselves.`,
    });
  return found;
}

async function lookAtWebSocket(way: Way, arrived: Arrived[] | null, secret: string): Promise<Finding> {
  const about = "websocket";
  const key = createHash("md5").update(secret).digest("base64");
  const headers = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": key,
  };
  // Pages say where they come from, and what they speak.
  const page = { Origin: new URL(way.publicUrl).origin, "Sec-WebSocket-Protocol": SUBPROTOCOL };
  const bad = (why: string): Finding => ({
    grade: Grade.bad,
    about,
    says: `The upgrade does not come through: ${why} Forward Upgrade and Connection with HTTP/1.1, as deploy/nginx.conf does.`,
  });
  try {
    const answer = await ask(new URL("/ws", way.publicUrl).href, { ...headers, ...page });
    if (!answer.upgraded)
      return bad(`the answer was ${answer.status}${answer.body ? ` (${answer.body.slice(0, 200)})` : ""}.`);
    if (arrived && !arrived.some(({ upgrade }) => upgrade)) return bad("it was answered elsewhere.");
    return { grade: Grade.good, about, says: "It comes through." };
  } catch (error) {
    return bad(explain(error));
  }
}

/** In words what keeps a name, a machine or a certificate from being reached. */
function explain(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "its name leads nowhere. Look at the entry in the DNS.";
  if (code === "ECONNREFUSED") return "nobody listens there. Start the proxy, and look at its port.";
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH")
    return "there is no answer. Look at the firewall, and whether this machine may reach its own public address.";
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired. Renew it.";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "its certificate is for another name.";
  if (/CERT|SELF_SIGNED|LEAF_SIGNATURE/.test(code))
    return `its certificate is not believed (${code}). Browsers will not either.`;
  return `${reasonOf(error)}.`;
}

/** `isOwn`: it is asked by its address, for which a certificate need not be. */
function ask(url: string, headers: Record<string, string> = {}, isOwn = false): Promise<Answer> {
  const isSecure = url.startsWith("https:");
  const signal = AbortSignal.timeout(ANSWER_MS);
  return new Promise((answer, fail) => {
    const asked = (isSecure ? secureRequest : plainRequest)(url, {
      headers,
      signal,
      agent: false,
      rejectUnauthorized: !isOwn,
    });
    const dateOf = ({ headers: { date } }: IncomingMessage) => (date ? Date.parse(date) : null);
    asked.on("upgrade", (response, socket) => {
      socket.destroy();
      answer({ status: 101, date: dateOf(response), upgraded: true, body: "" });
    });
    const failed = (error: Error) =>
      fail(signal.aborted ? Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }) : error);
    asked.on("response", (response) => {
      let body = "";
      const whole = () => {
        const { statusCode: status = 0 } = response;
        answer({ status, date: dateOf(response), upgraded: false, body: body.trim() });
        response.destroy();
      };
      response.on("data", (chunk) => {
        body += chunk;
        // It may have no end.
        if (body.length > MOST_BODY) whole();
      });
      response.on("end", whole);
      response.on("error", failed);
    });
    asked.on("error", failed);
    asked.end();
  });
}

function listen({ host, port, tls }: Way, arrived: Arrived[]): Promise<Listener> {
  const upgraded = new Set<Duplex>();
  const note = (request: IncomingMessage, upgrade: boolean) => {
    const { remoteAddress = "" } = request.socket;
    const forwardedFor = request.headers["x-forwarded-for"];
    arrived.push({
      path: request.url ?? "",
      peer: remoteAddress.replace(/^::ffff:/, ""),
      host: request.headers.host ?? "",
      forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.join(",") : (forwardedFor ?? ""),
      upgrade,
    });
  };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    note(request, false);
    response.end("The doctor is looking.\n");
  };
  const server: Server = tls ? createSecureServer(tls, answer) : createServer(answer);
  server.on("upgrade", (request, socket) => {
    note(request, true);
    // It is the server's no more, which neither ends it nor hears of its errors.
    upgraded.add(socket);
    socket.on("error", () => socket.destroy());
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}${WEBSOCKET}`)
      .digest("base64");
    const protocol = request.headers["sec-websocket-protocol"];
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n` +
        `${protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ""}\r\n`,
    );
  });
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(port, host, () => {
      server.removeListener("error", fail);
      const close = () => {
        for (const socket of upgraded) socket.destroy();
        server.closeAllConnections();
        server.close();
      };
      done({ close });
    });
  });
}
