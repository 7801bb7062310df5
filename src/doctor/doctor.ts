/**
 * `madang doctor`: looks at what keeps people from running a server, and says what to do, a line each. It takes the flags
 * that the server will be started with. Changes nothing: it writes one file into the data folder and removes it, and
 * listens on the server's port for a moment when nobody does.
 */
import type { Config } from "../config.ts";
import type { Prefix } from "../server/addresses.ts";
import type { Certificate } from "../server/certificate.ts";
import { lookAtCertificate } from "./certificate.ts";
import { lookAtFolder } from "./disk.ts";
import { type Finding, Grade, lineOf } from "./finding.ts";
import { lookAtClock, lookAtFiles, lookAtNode, type Machine } from "./machine.ts";
import { lookAtWay } from "./reach.ts";

export interface Doctor {
  config: Config;
  trustedProxies: readonly Prefix[];
  /** With which the server speaks TLS itself; null: it does not. */
  certificate: Certificate | null;
  machine: Machine;
  /** Path of a file of this build. */
  program: string;
  say(line: string): void;
}

/** @returns the exit code: 1 when something is bad. */
export async function examine({
  config,
  trustedProxies,
  certificate,
  machine,
  program,
  say,
}: Doctor): Promise<number> {
  const all: Finding[] = [];
  const tell = (...findings: Finding[]) => {
    for (const finding of findings) say(lineOf(finding));
    all.push(...findings);
  };
  tell(await lookAtNode(machine), lookAtFiles(machine, config.limits.maxConnections));
  tell(...(await lookAtFolder(config.data, config.limits.reserveBytes)));
  const { host, port, publicUrl } = config;
  if (certificate) tell(...lookAtCertificate(certificate, publicUrl, Date.now()));
  const { findings, date } = await lookAtWay({
    host,
    port,
    publicUrl,
    trustedProxies,
    tls: certificate?.text ?? null,
  });
  tell(...findings, lookAtClock(Date.now(), program, date));
  const count = (grade: Grade) => all.filter((one) => one.grade === grade).length;
  const bad = count(Grade.bad);
  const unsure = count(Grade.unsure);
  if (bad > 0) say(`${bad === 1 ? "One thing keeps" : `${bad} things keep`} it from working as it should.`);
  else say(unsure > 0 ? "It will work; see what could be better." : "All is well.");
  return bad > 0 ? 1 : 0;
}
