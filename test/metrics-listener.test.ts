/** The metrics have a listener of their own; the public one knows nothing of them. */
import { expect, test } from "vitest";
import { serveMetrics } from "../src/server/metrics-listener.ts";
import { API_PARTS } from "../src/server/routes.ts";
import { exchange, request } from "./raw-http.ts";
import { runServer } from "./running-server.ts";
import { makeFolder, ServerProcess } from "./server-process.ts";

test("metrics are answered there, to this machine, and nothing else is", async () => {
  await using server = await runServer();
  const port = Number(new URL(server.metricsUrl).port);
  const status = async (bytes: string) => (await exchange(port, bytes)).statuses;
  expect((await fetch(server.metricsUrl)).status).toBe(200);
  expect((await fetch(server.metricsUrl, { method: "HEAD" })).status).toBe(200);
  expect(await status(request("/metrics", ["Host: evil.example"]))).toEqual([421]);
  expect(await status(request("/metrics", ["Host: pine"]))).toEqual([421]);
  expect(await status(request("/metrics", [], "POST"))).toEqual([405]);
  expect(await status(request("/healthz"))).toEqual([404]);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  await server.stop();
  await expect(fetch(server.metricsUrl)).rejects.toThrow();
});

test("what keeps one of them from being told, as having no file to spare, ends nothing", async () => {
  const errors: unknown[] = [];
  let isShort = true;
  const text = async () => {
    if (isShort) throw new Error("EMFILE: too many open files, scandir '/proc/self/fd'");
    return "told";
  };
  const address = { host: "127.0.0.1", port: 0 };
  const listener = await serveMetrics(address, text, (error) => errors.push(error));
  const url = `http://127.0.0.1:${listener.port}/metrics`;
  expect((await fetch(url)).status).toBe(500);
  expect(errors).toHaveLength(1);
  isShort = false;
  expect(await (await fetch(url)).text()).toBe("told");
  listener.close();
});

test("they are off unless asked for; where they are is said, and a port that is taken too", {
  timeout: 30_000,
}, async () => {
  using folder = makeFolder();
  const args = ["--port", "0", "--data", folder.path];
  await using plain = await ServerProcess.start(args);
  expect(plain.stdout).not.toContain("Metrics");
  expect((await fetch(`${plain.url}/metrics`)).status).toBe(404);
  await plain.kill("SIGTERM");
  await using measured = await ServerProcess.start([...args, "--metrics-listen", "127.0.0.1:0"]);
  expect(measured.stdout).toMatch(
    /^Metrics are at http:\/\/127\.0\.0\.1:\d+\/metrics\nMadang is open at [^\n]+\n$/,
  );
  expect(await (await fetch(measured.metricsUrl)).text()).toContain("\nmadang_connections 0\n");
  using other = makeFolder();
  const taken = `127.0.0.1:${new URL(measured.metricsUrl).port}`;
  const run = await ServerProcess.run(["--port", "0", "--data", other.path, "--metrics-listen", taken]);
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toContain(taken);
});

test("every part of the JSON interface can be switched off by itself", async () => {
  const paths = { stats: "/api/stats", rooms: "/api/rooms", messages: "/api/rooms/nobody/messages" };
  for (const off of API_PARTS) {
    const api = API_PARTS.filter((part) => part !== off);
    await using server = await runServer({ api, postToken: "0123456789abcdef" });
    for (const part of API_PARTS) {
      const there = part === "messages" ? 404 : 200;
      const answer = await fetch(server.url + paths[part]);
      expect(answer.status, part).toBe(part === off ? 404 : there);
      if (answer.status === 404) {
        const { error } = (await answer.json()) as { error: string };
        expect(error).toBe(part === off ? "not_found" : "no_such_room");
      }
      const options = await fetch(server.url + paths[part], { method: "OPTIONS" });
      expect(options.status, part).toBe(part === off ? 404 : 204);
    }
    const posted = await fetch(server.url + paths.messages, { method: "POST", body: "{}" });
    expect(posted.status).toBe(off === "messages" ? 404 : 401);
  }
});
