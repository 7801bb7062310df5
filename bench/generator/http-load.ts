/**
 * Asks over HTTP as fast as it gets answers, with autocannon. What is posted must reach every subscriber: the crowd
 * is in the room meanwhile.
 */
import type { HttpCommand, HttpResult } from "./commands.ts";
import type { Crowd } from "./crowd.ts";
import { startGauge } from "./gauge.ts";

const WARM_UP_SECONDS = 0.5;
const DRAIN_MS = 5_000;
const SAMPLE_MS = 100;

export async function askOverHttp(crowd: Crowd, command: HttpCommand): Promise<HttpResult> {
  // Only this scenario needs it, and an installed package comes without.
  const { default: autocannon } = await import("autocannon");
  const isPost = command.method === "POST";
  const request = {
    url: `http://127.0.0.1:${crowd.port}${command.path}`,
    method: command.method,
    // It ends only when it samples.
    sampleInt: SAMPLE_MS,
    connections: command.connections,
    headers: isPost
      ? { "content-type": "application/json", authorization: `Bearer ${command.token}` }
      : { "accept-encoding": "br" },
    ...(isPost ? { body: JSON.stringify({ name: "Calm Otter", text: "x".repeat(64) }) } : {}),
  };
  const warm = await autocannon({ ...request, duration: WARM_UP_SECONDS });
  const read = startGauge(crowd.tally, crowd.pid);
  const result = await autocannon({ ...request, duration: command.measureMs / 1000 });
  const { generatorCpu, serverCpu } = read();
  const answered = isPost ? warm["2xx"] + result["2xx"] : 0;
  // What was under way at the end may be stored without an answer, so subscribers can have more, never less.
  const least = () => Math.min(...crowd.people.map(({ received }) => received));
  const end = performance.now() + DRAIN_MS;
  while (isPost && least() < answered && performance.now() < end) {
    await new Promise((done) => setTimeout(done, 5));
  }
  const faults = { ...crowd.faults(), missing: Math.max(0, answered - least()) };
  return {
    requestsPerSecond: result["2xx"] / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    errors: result.errors + result.timeouts + result.non2xx,
    answered,
    received: least(),
    generatorCpu,
    serverCpu,
    ...faults,
  };
}
