import { utimesSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lookAtCertificate } from "../src/doctor/certificate.ts";
import { Certificate, CertificateError } from "../src/server/certificate.ts";
import { linkPem, makePem, relink } from "./pem.ts";
import { makeFolder } from "./server-process.ts";

const DAY_MS = 86_400_000;

/** A certificate behind links, and a clock that goes on by hand. */
function watched(folder: string, renew: () => void = () => undefined) {
  const live = linkPem(folder, makePem(folder, "first"));
  const certificate = new Certificate(live);
  const said: string[] = [];
  let renewed = 0;
  let due: () => void = () => undefined;
  const after = (_: number, run: () => void) => {
    due = run;
    return () => {
      due = () => undefined;
    };
  };
  const take = () => {
    renew();
    renewed++;
  };
  const watch = certificate.watch(after, take, (_, sentence) => said.push(sentence));
  return { live, certificate, said, watch, look: () => due(), renewed: () => renewed };
}

test("a pair is taken when both files have come to rest, and not in between", () => {
  using folder = makeFolder();
  const { live, certificate, said, look, renewed } = watched(folder.path);
  const next = makePem(folder.path, "second");
  look();
  relink(live.cert, next.cert);
  look();
  relink(live.key, next.key);
  look();
  expect([said, renewed()]).toEqual([[], 0]);
  look();
  expect([said.length, renewed(), certificate.x509.subject]).toEqual([1, 1, "CN=second"]);
  look();
  look();
  expect([said.length, renewed()]).toEqual([1, 1]);
});

test("files that were touched and say the same are left in peace, and so is a watch that was ended", () => {
  using folder = makeFolder();
  const { live, said, watch, look, renewed } = watched(folder.path);
  utimesSync(live.cert, 1, 1);
  for (let i = 0; i < 3; i++) look();
  expect([said, renewed()]).toEqual([[], 0]);
  watch.look();
  expect(said[0]).toContain("is the one in force");
  watch.stop();
  writeFileSync(live.cert, "");
  for (let i = 0; i < 3; i++) look();
  expect(said).toHaveLength(1);
});

test("what the transport does not take is said once, and is not in force", () => {
  using folder = makeFolder();
  const refuse = () => {
    throw new CertificateError("The transport does not take it.");
  };
  const { live, certificate, said, look } = watched(folder.path, refuse);
  const next = makePem(folder.path, "second");
  relink(live.cert, next.cert);
  relink(live.key, next.key);
  for (let i = 0; i < 4; i++) look();
  expect(said).toEqual(["The transport does not take it. The certificate before it stays in force."]);
  expect(certificate.x509.subject).toBe("CN=first");
});

test("the doctor says until when it is valid, and for whom it is not", () => {
  using folder = makeFolder();
  const certificate = new Certificate(makePem(folder.path, "first", "ec", 90));
  const now = Date.now();
  const grades = (at: number, url = "") => lookAtCertificate(certificate, url, at).map(({ grade }) => grade);
  expect(grades(now + DAY_MS)).toEqual(["ok"]);
  expect(grades(now + 80 * DAY_MS)).toEqual(["warn"]);
  expect(grades(now + 91 * DAY_MS)).toEqual(["fail"]);
  expect(grades(now - DAY_MS)).toEqual(["fail"]);
  expect(grades(now + DAY_MS, "https://chat.example")).toEqual(["ok"]);
  expect(grades(now + DAY_MS, "https://127.0.0.1:3000")).toEqual(["ok"]);
  expect(grades(now + DAY_MS, "https://elsewhere.example")).toEqual(["ok", "warn"]);
  expect(grades(now + DAY_MS, "https://127.0.0.2")).toEqual(["ok", "warn"]);
});
