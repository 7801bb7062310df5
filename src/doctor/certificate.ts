/** The certificate with which the server speaks TLS itself: how long it is valid, and for which name. */
import { isIP } from "node:net";
import type { Certificate } from "../server/certificate.ts";
import { type Finding, Grade } from "./finding.ts";

const DAY_MS = 86_400_000;
/** Those who renew by themselves do so a month before the end, or at two thirds of a short life. */
const SOON_DAYS = 14;

/** `publicUrl`: empty, when none was named. */
export function lookAtCertificate({ x509, files }: Certificate, publicUrl: string, now: number): Finding[] {
  const about = "cert";
  const found = (grade: Grade, says: string): Finding => ({ grade, about, says });
  const end = Date.parse(x509.validTo);
  const begin = Date.parse(x509.validFrom);
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const days = Math.floor((end - now) / DAY_MS);
  const all: Finding[] = [];
  if (now >= end) all.push(found(Grade.bad, `The one in ${files.cert} expired on ${day(end)}. Renew it.`));
  else if (now < begin)
    all.push(found(Grade.bad, `The one in ${files.cert} is valid from ${day(begin)} on. Look at the clock.`));
  else if (days < SOON_DAYS && days < (end - begin) / DAY_MS / 3)
    all.push(
      found(Grade.unsure, `The one in ${files.cert} is valid until ${day(end)} alone. Renew it in time.`),
    );
  else
    all.push(
      found(Grade.good, `The one in ${files.cert} is valid until ${day(end)}, and its key belongs to it.`),
    );
  if (publicUrl === "") return all;
  const host = new URL(publicUrl).hostname;
  const name = host.replace(/^\[|\]$/g, "");
  // Behind a proxy that comes by another name it may be for that one.
  if (!(isIP(name) ? x509.checkIP(name) : x509.checkHost(name)))
    all.push(
      found(Grade.unsure, `It is not for ${name}: only a proxy may come by another name, browsers may not.`),
    );
  return all;
}
